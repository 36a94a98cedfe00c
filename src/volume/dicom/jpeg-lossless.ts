/**
 * Lossless JPEG as CT scanners write it: one component, each value predicted by its left neighbour.
 *
 *     const stored = decodeJpegLossless(codestream, format, room);     // undefined: not of this form
 *
 * This form (process 14, selection value 1) is DICOM's default for lossless JPEG (PS3.5 10.2). Whatever else a lossless
 * JPEG may be is left to the general decoder. A table gives a code and the difference behind it in one look, where both
 * fit its index. Source: ITU-T T.81 annexes C, F.2.2 and H.
 */
import { RefusedError } from "../../errors.ts";
import type { Allocate } from "../source.ts";
import { type FrameFormat, frameBytes } from "./codecs.ts";

/** Bits looked up at once; a scanner's noise seldom needs more for a value. */
const indexBits = 13;
const longestCode = 16;
/** Bytes the longest code and the difference behind it take. */
const longestValue = 4;

interface HuffmanTable {
  /** For the next `indexBits` bits: the difference shifted left by 6, and how many bits it took; 0 where it is longer. */
  readonly whole: Int32Array;
  /** For the next 16 bits: the difference's category shifted left by 5, and the code's length; 0 where there is none. */
  readonly codes: Uint16Array;
}

interface Scan {
  readonly table: HuffmanTable;
  readonly precision: number;
  /** Where its entropy-coded bytes begin. */
  readonly start: number;
}

/**
 * The frame's stored values, little endian, in memory of `room`; undefined when the codestream is of another form.
 * Throws RefusedError `file-corrupt` or `pixel-data-truncated`.
 */
export function decodeJpegLossless(
  codestream: Uint8Array,
  format: FrameFormat,
  room: Allocate,
): Uint8Array | undefined {
  if (format.bitsAllocated !== 16) return undefined;
  const scan = readHeaders(codestream, format);
  if (!scan) return undefined;
  const stored = room(frameBytes(format));
  if (stored.byteOffset % 2 !== 0) return undefined;
  const values = new Uint16Array(stored.buffer, stored.byteOffset, format.rows * format.columns);
  const ahead = (format.columns + 2) * longestValue;
  decodeScan(entropyBytes(codestream, scan.start, ahead), ahead, scan, values, format.columns);
  return stored;
}

/** The markers up to the scan; undefined when they describe another form. */
function readHeaders(bytes: Uint8Array, { rows, columns }: FrameFormat): Scan | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const tables = new Map<number, HuffmanTable>();
  let precision = 0;
  let at = 2;
  while (at + 4 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1]!;
    const length = view.getUint16(at + 2);
    const next = at + 2 + length;
    if (length < 2 || next > bytes.length) return undefined;
    const body = bytes.subarray(at + 4, next);
    if (marker === 0xc3) {
      const matches = body.length === 9 && view.getUint16(at + 5) === rows && view.getUint16(at + 7) === columns;
      // One component, not subsampled.
      if (!matches || body[5] !== 1 || body[7] !== 0x11) return undefined;
      precision = body[0]!;
    } else if (marker === 0xc4) {
      if (!readTables(body, tables)) return undefined;
    } else if (marker === 0xda) {
      // One component, selection value 1, nothing left out of the low bits.
      if (body.length !== 6 || body[0] !== 1 || body[3] !== 1 || body[5] !== 0) return undefined;
      const table = tables.get(body[2]! >> 4);
      if (!table || precision < 2 || precision > 16) return undefined;
      return { table, precision, start: next };
    } else if ((marker < 0xe0 && marker !== 0xdb) || marker === 0xff) {
      return undefined; // another process, restarts, fill bytes
    }
    at = next;
  }
  return undefined;
}

/** All tables of one DHT segment; false where they contradict themselves. */
function readTables(body: Uint8Array, tables: Map<number, HuffmanTable>): boolean {
  let at = 0;
  while (at + 17 <= body.length) {
    const counts = body.subarray(at + 1, at + 17);
    const total = counts.reduce((sum, count) => sum + count, 0);
    const categories = body.subarray(at + 17, at + 17 + total);
    const table = categories.length === total ? huffmanTable(counts, categories) : undefined;
    if (!table) return false;
    tables.set(body[at]!, table);
    at += 17 + total;
  }
  return at === body.length;
}

