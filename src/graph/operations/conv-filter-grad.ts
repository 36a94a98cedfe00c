/**
 * The derivative of a convolution with respect to its filter, as matrix products.
 *
 * At each tap it is the product of dy and of x moved by the tap, over all positions and samples. How the moved copies come
 * about decides the speed: a convolution with filters that are one at a single tap makes all of them in one go, on all threads.
 *
 * - Stride one: x is moved along the last axis and dy along the others, so that a 3 x 3 window needs three copies of each,
 *   and one product pairs every copy of one with every copy of the other.
 * - Other strides: x is cut into all taps, which dy meets as it is.
 * - Few channels in: a product of so few rows is slow; along the first axis dy is moved by whole strides in place of x.
 * - Groups, copies too large to hold, devices without the CPU's kernels: tap by tap.
 */
import { type KernelWriter, numElements, type Shape } from "../tensor.ts";
import { convFilterGradPerTap } from "./conv-filter-grad-per-tap.ts";
import { oneHotFilters, shorthands, splitBatch, timesTransposed } from "./shorthands.ts";
import { type ConvAttributes, outputSize, type Window, windowAttributes } from "./window.ts";

/** With fewer channels in, a product for each tap along the first axis is too thin. */
const fewestChannels = 16;

/** More values than this are not copied at once, unless a single sample has them. */
const mostCopied = 8e6;
/** Copies of more values a sample are not made. */
const mostOfOneSample = 20e6;

/** `x` and `dy` as named in the graph. */
export function convFilterGrad(write: KernelWriter, x: string, dy: string, attributes: ConvAttributes): string {
  const { window, groups, filter } = attributes;
  if (groups === 1 && filter[1]! < fewestChannels && numElements(window.kernel) > 1) {
    const thin = thinTaps(attributes);
    if (thin !== undefined) return thinDerivative(write, x, dy, attributes, thin);
  }
  const copies = groups === 1 && write.nchwcBlock > 0 ? copiesOf(attributes) : undefined;
  if (copies !== undefined) return derivativeOfCopies(write, x, dy, attributes, copies);
  return convFilterGradPerTap(write, x, dy, attributes);
}

/** Windows that cut moved copies out of x and out of dy. */
interface Copies {
  readonly ofX: Window;
  readonly ofDy: Window;
}

const unmoved = (axes: number): Window => ({
  kernel: new Array<number>(axes).fill(1),
  strides: new Array<number>(axes).fill(1),
  before: new Array<number>(axes).fill(0),
  after: new Array<number>(axes).fill(0),
  dilations: new Array<number>(axes).fill(1),
});

function isUnmoved({ kernel, strides, before, after }: Window): boolean {
  return [...kernel, ...strides].every((size) => size === 1) && [...before, ...after].every((amount) => amount === 0);
}

/** `window` along the axes that are chosen, nothing along the others. */
function along(window: Window, isChosen: (axis: number) => boolean): Window {
  const none = unmoved(window.kernel.length);
  const chosen = (key: keyof Window): readonly number[] =>
    window[key].map((value, axis) => (isChosen(axis) ? value : none[key][axis]!));
  return {
    kernel: chosen("kernel"),
    strides: chosen("strides"),
    before: chosen("before"),
    after: chosen("after"),
    dilations: chosen("dilations"),
  };
}

/** The copies for a convolution; undefined where those of one sample are more than should be held. */
function copiesOf({ window, input, filter }: ConvAttributes): Copies | undefined {
  const last = window.kernel.length - 1;
  const reach = window.kernel.map((size, axis) => (size - 1) * window.dilations[axis]!);
  const turned: Window = {
    ...window,
    before: window.before.map((amount, axis) => reach[axis]! - amount),
    after: window.after.map((amount, axis) => reach[axis]! - amount),
  };
  const ofDy = along(turned, (axis) => axis !== last);
  const isPaired =
    window.strides.every((stride) => stride === 1) && [...ofDy.before, ...ofDy.after].every((n) => n >= 0);
  const copies = isPaired
    ? { ofX: along(window, (axis) => axis === last), ofDy }
    : { ofX: window, ofDy: unmoved(window.kernel.length) };
  return valuesPerSample(copies, input, filter) <= mostOfOneSample ? copies : undefined;
}

