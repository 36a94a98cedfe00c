/**
 * PENet, a peer: is there an embolus in this window of consecutive slices?
 *
 *     const { logits, stages } = penet(windowInput(windows, settings), scope, settings, dropout);   // [n, 1, 24, 192, 192]
 *
 * Huang et al. 2020, "PENet - a scalable deep-learning model for automated diagnosis of pulmonary embolism using
 * volumetric CT imaging"; docs/method.md#penet. 28,398,705 parameters at its own sizes; names are those of its
 * checkpoints.
 */
import { z } from "zod";
import {
  add,
  cast,
  conv,
  convLayer,
  denseLayer,
  focalLoss,
  fromValues,
  globalAveragePool,
  groupNorm,
  type Initializer,
  kaimingNormal,
  leakyRelu,
  maxPool,
  multiply,
  ones,
  reshape,
  type Scope,
  sigmoid,
  subtract,
  sum,
  type Tensor,
  zeros,
} from "../graph/index.ts";
import type { Dropout } from "./dropout.ts";

export const penetSettingsSchema = z
  .strictObject({
    /** Consecutive slices in a window. */
    slices: z.int().min(1).max(200),
    /** Channels after the first convolution; the first stage has twice as many, each later one twice the one before. */
    width: z.int().min(1).max(256),
    /** Bottlenecks in each stage. */
    stages: z.array(z.int().min(1).max(64)).min(1).max(5),
    /** Groups of the 3 x 3 x 3 convolutions. */
    cardinality: z.int().min(1).max(64),
    /** Channels normalised together. */
    normalisedTogether: z.int().min(1).max(256),
    /** How much narrower the squeeze-and-excite layer is. */
    squeeze: z.int().min(1).max(64),
    /** Chance that the last bottleneck is skipped in training; earlier ones are skipped in proportion. */
    depthDropout: z.number().min(0).max(0.9),
    /** Subtracted from the window's intensities of 0 to 1: the mean of its authors' data. */
    inputMean: z.number(),
    epsilon: z.number().positive(),
  })
  .refine(({ width, cardinality }) => (2 * width) % cardinality === 0, "cardinality must divide the stages' channels")
  .refine(({ width, normalisedTogether }) => width % normalisedTogether === 0, "normalisedTogether must divide width");

export type PenetSettings = z.infer<typeof penetSettingsSchema>;

export interface PenetOutputs {
  /** [n], before the sigmoid. */
  readonly logits: Tensor;
  /** The stem's map and each stage's; the last one is what a class-activation map weighs. */
  readonly stages: readonly Tensor[];
}

/** Channels that PENet was written for: it repeats the one there is. */
const repeatedChannels = 3;

/** Windows as they are stored (uint8, 0 to 255 over the model's HU window) as the network takes them. */
export function windowInput(windows: Tensor, { inputMean }: PenetSettings): Tensor {
  return subtract(multiply(cast(windows, "float32"), 1 / 255), inputMean);
}

const normalise = (x: Tensor, scope: Scope, settings: PenetSettings, initialScale: Initializer = ones): Tensor =>
  groupNorm(x, scope, x.shape[1]! / settings.normalisedTogether, { epsilon: settings.epsilon, initialScale });

/** One channel repeated three times through a filter is that channel through the filter's sum: a third of the work. */
function stem(x: Tensor, scope: Scope, settings: PenetSettings): Tensor {
  const weight = scope.parameter("0.weight", [settings.width, repeatedChannels, 7, 7, 7], { initial: kaimingNormal });
  const y = conv(x, sum(weight, [1], { keep: true }), { stride: [1, 2, 2], padding: 3 });
  return maxPool(leakyRelu(normalise(y, scope.scope("1"), settings)), [3, 3, 3], { stride: 2, padding: 1 });
}

/** Scales channels by what all positions together say (Hu et al. 2018). */
function squeezeExcite(x: Tensor, scope: Scope, squeeze: number): Tensor {
  const channels = x.shape[1]!;
  const narrow = leakyRelu(denseLayer(globalAveragePool(x), scope.scope("0"), Math.floor(channels / squeeze)));
  const gate = sigmoid(denseLayer(narrow, scope.scope("2"), channels));
  return multiply(x, reshape(gate, [x.shape[0]!, channels, 1, 1, 1]));
}

interface Place {
  readonly channels: number;
  readonly stride: number;
  /** Chance of being skipped. */
  readonly dropped: number;
}

function bottleneck(x: Tensor, scope: Scope, place: Place, settings: PenetSettings, dropout: Dropout): Tensor {
  const { channels, stride, dropped } = place;
  const changes = stride !== 1 || x.shape[1] !== 2 * channels;
  const skip = changes ? downSample(x, scope.scope("down_sample"), 2 * channels, stride, settings) : x;
  let y = convLayer(x, scope.scope("conv1"), channels, [1, 1, 1]);
  y = leakyRelu(normalise(y, scope.scope("norm1"), settings));
  const grouped = { stride, padding: 1, groups: settings.cardinality };
  y = convLayer(y, scope.scope("conv2"), channels, [3, 3, 3], grouped);
  y = leakyRelu(normalise(y, scope.scope("norm2"), settings));
  y = convLayer(y, scope.scope("conv3"), 2 * channels, [1, 1, 1]);
  y = normalise(y, scope.scope("norm3"), settings, zeros);
  y = squeezeExcite(y, scope.scope("se_block.excite"), settings.squeeze);
  const whole = leakyRelu(add(y, skip));
  const survival = dropout.survival(scope, "survival", [x.shape[0]!, 1, 1, 1, 1], dropped);
  return survival === undefined ? whole : add(multiply(whole, survival), multiply(skip, subtract(1, survival)));
}

function downSample(x: Tensor, scope: Scope, channels: number, stride: number, settings: PenetSettings): Tensor {
  return normalise(convLayer(x, scope.scope("0"), channels, [1, 1, 1], { stride }), scope.scope("1"), settings);
}

/** @param x [n, 1, slices, h, w]; see {@link windowInput} */
export function penet(x: Tensor, scope: Scope, settings: PenetSettings, dropout: Dropout): PenetOutputs {
  const blocks = settings.stages.reduce((total, count) => total + count, 0);
  const stages = [stem(x, scope.scope("in_conv"), settings)];
  let index = 0;
  settings.stages.forEach((count, stage) => {
    let y = stages.at(-1)!;
    for (let block = 0; block < count; block++) {
      const place: Place = {
        channels: 2 * settings.width * 2 ** stage,
        stride: stage > 0 && block === 0 ? 2 : 1,
        dropped: (settings.depthDropout * index) / blocks,
      };
      y = bottleneck(y, scope.scope(`encoders.${stage}.penet_blocks.${block}`), place, settings, dropout);
      index++;
    }
    stages.push(y);
  });
  // One window in a hundred shows an embolus: starting there keeps the first steps from being about nothing else.
  const rare = { initialBias: fromValues([-Math.log(99)]) };
  const logits = denseLayer(globalAveragePool(stages.at(-1)!), scope.scope("classifier.fc"), 1, rare);
  return { logits: reshape(logits, [x.shape[0]!]), stages };
}

/** gamma of the focal loss. */
const focus = 2;

/** [n], the focal loss of each window. @param labels [n], 0 or 1 */
export function penetLosses(logits: Tensor, labels: Tensor): Tensor {
  return focalLoss(logits, labels, focus);
}
