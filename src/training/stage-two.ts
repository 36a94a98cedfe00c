/**
 * Stage II: a bidirectional ConvLSTM over the slabs of a study, trained on study labels over a frozen stage I.
 *
 *     const result = await trainStageTwo({
 *       store, out: "runs/stage-two", preset: "small", stageOne: stageOneModel,
 *       network: twoStagePresets.small.stageTwo, recipe: stageTwoRecipes.small, seed: 1, runtime,
 *     });
 *
 * docs/method.md#stage-ii, sections 2.2 and 3.2 of the paper. The model written is the whole two-stage model, stage I
 * inside.
 */
import { storeHash } from "../cohort/index.ts";
import { adam } from "../graph/index.ts";
import {
  featureShape,
  type ModelOf,
  modelFormat,
  researchNotice,
  type StageTwoSettings,
  stagePrefixes,
  stageTwoTraining,
  withPrefix,
} from "../model/index.ts";
import { writeModelFile } from "../model/node/index.ts";
import { Random } from "../random.ts";
import { scanSlabCount } from "../volume/index.ts";
import { computeFeatures } from "./features.ts";
import { operatingPoints, provenanceOf } from "./provenance.ts";
import type { StageTwoRecipe } from "./recipes.ts";
import { earlierTrainings, type TrainingRequest, type TrainingResult } from "./request.ts";
import { labelledStudies, stageOneHash, studiesOf } from "./studies.ts";
import { type Sample, studiesIn, trainSupervised } from "./supervised.ts";

export interface StageTwoRequest extends TrainingRequest {
  readonly stageOne: ModelOf<"stage-one">;
  readonly network: StageTwoSettings;
  readonly recipe: StageTwoRecipe;
}

/** @throws RefusedError "split-leakage", "data-insufficient", "store-mismatch", …; FailedError "interrupted", … */
export async function trainStageTwo(request: StageTwoRequest): Promise<TrainingResult> {
  const { store, network, recipe, seed, preset, runtime, stageOne } = request;
  const records = await studiesOf(request);
  const training = labelledStudies(records, "train");
  const validation = labelledStudies(records, "validation");
  const taking = studiesIn([...training, ...validation]);
  const used = records.filter(({ id }) => taking.has(id));
  const { onProgress, signal } = request;
  const features = await computeFeatures({ store, model: stageOne, records: used, runtime, onProgress, signal });
  const size = scanSlabCount(store.preprocessing) * featureShape(stageOne).reduce((a, b) => a * b, 1);
  const [learners, validators] = [studiesIn(training), studiesIn(validation)];
  const provenance = provenanceOf({ store, learners, validators, records: used, seed, recipe, onProgress });
  return trainSupervised<Sample>(request, {
    unit: "studies",
    settings: {
      command: "stage-two",
      preset,
      network,
      recipe,
      preprocessing: store.preprocessing,
      stageOne: stageOneHash(stageOne),
      store: storeHash(store.preprocessing, used),
    },
    optimiser: adam(),
    ...{ epochs: recipe.epochs, batch: recipe.batch, microBatch: recipe.microBatch, schedule: recipe.schedule },
    build: (options) =>
      stageTwoTraining({ preprocessing: store.preprocessing, stageOne: stageOne.stageOne, stageTwo: network }, options),
    epochSamples: (epoch) => new Random(seed, "studies", epoch).shuffle(training),
    validation,
    load: async (samples) => {
      const batch = new Float32Array(samples.length * size);
      for (const [index, { study }] of samples.entries()) await features.read(study, batch, index * size);
      return { features: batch, labels: Float32Array.from(samples, ({ positive }) => Number(positive)) };
    },
    saveModel: async ({ file, weights, epoch, evaluation }) => {
      await writeModelFile(file, {
        kind: "two-stage",
        format: modelFormat,
        name: `two stages, ${preset}`,
        preset,
        preprocessing: store.preprocessing,
        operatingPoints: operatingPoints(evaluation, "studies"),
        training: [
          ...earlierTrainings(stageOne.training, request.start?.training),
          await provenance(epoch, evaluation),
        ],
        notice: researchNotice,
        stageOne: stageOne.stageOne,
        stageTwo: network,
        weights: new Map([
          ...withPrefix(stageOne.weights, stagePrefixes.one),
          ...withPrefix(weights, stagePrefixes.two),
        ]),
      });
    },
  });
}
