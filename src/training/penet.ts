/**
 * PENet's recipe: windows of consecutive slices, focal loss, SGD with a cosine schedule, stochastic depth.
 *
 *     const { preprocessing, penet } = penetPresets.small;       // the store must be prepared with these
 *     const result = await trainPenet({
 *       store, out: "runs/penet", preset: "small", network: penet, recipe: penetRecipes.small, seed: 1, runtime,
 *     });
 *
 * Huang et al. 2020; docs/method.md#penet. Validation is by study: its score is the highest of its windows'.
 */
import { storeHash } from "../cohort/index.ts";
import { windowStarts } from "../diagnosis/index.ts";
import { sgd } from "../graph/index.ts";
import { modelFormat, type PenetSettings, penetTraining, researchNotice } from "../model/index.ts";
import { writeModelFile } from "../model/node/index.ts";
import { operatingPoints, provenanceOf } from "./provenance.ts";
import type { PenetRecipe } from "./recipes.ts";
import { earlierTrainings, type TrainingRequest, type TrainingResult } from "./request.ts";
import { loadStacks } from "./stack-batches.ts";
import { labelledStudies, studiesOf } from "./studies.ts";
import { studiesIn, trainSupervised } from "./supervised.ts";
import { epochWindows, readWindow, type WindowSample, windowPool } from "./windows.ts";

export interface PenetRequest extends TrainingRequest {
  readonly network: PenetSettings;
  readonly recipe: PenetRecipe;
}

/** @throws RefusedError "split-leakage", "data-insufficient", "run-mismatch"; FailedError "interrupted", … */
export async function trainPenet(request: PenetRequest): Promise<TrainingResult> {
  const { store, network, recipe, seed, preset } = request;
  const records = await studiesOf(request);
  const pool = windowPool(records, "train", network.slices, recipe.positiveSlices);
  const recordOf = new Map(records.map((record) => [record.id, record]));
  const validation = labelledStudies(records, "validation").flatMap(({ study, positive }) =>
    windowStarts(recordOf.get(study)!.stageOne.size[2], network.slices, store.preprocessing).map(
      (first): WindowSample => ({ study, positive, first }),
    ),
  );
  const [learners, validators] = [studiesIn(pool.studies), studiesIn(validation)];
  const provenance = provenanceOf({
    store,
    learners,
    validators,
    records,
    seed,
    recipe,
    onProgress: request.onProgress,
  });
  return trainSupervised<WindowSample>(request, {
    unit: "windows",
    settings: {
      command: "penet",
      preset,
      network,
      recipe,
      preprocessing: store.preprocessing,
      store: storeHash(store.preprocessing, records),
    },
    optimiser: sgd({ momentum: recipe.momentum, dampening: recipe.dampening, weightDecay: recipe.weightDecay }),
    ...{ epochs: recipe.epochs, batch: recipe.batch, microBatch: recipe.microBatch, schedule: recipe.schedule },
    byStudy: true,
    build: (options) => penetTraining({ preprocessing: store.preprocessing, penet: network }, options),
    epochSamples: (epoch) => epochWindows(pool, recipe, seed, epoch),
    validation,
    load: async (samples, random) => ({
      windows: await loadStacks(store, samples, recipe.augmentation, random, ({ study, first }) =>
        readWindow(store, recordOf.get(study)!, first, network.slices),
      ),
      labels: Float32Array.from(samples, ({ positive }) => Number(positive)),
    }),
    saveModel: async ({ file, weights, epoch, evaluation }) => {
      await writeModelFile(file, {
        kind: "penet",
        format: modelFormat,
        name: `PENet, ${preset}`,
        preset,
        preprocessing: store.preprocessing,
        operatingPoints: operatingPoints(evaluation, "studies"),
        training: [...earlierTrainings(request.start?.training), await provenance(epoch, evaluation)],
        notice: researchNotice,
        penet: network,
        weights,
      });
    },
  });
}
