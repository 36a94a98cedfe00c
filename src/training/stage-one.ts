/**
 * Stage I: a slab classifier with supervised attention, trained on annotated slices and as many random negative slabs.
 *
 *     const result = await trainStageOne({
 *       store, out: "runs/stage-one", preset: "small", network: twoStagePresets.small.stageOne,
 *       recipe: stageOneRecipes.small, seed: 1, runtime,
 *     });
 *     result.model;                                    // runs/stage-one/model.safetensors
 *
 * docs/method.md#stage-i, sections 2.1 and 3.1 of the paper. `attentionWeight: 0` in the recipe is the arm without
 * attention training.
 */
import { storeHash } from "../cohort/index.ts";
import { adam, type Inputs, type Values } from "../graph/index.ts";
import { modelFormat, researchNotice, type StageOneSettings, stageOneTraining } from "../model/index.ts";
import { writeModelFile } from "../model/node/index.ts";
import { drawChange } from "./augmentation.ts";
import { operatingPoints, provenanceOf } from "./provenance.ts";
import type { StageOneRecipe } from "./recipes.ts";
import { earlierTrainings, type TrainingRequest, type TrainingResult } from "./request.ts";
import { peakOf } from "./score.ts";
import { loadSlabs } from "./slab-batches.ts";
import { epochSlabs, type SlabReference, slabPool } from "./slabs.ts";
import { studiesOf } from "./studies.ts";
import { studiesIn, trainSupervised } from "./supervised.ts";

export interface StageOneRequest extends TrainingRequest {
  readonly network: StageOneSettings;
  readonly recipe: StageOneRecipe;
}

/** @throws RefusedError "split-leakage", "data-insufficient", "run-mismatch"; FailedError "interrupted", … */
export async function trainStageOne(request: StageOneRequest): Promise<TrainingResult> {
  const { store, network, recipe, seed, preset } = request;
  const records = await studiesOf(request);
  const training = slabPool(records, "train");
  const validation = epochSlabs(slabPool(records, "validation"), seed, "validation", recipe.matchedNegatives);
  const learners = studiesIn([...training.positives, ...training.negatives]);
  const provenance = provenanceOf({
    store,
    learners,
    validators: studiesIn(validation),
    records,
    seed,
    recipe,
    onProgress: request.onProgress,
  });
  return trainSupervised<SlabReference>(request, {
    unit: "slabs",
    settings: {
      command: "stage-one",
      preset,
      network,
      recipe,
      preprocessing: store.preprocessing,
      store: storeHash(store.preprocessing, records),
    },
    optimiser: adam(),
    ...{ epochs: recipe.epochs, batch: recipe.batch, microBatch: recipe.microBatch, schedule: recipe.schedule },
    clipNorm: recipe.clipNorm,
    build: (options) =>
      stageOneTraining({ preprocessing: store.preprocessing, stageOne: network }, { ...options, loss: recipe }),
    epochSamples: (epoch) => epochSlabs(training, seed, epoch, recipe.matchedNegatives),
    validation,
    load: async (samples, random): Promise<Inputs> => {
      const { augmentation } = recipe;
      const changes = random && augmentation ? samples.map(() => drawChange(augmentation, random)) : undefined;
      return { ...(await loadSlabs(store, samples, changes)) };
    },
    more: attentionMeasures,
    saveModel: async ({ file, weights, epoch, evaluation }) => {
      await writeModelFile(file, {
        kind: "stage-one",
        format: modelFormat,
        name: `stage I, ${preset}`,
        preset,
        preprocessing: store.preprocessing,
        operatingPoints: operatingPoints(evaluation, "slabs"),
        training: [...earlierTrainings(request.start?.training), await provenance(epoch, evaluation)],
        notice: researchNotice,
        stageOne: network,
        weights,
      });
    },
  });
}

/** Of outlined positive slabs: the continuous Dice, and whether the attention's peak lies on the embolus. */
function attentionMeasures(
  samples: readonly SlabReference[],
  inputs: Inputs,
  outputs: Readonly<Record<string, Values>>,
): Record<string, number[]> {
  const { masks } = inputs;
  const { attention, similarity } = outputs;
  if (!(masks instanceof Uint8Array && attention instanceof Float32Array && similarity instanceof Float32Array)) {
    return {};
  }
  const cells = attention.length / samples.length;
  const dice: number[] = [];
  const hits: number[] = [];
  for (const [index, { outline }] of samples.entries()) {
    if (outline === null) continue;
    dice.push(similarity[index]!);
    const map = attention.subarray(index * cells, (index + 1) * cells);
    const peak = peakOf(map);
    hits.push(map[peak]! > 0 && masks[index * cells + peak] === 1 ? 1 : 0);
  }
  return { attentionDice: dice, attentionHit: hits };
}
