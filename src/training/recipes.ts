/**
 * How each network is trained: epochs, batches, learning rate, augmentation.
 *
 *     const recipe = stageOneRecipes.paper;                 // Adam 1e-4, batch 48, 100 epochs, no augmentation
 *     const shorter = stageOneRecipeSchema.parse({ ...recipe, epochs: 20 });
 *
 * `paper` is the publication's; `small` reaches the same kind of result on the synthetic hospital in minutes on a
 * laptop; `tiny` is for tests. A recipe is written into the run's settings and the model's provenance.
 */
import { z } from "zod";
import { constantSchedule, cosineSchedule, type Schedule } from "../graph/index.ts";
import { type PresetName, paperStageOneLoss } from "../model/index.ts";
import { type Augmentation, augmentationSchema } from "./augmentation.ts";

const scheduleSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("constant"), rate: z.number().positive() }),
  /** Linear rise over some steps, then half a cosine down to zero over the given steps, or over the whole run (null). */
  z.strictObject({
    kind: z.literal("cosine"),
    peak: z.number().positive(),
    warmUpSteps: z.int().min(0),
    totalSteps: z.int().min(1).nullable(),
  }),
]);
export type ScheduleSettings = z.infer<typeof scheduleSchema>;

/** @param steps of the whole run */
export function scheduleOf(settings: ScheduleSettings, steps: number): Schedule {
  if (settings.kind === "constant") return constantSchedule(settings.rate);
  const total = Math.max(settings.totalSteps ?? steps, settings.warmUpSteps + 1);
  return cosineSchedule({ peak: settings.peak, warmUp: settings.warmUpSteps, total });
}

const common = {
  epochs: z.int().min(1).max(10_000),
  /** Samples a step. */
  batch: z.int().min(1).max(4096),
  /** A batch that does not fit in memory at once is computed in parts; batch statistics are then each part's own. */
  microBatch: z.int().min(1).max(4096),
  schedule: scheduleSchema,
};

export const stageOneRecipeSchema = z.strictObject({
  ...common,
  augmentation: augmentationSchema.nullable(),
  /** lambda of equation 3; 0 trains without attention. */
  attentionWeight: z.number().min(0),
  /** s of the continuous Dice (docs/method.md#stage-i). */
  smooth: z.number().min(0),
  /**
   * What the norm of all gradients together is limited to, or null. A map is divided by its own maximum, so where that
   * is almost zero one slab's derivative outweighs all others', and Adam's second moments remember it for long.
   */
  clipNorm: z.number().positive().nullable(),
  /** Share of the negative slabs that are drawn at the levels of positive ones, 0 to 1; the others lie anywhere. */
  matchedNegatives: z.number().min(0).max(1),
});
export type StageOneRecipe = z.infer<typeof stageOneRecipeSchema>;

export const stageTwoRecipeSchema = z.strictObject({ ...common });
export type StageTwoRecipe = z.infer<typeof stageTwoRecipeSchema>;

export const penetRecipeSchema = z.strictObject({
  ...common,
  /** Windows drawn in an epoch. */
  windows: z.int().min(1),
  /** Chance that a drawn window is a positive one. */
  positiveShare: z.number().min(0).max(1),
  /** A window is positive from this many positive slices on. */
  positiveSlices: z.int().min(1),
  momentum: z.number().min(0).max(1),
  dampening: z.number().min(0).max(1),
  weightDecay: z.number().min(0),
  augmentation: augmentationSchema.nullable(),
});
export type PenetRecipe = z.infer<typeof penetRecipeSchema>;

export const cnn3dRecipeSchema = z.strictObject({ ...common, augmentation: augmentationSchema.nullable() });
export type Cnn3dRecipe = z.infer<typeof cnn3dRecipeSchema>;

/** Mirror image, some degrees, some per cent, and +-50 HU in the window of 1524 HU. */
const gentle: Augmentation = { flip: 0.5, rotation: 10, scale: 0.1, translation: 0, shift: 8 };

export const stageOneRecipes: Readonly<Record<PresetName, StageOneRecipe>> = {
  paper: {
    epochs: 100,
    batch: 48,
    microBatch: 8,
    schedule: { kind: "constant", rate: 1e-4 },
    augmentation: null,
    clipNorm: null,
    matchedNegatives: 0,
    ...paperStageOneLoss,
  },
  small: {
    epochs: 20,
    batch: 16,
    microBatch: 16,
    schedule: { kind: "cosine", peak: 1e-3, warmUpSteps: 28, totalSteps: null },
    augmentation: gentle,
    clipNorm: 1,
    matchedNegatives: 0.7,
    attentionWeight: 1,
    smooth: 0,
  },
  tiny: {
    epochs: 3,
    batch: 8,
    microBatch: 8,
    schedule: { kind: "constant", rate: 3e-3 },
    augmentation: gentle,
    clipNorm: 1,
    matchedNegatives: 0.7,
    ...paperStageOneLoss,
  },
};

export const stageTwoRecipes: Readonly<Record<PresetName, StageTwoRecipe>> = {
  paper: { epochs: 50, batch: 32, microBatch: 1, schedule: { kind: "constant", rate: 1e-4 } },
  small: {
    epochs: 20,
    batch: 8,
    microBatch: 8,
    schedule: { kind: "cosine", peak: 2e-3, warmUpSteps: 20, totalSteps: null },
  },
  tiny: { epochs: 3, batch: 4, microBatch: 4, schedule: { kind: "constant", rate: 3e-3 } },
};

/** docs/method.md#penet; the random crop of 192 from 208 is a shift of up to 8 pixels. */
const paperPenetRecipe: PenetRecipe = {
  epochs: 100,
  batch: 8,
  microBatch: 2,
  schedule: { kind: "cosine", peak: 1e-2, warmUpSteps: 10_000, totalSteps: 600_000 },
  windows: 48_000,
  positiveShare: 0.3,
  positiveSlices: 4,
  momentum: 0.9,
  dampening: 0.9,
  weightDecay: 1e-3,
  augmentation: { flip: 0.5, rotation: 15, scale: 0, translation: 8, shift: 0 },
};

export const penetRecipes: Readonly<Record<PresetName, PenetRecipe>> = {
  paper: paperPenetRecipe,
  small: {
    ...paperPenetRecipe,
    epochs: 12,
    microBatch: 8,
    windows: 800,
    schedule: { kind: "cosine", peak: 1e-2, warmUpSteps: 100, totalSteps: null },
    augmentation: { flip: 0.5, rotation: 15, scale: 0, translation: 4, shift: 0 },
  },
  tiny: {
    ...paperPenetRecipe,
    epochs: 2,
    batch: 4,
    microBatch: 4,
    windows: 16,
    positiveSlices: 2,
    schedule: { kind: "constant", rate: 1e-2 },
  },
};

export const cnn3dRecipes: Readonly<Record<PresetName, Cnn3dRecipe>> = {
  paper: { epochs: 50, batch: 8, microBatch: 1, schedule: { kind: "constant", rate: 1e-4 }, augmentation: null },
  small: {
    epochs: 12,
    batch: 4,
    microBatch: 4,
    schedule: { kind: "cosine", peak: 1e-3, warmUpSteps: 20, totalSteps: null },
    augmentation: gentle,
  },
  tiny: { epochs: 2, batch: 2, microBatch: 2, schedule: { kind: "constant", rate: 1e-3 }, augmentation: null },
};
