/**
 * A DICOM file's data set up to its pixel data, read from as few bytes as possible.
 *
 *     const opened = await openDataSet(source, () => false);
 *     opened?.dataSet.string("x00080060");        // "CT"
 *
 * Parsed by dicom-parser. A file is read from its start in growing pieces until the pixel data begin, so a folder of
 * 300 slices costs 300 short reads. Files without the 128-byte preamble, as old archives hold them, are recognised too.
 */
import dicomParser, { type DataSet } from "dicom-parser";
import { RefusedError } from "../../errors.ts";
import { inflateStart } from "../formats/inflate-chunks.ts";
import type { ByteSource } from "../source.ts";

export interface OpenedDataSet {
  readonly dataSet: DataSet;
  readonly transferSyntax: string;
  /** Where the data set begins behind the file's meta information; what follows is deflated in that syntax. */
  readonly dataSetStart: number;
  /** Whether the parse reached the pixel data or the end of the file. */
  readonly complete: boolean;
}

const pixelDataTag = "x7fe00010";
const firstRead = 1 << 14;
const growth = 8;
/** Headers of enhanced objects reach a few megabytes. */
const longestHeader = 1 << 26;

/** The start of a data set stored without preamble: group 0008, element < 0x20, with a VR or an honest length. */
function bareSyntax(head: Uint8Array): string | undefined {
  if (head.length < 16 || head[0] !== 8 || head[1] !== 0 || head[2]! > 0x20 || head[3] !== 0) return undefined;
  const vr = String.fromCharCode(head[4]!, head[5]!);
  if (/^(UL|CS|UI|DA|SH|LO)$/.test(vr)) return "1.2.840.10008.1.2.1";
  const length = new DataView(head.buffer, head.byteOffset, head.length).getUint32(4, true);
  return length <= 256 ? "1.2.840.10008.1.2" : undefined;
}

const isPart10 = (head: Uint8Array): boolean =>
  head.length >= 132 && head[128] === 0x44 && head[129] === 0x49 && head[130] === 0x43 && head[131] === 0x4d;

/** What dicom-parser throws: an Error, a string, or an object that carries what it had parsed so far. */
const partial = (thrown: unknown): DataSet | undefined =>
  typeof thrown === "object" && thrown !== null && "dataSet" in thrown ? (thrown.dataSet as DataSet) : undefined;

const saying = (thrown: unknown): string => {
  const inner = typeof thrown === "object" && thrown !== null && "exception" in thrown ? thrown.exception : thrown;
  return inner instanceof Error ? inner.message : String(inner);
};

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
  const suffices = (dataSet: DataSet): boolean => {
    try {
      return enough(dataSet);
    } catch {
      return false; // what was parsed before the failure can be broken too
    }
  };
  for (let wanted = Math.min(firstRead, size); ; wanted = Math.min(wanted * growth, size)) {
    const head = await source.read(0, wanted);
    const bare = isPart10(head) ? undefined : bareSyntax(head);
    if (!isPart10(head) && bare === undefined) return undefined;
    const whole = wanted >= size;
    let opened: OpenedDataSet | undefined;
    let failure: unknown;
    try {
      opened = parse(head, bare, whole, name);
    } catch (thrown) {
      if (thrown instanceof RefusedError) throw thrown;
      failure = thrown;
      const dataSet = partial(thrown);
      if (dataSet && suffices(dataSet))
        return { dataSet, transferSyntax: bare ?? "", dataSetStart: 0, complete: false };
    }
    if (opened && (whole || opened.dataSet.elements[pixelDataTag])) return opened;
    if (opened && suffices(opened.dataSet)) return { ...opened, complete: false };
    if (whole) {
      throw new RefusedError("file-corrupt", `${name}: its DICOM data set is broken (${saying(failure)})`, {
        cause: failure,
      });
    }
    if (wanted >= longestHeader) {
      throw new RefusedError("too-large", `${name}: its header is longer than ${longestHeader >> 20} MiB`);
    }
  }
}

function parse(head: Uint8Array, bare: string | undefined, whole: boolean, name: string): OpenedDataSet {
  let dataSetStart = 0;
  const options = {
    untilTag: pixelDataTag,
    // dicom-parser calls this for the deflated syntax and goes on in what it returns.
    inflater: (file: Uint8Array, start: number) => {
      dataSetStart = start;
      // Enough for a usual header; a longer one is tried again with a longer piece of the file, if there is one.
      const inflatedLength = whole ? longestHeader : file.length / 8;
      const inflated = inflateStart("deflate", file.subarray(start), inflatedLength, name);
      const joined = new Uint8Array(start + inflated.length);
      joined.set(file.subarray(0, start));
      joined.set(inflated, start);
      return joined;
    },
    ...(bare === undefined ? {} : { TransferSyntaxUID: bare }),
  };
  const dataSet = dicomParser.parseDicom(head, options);
  const transferSyntax = bare ?? dataSet.string("x00020010") ?? "";
  return { dataSet, transferSyntax, dataSetStart, complete: true };
}