/** T.81 annex C.2; undefined when the counts are those of no code or a category is beyond 16. */
function huffmanTable(counts: Uint8Array, categories: Uint8Array): HuffmanTable | undefined {
  const codes = new Uint16Array(1 << longestCode);
  let code = 0;
  let index = 0;
  for (let length = 1; length <= longestCode; length++) {
    const span = 1 << (longestCode - length);
    for (let entry = 0; entry < counts[length - 1]!; entry++) {
      const category = categories[index++]!;
      if (category > 16 || code + span > codes.length) return undefined;
      codes.fill((category << 5) | length, code, code + span);
      code += span;
    }
  }
  const whole = new Int32Array(1 << indexBits);
  for (let bits = 0; bits < whole.length; bits++) {
    const known = codes[bits << (longestCode - indexBits)]!;
    const length = known & 31;
    const category = known >> 5;
    const taken = length + (category === 16 ? 0 : category);
    if (length === 0 || taken > indexBits) continue;
    const extra = (bits >> (indexBits - taken)) & ((1 << category) - 1);
    whole[bits] = (difference(category, extra) << 6) | taken;
  }
  return { whole, codes };
}

/** A difference from its category and the bits behind the code (T.81 F.2.2.1, H.1.2.2). */
function difference(category: number, extra: number): number {
  if (category === 0) return 0;
  if (category === 16) return 32768;
  return extra < 1 << (category - 1) ? extra - (1 << category) + 1 : extra;
}

/** The scan's bytes up to the next marker, the zeros stuffed behind FF left out, and behind them `ahead` zeros. */
function entropyBytes(bytes: Uint8Array, start: number, ahead: number): Uint8Array {
  const plain = new Uint8Array(bytes.length - start + ahead);
  let filled = 0;
  let from = start;
  for (;;) {
    const mark = bytes.indexOf(0xff, from);
    const ends = mark < 0 || bytes[mark + 1] !== 0;
    const to = mark < 0 ? bytes.length : ends ? mark : mark + 1;
    plain.set(bytes.subarray(from, to), filled);
    filled += to - from;
    if (ends) return plain.subarray(0, filled + ahead);
    from = mark + 2;
  }
}

/** @param ahead zeros at the end of `plain`, so many that a row may run into them before anybody looks */
function decodeScan(
  plain: Uint8Array,
  ahead: number,
  { table, precision }: Scan,
  values: Uint16Array,
  columns: number,
): void {
  const { whole, codes } = table;
  const view = new DataView(plain.buffer, plain.byteOffset, plain.length);
  const ends = (plain.length - ahead) * 8;
  let bit = 0;
  /** A difference too long for the table. */
  const longer = (): number => {
    const known = codes[(view.getUint32(bit >>> 3) << (bit & 7)) >>> (32 - longestCode)]!;
    const length = known & 31;
    if (length === 0) throw new RefusedError("file-corrupt", "its JPEG image holds a code that stands for nothing");
    const category = known >> 5;
    bit += length;
    if (category === 0 || category === 16) return difference(category, 0);
    const shifted = view.getUint32(bit >>> 3) << (bit & 7);
    bit += category;
    return difference(category, shifted >>> (32 - category));
  };
  // A first row's first value is predicted by the middle of the range, a later row's by the one above it.
  let above = 1 << (precision - 1);
  for (let row = 0; row < values.length; row += columns) {
    let value = above;
    for (let index = row; index < row + columns; index++) {
      const entry = whole[(view.getUint32(bit >>> 3) << (bit & 7)) >>> (32 - indexBits)]!;
      if (entry === 0) value += longer();
      else {
        value += entry >> 6;
        bit += entry & 63;
      }
      values[index] = value;
    }
    if (bit > ends) {
      throw new RefusedError("pixel-data-truncated", `its JPEG image ends in row ${row / columns + 1}`);
    }
    above = values[row]!;
  }
}
