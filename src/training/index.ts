/**
 * Training: networks learn from a prepared store, and a run that was stopped goes on where it stood.
 *
 *     const store = await PreparedStore.open("store");
 *     const { preprocessing, stageOne, stageTwo } = twoStagePresets.small;
 *     const shared = { store, preset: "small", seed: 1, runtime } as const;
 *     const one = await trainStageOne({ ...shared, out: "runs/one", network: stageOne, recipe: stageOneRecipes.small });
 *     const two = await trainStageTwo({
 *       ...shared, out: "runs/two", network: stageTwo, recipe: stageTwoRecipes.small, stageOne: stageOneModel,
 *     });
 */
export { type Augmentation, augmentationSchema } from "./augmentation.ts";
export { type Cnn3dRequest, trainCnn3d } from "./cnn3d.ts";
export { computeFeatures, type FeatureRequest, requireSamePreprocessing, scanSlabsOf } from "./features.ts";
export type { Measures } from "./metrics.ts";
export { type PenetRequest, trainPenet } from "./penet.ts";
export {
  type Cnn3dRecipe,
  cnn3dRecipeSchema,
  cnn3dRecipes,
  type PenetRecipe,
  penetRecipeSchema,
  penetRecipes,
  type StageOneRecipe,
  type StageTwoRecipe,
  stageOneRecipeSchema,
  stageOneRecipes,
  stageTwoRecipeSchema,
  stageTwoRecipes,
} from "./recipes.ts";
export type { TrainingRequest, TrainingResult } from "./request.ts";
export type { EpochMetrics } from "./run-folder.ts";
export {
  heldOutSlabs,
  type SlabScore,
  type SlabScoreRequest,
  type StudyScore,
  type StudyScoreRequest,
  scoreSlabs,
  scoreStudies,
} from "./score.ts";
export type { SlabReference } from "./slabs.ts";
export { type StageOneRequest, trainStageOne } from "./stage-one.ts";
export { type StageTwoRequest, trainStageTwo } from "./stage-two.ts";
export { stageOneHash } from "./studies.ts";
export {
  assertHeldOut,
  overlapWithTraining,
  type SeenAmong,
  type SeenOptions,
  type SeenStudy,
} from "./training-cohort.ts";
