/**
 * Arrays of features to float16 and back; Node 20 has no Float16Array.
 *
 *     const halves = toHalf(features);             // Uint16Array of float16 bits
 *     fromHalf(halves, features);                  // back, exactly
 */
import { halfToNumber, numberToHalf } from "../../graph/files/index.ts";

export function toHalf(values: Float32Array): Uint16Array {
  const halves = new Uint16Array(values.length);
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    // Features after a ReLU are largely zero.
    if (value !== 0) halves[index] = numberToHalf(value);
  }
  return halves;
}

let table: Float32Array | undefined;

/** Widens `halves` into `values`, starting at `offset`. */
export function fromHalf(halves: Uint16Array, values: Float32Array, offset = 0): void {
  table ??= Float32Array.from({ length: 65536 }, (_, half) => halfToNumber(half));
  for (let index = 0; index < halves.length; index++) values[offset + index] = table[halves[index]!]!;
}
