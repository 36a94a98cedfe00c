/**
 * Operations together with their parameters, named as PyTorch names them.
 *
 *     let x = convLayer(input, scope.scope("conv1"), 64, [7, 7], { stride: 2, padding: 3 });
 *     x = relu(batchNorm(x, scope.scope("bn1"), { epsilon: 1e-5 }));
 */
import { UsageError } from "../errors.ts";
import type { Scope } from "./graph.ts";
import { fanInUniform, type Initializer, kaimingNormal, ones, zeros } from "./initializers.ts";
import { type ConvOptions, conv } from "./operations/convolution.ts";
import { add, multiply } from "./operations/elementwise.ts";
import { dense } from "./operations/linear.ts";
import { channelMoments, channelsOf, normaliseChannels, normaliseGroups } from "./operations/normalisation.ts";
import { formatShape, type Tensor } from "./tensor.ts";

export interface ConvLayerOptions extends Omit<ConvOptions, "bias"> {
  /** Default false. */
  readonly bias?: boolean;
  /** Default kaimingNormal. */
  readonly initial?: Initializer;
}

/** Convolution with its filter `weight` [out, in / groups, ...kernel] and, when asked for, `bias` [out]. */
export function convLayer(
  x: Tensor,
  scope: Scope,
  channels: number,
  kernel: readonly number[],
  options: ConvLayerOptions = {},
): Tensor {
  const { bias, initial, ...window } = options;
  const [inputs, groups] = [channelsOf("convLayer", x), options.groups ?? 1];
  if (inputs % groups !== 0) {
    throw new UsageError(
      "shape-mismatch",
      `convLayer: ${formatShape(x.shape)} has no ${groups} equal groups of channels`,
    );
  }
  const shape = [channels, inputs / groups, ...kernel];
  const weight = scope.parameter("weight", shape, { initial: initial ?? kaimingNormal });
  return conv(x, weight, bias ? { ...window, bias: scope.parameter("bias", [channels], { initial: zeros }) } : window);
}

export interface DenseLayerOptions {
  /** Default fanInUniform. */
  readonly initial?: Initializer;
  readonly initialBias?: Initializer;
}

/** a + (b - a) * share. */
function blend(a: Tensor, b: Tensor, share: number): Tensor {
  return add(multiply(a, 1 - share), multiply(b, share));
}

/** [n, in] to [n, out], with `weight` [out, in] and `bias` [out]. */
export function denseLayer(x: Tensor, scope: Scope, units: number, options: DenseLayerOptions = {}): Tensor {
  const weight = scope.parameter("weight", [units, x.shape.at(-1)!], { initial: options.initial ?? fanInUniform });
  return dense(x, weight, scope.parameter("bias", [units], { initial: options.initialBias ?? zeros }));
}

export interface BatchNormOptions {
  /** Added to the variance. Default 1e-5 (PyTorch; Keras: 1e-3). */
  readonly epsilon?: number;
  /** The share of the old running statistics that stays. Default 0.99 (Keras; PyTorch's "momentum 0.1" is 0.9 here). */
  readonly momentum?: number;
  /** Take the running statistics even in a training graph: the layer of a frozen network. Default false. */
  readonly frozen?: boolean;
}

/**
 * Batch normalisation over all axes but the channels, with `weight`, `bias`, `running_mean` and `running_var`.
 * In training the batch's own statistics are used and the running ones move toward them, the variance as its unbiased
 * estimate. Ioffe & Szegedy 2015.
 */
export function batchNorm(x: Tensor, scope: Scope, options: BatchNormOptions = {}): Tensor {
  const { epsilon = 1e-5, momentum = 0.99, frozen = false } = options;
  const shape = [channelsOf("batchNorm", x)];
  const scale = scope.parameter("weight", shape, { initial: ones });
  const shift = scope.parameter("bias", shape, { initial: zeros });
  const mean = scope.parameter("running_mean", shape, { initial: zeros, trainable: false });
  const variance = scope.parameter("running_var", shape, { initial: ones, trainable: false });
  if (!scope.training || frozen) return normaliseChannels(x, { mean, variance }, { scale, shift, epsilon });
  const moments = channelMoments(x);
  const count = x.size / x.shape[1]!;
  scope.update(mean, blend(mean, moments.mean, 1 - momentum));
  scope.update(variance, blend(variance, multiply(moments.variance, count / Math.max(1, count - 1)), 1 - momentum));
  return normaliseChannels(x, moments, { scale, shift, epsilon });
}

export interface GroupNormOptions {
  /** Default 1e-5. */
  readonly epsilon?: number;
  /** Default ones. */
  readonly initialScale?: Initializer;
}

/** Group normalisation with `weight` and `bias`. */
export function groupNorm(x: Tensor, scope: Scope, groups: number, options: GroupNormOptions = {}): Tensor {
  const shape = [channelsOf("groupNorm", x)];
  const scale = scope.parameter("weight", shape, { initial: options.initialScale ?? ones });
  const shift = scope.parameter("bias", shape, { initial: zeros });
  return normaliseGroups(x, groups, { scale, shift, epsilon: options.epsilon ?? 1e-5 });
}
