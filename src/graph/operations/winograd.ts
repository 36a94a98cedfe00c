/**
 * 3 x 3 convolutions with a quarter of the multiplications.
 *
 * Winograd's minimal filtering F(4 x 4, 3 x 3) in the form of Lavin & Gray 2016, "Fast algorithms for convolutional
 * neural networks": tiles of 6 x 6 inputs overlapping by two, Y = A' [ (G g G') . (B' d B) ] A. Summed over channels the
 * product in brackets is 36 matrix products. All transforms are linear, so both adjoints use their transposes. M (of dy)
 * is shared by the two; V (of x) and U (of the filter) are larger than what they come from and are computed anew.
 *
 * Layout between the transforms: [36, tiles, channels], a tile being (row, column, sample): rows and columns lead, so
 * that each transform is one matrix product with all samples and channels in its long side, and what has to be moved
 * moves in runs of whole channels.
 */
import { type KernelWriter, sizeOf } from "../tensor.ts";
import type { ConvAttributes } from "./window.ts";

/** B': tile to transformed tile, for points 0, 1, -1, 2, -2 and infinity. */
const inputRows = [
  [4, 0, -5, 0, 1, 0],
  [0, -4, -4, 1, 1, 0],
  [0, 4, -4, -1, 1, 0],
  [0, -2, -1, 2, 1, 0],
  [0, 2, -1, -2, 1, 0],
  [0, 4, 0, -5, 0, 1],
] as const;

/** G: filter to transformed filter. */
const filterRows = [
  [1 / 4, 0, 0],
  [-1 / 6, -1 / 6, -1 / 6],
  [-1 / 6, 1 / 6, -1 / 6],
  [1 / 24, 1 / 12, 1 / 6],
  [1 / 24, -1 / 12, 1 / 6],
  [0, 0, 1],
] as const;

/** A': transformed product to outputs. */
const outputRows = [
  [1, 1, 1, 1, 1, 0],
  [0, 1, -1, 2, -2, 0],
  [0, 1, 1, 4, 4, 0],
  [0, 1, -1, 8, -8, 1],
] as const;

const tile = 4;
const reach = 6;
const points = reach * reach;

/** Fewest channels in and out, and tiles, at which transforms cost less than they save; see bench/NOTES.md. */
const fewestChannels = 128;
const fewestTiles = 96;
/** The transforms along an axis are dense matrices of this side at most. */
const longestSide = 48;

type Matrix = readonly (readonly number[])[];

/** The Kronecker product: the same transform along rows and columns. */
function squared(matrix: Matrix): Matrix {
  return matrix.flatMap((upper) => matrix.map((lower) => upper.flatMap((a) => lower.map((b) => a * b))));
}

function transposed(matrix: Matrix): Matrix {
  return matrix[0]!.map((_, column) => matrix.map((row) => row[column]!));
}

/** Cuts an axis into tiles and transforms each: [6 tiles, size], with `before` zeros ahead of the axis. */
function tiling(size: number, before: number): Matrix {
  const tiles = size / tile;
  return inputRows.flatMap((row) =>
    Array.from({ length: tiles }, (_, index) =>
      Array.from({ length: size }, (_, at) => row[at - (index * tile - before)] ?? 0),
    ),
  );
}

function matrixConstant(write: KernelWriter, matrix: Matrix): string {
  return write.floats(matrix.flat(), [matrix.length, matrix[0]!.length]);
}

/** Whether a convolution is of the kind and size that gains. */
export function suitsWinograd({ window, groups, input, filter }: ConvAttributes): boolean {
  const spatial = input.slice(2);
  const isPlain =
    groups === 1 &&
    spatial.length === 2 &&
    window.kernel.every((size) => size === 3) &&
    [...window.strides, ...window.dilations, ...window.before, ...window.after].every((amount) => amount === 1);
  return (
    isPlain &&
    spatial.every((size) => size % tile === 0 && size <= longestSide) &&
    Math.min(input[1]!, filter[0]!) >= fewestChannels &&
    (input[0]! * sizeOf(spatial)) / tile ** 2 >= fewestTiles
  );
}

interface Sizes {
  readonly samples: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly height: number;
  readonly width: number;
  readonly tileRows: number;
  readonly tileColumns: number;
  readonly tiles: number;
}

function sizesOf({ input, filter }: ConvAttributes): Sizes {
  const [samples, inputs, height, width] = input as readonly [number, number, number, number];
  const [tileRows, tileColumns] = [height / tile, width / tile];
  const tiles = tileRows * tileColumns * samples;
  return { samples, inputs, outputs: filter[0]!, height, width, tileRows, tileColumns, tiles };
}

/** Shorthand for the two nodes that only change how numbers are seen or lie. */
function tools(write: KernelWriter) {
  return {
    seen: (x: string, ...shape: readonly number[]): string => write.node("Reshape", [x, write.integers(shape)]),
    moved: (x: string, ...order: readonly number[]): string =>
      write.node("Transpose", [x], { perm: order.map(BigInt) }),
    product: (a: string, b: string): string => write.node("MatMul", [a, b]),
  };
}

