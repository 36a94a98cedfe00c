/**
 * How the three convolution rows become ONNX nodes. bench/NOTES.md has the measurements behind each choice.
 *
 * On a CPU with blocked kernels (see blocked-convolution.ts) the product and its adjoint toward the input use those
 * where the runtime does not choose them itself; elsewhere ONNX's own operations. The adjoint toward the filter is a sum of matrix products, one a tap.
 */
import { type KernelArguments, type KernelWriter, type Shape, sizeOf } from "../tensor.ts";
import { blockedConv, blockedConvInput } from "./blocked-convolution.ts";
import { shorthands, singleTaps } from "./shorthands.ts";
import { type ConvAttributes, outputPadding, outputSize, type Window, windowAttributes } from "./window.ts";
import { winogradConv, winogradConvFilter, winogradConvInput, winogradTile } from "./winograd.ts";

type Kernel = (call: KernelArguments<ConvAttributes>) => readonly string[];

export const convKernel: Kernel = ({ write, names, attributes }) => {
  const { window, groups } = attributes;
  const tile = write.block > 0 ? winogradTile(attributes) : undefined;
  if (tile !== undefined) return [winogradConv(write, names, attributes, tile)];
  const blocked = write.constantWeights ? undefined : blockedConv(write, names[0]!, names[1]!, attributes);
  return [blocked ?? write.node("Conv", names, { ...windowAttributes(window), group: BigInt(groups) })];
};

/** The adjoint toward the input: `names` are dy and the filter. */
export const convInputKernel: Kernel = ({ write, names, attributes }) => {
  const { window, groups, input } = attributes;
  const tile = write.block > 0 ? winogradTile(attributes) : undefined;
  if (tile !== undefined) return [winogradConvInput(write, names, attributes, tile)];
  const blocked = write.constantWeights ? undefined : blockedConvInput(write, names[0]!, names[1]!, attributes);
  return [
    blocked ??
      write.node("ConvTranspose", names, {
        ...windowAttributes(window),
        group: BigInt(groups),
        output_padding: outputPadding(window, input.slice(2)),
      }),
  ];
};

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

/** a b' for stacks of matrices. */
function timesTransposed(write: KernelWriter, a: string, b: string): string {
  if (write.block > 0) return write.node("FusedMatMul@com.microsoft", [a, b], { transB: 1n });
  return write.node("MatMul", [a, write.node("Transpose", [b], { perm: [0n, 2n, 1n] })]);
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
  return { left, right, positions: sizeOf([...spatial.slice(0, -1), output.at(-1)!]) };
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
  return { left: dy, right, positions: sizeOf(output) };
}

/** With fewer channels in, the taps are taken together. */
const fewestChannels = 16;

/** More values than this are not held at once for it. */
const mostColumns = 20e6;

/** How the taps of a filter for few channels are told apart. */
interface ThinTaps {
  /** Along the first axis, where each tap of the filter begins, in positions of x. */
  readonly offsets: readonly number[];
  /** Whole strides that dy is moved by, each once. */
  readonly moves: readonly number[];
  /** Rows of the moved dy. */
  readonly rows: number;
  /** Cuts the rests and the taps of all other axes out of x. */
  readonly cut: Window;
}

function thinTaps({ window, input }: ConvAttributes): ThinTaps {
  const [stride, height] = [window.strides[0]!, input[2]!];
  const offsets = Array.from({ length: window.kernel[0]! }, (_, tap) => tap * window.dilations[0]! - window.before[0]!);
  const rows = Math.ceil(height / stride);
  const cut: Window = {
    kernel: [stride, ...window.kernel.slice(1)],
    strides: window.strides,
    before: [0, ...window.before.slice(1)],
    after: [rows * stride - height, ...window.after.slice(1)],
    dilations: [1, ...window.dilations.slice(1)],
  };
  return { offsets, moves: [...new Set(offsets.map((offset) => Math.floor(offset / stride)))], rows, cut };
}

/** The filter's derivative out of the products of all moves, outputs, channels, rests and taps of the other axes. */
function chosenTaps(write: KernelWriter, products: string, { offsets, moves, cut }: ThinTaps, filter: Shape): string {
  const { seen, moved } = shorthands(write);
  const [outputs, channels] = [filter[0]!, filter[1]!];
  const [stride, ...others] = cut.kernel as readonly [number, ...number[]];
  const rest = sizeOf(others);
  const pairs = moved(seen(products, moves.length, outputs, channels, stride, rest), 1, 2, 0, 3, 4);
  const places = offsets.map((offset) => {
    const move = Math.floor(offset / stride);
    return moves.indexOf(move) * stride + offset - move * stride;
  });
  const chosen = write.node(
    "Gather",
    [seen(pairs, outputs, channels, moves.length * stride, rest), write.integers(places)],
    {
      axis: 2n,
    },
  );
  return seen(chosen, ...filter);
}

