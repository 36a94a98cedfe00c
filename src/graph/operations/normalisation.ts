/**
 * Scaling by channel, and the statistics that normalisation takes from a batch.
 *
 *     scaleChannels(x, scale, shift);             // x [n, c, ...], scale and shift [c]
 *     const { mean, variance } = channelMoments(x);
 *
 * Normalising is one `scaleChannels` whose factors come from the moments, so its derivative is two more of the same.
 */
import { UsageError } from "../../errors.ts";
import {
  defineOp,
  formatShape,
  type KernelWriter,
  numElements,
  type OpFunction,
  requireType,
  type Shape,
  type Tensor,
} from "../tensor.ts";
import { add, divide, multiply, square, squareRoot, subtract } from "./elementwise.ts";
import { mean } from "./linear.ts";
import { reshape, sum, zerosLike } from "./shape-ops.ts";
import { shorthands } from "./shorthands.ts";

/** All axes but the channels'. */
function overPositions(x: Tensor): number[] {
  return x.shape.map((_, axis) => axis).filter((axis) => axis !== 1);
}

/** How many channels x has. @throws UsageError shape-mismatch without an axis of them, type-mismatch */
export function channelsOf(name: string, x: Tensor): number {
  requireType(name, x, "float32");
  if (x.rank >= 2) return x.shape[1]!;
  throw new UsageError("shape-mismatch", `${name}: needs samples and channels, not ${formatShape(x.shape)}`);
}

/** Positions a channel from which the kernel on all threads takes less time than the one on one. */
const fewestPositions = 512;

/**
 * x * scale + shift. ONNX Runtime runs `BatchNormalization` on one thread of the CPU; a convolution of each channel by
 * itself with a filter of one tap computes the same on all. Where weights are constant its own passes look for the former.
 */
function scaledChannels(
  write: KernelWriter,
  [x, scale, shift]: readonly [string, string, string],
  shape: Shape,
): string {
  const [samples, channels, ...spatial] = shape as readonly [number, number, ...number[]];
  const positions = numElements(spatial);
  if (write.nchwcBlock === 0 || write.constantWeights || positions < fewestPositions) {
    const zero = write.floats(new Float32Array(channels), [channels]);
    const one = write.floats(new Float32Array(channels).fill(1), [channels]);
    return write.node("BatchNormalization", [x, scale, shift, zero, one], { epsilon: 0 });
  }
  const { reshape } = shorthands(write);
  const filter = reshape(scale, channels, 1, 1, 1);
  const plane = spatial.length === 2 ? x : reshape(x, samples, channels, positions, 1);
  const scaled = write.node("Conv", [plane, filter, shift], { group: BigInt(channels) });
  return spatial.length === 2 ? scaled : reshape(scaled, ...shape);
}

export const scaleChannelsOp: OpFunction<null> = defineOp<null>({
  name: "scaleChannels",
  signature: ([x]) => [{ shape: x!.shape, type: "float32" }],
  kernel: ({ write, names, inputs }) => [
    scaledChannels(write, names as readonly [string, string, string], inputs[0]!.shape),
  ],
  gradient: ({ dy, inputs, wanted }) => {
    const [x, scale, shift] = [inputs[0]!, inputs[1]!, inputs[2]!];
    return [
      wanted[0] ? scaleChannels(dy, scale, zerosLike(shift)) : undefined,
      wanted[1] ? sum(multiply(dy, x), overPositions(x)) : undefined,
      wanted[2] ? sum(dy, overPositions(x)) : undefined,
    ];
  },
});

/** x * scale + shift with one scale and shift a channel. @throws UsageError shape-mismatch */
export function scaleChannels(x: Tensor, scale: Tensor, shift: Tensor): Tensor {
  const channels = channelsOf("scaleChannels", x);
  for (const factor of [scale, shift]) requireType("scaleChannels", factor, "float32");
  if ([scale, shift].some((factor) => factor.rank !== 1 || factor.size !== channels)) {
    throw new UsageError(
      "shape-mismatch",
      `scaleChannels: scale ${formatShape(scale.shape)} and shift ${formatShape(shift.shape)} do not fit ${formatShape(x.shape)}`,
    );
  }
  return scaleChannelsOp([x, scale, shift], null)[0]!;
}

