/**
 * IEEE 754 half precision, for features on disk: Node 20 has no Float16Array.
 *
 *     const halves = toHalf(features);             // Uint16Array of float16 bits
 *     fromHalf(halves, features);                  // back, exactly
 *
 * By tables over the exponent (van der Zijp, "Fast Half Float Conversions", 2010), with rounding to nearest even.
 */

const floatView = new Float32Array(1);
const bitView = new Uint32Array(floatView.buffer);

/** The float16 bits nearest to a number; beyond 65504 infinity, ties to even. */
function halfOf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude >= 0x47800000) return magnitude > 0x7f800000 ? sign | 0x7e00 : sign | 0x7c00;
  if (magnitude < 0x38800000) {
    if (magnitude < 0x33000000) return sign;
    const exponent = magnitude >>> 23;
    const mantissa = (magnitude & 0x7fffff) | 0x800000;
    const shift = 126 - exponent;
    const rest = mantissa & ((1 << shift) - 1);
    const half = 1 << (shift - 1);
    const kept = mantissa >>> shift;
    return sign | (kept + (rest > half || (rest === half && (kept & 1) === 1) ? 1 : 0));
  }
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
  return sign | Math.min((rounded - 0x38000000) >>> 13, 0x7c00);
}

export function toHalf(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  for (let index = 0; index < bits.length; index++) {
    const word = bits[index]!;
    // Features after a ReLU are largely zero.
    if (word !== 0) halves[index] = halfOf(word);
  }
  return halves;
}

function widen(half: number): number {
  const exponent = (half >>> 10) & 31;
  const mantissa = half & 1023;
  if (exponent === 0) floatView[0] = mantissa * 2 ** -24;
  else bitView[0] = exponent === 31 ? 0x7f800000 | (mantissa << 13) : ((exponent + 112) << 23) | (mantissa << 13);
  return (half & 0x8000) === 0 ? floatView[0]! : -floatView[0]!;
}

let table: Float32Array | undefined;

/** Widens `halves` into `values`, starting at `offset`. */
export function fromHalf(halves: Uint16Array, values: Float32Array, offset = 0): void {
  table ??= Float32Array.from({ length: 65536 }, (_, half) => widen(half));
  for (let index = 0; index < halves.length; index++) values[offset + index] = table[halves[index]!]!;
}
