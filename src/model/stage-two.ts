/**
 * Stage II: does the study show an embolus, given what stage I saw in each of its slabs?
 *
 *     const { logits } = stageTwo(features, scope, settings, dropout);     // [n, 50, 512, 24, 24] -> [n]
 *
 * Two units, each an ascending and a descending ConvLSTM over the slabs, batch norm and max-pool; the mean over the
 * slabs goes through one dense unit. Section 2.2 of the paper; docs/method.md#stage-ii. Where the paper is silent,
 * Keras's defaults hold.
 */
import { z } from "zod";
import {
  add,
  batchNorm,
  binaryCrossEntropy,
  concat,
  denseLayer,
  flatten,
  glorotUniform,
  maxPool,
  mean,
  multiply,
  reshape,
  type Scope,
  sigmoid,
  type Tensor,
} from "../graph/index.ts";
import { convLstm, convLstmSchema } from "./conv-lstm.ts";
import type { Dropout } from "./dropout.ts";
import { normalisationSchema } from "./normalisation.ts";

export const stageTwoSettingsSchema = convLstmSchema.extend({
  /** How many units of ConvLSTM, batch norm and max-pool follow each other. */
  units: z.int().min(1).max(4),
  /** How the two directions come together. */
  merge: z.enum(["concatenate", "sum"]),
  /** Share of the flattened features dropped in training. */
  denseDropout: z.number().min(0).max(0.9),
  normalisation: normalisationSchema,
});

export type StageTwoSettings = z.infer<typeof stageTwoSettingsSchema>;

export interface StageTwoOutputs {
  /** [n], before the sigmoid. */
  readonly logits: Tensor;
  /** What each unit hands on, [n, steps, channels, h, w]. */
  readonly units: readonly Tensor[];
}

/** Both directions through the sequence, normalised, merged and halved in size. */
function unit(x: Tensor, scope: Scope, settings: StageTwoSettings, dropout: Dropout): Tensor {
  const [samples, steps, , height, width] = x.shape as readonly [number, number, number, number, number];
  const scopes = [scope.scope("ascending"), scope.scope("descending")] as const;
  const directions = [{ scope: scopes[0] }, { scope: scopes[1], reversed: true }];
  const normalised = convLstm(x, scope, directions, settings, dropout).map((states, index) => {
    const maps = reshape(states, [samples * steps, settings.filters, height, width]);
    return batchNorm(maps, scopes[index]!.scope("bn"), settings.normalisation);
  });
  const merged =
    settings.merge === "concatenate" ? concat(normalised, 1) : normalised.reduce((left, right) => add(left, right));
  const pooled = maxPool(merged, [2, 2], { stride: 2 });
  return reshape(pooled, [samples, steps, ...pooled.shape.slice(1)]);
}

/** @param features stage I's last feature maps, [n, steps, channels, h, w], lowest slab first or last, but always so */
export function stageTwo(
  features: Tensor,
  scope: Scope,
  settings: StageTwoSettings,
  dropout: Dropout,
): StageTwoOutputs {
  const units: Tensor[] = [];
  for (let index = 0; index < settings.units; index++) {
    units.push(unit(units.at(-1) ?? features, scope.scope(`units.${index}`), settings, dropout));
  }
  const flat = flatten(mean(units.at(-1)!, [1]));
  const mask = dropout.mask(scope, "dense_mask", flat.shape, settings.denseDropout);
  const dropped = mask === undefined ? flat : multiply(flat, mask);
  const logits = denseLayer(dropped, scope.scope("fc"), 1, { initial: glorotUniform });
  return { logits: reshape(logits, [features.shape[0]!]), units };
}

/** One number: the mean binary cross-entropy. @param labels [n], 0 or 1 */
export function studyLoss(logits: Tensor, labels: Tensor): Tensor {
  return mean(binaryCrossEntropy(logits, labels));
}

/** [n], the probability of an embolus in each study. */
export const studyProbability = (logits: Tensor): Tensor => sigmoid(logits);
