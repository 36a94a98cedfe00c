/**
 * Numeric arrays of a MATLAB 5 file (.mat up to -v7), as FUMPE's masks come in.
 *
 *     const [mask] = readMatlab("PAT001.mat", content);
 *     mask.name; mask.size; mask.values;               // "Mask", [512, 512, 290], column-major
 *
 * MathWorks, "MAT-File Format", level 5: a header of 128 bytes, then elements of (type, length, data), compressed ones
 * holding a zlib stream of one element. Cells, structures, sparse and complex arrays are passed over. Files of -v7.3
 * are HDF5 and are refused with a way out.
 */
import { inflateSync } from "node:zlib";
import { RefusedError } from "../../errors.ts";

export interface MatlabArray {
  readonly name: string;
  /** Rows, columns, pages, …; rows run fastest in `values`. */
  readonly size: readonly number[];
  readonly values: ArrayLike<number>;
}

const elementTypes = { matrix: 14, compressed: 15, signed: 5, unsigned: 6 } as const;
/** Numeric classes: double, single and the integers, without the 64-bit ones. */
const numericClasses = new Set([6, 7, 8, 9, 10, 11, 12, 13]);
const mostDimensions = 8;
/** No mask is larger. */
const mostBytes = 2 ** 31 - 1;

interface Element {
  readonly type: number;
  readonly data: Uint8Array;
  /** Where the next one begins. */
  readonly end: number;
}

/** @throws RefusedError "format-unknown", "file-truncated", "file-corrupt", "too-large" */
export function readMatlab(name: string, content: Uint8Array): MatlabArray[] {
  const head = String.fromCharCode(...content.subarray(0, 116));
  if (head.startsWith("MATLAB 7.3") || content[0] === 0x89) {
    throw new RefusedError("format-unknown", `${name} is a MATLAB 7.3 file, which is HDF5 inside`, {
      hint: "save it in MATLAB with -v7",
    });
  }
  if (content.length < 128 || content[126] !== 0x49 || content[127] !== 0x4d) {
    throw new RefusedError("format-unknown", `${name} is not a little-endian MATLAB 5 file`);
  }
  const arrays: MatlabArray[] = [];
  for (let at = 128; at < content.length; ) {
    const element = elementAt(name, content, at);
    at = element.end;
    const array = arrayOf(name, element.type === elementTypes.compressed ? inflated(name, element.data) : element);
    if (array !== undefined) arrays.push(array);
  }
  return arrays;
}

/** Small elements keep their length in the upper half of the type and their data in the length's place. */
function elementAt(name: string, content: Uint8Array, at: number): Element {
  if (at + 8 > content.length) throw new RefusedError("file-truncated", `${name} ends within an element`);
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const first = view.getUint32(at, true);
  const small = first >>> 16;
  const [start, length] = small > 0 ? [at + 4, small] : [at + 8, view.getUint32(at + 4, true)];
  const type = first & 0xffff;
  if (start + length > content.length) throw new RefusedError("file-truncated", `${name} ends within an element`);
  // Elements start at multiples of eight; compressed ones follow each other directly.
  const end =
    small > 0 ? at + 8 : type === elementTypes.compressed ? start + length : start + Math.ceil(length / 8) * 8;
  return { type, data: content.subarray(start, start + length), end };
}

function inflated(name: string, data: Uint8Array): Element {
  try {
    return elementAt(name, inflateSync(data, { maxOutputLength: mostBytes }), 0);
  } catch (cause) {
    if (cause instanceof RefusedError) throw cause;
    throw new RefusedError("file-corrupt", `${name} holds a compressed element that cannot be inflated`, { cause });
  }
}

function arrayOf(file: string, { type, data }: Element): MatlabArray | undefined {
  if (type !== elementTypes.matrix) return undefined;
  const flags = elementAt(file, data, 0);
  const word = new DataView(flags.data.buffer, flags.data.byteOffset, 8).getUint32(0, true);
  const isComplex = (word & 0x800) !== 0;
  if (!numericClasses.has(word & 0xff) || isComplex) return undefined;
  const dimensions = elementAt(file, data, flags.end);
  const named = elementAt(file, data, dimensions.end);
  const numbers = elementAt(file, data, named.end);
  const size = [...valuesOf(file, elementTypes.signed, dimensions.data)];
  const values = valuesOf(file, numbers.type, numbers.data);
  if (size.length > mostDimensions)
    throw new RefusedError("file-corrupt", `${file}: an array of ${size.length} dimensions`);
  const expected = size.reduce((product, length) => product * length, 1);
  if (!size.every((length) => length >= 0) || values.length !== expected) {
    throw new RefusedError("file-corrupt", `${file}: ${values.length} values for an array of ${size.join(" x ")}`);
  }
  return { name: String.fromCharCode(...named.data), size, values };
}

/** Numbers by MATLAB's data type, which may be narrower than the array's class. */
function valuesOf(file: string, type: number, data: Uint8Array): Exclude<ArrayLike<number>, string> & Iterable<number> {
  const copy = new Uint8Array(data).buffer;
  const whole = (bytes: number) => copy.slice(0, Math.floor(copy.byteLength / bytes) * bytes);
  switch (type) {
    case 1:
      return new Int8Array(copy);
    case 2:
      return new Uint8Array(copy);
    case 3:
      return new Int16Array(whole(2));
    case 4:
      return new Uint16Array(whole(2));
    case 5:
      return new Int32Array(whole(4));
    case 6:
      return new Uint32Array(whole(4));
    case 7:
      return new Float32Array(whole(4));
    case 9:
      return new Float64Array(whole(8));
    default:
      throw new RefusedError("file-corrupt", `${file} holds numbers of an unknown type ${type}`);
  }
}
