/**
 * Numbers in a file's own type and byte order, as the Int16 or Float32 voxels of a volume or the labels of a mask.
 *
 *     const voxels = toVoxels(bytes, { type: "uint16", littleEndian: true }, { slope: 1, intercept: -1024 });
 *
 * Whole numbers within 16 bits stay Int16; fractions, and what doesn't fit, become Float32. Not-a-number becomes air.
 */

export const bytesPerValue = {
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
  float32: 4,
  float64: 8,
} as const satisfies Record<string, number>;

export type ValueType = keyof typeof bytesPerValue;

export interface ValueFormat {
  readonly type: ValueType;
  readonly littleEndian: boolean;
}

export interface Rescale {
  readonly slope: number;
  readonly intercept: number;
}

/** What stands where a scanner measured nothing, in HU. */
export const airHounsfield = -1024;

export type StoredValues =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;

const hostIsLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Swaps the bytes of each value, in place. */
function swapBytes(bytes: Uint8Array, width: number): void {
  for (let start = 0; start + width <= bytes.length; start += width) {
    for (let low = start, high = start + width - 1; low < high; low++, high--) {
      const byte = bytes[low]!;
      bytes[low] = bytes[high]!;
      bytes[high] = byte;
    }
  }
}

/** The values of `bytes`, a view on them where possible; may reorder the bytes in place. 64-bit integers become doubles. */
export function toStoredValues(bytes: Uint8Array, { type, littleEndian }: ValueFormat): StoredValues {
  const width = bytesPerValue[type];
  const count = Math.floor(bytes.length / width);
  let content = bytes;
  if (bytes.byteOffset % width !== 0 || !(bytes.buffer instanceof ArrayBuffer)) content = new Uint8Array(bytes);
  if (littleEndian !== hostIsLittleEndian) swapBytes(content, width);
  const buffer = content.buffer as ArrayBuffer;
  const start = content.byteOffset;
  switch (type) {
    case "int8":
      return new Int8Array(buffer, start, count);
    case "uint8":
      return new Uint8Array(buffer, start, count);
    case "int16":
      return new Int16Array(buffer, start, count);
    case "uint16":
      return new Uint16Array(buffer, start, count);
    case "int32":
      return new Int32Array(buffer, start, count);
    case "uint32":
      return new Uint32Array(buffer, start, count);
    case "float32":
      return new Float32Array(buffer, start, count);
    case "float64":
      return new Float64Array(buffer, start, count);
    case "int64":
      return Float64Array.from(new BigInt64Array(buffer, start, count), Number);
    case "uint64":
      return Float64Array.from(new BigUint64Array(buffer, start, count), Number);
  }
}

function wholeWithin16Bits(values: StoredValues, { slope, intercept }: Rescale): boolean {
  if (!Number.isInteger(slope) || !Number.isInteger(intercept)) return false;
  if (values instanceof Float32Array || values instanceof Float64Array) return false;
  let low = 0;
  let high = 0;
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    if (value < low) low = value;
    else if (value > high) high = value;
  }
  const ends = [low * slope + intercept, high * slope + intercept];
  return Math.min(...ends) >= -32768 && Math.max(...ends) <= 32767;
}

/** HU from a file's values: value x slope + intercept. */
export function toVoxels(bytes: Uint8Array, format: ValueFormat, rescale: Rescale): Int16Array | Float32Array {
  const values = toStoredValues(bytes, format);
  const { slope, intercept } = rescale;
  const unchanged = slope === 1 && intercept === 0;
  if (values instanceof Int16Array && unchanged) return values;
  if (wholeWithin16Bits(values, rescale)) {
    const voxels = new Int16Array(values.length);
    for (let index = 0; index < voxels.length; index++) voxels[index] = values[index]! * slope + intercept;
    return voxels;
  }
  const voxels = values instanceof Float32Array ? values : new Float32Array(values.length);
  for (let index = 0; index < voxels.length; index++) {
    const value = values[index]! * slope + intercept;
    voxels[index] = Number.isFinite(value) ? value : airHounsfield;
  }
  return voxels;
}

/** 1 where a file's value is not zero (or, given labels, is one of them), else 0. */
export function toMask(bytes: Uint8Array, format: ValueFormat, labels?: ReadonlySet<number>): Uint8Array {
  const values = toStoredValues(bytes, format);
  const mask = new Uint8Array(values.length);
  for (let index = 0; index < mask.length; index++) {
    const value = values[index]!;
    if (labels === undefined ? value !== 0 && !Number.isNaN(value) : labels.has(value)) mask[index] = 1;
  }
  return mask;
}
