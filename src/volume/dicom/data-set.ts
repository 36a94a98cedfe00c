/**
 * A DICOM file's data set up to its pixel data, read from as few bytes as possible.
 *
 *     const opened = await openDataSet(source, () => false);
 *     opened?.dataSet.string("x00080060");        // "CT"
 *
 * A file is read from its start in growing pieces until the pixel data begin, so a folder of 300 slices costs 300 short
 * reads. Files without the 128-byte preamble, without meta information or without a transfer syntax, as old archives
 * and anonymisers leave them, are recognised too. Source: DICOM PS3.10, section 7.
 */
import { RefusedError } from "../../errors.ts";
import { inflateStart } from "../formats/inflate-chunks.ts";
import type { ByteSource } from "../source.ts";
import { DataSet, type Element, type Encoding } from "./elements.ts";
import { encodingAt, type Parsed, parseDataSet, pixelDataTag } from "./parser.ts";
import { gePrivateSyntax, transferSyntaxes } from "./transfer-syntax.ts";

export interface OpenedDataSet {
  readonly dataSet: DataSet;
  /** The meta information's elements, of group 0002; without any where the file has none. */
  readonly meta: DataSet;
  readonly transferSyntax: string;
  /** Where the data set begins behind the file's meta information; what follows is deflated in that syntax. */
  readonly dataSetStart: number;
  /** What departs from the standard and is read all the same. */
  readonly notes: readonly string[];
}

const firstRead = 1 << 14;
const growth = 8;
const longHeader = 1 << 20;
/** Headers of enhanced objects reach a few megabytes. */
const longestHeader = 1 << 26;

const implicitLittle = "1.2.840.10008.1.2";
const explicitLittle = "1.2.840.10008.1.2.1";
const explicitBig = "1.2.840.10008.1.2.2";

function encodingOf(transferSyntax: string): Encoding {
  const explicit = transferSyntax !== implicitLittle && transferSyntax !== gePrivateSyntax;
  return { explicit, bigEndian: transferSyntax === explicitBig };
}

function syntaxOf({ explicit, bigEndian }: Encoding): string {
  return bigEndian ? explicitBig : explicit ? explicitLittle : implicitLittle;
}

const hasDicmAt = (head: Uint8Array, at: number): boolean =>
  head[at] === 0x44 && head[at + 1] === 0x49 && head[at + 2] === 0x43 && head[at + 3] === 0x4d;

/** Where meta information or data set begin, or undefined when this is no DICOM file. */
function beginning(head: Uint8Array): number | undefined {
  if (hasDicmAt(head, 128)) return 132;
  if (hasDicmAt(head, 0)) return 4;
  return head.length >= 16 && (startsGroup(head, 2, 0x18) || startsGroup(head, 8, 0x20)) ? 0 : undefined;
}

/** Whether the bytes start with a low element of `group`, with a VR or an honest length. */
function startsGroup(head: Uint8Array, group: number, highest: number): boolean {
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  for (const little of [true, false]) {
    if (view.getUint16(0, little) !== group || view.getUint16(2, little) > highest) continue;
    if (/^(UL|CS|UI|DA|SH|LO|OB|AE)$/.test(String.fromCharCode(head[4]!, head[5]!))) return true;
    if (view.getUint32(4, little) <= 256 && (little || group === 8)) return true;
  }
  return false;
}

/**
 * The data set in `source`, or undefined when it isn't DICOM. `enough` is asked about what was parsed so far when
 * the pixel data aren't reached yet: true ends the reading there (an object we'll refuse anyway).
 * Throws RefusedError `file-corrupt`, `file-truncated` or `too-large`.
 */