/**
 * The adjoint for few channels, where one product a tap would be thin: one product takes all of them. Along the first
 * axis a tap is a number of whole strides and a rest. dy is moved by the strides; the rests and all taps of the other
 * axes are cut out of x by a convolution with filters that are one at a single tap. A few samples at a time.
 */
function thinFilterKernel(write: KernelWriter, x: string, dy: string, attributes: ConvAttributes): string {
  const { seen } = shorthands(write);
  const { window, input, filter } = attributes;
  const [samples, channels, ...spatial] = input as readonly [number, number, ...number[]];
  const output = outputSize(window, spatial);
  const thin = thinTaps(attributes);
  const { moves, rows, cut } = thin;
  const pickers = singleTaps(write, cut.kernel);
  const positions = rows * sizeOf(output.slice(1));
  const [left, right] = [moves.length * filter[0]!, channels * sizeOf(cut.kernel)];
  const atOnce = Math.max(1, Math.min(samples, Math.floor(mostColumns / ((left + right) * positions))));
  const sizes = Array.from({ length: Math.ceil(samples / atOnce) }, (_, at) => Math.min(atOnce, samples - at * atOnce));
  const pieces = (name: string): readonly string[] =>
    sizes.length === 1 ? [name] : write.nodes("Split", [name, write.integers(sizes)], sizes.length, { axis: 0n });
  const derivatives = pieces(dy);
  const sums = pieces(x).map((piece, index) => {
    const size = sizes[index]!;
    const shifts = moves.map((move) => shifted(write, derivatives[index]!, input.length, 2, -move, output[0]!, rows));
    const stacked = shifts.length === 1 ? shifts[0]! : write.node("Concat", shifts, { axis: 1n });
    const columns = write.node("Conv", [seen(piece, size * channels, 1, ...spatial), pickers], windowAttributes(cut));
    const product = timesTransposed(write, seen(stacked, size, left, positions), seen(columns, size, right, positions));
    return write.node("ReduceSum", [product, write.integers([0])]);
  });
  const total = sums.reduce((sum, part) => write.node("Add", [sum, part]));
  return chosenTaps(write, total, thin, filter);
}

/** The adjoint toward the filter: `names` are x and dy. */
export const convFilterKernel: Kernel = ({ write, names, attributes }) => {
  const tile = write.block > 0 ? winogradTile(attributes) : undefined;
  if (tile !== undefined) return [winogradConvFilter(write, names, attributes, tile)];
  const { window, groups, input, filter } = attributes;
  if (groups === 1 && input[1]! < fewestChannels && sizeOf(window.kernel) > 1) {
    return [thinFilterKernel(write, names[0]!, names[1]!, attributes)];
  }
  const samples = input[0]!;
  const output = [samples, filter[0]!, ...outputSize(window, input.slice(2))];
  const [rows, columns] = [filter[0]! / groups, filter[1]!];
  const x = channelsFirst(write, names[0]!, input);
  const dy = channelsFirst(write, names[1]!, output);
  const pair = window.strides.every((stride) => stride === 1) ? pairedTap : stridedTap;
  const matrix = (name: string, channels: number, positions: number): string =>
    write.node("Reshape", [
      name,
      write.integers(groups === 1 ? [channels, samples * positions] : [groups, channels, samples * positions]),
    ]);
  const pairs = taps(window.kernel).map((tap) => {
    const { left, right, positions } = pair(write, x, dy, tap, attributes);
    return { left: matrix(left, rows, positions), right: matrix(right, columns, positions) };
  });
  const products = pairs.map(({ left, right }) =>
    groups === 1 ? write.node("Gemm", [left, right], { transB: 1n }) : timesTransposed(write, left, right),
  );
  if (products.length === 1) return [write.node("Reshape", [products[0]!, write.integers(filter)])];
  const flat = products.map((product) => write.node("Reshape", [product, write.integers([1, filter[0]! * columns])]));
  const turned = write.node("Transpose", [write.node("Concat", flat, { axis: 0n })], { perm: [1n, 0n] });
  return [write.node("Reshape", [turned, write.integers(filter)])];
};
