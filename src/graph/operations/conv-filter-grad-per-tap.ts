/**
 * The derivative of a convolution with respect to its filter, one tap after the other: for groups, for devices without
 * the CPU's own kernels, and where copies for all taps would be too large. See conv-filter-grad.ts.
 */
import { type KernelWriter, numElements } from "../tensor.ts";
import { timesTransposed } from "./shorthands.ts";
import { type ConvAttributes, outputSize } from "./window.ts";

/** All positions of the window's taps: [0, 0], [0, 1], ... in row-major order. */
function taps(kernel: readonly number[]): number[][] {
  return kernel.reduce<number[][]>(
    (list, size) => list.flatMap((tap) => Array.from({ length: size }, (_, index) => [...tap, index])),
    [[]],
  );
}

/** [n, c, ...] to [c, n, ...]: so that the products below run over all samples at once. */
function channelsFirst(write: KernelWriter, x: string, shape: readonly number[]): string {
  if (shape[0] === 1) return write.node("Reshape", [x, write.integers([shape[1]!, 1, ...shape.slice(2)])]);
  return write.node("Transpose", [x], { perm: shape.map((_, axis) => BigInt(axis < 2 ? 1 - axis : axis)) });
}

/** Moves a tensor along one axis: from `start`, for `length`, with zeros where it has nothing. */
function shifted(
  write: KernelWriter,
  x: string,
  rank: number,
  axis: number,
  start: number,
  size: number,
  length: number,
) {
  const after = start + length - size;
  if (start === 0 && after === 0) return x;
  const pads = new Array<number>(2 * rank).fill(0);
  pads[axis] = -start;
  pads[rank + axis] = after;
  return write.node("Pad", [x, write.integers(pads)]);
}

/**
 * The rows that one tap pairs, as [channels, positions] of x and of dy. Along the last axis x is moved and along the
 * others dy, so that a 3 x 3 window needs three moved copies of each instead of nine of one.
 */
function pairedTap(write: KernelWriter, x: string, dy: string, tap: readonly number[], attributes: ConvAttributes) {
  const { window, input } = attributes;
  const spatial = input.slice(2);
  const output = outputSize(window, spatial);
  const rank = input.length;
  let [left, right] = [dy, x];
  spatial.forEach((size, axis) => {
    const offset = tap[axis]! * window.dilations[axis]! - window.before[axis]!;
    if (axis === spatial.length - 1) right = shifted(write, right, rank, axis + 2, offset, size, output[axis]!);
    else left = shifted(write, left, rank, axis + 2, -offset, output[axis]!, size);
  });
  return { left, right, positions: numElements([...spatial.slice(0, -1), output.at(-1)!]) };
}

/** The same for strides above one: x is cut into its phases, of which each tap reads one. */
function stridedTap(write: KernelWriter, x: string, dy: string, tap: readonly number[], attributes: ConvAttributes) {
  const { window, input } = attributes;
  const spatial = input.slice(2);
  const output = outputSize(window, spatial);
  const axes = spatial.map((_, axis) => axis + 2);
  const pads = [...window.before, ...window.after];
  const padded = pads.some((amount) => amount > 0)
    ? write.node("Pad", [x, write.integers([0, 0, ...window.before, 0, 0, ...window.after])])
    : x;
  const starts = tap.map((index, axis) => index * window.dilations[axis]!);
  const right = write.node("Slice", [
    padded,
    write.integers(starts),
    write.integers(starts.map((start, axis) => start + (output[axis]! - 1) * window.strides[axis]! + 1)),
    write.integers(axes),
    write.integers(window.strides),
  ]);
  return { left: dy, right, positions: numElements(output) };
}

/** `x` and `dy` as named in the graph. */
export function convFilterGradPerTap(write: KernelWriter, x: string, dy: string, attributes: ConvAttributes): string {
  const { window, groups, input, filter } = attributes;
  const samples = input[0]!;
  const output = [samples, filter[0]!, ...outputSize(window, input.slice(2))];
  const [rows, columns] = [filter[0]! / groups, filter[1]!];
  const ofX = channelsFirst(write, x, input);
  const ofDy = channelsFirst(write, dy, output);
  const pair = window.strides.every((stride) => stride === 1) ? pairedTap : stridedTap;
  const matrix = (name: string, channels: number, positions: number): string =>
    write.node("Reshape", [
      name,
      write.integers(groups === 1 ? [channels, samples * positions] : [groups, channels, samples * positions]),
    ]);
  const pairs = taps(window.kernel).map((tap) => {
    const { left, right, positions } = pair(write, ofX, ofDy, tap, attributes);
    return { left: matrix(left, rows, positions), right: matrix(right, columns, positions) };
  });
  const products = pairs.map(({ left, right }) =>
    groups === 1 ? write.node("Gemm", [left, right], { transB: 1n }) : timesTransposed(write, left, right),
  );
  if (products.length === 1) return write.node("Reshape", [products[0]!, write.integers(filter)]);
  const flat = products.map((product) => write.node("Reshape", [product, write.integers([1, filter[0]! * columns])]));
  const turned = write.node("Transpose", [write.node("Concat", flat, { axis: 0n })], { perm: [1n, 0n] });
  return write.node("Reshape", [turned, write.integers(filter)]);
}