export async function openDataSet(
  source: ByteSource,
  enough: (dataSet: DataSet) => boolean,
): Promise<OpenedDataSet | undefined> {
  const { name, size } = source;
  for (let wanted = Math.min(firstRead, size); ; wanted = Math.min(wanted * growth, size)) {
    const head = await source.read(0, wanted);
    const start = beginning(head);
    if (start === undefined) return undefined;
    const whole = wanted >= size;
    let opened: (OpenedDataSet & Pick<Parsed, "end">) | undefined;
    let failure: unknown;
    try {
      opened = parse(head, start, whole, name);
    } catch (thrown) {
      if (thrown instanceof RefusedError) throw thrown;
      failure = thrown;
    }
    if (opened?.end === "stop" || (opened?.end === "end" && whole)) return opened;
    // Only of a header longer than most whole slices is the rest worth sparing.
    if (opened && wanted >= longHeader && enough(opened.dataSet)) return opened;
    if (whole) {
      const said = failure instanceof Error ? failure.message : "it ends within an element";
      throw new RefusedError("file-corrupt", `${name}: its DICOM data set is broken (${said})`, { cause: failure });
    }
    if (wanted >= longestHeader) {
      throw new RefusedError("too-large", `${name}: its header is longer than ${longestHeader >> 20} MiB`);
    }
  }
}

function parse(head: Uint8Array, start: number, whole: boolean, name: string): OpenedDataSet & Pick<Parsed, "end"> {
  const { meta, dataSetStart } = metaInformation(head, start);
  const declared = meta.string("x00020010") ?? "";
  const notes: string[] = [];
  if (start !== 132) notes.push("it has no preamble");
  let content = head;
  const deflated = transferSyntaxes.get(declared)?.deflated === true && !isPlain(head, dataSetStart);
  if (deflated) {
    // Enough for a usual header; a longer one is tried again with a longer piece of the file, if there is one.
    const length = whole ? longestHeader : head.length / 8;
    const inflated = inflateStart("deflate", head.subarray(dataSetStart), length, name);
    content = new Uint8Array(dataSetStart + inflated.length);
    content.set(head.subarray(0, dataSetStart));
    content.set(inflated, dataSetStart);
  }
  const parsed = parseDataSet(content, dataSetStart, encodingOf(declared || explicitLittle), pixelDataTag);
  if (declared === "") notes.push("it does not give its transfer syntax");
  else notes.push(...parsed.notes);
  if (parsed.dataSet.element("x00020010")) notes.push("it has meta information within its data set");
  // A syntax of compressed pixels says how those are stored, however the data set around them is encoded.
  const { pixels, deflated: claimsDeflated } = transferSyntaxes.get(declared) ?? {};
  const misdeclared = pixels === "native" && (claimsDeflated ? !deflated : syntaxOf(parsed.encoding) !== declared);
  const transferSyntax = declared === "" || misdeclared ? syntaxOf(parsed.encoding) : declared;
  return { dataSet: parsed.dataSet, meta, transferSyntax, dataSetStart, notes, end: parsed.end };
}

/** Whether a data set said to be deflated isn't: it starts with an identifying element of known VR. */
const isPlain = (head: Uint8Array, at: number): boolean =>
  at + 16 <= head.length && startsGroup(head.subarray(at), 8, 0xffff);

/**
 * The elements of group 0002, in explicit little endian whatever follows. They end where their group length says, or
 * else with the group; what repeats one of them belongs to the data set.
 */
function metaInformation(head: Uint8Array, start: number): { readonly meta: DataSet; readonly dataSetStart: number } {
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const little: Encoding = { explicit: true, bigEndian: false };
  const elements = new Map<number, Element>();
  const encoding = encodingAt(view, start, head.length, little);
  let at = start;
  let declaredEnd: number | undefined;
  while (at + 8 <= head.length && view.getUint16(at, true) === 2) {
    const tag = 0x20000 + view.getUint16(at + 2, true);
    if (elements.has(tag) || (at === declaredEnd && elements.has(0x20010))) break;
    const long = encoding.explicit && /^(OB|UN|OW|UT)$/.test(String.fromCharCode(head[at + 4]!, head[at + 5]!));
    if (long && at + 12 > head.length) break;
    const dataOffset = at + (long ? 12 : 8);
    const length = long
      ? view.getUint32(at + 8, true)
      : encoding.explicit
        ? view.getUint16(at + 6, true)
        : view.getUint32(at + 4, true);
    if (dataOffset + length > head.length) break;
    elements.set(tag, { vr: undefined, dataOffset, length, hadUndefinedLength: false });
    at = dataOffset + length;
    if (tag === 0x20000 && length === 4) declaredEnd = at + view.getUint32(dataOffset, true);
  }
  return { meta: new DataSet(head, little, elements, () => []), dataSetStart: at };
}
