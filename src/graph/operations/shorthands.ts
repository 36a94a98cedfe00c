/**
 * Nodes that several kernels write.
 *
 *     const { reshape, transpose, matmul } = shorthands(write);
 *     matmul(reshape(x, 64, 36), transpose(w, 1, 0));
 */
import { type KernelWriter, numElements } from "../tensor.ts";

/** Reshape, transpose and the matrix product, written with the fewest words. */
export function shorthands(write: KernelWriter) {
  return {
    reshape: (x: string, ...shape: readonly number[]): string => write.node("Reshape", [x, write.integers(shape)]),
    transpose: (x: string, ...order: readonly number[]): string =>
      write.node("Transpose", [x], { perm: order.map(BigInt) }),
    matmul: (a: string, b: string): string => write.node("MatMul", [a, b]),
  };
}

/** a b' for stacks of matrices. */
export function timesTransposed(write: KernelWriter, a: string, b: string): string {
  if (write.nchwcBlock > 0) return write.node("FusedMatMul@com.microsoft", [a, b], { transB: 1n });
  return write.node("MatMul", [a, write.node("Transpose", [b], { perm: [0n, 2n, 1n] })]);
}

/**
 * x [n, ...] in parts of at most `atOnce` samples, all of nearly the same size; x itself where one part is enough. Each
 * is cut out when it is needed: a `Split` would hold x twice.
 */
export function splitBatch(
  write: KernelWriter,
  x: string,
  samples: number,
  atOnce: number,
): { readonly name: string; readonly samples: number }[] {
  const count = Math.ceil(samples / atOnce);
  if (count === 1) return [{ name: x, samples }];
  return Array.from({ length: count }, (_, at) => {
    const [start, end] = [Math.floor((at * samples) / count), Math.floor(((at + 1) * samples) / count)];
    const ends = [start, end, 0].map((number) => write.integers([number]));
    return { name: write.node("Slice", [x, ...ends]), samples: end - start };
  });
}

/**
 * Filters [taps, 1, ...kernel], each one at a single tap: convolving with them takes the taps apart.
 * @param order the first filter is one at the first tap, or at the last
 */
export function oneHotFilters(
  write: KernelWriter,
  kernel: readonly number[],
  order: "forwards" | "backwards" = "forwards",
): string {
  const taps = numElements(kernel);
  const single = new Float32Array(taps ** 2);
  for (let tap = 0; tap < taps; tap++) single[tap * taps + (order === "forwards" ? tap : taps - 1 - tap)] = 1;
  return write.floats(single, [taps, 1, ...kernel]);
}
