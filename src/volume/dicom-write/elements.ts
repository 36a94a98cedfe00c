/**
 * DICOM elements to bytes, Explicit VR Little Endian.
 *
 *     const dataset: WritableDataset = new Map();
 *     dataset.set(0x00100010, { vr: "PN", value: "Phantom^One" });
 *     const file = encodeFile(dataset, "1.2.840.10008.5.1.4.1.1.2", instanceUid);
 *
 * PS3.5 section 7.1.2 (elements), PS3.10 section 7.1 (file meta information). A series of hundreds of slices is written
 * by encoding some seventy elements a slice, so the encoder is small and allocates one array a file.
 */

/** Texts of several values are joined by backslashes by the caller's array; numbers are written in the VR's own form. */
export type WritableElement =
  | { readonly vr: TextRepresentation; readonly value: string | readonly string[] }
  | { readonly vr: "DS" | "IS" | "US" | "SS"; readonly value: number | readonly number[] }
  | { readonly vr: "OW" | "OB"; readonly value: Uint8Array }
  | { readonly vr: "SQ"; readonly value: readonly WritableDataset[] };

type TextRepresentation = "AE" | "AS" | "CS" | "DA" | "LO" | "LT" | "PN" | "SH" | "ST" | "TM" | "UI" | "UT";

/** Elements by tag, 0xggggeeee; written in order of tag whatever the order of insertion. */
export type WritableDataset = Map<number, WritableElement>;

export const explicitLittleEndian = "1.2.840.10008.1.2.1";

/** Identifies this writer in the file meta information; derived from the program's name, so it never changes. */
const implementationClass = "2.25.178340298845261172651370461320594513225";

const longRepresentations = new Set(["OB", "OW", "SQ", "UT"]);
const utf8 = new TextEncoder();

/**
 * A number as a decimal string of at most 16 characters, as precise as those allow.
 * @param value finite
 */
export function decimalString(value: number): string {
  const plain = String(value);
  if (plain.length <= 16) return plain;
  for (let digits = 15; digits > 0; digits--) {
    const shorter = String(Number(value.toPrecision(digits)));
    if (shorter.length <= 16) return shorter;
  }
  return value.toExponential(8);
}

interface EncodedElement {
  readonly tag: number;
  readonly vr: string;
  readonly content: Uint8Array;
}

function encodeContent(element: WritableElement): Uint8Array {
  switch (element.vr) {
    case "OW":
    case "OB":
      return padded(element.value, 0);
    case "SQ":
      return concatenate(element.value.map(encodeItem));
    case "US":
    case "SS": {
      const numbers = typeof element.value === "number" ? [element.value] : element.value;
      const content = new DataView(new ArrayBuffer(numbers.length * 2));
      for (const [index, number] of numbers.entries()) content.setUint16(index * 2, number & 0xffff, true);
      return new Uint8Array(content.buffer);
    }
    case "DS":
    case "IS": {
      const numbers = typeof element.value === "number" ? [element.value] : element.value;
      return padded(utf8.encode(numbers.map(decimalString).join("\\")), 0x20);
    }
    default: {
      const text = typeof element.value === "string" ? element.value : element.value.join("\\");
      return padded(utf8.encode(text), element.vr === "UI" ? 0 : 0x20);
    }
  }
}

function padded(content: Uint8Array, filler: number): Uint8Array {
  if (content.length % 2 === 0) return content;
  const even = new Uint8Array(content.length + 1);
  even.set(content);
  even[content.length] = filler;
  return even;
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** A sequence item of defined length. */
function encodeItem(dataset: WritableDataset): Uint8Array {
  const content = encodeDataset(dataset);
  const item = new Uint8Array(8 + content.length);
  const view = new DataView(item.buffer);
  view.setUint16(0, 0xfffe, true);
  view.setUint16(2, 0xe000, true);
  view.setUint32(4, content.length, true);
  item.set(content, 8);
  return item;
}

const headerLength = ({ vr }: EncodedElement): number => (longRepresentations.has(vr) ? 12 : 8);

function writeElements(elements: readonly EncodedElement[], file: Uint8Array, start: number): number {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  let offset = start;
  for (const element of elements) {
    view.setUint16(offset, element.tag >>> 16, true);
    view.setUint16(offset + 2, element.tag & 0xffff, true);
    view.setUint8(offset + 4, element.vr.charCodeAt(0));
    view.setUint8(offset + 5, element.vr.charCodeAt(1));
    if (headerLength(element) === 12) view.setUint32(offset + 8, element.content.length, true);
    else view.setUint16(offset + 6, element.content.length, true);
    offset += headerLength(element);
    file.set(element.content, offset);
    offset += element.content.length;
  }
  return offset;
}

const encodeElements = (dataset: WritableDataset): EncodedElement[] =>
  [...dataset]
    .sort(([one], [other]) => one - other)
    .map(([tag, element]) => ({ tag, vr: element.vr, content: encodeContent(element) }));

const lengthOf = (elements: readonly EncodedElement[]): number =>
  elements.reduce((length, element) => length + headerLength(element) + element.content.length, 0);

/** The elements alone, without preamble and file meta information. */
export function encodeDataset(dataset: WritableDataset): Uint8Array {
  const elements = encodeElements(dataset);
  const content = new Uint8Array(lengthOf(elements));
  writeElements(elements, content, 0);
  return content;
}

/** A whole file: preamble, file meta information, elements. */
export function encodeFile(dataset: WritableDataset, classUid: string, instanceUid: string): Uint8Array {
  const meta = encodeElements(
    new Map<number, WritableElement>([
      [0x00020001, { vr: "OB", value: Uint8Array.of(0, 1) }],
      [0x00020002, { vr: "UI", value: classUid }],
      [0x00020003, { vr: "UI", value: instanceUid }],
      [0x00020010, { vr: "UI", value: explicitLittleEndian }],
      [0x00020012, { vr: "UI", value: implementationClass }],
      [0x00020013, { vr: "SH", value: "EMBOLENS" }],
    ]),
  );
  const elements = encodeElements(dataset);
  const metaLength = lengthOf(meta);
  const file = new Uint8Array(128 + 4 + 12 + metaLength + lengthOf(elements));
  file.set(utf8.encode("DICM"), 128);
  // The group's length is the one UL element written, so it is spelled out here.
  const view = new DataView(file.buffer);
  view.setUint32(132, 0x00000002, true);
  file.set(utf8.encode("UL"), 136);
  view.setUint16(138, 4, true);
  view.setUint32(140, metaLength, true);
  writeElements(elements, file, writeElements(meta, file, 144));
  return file;
}
