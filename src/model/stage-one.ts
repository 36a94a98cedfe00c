/**
 * Stage I: is there an embolus in this slab, and where did the network look?
 *
 *     const { logits, attention, features } = stageOne(slabInput(slabs), scope, settings);
 *     const { loss } = stageOneLoss({ logits, attention }, { labels, masks }, { attentionWeight: 1, smooth: 1 });
 *
 * A ResNet18 with two outputs (the second one means "embolus"), whose Grad-CAM attention is part of the loss.
 * Section 2.1 and equations 1 to 3 of the paper; docs/method.md#stage-i.
 */
import { z } from "zod";
import {
  add,
  cast,
  crossEntropy,
  dense,
  denseLayer,
  dropAxes,
  fanInUniform,
  globalAveragePool,
  mean,
  multiply,
  relu,
  type Scope,
  slice,
  softmax,
  subtract,
  type Tensor,
  zeros,
} from "../graph/index.ts";
import { continuousDice, gradientWeights, normaliseByMaximum, weightedMap } from "./attention.ts";
import { resnet18Channels, resnet18Features, resnet18Schema, resnet18Stride } from "./resnet18.ts";

export const stageOneSettingsSchema = resnet18Schema.extend({
  /** Which score the attention is the derivative of: the positive class's logit, or its softmax probability. */
  attentionScore: z.enum(["logit", "probability"]),
  /** Units of a dense layer between the pooled features and the two outputs; 0 is the paper's head, without one. */
  hiddenUnits: z.int().min(0).max(4096),
});

export type StageOneSettings = z.infer<typeof stageOneSettingsSchema>;

/** The class that means "embolus". */
const positive = 1;

/** How the loss weighs its parts. */
export interface StageOneLossSettings {
  /** lambda of equation 3. 0 trains without attention. */
  readonly attentionWeight: number;
  /** s of the continuous Dice; see {@link continuousDice}. */
  readonly smooth: number;
}

export const paperStageOneLoss: StageOneLossSettings = { attentionWeight: 1, smooth: 1 };

/** What the network computes from a batch of n slabs; the feature map is g x g. */
export interface StageOneOutputs {
  /** [n, 2], before softmax: no embolus, embolus. */
  readonly logits: Tensor;
  /** [n, g, g], 0 to 1, each slab by its own maximum. */
  readonly attention: Tensor;
  /** [n, 8 width, g, g], after activation: what stage II reads. */
  readonly features: Tensor;
}

/** Slabs as they are stored (0 to 255, air to contrast) as the network takes them (0 to 1). The only place for this. */
export function slabInput(slabs: Tensor): Tensor {
  return multiply(cast(slabs, "float32"), 1 / 255);
}

/** The side of the attention and feature maps. @param crop the side of the slabs in pixels */
export const attentionGrid = (crop: number): number => Math.ceil(crop / resnet18Stride);

/** [channels, grid, grid] of the features that stage II gets. */
export function stageOneFeatureShape(settings: StageOneSettings, crop: number): readonly [number, number, number] {
  return [resnet18Channels(settings), attentionGrid(crop), attentionGrid(crop)];
}

/** [n], the positive class's score before or after softmax. */
function positiveScore(logits: Tensor, score: StageOneSettings["attentionScore"]): Tensor {
  return dropAxes(slice(score === "logit" ? logits : softmax(logits), { 1: [positive, positive + 1] }), [1]);
}

/**
 * Grad-CAM weights of a head that averages and multiplies: the score's own row of the weights. The mean over the map
 * divides all of them by one number, which normalising takes out again; so does the slope of the softmax, which leaves
 * the difference of the two rows.
 */
function rowWeights(weight: Tensor, score: StageOneSettings["attentionScore"]): Tensor {
  const row = (index: number): Tensor => dropAxes(slice(weight, { 0: [index, index + 1] }), [0]);
  return score === "logit" ? row(positive) : subtract(row(positive), row(1 - positive));
}

/** @param x [n, slices, h, w], 0 to 1; see {@link slabInput} */
export function stageOne(x: Tensor, scope: Scope, settings: StageOneSettings): StageOneOutputs {
  const { attentionScore, hiddenUnits } = settings;
  const features = resnet18Features(x, scope, settings);
  let pooled = globalAveragePool(features);
  if (hiddenUnits > 0) pooled = relu(denseLayer(pooled, scope.scope("hidden"), hiddenUnits));
  const weight = scope.parameter("fc.weight", [2, pooled.shape[1]!], { initial: fanInUniform });
  const logits = dense(pooled, weight, scope.parameter("fc.bias", [2], { initial: zeros }));
  // Only the paper's head has its derivative in closed form, without differentiating the graph twice in training.
  const alpha =
    hiddenUnits === 0
      ? rowWeights(weight, attentionScore)
      : gradientWeights(positiveScore(logits, attentionScore), features);
  return { logits, features, attention: normaliseByMaximum(weightedMap(features, alpha)) };
}

export interface StageOneTargets {
  /** int32 [n], 1 where the centre slice shows an embolus. */
  readonly labels: Tensor;
  /** [n, g, g], 0 or 1: the radiologist's mask on the attention grid; zeros for a negative slab. */
  readonly masks: Tensor;
  /** [n], 0 where a slab was judged but not outlined: nothing to hold its attention against. Default all 1. */
  readonly outlined?: Tensor;
}

export interface StageOneLoss {
  /** One number, to be made small: the mean of the losses. */
  readonly loss: Tensor;
  /** [n], each slab's own. */
  readonly losses: Tensor;
  /** One number: the mean cross-entropy of the labels. */
  readonly crossEntropy: Tensor;
  /** [n], 0 to 1: how well attention and mask agree. */
  readonly similarity: Tensor;
}

/** Equation 3: L = CE + lambda mean(1 - cDC). */
export function stageOneLoss(
  { logits, attention }: Pick<StageOneOutputs, "logits" | "attention">,
  { labels, masks, outlined }: StageOneTargets,
  settings: StageOneLossSettings,
): StageOneLoss {
  const similarity = continuousDice(attention, masks, settings.smooth);
  const classification = crossEntropy(logits, labels);
  const disagreement = subtract(1, similarity);
  const counted = outlined === undefined ? disagreement : multiply(disagreement, outlined);
  // Without its weight the attention leaves the graph, so that arm costs nothing for it.
  const losses =
    settings.attentionWeight === 0 ? classification : add(classification, multiply(counted, settings.attentionWeight));
  return { loss: mean(losses), losses, crossEntropy: mean(classification), similarity };
}

/** [n], the probability of an embolus in each slab. */
export function slabProbability(logits: Tensor): Tensor {
  return positiveScore(logits, "probability");
}