const samplesAtOnce = (samples: number, values: number): number =>
  Math.max(1, Math.min(samples, Math.floor(mostCopied / values)));

/** Rows of a copied tensor, all taps of a channel after one another. */
const rowsOf = (channels: number, window: Window): number => channels * numElements(window.kernel);

function valuesPerSample({ ofX, ofDy }: Copies, input: Shape, filter: Shape): number {
  const positions = numElements(outputSize(ofX, input.slice(2)));
  return (rowsOf(input[1]!, ofX) + rowsOf(filter[0]!, ofDy)) * positions;
}

/** Copies of x [n, c, ...], one a tap of the window: [n, c taps, positions]. @param taps filters as of `oneHotFilters` */
function copied(write: KernelWriter, x: string, shape: Shape, window: Window, taps: string): string {
  const { reshape } = shorthands(write);
  const [samples, channels, ...spatial] = shape as readonly [number, number, ...number[]];
  const positions = numElements(outputSize(window, spatial));
  const planes = reshape(x, samples * channels, 1, ...spatial);
  const copies = isUnmoved(window) ? x : write.node("Conv", [planes, taps], windowAttributes(window));
  return reshape(copies, samples, rowsOf(channels, window), positions);
}

/** a b' for each sample, added up: [rows of a, rows of b] of [samples, rows, positions]. */
function summedProducts(write: KernelWriter, a: string, b: string): string {
  return write.node("ReduceSum", [timesTransposed(write, a, b), write.integers([0])], { keepdims: 0n });
}

function derivativeOfCopies(
  write: KernelWriter,
  x: string,
  dy: string,
  { window, input, filter }: ConvAttributes,
  { ofX, ofDy }: Copies,
): string {
  const { reshape, transpose } = shorthands(write);
  const [samples, channels, ...spatial] = input as readonly [number, number, ...number[]];
  const output = outputSize(window, spatial);
  const atOnce = samplesAtOnce(samples, valuesPerSample({ ofX, ofDy }, input, filter));
  const derivatives = splitBatch(write, dy, samples, atOnce);
  const total = splitBatch(write, x, samples, atOnce)
    .map((part, index) => {
      const shapeOfDy = [part.samples, filter[0]!, ...output];
      const left = copied(
        write,
        derivatives[index]!.name,
        shapeOfDy,
        ofDy,
        oneHotFilters(write, ofDy.kernel, "backwards"),
      );
      const right = copied(
        write,
        part.name,
        [part.samples, channels, ...spatial],
        ofX,
        oneHotFilters(write, ofX.kernel),
      );
      return summedProducts(write, left, right);
    })
    .reduce((sum, part) => write.node("Add", [sum, part]));
  const [leftTaps, rightTaps] = [numElements(ofDy.kernel), numElements(ofX.kernel)];
  if (leftTaps === 1) return reshape(total, ...filter);
  return reshape(transpose(reshape(total, filter[0]!, leftTaps, channels, rightTaps), 0, 2, 1, 3), ...filter);
}

/** How the taps of a filter for few channels are told apart. */
interface ThinTaps {
  /** Along the first axis, where each tap of the filter begins, in positions of x. */
  readonly offsets: readonly number[];
  /** Whole strides that dy is moved by, each once. */
  readonly moves: readonly number[];
  /** Cuts the moved copies out of dy: one tap a move, and more in between where moves are apart. */
  readonly ofDy: Window;
  /** Cuts the rests and the taps of all other axes out of x. */
  readonly ofX: Window;
}