/** V of x [n, c, h, w]: [36, tiles, c]. */
function transformedInput(write: KernelWriter, x: string, sizes: Sizes): string {
  const { seen, moved, product } = tools(write);
  const { samples, inputs, height, width, tileRows, tileColumns, tiles } = sizes;
  const channelsLast = moved(seen(x, samples, inputs, height * width), 0, 2, 1);
  const rowsFirst = seen(moved(channelsLast, 1, 0, 2), height, width * samples * inputs);
  const byRows = product(matrixConstant(write, tiling(height, 1)), rowsFirst);
  const byBoth = product(
    matrixConstant(write, tiling(width, 1)),
    seen(byRows, reach * tileRows, width, samples * inputs),
  );
  const apart = seen(byBoth, reach, tileRows, reach, tileColumns, samples * inputs);
  return seen(moved(apart, 0, 2, 1, 3, 4), points, tiles, inputs);
}

/** The adjoint of `transformedInput`. */
function inputFromTransformed(write: KernelWriter, v: string, sizes: Sizes): string {
  const { seen, moved, product } = tools(write);
  const { samples, inputs, height, width, tileRows, tileColumns } = sizes;
  const apart = moved(seen(v, reach, reach, tileRows, tileColumns, samples * inputs), 0, 2, 1, 3, 4);
  const byColumns = product(
    matrixConstant(write, transposed(tiling(width, 1))),
    seen(apart, reach * tileRows, reach * tileColumns, samples * inputs),
  );
  const byBoth = product(
    matrixConstant(write, transposed(tiling(height, 1))),
    seen(byColumns, reach * tileRows, width * samples * inputs),
  );
  const channelsLast = moved(seen(byBoth, height * width, samples, inputs), 1, 0, 2);
  return seen(moved(channelsLast, 0, 2, 1), samples, inputs, height, width);
}

/** U of the filter [k, c, 3, 3]: [36, k, c]. */
function transformedFilter(write: KernelWriter, filter: string, { outputs, inputs }: Sizes): string {
  const { seen } = tools(write);
  const flat = seen(filter, outputs * inputs, 9);
  const u = write.node("Gemm", [matrixConstant(write, squared(filterRows)), flat], { transB: 1n });
  return seen(u, points, outputs, inputs);
}

/** y [n, k, h, w] from M [36, tiles, k]. */
function outputFromTransformed(write: KernelWriter, m: string, sizes: Sizes): string {
  const { seen, moved, product } = tools(write);
  const { samples, outputs, height, width, tileRows, tileColumns, tiles } = sizes;
  const y = product(matrixConstant(write, squared(outputRows)), seen(m, points, tiles * outputs));
  const apart = seen(y, tile, tile, tileRows, tileColumns, samples, outputs);
  const channelsLast = seen(moved(apart, 4, 2, 0, 3, 1, 5), samples, height * width, outputs);
  return seen(moved(channelsLast, 0, 2, 1), samples, outputs, height, width);
}

/** The adjoint of `outputFromTransformed`: M of dy. */
function transformedOutput(write: KernelWriter, dy: string, sizes: Sizes): string {
  const { seen, moved, product } = tools(write);
  const { samples, outputs, height, width, tileRows, tileColumns, tiles } = sizes;
  const channelsLast = moved(seen(dy, samples, outputs, height * width), 0, 2, 1);
  const apart = moved(seen(channelsLast, samples, tileRows, tile, tileColumns, tile, outputs), 2, 4, 1, 3, 0, 5);
  const m = product(matrixConstant(write, transposed(squared(outputRows))), seen(apart, tile * tile, tiles * outputs));
  return seen(m, points, tiles, outputs);
}

const product = "FusedMatMul@com.microsoft";

export function winogradConv(write: KernelWriter, x: string, filter: string, attributes: ConvAttributes): string {
  const sizes = sizesOf(attributes);
  // ONNX Runtime computes what was written last first; the filter, which waits for nothing, is to come as late as it can.
  const u = transformedFilter(write, filter, sizes);
  const m = write.node(product, [transformedInput(write, x, sizes), u], { transB: 1n });
  return outputFromTransformed(write, m, sizes);
}

export function winogradConvInput(write: KernelWriter, dy: string, filter: string, attributes: ConvAttributes): string {
  const sizes = sizesOf(attributes);
  const u = transformedFilter(write.anew(), filter, sizes);
  const v = write.node("MatMul", [transformedOutput(write, dy, sizes), u]);
  return inputFromTransformed(write, v, sizes);
}

export function winogradConvFilter(write: KernelWriter, x: string, dy: string, attributes: ConvAttributes): string {
  const { seen, moved } = tools(write);
  const sizes = sizesOf(attributes);
  const [v, m] = [transformedInput(write.anew(), x, sizes), transformedOutput(write, dy, sizes)];
  const u = write.node(product, [m, v], { transA: 1n });
  const back = matrixConstant(write, transposed(squared(filterRows)));
  const flat = write.node("MatMul", [back, seen(u, points, sizes.outputs * sizes.inputs)]);
  return seen(moved(flat, 1, 0), ...attributes.filter);
}
