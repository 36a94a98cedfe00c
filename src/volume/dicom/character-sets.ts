/**
 * The text of a DICOM element in whatever character set the object declares, code extensions included.
 *
 *     textOf(dataSet, "x00100010");                                       // "Yamada^Tarou=山田^太郎"
 *     decodeDicomText(value, ["", "ISO 2022 IR 149"]);
 *
 * Source: PS3.3 C.12.1.1.2 (defined terms), PS3.5 6.1.2.4 and 6.1.2.5 (code extensions of ISO 2022). The platform's
 * decoders know every set; the escape sequences between them are followed here.
 */
import type { DataSet } from "./elements.ts";

/** A set in the upper half of the code table, beside ASCII in the lower: defined term's number, escape, decoder. */
const upperSets = [
  { number: "100", escape: "-A", decoder: "iso-8859-1" },
  { number: "101", escape: "-B", decoder: "iso-8859-2" },
  { number: "109", escape: "-C", decoder: "iso-8859-3" },
  { number: "110", escape: "-D", decoder: "iso-8859-4" },
  { number: "144", escape: "-L", decoder: "iso-8859-5" },
  { number: "127", escape: "-G", decoder: "iso-8859-6" },
  { number: "126", escape: "-F", decoder: "iso-8859-7" },
  { number: "138", escape: "-H", decoder: "iso-8859-8" },
  { number: "148", escape: "-M", decoder: "windows-1254" },
  { number: "203", escape: "-b", decoder: "iso-8859-15" },
  { number: "166", escape: "-T", decoder: "windows-874" },
  // Half-width katakana lie in Shift JIS where JIS X 0201 has them.
  { number: "13", escape: ")I", decoder: "shift_jis" },
  { number: "149", escape: "$)C", decoder: "euc-kr" },
  { number: "58", escape: "$)A", decoder: "gb18030" },
] as const;

/** Sets of two bytes a character in the lower half. EUC has them with the high bit set, the second behind 0x8F. */
const lowerSets = [
  { escape: "$B", lead: [] },
  { escape: "$@", lead: [] },
  { escape: "$(D", lead: [0x8f] },
] as const;
const asciiEscapes = ["(B", "(J"];

/** Sets that are complete in themselves and know no escapes. */
const wholeSets: Readonly<Record<string, string>> = { "ISO_IR 192": "utf-8", GB18030: "gb18030", GBK: "gbk" };

const escapeByte = 0x1b;
/** Where the set a value began with returns: between components and groups of a name, and at line ends. */
const delimiters = new Set([..."^=\\\t\n\f\r"].map((sign) => sign.charCodeAt(0)));

/** @param characterSets values of Specific Character Set (0008,0005) @returns without padding */
export function decodeDicomText(bytes: Uint8Array, characterSets: readonly string[]): string {
  const whole = wholeSets[characterSets[0] ?? ""];
  const text = whole === undefined ? decodeExtended(bytes, characterSets[0] ?? "") : decode(bytes, whole);
  return text.replace(/[\0 ]+$/, "").trimStart();
}

function decodeExtended(bytes: Uint8Array, first: string): string {
  const number = /^ISO(?:_IR| 2022 IR) (\d+)$/.exec(first)?.[1];
  const initial: string | undefined = upperSets.find((set) => set.number === number)?.decoder;
  let upper = initial;
  let lower: (typeof lowerSets)[number] | undefined;
  let text = "";
  let start = 0;
  const flush = (end: number) => {
    const piece = bytes.subarray(start, end);
    text += lower === undefined ? decodeUpper(piece, upper) : decode(inEuc(piece, lower.lead), "euc-jp");
    start = end;
  };
  for (let at = 0; at < bytes.length; ) {
    const byte = bytes[at]!;
    if (byte === escapeByte) {
      flush(at);
      const follows = String.fromCharCode(...bytes.subarray(at + 1, at + 4));
      const begins = (set: { readonly escape: string }) => follows.startsWith(set.escape);
      const newUpper = upperSets.find(begins);
      const newLower = lowerSets.find(begins);
      const ascii = asciiEscapes.find((name) => follows.startsWith(name));
      if (newUpper) upper = newUpper.decoder;
      if (newLower) lower = newLower;
      if (ascii) lower = undefined;
      at += 1 + (newUpper?.escape ?? newLower?.escape ?? ascii ?? "").length;
      start = at;
    } else if (lower !== undefined) {
      at += 2; // its bytes can look like delimiters
    } else {
      at++;
      if (!delimiters.has(byte)) continue;
      flush(at);
      // Writers forget to repeat the escape behind a delimiter; where nothing else could be meant it goes on.
      if (initial !== undefined) upper = initial;
    }
  }
  flush(bytes.length);
  return text;
}

const decode = (bytes: Uint8Array, decoder: string): string => new TextDecoder(decoder).decode(bytes);

/** An object that declares nothing and yet leaves ASCII is most likely in UTF-8, or else in Western European. */
function decodeUpper(bytes: Uint8Array, decoder: string | undefined): string {
  if (decoder !== undefined) return decode(bytes, decoder);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return decode(bytes, "iso-8859-1");
  }
}

function inEuc(bytes: Uint8Array, lead: readonly number[]): Uint8Array {
  const euc: number[] = [];
  for (let at = 0; at + 1 < bytes.length; at += 2) euc.push(...lead, bytes[at]! | 0x80, bytes[at + 1]! | 0x80);
  return Uint8Array.from(euc);
}

/** An element's text; empty where the data set does not have it. */
export function textOf(dataSet: DataSet, tag: string): string {
  const element = dataSet.element(tag);
  if (!element || element.length <= 0) return "";
  const value = dataSet.byteArray.subarray(element.dataOffset, element.dataOffset + element.length);
  const declared = dataSet.string("x00080005") ?? "";
  return decodeDicomText(
    value,
    declared.split("\\").map((term) => term.trim()),
  );
}
