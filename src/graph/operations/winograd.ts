/**
 * 3 x 3 convolutions with a quarter to less than half of the multiplications.
 *
 * Winograd's minimal filtering F(m x m, 3 x 3) in the form of Lavin & Gray 2016, "Fast algorithms for convolutional
 * neural networks": tiles of m x m outputs from inputs overlapping by two, Y = A' [ (G g G') . (B' d B) ] A. Summed over
 * channels the product in brackets is (m + 2)^2 matrix products, one a point. All transforms are linear, so both adjoints use their transposes. M (of dy)
 * is shared by the two where it need not be made in parts; V (of x) and U (of the filter) are larger than what they come from and are computed anew.
 *
 * Layout between the transforms: [points, tiles, channels], a tile being (row, column, sample): rows and columns lead, so
 * that each transform is one matrix product with all samples and channels in its long side, and what has to be moved
 * moves in runs of whole channels.
 */
import { type KernelWriter, numElements } from "../tensor.ts";
import { shorthands, splitBatch } from "./shorthands.ts";
import type { ConvAttributes } from "./window.ts";

/** The finite points a polynomial is known at, for each side of a tile of outputs; infinity is the last one of all. */
const finitePoints = { 2: [0, 1, -1], 3: [0, 1, -1, 2], 4: [0, 1, -1, 2, -2] } as const;

/** The side of a tile of outputs. */
export type Tile = keyof typeof finitePoints;

type Matrix = readonly (readonly number[])[];

/** The Kronecker product: the same transform along rows and columns. */
function squared(matrix: Matrix): Matrix {
  return matrix.flatMap((upper) => matrix.map((lower) => upper.flatMap((a) => lower.map((b) => a * b))));
}

function transposed(matrix: Matrix): Matrix {
  return matrix[0]!.map((_, column) => matrix.map((row) => row[column]!));
}

/** Coefficients of the product of (x - root), lowest power first. */
function withRoots(roots: readonly number[]): readonly number[] {
  const [root, ...rest] = roots;
  if (root === undefined) return [1];
  const factor = withRoots(rest);
  return [0, ...factor].map((shifted, power) => shifted - root * (factor[power] ?? 0));
}

interface Transforms {
  /** B': inputs of a tile to points. */
  readonly input: Matrix;
  /** G: taps to points. */
  readonly filter: Matrix;
  /** A': points to outputs of a tile. */
  readonly output: Matrix;
}

/** Toom and Cook's: multiply polynomials by their values at points. */
function transformsOf(tile: Tile): Transforms {
  const points: readonly number[] = finitePoints[tile];
  const others = (point: number): number[] => points.filter((other) => other !== point);
  const divisor = (point: number): number => others(point).reduce((product, other) => product * (point - other), 1);
  const powers = (count: number): number[] => Array.from({ length: count }, (_, power) => power);
  return {
    input: [...points.map((point) => [...withRoots(others(point)), 0]), withRoots(points)],
    filter: [...points.map((point) => powers(3).map((power) => point ** power / divisor(point))), [0, 0, 1]],
    output: powers(tile).map((power) => [...points.map((point) => point ** power), power === tile - 1 ? 1 : 0]),
  };
}

/** Cuts an axis into tiles and transforms each: [reach tiles, size], the first tile beginning one ahead of the axis. */
function tiling(rows: Matrix, size: number, tile: Tile): Matrix {
  return rows.flatMap((row) =>
    Array.from({ length: size / tile }, (_, index) =>
      Array.from({ length: size }, (_, at) => row[at - (index * tile - 1)] ?? 0),
    ),
  );
}

function matrixConstant(write: KernelWriter, matrix: Matrix): string {
  return write.floats(matrix.flat(), [matrix.length, matrix[0]!.length]);
}

/**
 * Fewest channels in and out, and tiles, at which transforms cost less than they save; see bench/NOTES.md. The
 * derivative of the filter has no blocked kernel to compete with.
 */
const fewestChannels = { maps: 128, constantMaps: 64, filter: 64 } as const;
const fewestTiles = 96;
/** The transforms along an axis are dense matrices of this side at most. */
const longestSide = 48;

/**
 * The tile for a convolution of the kind and size that gains; undefined for any other.
 * @param result what is computed: maps, maps by a filter that does not change, or the derivative of the filter
 */