/** Undefined for a padding that reaches further than the filter. */
function thinTaps({ window, input }: ConvAttributes): ThinTaps | undefined {
  const [stride, height] = [window.strides[0]!, input[2]!];
  const offsets = Array.from({ length: window.kernel[0]! }, (_, tap) => tap * window.dilations[0]! - window.before[0]!);
  const moves = [...new Set(offsets.map((offset) => Math.floor(offset / stride)))];
  const rows = Math.ceil(height / stride);
  const before = Math.max(0, ...moves);
  const furthest = Math.min(...moves);
  const after = rows - outputSize(window, input.slice(2))[0]! - furthest;
  if (after < 0) return undefined;
  const first = <T>(own: T, others: readonly T[]): readonly T[] => [own, ...others.slice(1)];
  const none = unmoved(window.kernel.length);
  return {
    offsets,
    moves,
    ofDy: {
      ...none,
      kernel: first(before - furthest + 1, none.kernel),
      before: first(before, none.before),
      after: first(after, none.after),
    },
    ofX: {
      kernel: first(stride, window.kernel),
      strides: window.strides,
      before: first(0, window.before),
      after: first(rows * stride - height, window.after),
      dilations: first(1, window.dilations),
    },
  };
}

/** The filter's derivative out of the products of outputs, all moves, channels, rests and taps of the other axes. */
function chosenTaps(write: KernelWriter, products: string, { offsets, moves, ofX }: ThinTaps, filter: Shape): string {
  const { reshape, transpose } = shorthands(write);
  const [outputs, channels] = [filter[0]!, filter[1]!];
  const [stride, ...others] = ofX.kernel as readonly [number, ...number[]];
  const rest = numElements(others);
  const pairs = transpose(reshape(products, outputs, moves.length, channels, stride, rest), 0, 2, 1, 3, 4);
  const places = offsets.map((offset) => {
    const move = Math.floor(offset / stride);
    return moves.indexOf(move) * stride + offset - move * stride;
  });
  const chosen = write.node(
    "Gather",
    [reshape(pairs, outputs, channels, moves.length * stride, rest), write.integers(places)],
    { axis: 2n },
  );
  return reshape(chosen, ...filter);
}

/**
 * For few channels: along the first axis a tap is a number of whole strides and a rest. dy is moved by the strides; the
 * rests and all taps of the other axes are cut out of x. A few samples at a time.
 */
function thinDerivative(
  write: KernelWriter,
  x: string,
  dy: string,
  { window, input, filter }: ConvAttributes,
  thin: ThinTaps,
): string {
  const [samples, channels, ...spatial] = input as readonly [number, number, ...number[]];
  const output = outputSize(window, spatial);
  const { moves, ofDy, ofX } = thin;
  const length = ofDy.kernel[0]!;
  const shifts = new Float32Array(moves.length * length);
  moves.forEach((move, index) => {
    shifts[index * length + ofDy.before[0]! - move] = 1;
  });
  const movers = write.floats(shifts, [moves.length, 1, ...ofDy.kernel]);
  const [rowsOfDy, rowsOfX] = [moves.length * filter[0]!, rowsOf(channels, ofX)];
  const positions = numElements(outputSize(ofX, spatial));
  const atOnce = samplesAtOnce(samples, (rowsOfDy + rowsOfX) * positions);
  const { reshape, transpose } = shorthands(write);
  const derivatives = splitBatch(write, dy, samples, atOnce);
  const total = splitBatch(write, x, samples, atOnce)
    .map((part, index) => {
      const planes = reshape(derivatives[index]!.name, part.samples * filter[0]!, 1, ...output);
      const stacked = write.node("Conv", [planes, movers], windowAttributes(ofDy));
      const left = reshape(stacked, part.samples, rowsOfDy, positions);
      const right = copied(
        write,
        part.name,
        [part.samples, channels, ...spatial],
        ofX,
        oneHotFilters(write, ofX.kernel),
      );
      // A product takes less time with the fewer rows on the right.
      if (rowsOfX <= rowsOfDy) return summedProducts(write, left, right);
      return transpose(summedProducts(write, right, left), 1, 0);
    })
    .reduce((sum, part) => write.node("Add", [sum, part]));
  return chosenTaps(write, total, thin, filter);
}
