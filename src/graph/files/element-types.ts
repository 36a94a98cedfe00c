/**
 * The kinds of number a weight file holds, and how their bytes become typed arrays.
 *
 *     const { values } = decodeElements("F16", bytes);   // Float32Array
 *
 * Names are those of safetensors. Both half precisions widen to Float32Array, which holds each of their values exactly;
 * booleans are 0 or 1 in a Uint8Array. All bytes are little endian, as both file formats are.
 */

export const elementTypes = [
  "F64",
  "F32",
  "F16",
  "BF16",
  "I64",
  "I32",
  "I16",
  "I8",
  "U8",
  "BOOL",
] as const satisfies readonly string[];

export type ElementType = (typeof elementTypes)[number];

/** What elements of each type are held in. */
export type ElementArray =
  | Float64Array
  | Float32Array
  | BigInt64Array
  | Int32Array
  | Int16Array
  | Int8Array
  | Uint8Array;

/** A tensor with its numbers. */
export interface TensorData {
  readonly type: ElementType;
  /** Sizes, outermost first; [] for a single number. */
  readonly shape: readonly number[];
  /** Row-major; as many as the product of the shape. */
  readonly values: ElementArray;
}

/** What holds the elements of each type in memory; both half precisions are widened. */
const arrayOf = {
  F64: Float64Array,
  F32: Float32Array,
  F16: Float32Array,
  BF16: Float32Array,
  I64: BigInt64Array,
  I32: Int32Array,
  I16: Int16Array,
  I8: Int8Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
} as const satisfies Readonly<Record<ElementType, unknown>>;

/** Whether an array is the one in which elements of the type are held. */
export const holdsElements = (type: ElementType, values: ElementArray): boolean => values instanceof arrayOf[type];

const bytesOf: Readonly<Record<ElementType, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
};

export const elementBytes = (type: ElementType): number => bytesOf[type];

export const isElementType = (name: string): name is ElementType => Object.hasOwn(bytesOf, name);

/** How many elements a shape holds, or undefined when a size is no size or the product is beyond exact integers. */
export function elementCount(shape: readonly number[]): number | undefined {
  let count = 1;
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0) return undefined;
    count *= size;
    if (!Number.isSafeInteger(count)) return undefined;
  }
  return count;
}

const single = new Float32Array(1);
const singleBits = new Uint32Array(single.buffer);

/** The value of an IEEE 754 binary16 bit pattern. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The IEEE 754 binary16 bit pattern nearest to a number, ties to even; beyond 65504 becomes infinite. */
export function numberToHalf(value: number): number {
  single[0] = value;
  const bits = singleBits[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    // Subnormal: the unit is 2^-24, and scaling by a power of two is exact.
    single[0] = Math.abs(single[0]!) * 2 ** 24;
    const scaled = single[0]!;
    const floor = Math.floor(scaled);
    const rest = scaled - floor;
    return sign | (rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor);
  }
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
  return sign | ((rounded - 0x38000000) >>> 13);
}

/** A view of `bytes` that begins at a multiple of `alignment`, copied only when it does not. */
function aligned(bytes: Uint8Array, alignment: number): Uint8Array {
  // Not `slice`, which in Node's Buffer copies nothing.
  return bytes.byteOffset % alignment === 0 ? bytes : new Uint8Array(bytes);
}

/** Reads little-endian elements; may share memory with `bytes`. @param bytes a whole number of elements */
export function decodeElements(type: ElementType, bytes: Uint8Array): ElementArray {
  const { buffer, byteOffset, length } = aligned(bytes, bytesOf[type]);
  const count = length / bytesOf[type];
  switch (type) {
    case "F64":
      return new Float64Array(buffer, byteOffset, count);
    case "F32":
      return new Float32Array(buffer, byteOffset, count);
    case "I64":
      return new BigInt64Array(buffer, byteOffset, count);
    case "I32":
      return new Int32Array(buffer, byteOffset, count);
    case "I16":
      return new Int16Array(buffer, byteOffset, count);
    case "I8":
      return new Int8Array(buffer, byteOffset, count);
    case "U8":
    case "BOOL":
      return new Uint8Array(buffer, byteOffset, count);
    case "F16":
      return Float32Array.from(new Uint16Array(buffer, byteOffset, count), halfToNumber);
    case "BF16": {
      // A bfloat16 is the upper half of the float32 of the same value.
      const words = new Uint32Array(count);
      const halves = new Uint16Array(buffer, byteOffset, count);
      for (let index = 0; index < count; index++) words[index] = halves[index]! << 16;
      return new Float32Array(words.buffer);
    }
  }
}

/** The little-endian bytes of elements of a type; shares memory with `values` unless they are narrowed to F16. */
export function encodeElements(type: Exclude<ElementType, "BF16">, values: ElementArray): Uint8Array {
  if (type === "F16") {
    const halves = new Uint16Array(values.length);
    for (let index = 0; index < halves.length; index++) halves[index] = numberToHalf(Number(values[index]));
    return new Uint8Array(halves.buffer);
  }
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** A tensor's numbers in single precision, whatever they were stored as; 64-bit ones are rounded to the nearest. */
export function toFloat32({ values }: TensorData): Float32Array {
  if (values instanceof Float32Array) return values;
  if (values instanceof BigInt64Array) return Float32Array.from(values, Number);
  return Float32Array.from(values);
}