export function winogradTile(
  { window, groups, input, filter }: ConvAttributes,
  result: keyof typeof fewestChannels,
): Tile | undefined {
  const spatial = input.slice(2);
  const isPlain =
    groups === 1 &&
    spatial.length === 2 &&
    window.kernel.every((size) => size === 3) &&
    [...window.strides, ...window.dilations, ...window.before, ...window.after].every((amount) => amount === 1);
  if (!isPlain || Math.min(input[1]!, filter[0]!) < fewestChannels[result]) return undefined;
  return tilesBySaving.find(
    (tile) =>
      spatial.every((size) => size % tile === 0 && size <= longestSide) &&
      (input[0]! * numElements(spatial)) / tile ** 2 >= fewestTiles,
  );
}

const tilesBySaving = [4, 3, 2] as const satisfies readonly Tile[];

interface Sizes {
  readonly samples: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly height: number;
  readonly width: number;
  /** Outputs and inputs of a tile along an axis, and points of a tile. */
  readonly tile: Tile;
  readonly reach: number;
  readonly points: number;
  readonly tileRows: number;
  readonly tileColumns: number;
  readonly tiles: number;
}

function sizesOf({ input, filter }: ConvAttributes, tile: Tile): Sizes {
  const [samples, inputs, height, width] = input as readonly [number, number, number, number];
  const [tileRows, tileColumns] = [height / tile, width / tile];
  const tiles = tileRows * tileColumns * samples;
  const reach = tile + 2;
  const outputs = filter[0]!;
  return { samples, inputs, outputs, height, width, tile, reach, points: reach ** 2, tileRows, tileColumns, tiles };
}

/** V of x [n, c, h, w]: [points, tiles, c]. */
function transformedInput(write: KernelWriter, x: string, sizes: Sizes): string {
  const { reshape, transpose, matmul } = shorthands(write);
  const { samples, inputs, height, width, tile, reach, points, tileRows, tileColumns, tiles } = sizes;
  const rows = transformsOf(tile).input;
  const channelsLast = transpose(reshape(x, samples, inputs, height * width), 2, 0, 1);
  const rowsFirst = reshape(channelsLast, height, width * samples * inputs);
  const byRows = matmul(matrixConstant(write, tiling(rows, height, tile)), rowsFirst);
  const byBoth = matmul(
    matrixConstant(write, tiling(rows, width, tile)),
    reshape(byRows, reach * tileRows, width, samples * inputs),
  );
  const apart = reshape(byBoth, reach, tileRows, reach, tileColumns, samples * inputs);
  return reshape(transpose(apart, 0, 2, 1, 3, 4), points, tiles, inputs);
}

/** The adjoint of `transformedInput`. */
function inputFromTransformed(write: KernelWriter, v: string, sizes: Sizes): string {
  const { reshape, transpose, matmul } = shorthands(write);
  const { samples, inputs, height, width, tile, reach, tileRows, tileColumns } = sizes;
  const rows = transformsOf(tile).input;
  const apart = transpose(reshape(v, reach, reach, tileRows, tileColumns, samples * inputs), 0, 2, 1, 3, 4);
  const byColumns = matmul(
    matrixConstant(write, transposed(tiling(rows, width, tile))),
    reshape(apart, reach * tileRows, reach * tileColumns, samples * inputs),
  );
  const byBoth = matmul(
    matrixConstant(write, transposed(tiling(rows, height, tile))),
    reshape(byColumns, reach * tileRows, width * samples * inputs),
  );
  const channelsLast = transpose(reshape(byBoth, height * width, samples, inputs), 1, 0, 2);
  return reshape(transpose(channelsLast, 0, 2, 1), samples, inputs, height, width);
}

/** U of the filter [k, c, 3, 3]: [points, k, c]. */
function transformedFilter(write: KernelWriter, filter: string, { outputs, inputs, tile, points }: Sizes): string {
  const { reshape } = shorthands(write);
  const flat = reshape(filter, outputs * inputs, 9);
  const u = write.node("Gemm", [matrixConstant(write, squared(transformsOf(tile).filter)), flat], { transB: 1n });
  return write.hoistConstant(reshape(u, points, outputs, inputs), [points, outputs, inputs]);
}

/** y [n, k, h, w] from M [points, tiles, k]. */
function outputFromTransformed(write: KernelWriter, m: string, sizes: Sizes): string {
  const { reshape, transpose, matmul } = shorthands(write);
  const { samples, outputs, height, width, tile, points, tileRows, tileColumns, tiles } = sizes;
  const back = matrixConstant(write, squared(transformsOf(tile).output));
  const y = matmul(back, reshape(m, points, tiles * outputs));
  const apart = reshape(y, tile, tile, tileRows, tileColumns, samples, outputs);
  const channelsLast = reshape(transpose(apart, 4, 2, 0, 3, 1, 5), samples, height * width, outputs);
  return reshape(transpose(channelsLast, 0, 2, 1), samples, outputs, height, width);
}

