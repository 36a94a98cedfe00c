/**
 * The 3-D CNN's recipe: whole chests, study labels only.
 *
 *     const { preprocessing, cnn3d } = cnn3dPresets.small;       // the store must be prepared with these
 *     const result = await trainCnn3d({
 *       store, out: "runs/cnn3d", preset: "small", network: cnn3d, recipe: cnn3dRecipes.small, seed: 1, runtime,
 *     });
 *
 * docs/method.md#3d-cnn: an I3D trunk with a ConvLSTM and dense layers, as the paper compared with.
 */
import { storeHash } from "../cohort/index.ts";
import { adam } from "../graph/index.ts";
import { type Cnn3dSettings, cnn3dTraining, modelFormat, researchNotice } from "../model/index.ts";
import { writeModelFile } from "../model/node/index.ts";
import { Random } from "../random.ts";
import { scanSlabCount } from "../volume/index.ts";
import { operatingPoints, provenanceOf } from "./provenance.ts";
import type { Cnn3dRecipe } from "./recipes.ts";
import { earlierTrainings, type TrainingRequest, type TrainingResult } from "./request.ts";
import { loadStacks } from "./stack-batches.ts";
import { labelledStudies, studiesOf } from "./studies.ts";
import { type Sample, studiesIn, trainSupervised } from "./supervised.ts";

export interface Cnn3dRequest extends TrainingRequest {
  readonly network: Cnn3dSettings;
  readonly recipe: Cnn3dRecipe;
}

/** @throws RefusedError "split-leakage", "data-insufficient", "run-mismatch"; FailedError "interrupted", … */
export async function trainCnn3d(request: Cnn3dRequest): Promise<TrainingResult> {
  const { store, network, recipe, seed, preset } = request;
  const records = await studiesOf(request);
  const training = labelledStudies(records, "train");
  const validation = labelledStudies(records, "validation");
  const [learners, validators] = [studiesIn(training), studiesIn(validation)];
  const provenance = provenanceOf({
    store,
    learners,
    validators,
    records,
    seed,
    recipe,
    onProgress: request.onProgress,
  });
  const slices = scanSlabCount(store.preprocessing);
  return trainSupervised<Sample>(request, {
    unit: "studies",
    settings: {
      command: "cnn3d",
      preset,
      network,
      recipe,
      preprocessing: store.preprocessing,
      store: storeHash(store.preprocessing, records),
    },
    optimiser: adam(),
    ...{ epochs: recipe.epochs, batch: recipe.batch, microBatch: recipe.microBatch, schedule: recipe.schedule },
    build: (options) => cnn3dTraining({ preprocessing: store.preprocessing, cnn3d: network }, options),
    epochSamples: (epoch) => new Random(seed, "studies", epoch).shuffle(training),
    validation,
    load: async (samples, random) => ({
      scans: await loadStacks(store, samples, recipe.augmentation, random, ({ study }) =>
        store.scanSlices(study, 0, slices),
      ),
      labels: Float32Array.from(samples, ({ positive }) => Number(positive)),
    }),
    saveModel: async ({ file, weights, epoch, evaluation }) => {
      await writeModelFile(file, {
        kind: "cnn3d",
        format: modelFormat,
        name: `3-D CNN, ${preset}`,
        preset,
        preprocessing: store.preprocessing,
        operatingPoints: operatingPoints(evaluation, "studies"),
        training: [...earlierTrainings(request.start?.training), await provenance(epoch, evaluation)],
        notice: researchNotice,
        cnn3d: network,
        weights,
      });
    },
  });
}