const momentsOp = defineOp<null>({
  name: "channelMoments",
  signature: ([x]) => {
    const each = { shape: [x!.shape[1]!], type: "float32" } as const;
    return [each, each];
  },
  kernel: ({ write, names, inputs }) => {
    const x = inputs[0]!;
    const channels = x.shape[1]!;
    const share = write.floats([channels / x.size], []);
    const total = write.node("ReduceSum", [names[0]!, write.integers(overPositions(x))], { keepdims: 0n });
    const average = write.node("Mul", [total, share]);
    const one = write.floats(new Float32Array(channels).fill(1), [channels]);
    const centred = scaledChannels(write, [names[0]!, one, write.node("Neg", [average])], x.shape);
    const spatial = overPositions(x).filter((axis) => axis > 1);
    const planes =
      spatial.length === 0
        ? write.node("Mul", [centred, centred])
        : write.node("ReduceSumSquare", [centred], { axes: spatial.map(BigInt), keepdims: 0n });
    const squares = write.node("ReduceSum", [planes, write.integers([0])], { keepdims: 0n });
    return [average, write.node("Mul", [squares, share])];
  },
  // Through the variance the average has no part: the deviations from it add up to nothing.
  gradient: ({ dys: [dMean, dVariance], inputs: [x], outputs: [average] }) => {
    const share = x!.shape[1]! / x!.size;
    const level = multiply(dMean ?? zerosLike(average!), share);
    if (dVariance === undefined) return [scaleChannels(x!, zerosLike(average!), level)];
    const factor = multiply(dVariance, 2 * share);
    return [scaleChannels(x!, factor, subtract(level, multiply(factor, average!)))];
  },
});

export interface Moments {
  /** [c] */
  readonly mean: Tensor;
  /** [c], divided by the count (not one less). */
  readonly variance: Tensor;
}

/** Mean and variance of each channel over everything else. @throws UsageError shape-mismatch */
export function channelMoments(x: Tensor): Moments {
  channelsOf("channelMoments", x);
  const [average, variance] = momentsOp([x], null);
  return { mean: average!, variance: variance! };
}

export interface Normalisation {
  readonly scale: Tensor;
  readonly shift: Tensor;
  readonly epsilon: number;
}

/** (x - mean) / sqrt(variance + epsilon) * scale + shift, all of them [c]. */
export function normaliseChannels(x: Tensor, moments: Moments, { scale, shift, epsilon }: Normalisation): Tensor {
  const factor = divide(scale, squareRoot(add(moments.variance, epsilon)));
  return scaleChannels(x, factor, subtract(shift, multiply(moments.mean, factor)));
}

/** Normalises each sample over groups of channels; scale and shift are [c]. Wu & He 2018. */
export function normaliseGroups(x: Tensor, groups: number, { scale, shift, epsilon }: Normalisation): Tensor {
  const [samples, channels] = [x.shape[0]!, channelsOf("normaliseGroups", x)];
  if (!Number.isInteger(groups) || groups < 1 || channels % groups !== 0) {
    throw new UsageError("shape-mismatch", `normaliseGroups: ${formatShape(x.shape)} has no ${groups} equal groups`);
  }
  // Rows first, then the rows' means: one sum over a million values in single precision is off in the fifth digit.
  const grouped = reshape(x, [samples, groups, -1, x.rank > 2 ? x.shape.at(-1)! : 1]);
  const overGroup = (values: Tensor): Tensor => mean(mean(values, [3], { keep: true }), [2], { keep: true });
  const average = overGroup(grouped);
  const centred = subtract(grouped, average);
  const variance = overGroup(square(centred));
  const unit = reshape(divide(centred, squareRoot(add(variance, epsilon))), x.shape);
  return scaleChannels(unit, scale, shift);
}