/** The adjoint of `outputFromTransformed`: M of dy. */
function transformedOutput(write: KernelWriter, dy: string, sizes: Sizes): string {
  const { reshape, transpose, matmul } = shorthands(write);
  const { samples, outputs, height, width, tile, points, tileRows, tileColumns, tiles } = sizes;
  const channelsLast = transpose(reshape(dy, samples, outputs, height * width), 2, 0, 1);
  const apart = transpose(reshape(channelsLast, tileRows, tile, tileColumns, tile, samples * outputs), 1, 3, 0, 2, 4);
  const spread = matrixConstant(write, transposed(squared(transformsOf(tile).output)));
  const m = matmul(spread, reshape(apart, tile * tile, tiles * outputs));
  return reshape(m, points, tiles, outputs);
}

const product = "FusedMatMul@com.microsoft";

type Call = readonly [write: KernelWriter, names: readonly string[], attributes: ConvAttributes, tile: Tile];

/** More values than this are not transformed at once. */
const mostTransformed = 8e6;

/** Convolutions of a few samples each, where all would be too many to hold transformed. */
function inParts(
  write: KernelWriter,
  maps: readonly string[],
  attributes: ConvAttributes,
  tile: Tile,
): { readonly maps: readonly string[]; readonly sizes: Sizes }[] {
  const { points, tiles, inputs, outputs, samples } = sizesOf(attributes, tile);
  const valuesPerSample = (points * tiles * Math.max(inputs, outputs)) / samples;
  const atOnce = Math.max(1, Math.floor(mostTransformed / valuesPerSample));
  const cut = maps.map((name) => splitBatch(write, name, samples, atOnce));
  return cut[0]!.map((part, index) => ({
    maps: cut.map((own) => own[index]!.name),
    sizes: sizesOf({ ...attributes, input: [part.samples, ...attributes.input.slice(1)] }, tile),
  }));
}

function joined(write: KernelWriter, names: readonly string[]): string {
  return names.length === 1 ? names[0]! : write.node("Concat", names, { axis: 0n });
}

/** `names` are x and the filter. */
export function winogradConv(...[write, [x, filter], attributes, tile]: Call): string {
  // ONNX Runtime computes what was written last first; the filter, which waits for nothing, is to come as late as it can.
  const u = transformedFilter(write, filter!, sizesOf(attributes, tile));
  const results = inParts(write, [x!], attributes, tile).map(({ maps, sizes }) => {
    const m = write.node(product, [transformedInput(write, maps[0]!, sizes), u], { transB: 1n });
    return outputFromTransformed(write, m, sizes);
  });
  return joined(write, results);
}

/** `names` are dy and the filter. */
export function winogradConvInputGrad(...[write, [dy, filter], attributes, tile]: Call): string {
  const u = transformedFilter(write.withoutCse(), filter!, sizesOf(attributes, tile));
  const results = inParts(write, [dy!], attributes, tile).map(({ maps, sizes }, _, { length }) => {
    // What the filter's derivative is to share has to be held until then, which parts are there to avoid.
    const m = transformedOutput(length > 1 ? write.withoutCse() : write, maps[0]!, sizes);
    return inputFromTransformed(write, write.node("MatMul", [m, u]), sizes);
  });
  return joined(write, results);
}

/** `names` are x and dy. */
export function winogradConvFilterGrad(...[write, [x, dy], attributes, tile]: Call): string {
  const { reshape } = shorthands(write);
  const { points, outputs, inputs } = sizesOf(attributes, tile);
  // Parts of x that the forward pass has cut out would be kept until now.
  const u = inParts(write.withoutCse(), [x!, dy!], attributes, tile)
    .map(({ maps, sizes }) => {
      const v = transformedInput(write.withoutCse(), maps[0]!, sizes);
      return write.node(product, [transformedOutput(write, maps[1]!, sizes), v], { transA: 1n });
    })
    .reduce((sum, part) => write.node("Add", [sum, part]));
  const back = matrixConstant(write, squared(transformsOf(tile).filter));
  const flat = write.node(product, [reshape(u, points, outputs * inputs), back], { transA: 1n });
  return reshape(flat, ...attributes.filter);
}
