import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toyStore } from "../../test/toy-store.ts";
import { FeatureStore, type PreparedStore } from "../cohort/index.ts";
import { FailedError } from "../errors.ts";
import { createRuntime } from "../graph/node/index.ts";
import {
  cnn3dPresets,
  type LoadedModel,
  penetPresets,
  requireKind,
  stageOneInference,
  stageTwoInference,
  twoStagePresets,
} from "../model/index.ts";
import { readModelFile } from "../model/node/index.ts";
import { trainCnn3d } from "./cnn3d.ts";
import { scanSlabsOf } from "./features.ts";
import { trainPenet } from "./penet.ts";
import { cnn3dRecipes, penetRecipes, stageOneRecipes, stageTwoRecipes } from "./recipes.ts";
import { heldOutSlabs, scoreSlabs, scoreStudies } from "./score.ts";
import { trainStageOne } from "./stage-one.ts";
import { type StageTwoRequest, trainStageTwo } from "./stage-two.ts";
import { stageOneHash } from "./studies.ts";
import { overlapWithTraining } from "./training-cohort.ts";
import { epochWindows, knownSlices, windowPool } from "./windows.ts";

const runtime = await createRuntime({ device: "cpu", threads: 2 });
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "embolens-studies-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("stage II training", () => {
  const network = {
    ...twoStagePresets.tiny.stageTwo,
    inputDropout: 0,
    recurrentDropout: 0,
    denseDropout: 0,
  };
  let store: PreparedStore;
  let stageOne: ReturnType<typeof requireKind<LoadedModel, "stage-one">>;
  const shared = { preset: "tiny", seed: 1, runtime } as const;
  const request = (out: string): StageTwoRequest => ({
    ...{ ...shared, store, out: join(folder, out), network, stageOne },
    recipe: { ...stageTwoRecipes.tiny, epochs: 3 },
  });

  beforeAll(async () => {
    store = await toyStore(join(folder, "store"), { studies: 12, seed: 3 });
    const recipe = { ...stageOneRecipes.tiny, epochs: 8, augmentation: null };
    const result = await trainStageOne({
      ...{ ...shared, store, out: join(folder, "one"), network: twoStagePresets.tiny.stageOne, recipe },
    });
    stageOne = requireKind(await readModelFile(result.model), "stage-one");
  });

  it("learns from study labels over a frozen stage I and writes one model with both stages", async () => {
    const { model } = await trainStageTwo(request("two"));
    const both = requireKind(await readModelFile(model), "two-stage");
    expect(both.training).toHaveLength(2);
    // Both stages say whom they have seen; of these studies, there is none that one of them has not.
    const { record, studies: seen } = await overlapWithTraining(both, await store.studies());
    expect(record).toBe("complete");
    expect(seen.map(({ id, part }) => [id, part])).toEqual(
      (await store.studies()).map(({ id, split }) => [id, split === "train" ? "training" : "validation"]),
    );
    expect(stageOneHash(both)).toBe(stageOneHash(stageOne));
    const records = await store.studies();
    const validation = records.filter(({ split }) => split === "validation");
    const scores = await scoreStudies({ store, model: both, records: validation, runtime });
    expect(scores.map(({ id }) => id)).toEqual(validation.map(({ id }) => id));
    // What the store's float16 features give is what the two networks give when run one after the other.
    const one = await stageOneInference(both, runtime);
    const two = await stageTwoInference(both, runtime);
    const judged = await one.run(await scanSlabsOf(store, scores[0]!.id));
    expect(scores[0]!.probability).toBeCloseTo(await two.run(judged.features), 2);
    expect(scores[0]!.sections).toEqual([...judged.probabilities]);
    await one.release();
    await two.release();
    const features = new FeatureStore(store, stageOneHash(stageOne));
    expect(await features.has(records[0]!)).toBe(true);
  });

  it("stopped and begun again ends with the very model of one that ran through", async () => {
    const controller = new AbortController();
    const stopping = {
      ...request("two-again"),
      signal: controller.signal,
      onProgress: () => controller.abort(new FailedError("interrupted", "stopped")),
    };
    await expect(trainStageTwo(stopping)).rejects.toMatchObject({ code: "interrupted" });
    const again = await trainStageTwo(request("two-again"));
    const through = await readFile(join(folder, "two", "model.safetensors"));
    expect((await readFile(again.model)).equals(through)).toBe(true);
  });

  it("scores slabs with their attention and whether its peak lies on the outline", async () => {
    const slabs = heldOutSlabs(await store.studies(), "validation", 1);
    const scores = await scoreSlabs({ store, model: stageOne, slabs, runtime });
    expect(scores).toHaveLength(slabs.length);
    for (const { attention, mask, hit } of scores) {
      expect(Math.max(...attention)).toBeLessThanOrEqual(1);
      const peak = attention.indexOf(Math.max(...attention));
      expect(hit).toBe(mask === null ? null : attention[peak]! > 0 && mask[peak] === 1);
    }
    expect(scores.filter(({ hit }) => hit === true).length).toBeGreaterThan(0);
    expect(scores.every(({ slab, mask }) => slab.positive === (mask !== null))).toBe(true);
  });

  it("refuses a store that was prepared otherwise than the model", async () => {
    const other = await toyStore(join(folder, "other"), {
      ...{ studies: 6, seed: 1 },
      preprocessing: { ...twoStagePresets.tiny.preprocessing, sliceSpacing: 3 },
    });
    const mismatched = { ...request("never"), store: other };
    await expect(trainStageTwo(mismatched)).rejects.toMatchObject({ code: "store-mismatch" });
  });
});

describe("PENet training", () => {
  const { preprocessing, penet } = penetPresets.tiny;

  it("draws positive and negative windows in the wished proportion, and trains on them", async () => {
    const store = await toyStore(join(folder, "penet"), { studies: 12, seed: 4, preprocessing });
    const records = await store.studies();
    expect(knownSlices(records[0]!).filter(Boolean)).toHaveLength(17);
    expect(new Set(knownSlices(records[1]!))).toEqual(new Set([false]));
    const pool = windowPool(records, "train", penet.slices, 2);
    const windows = epochWindows(pool, { windows: 2000, positiveShare: 0.3 }, 1, 1);
    expect(windows.filter(({ positive }) => positive).length / 2000).toBeCloseTo(0.3, 1);
    for (const { study, first, positive } of windows) {
      const known = knownSlices(records.find(({ id }) => id === study)!).slice(first, first + penet.slices);
      expect(known.filter(Boolean).length >= 2).toBe(positive);
      if (!positive) expect(known).not.toContain(undefined);
    }
    const { model } = await trainPenet({
      ...{ store, out: join(folder, "penet-run"), preset: "tiny", network: penet, recipe: penetRecipes.tiny },
      ...{ seed: 1, runtime },
    });
    const trained = requireKind(await readModelFile(model), "penet");
    expect((await overlapWithTraining(trained, records)).studies).toHaveLength(12);
    const [score] = await scoreStudies({ store, model: trained, records: records.slice(0, 1), runtime });
    expect(score!.sections.length).toBeGreaterThan(1);
    expect(score!.probability).toBe(Math.max(...score!.sections));
  });
});

describe("what is known of a slice", () => {
  const record = async (annotated: readonly { slice: number; positive: boolean }[], label: "present" | "absent") => {
    const store = await toyStore(join(folder, "known"), {
      studies: 1,
      seed: 4,
      preprocessing: penetPresets.tiny.preprocessing,
    });
    const [toy] = await store.studies();
    return {
      ...toy!,
      label: { value: label, origin: "annotation" as const },
      annotated: annotated.map((one) => ({ ...toy!.annotated[0]!, ...one })),
    };
  };

  it("is nothing, in a study with embolism, beyond the reach of those that were looked at", async () => {
    const { stageOne, ...rest } = await record([{ slice: 10, positive: true }], "present");
    const known = knownSlices({ ...rest, stageOne: { ...stageOne, size: [8, 8, 40], spacing: [1, 1, 2] } });
    expect(known.slice(0, 7)).toEqual(Array(7).fill(undefined));
    expect(known.slice(7, 14)).toEqual(Array(7).fill(true));
    expect(known.slice(14)).toEqual(Array(26).fill(undefined));
  });

  it("is that it shows an embolus as soon as one of two scanned slices on it does", async () => {
    const both = [
      { slice: 10, positive: false },
      { slice: 10, positive: true },
    ];
    expect(knownSlices(await record(both, "present"))[10]).toBe(true);
    expect(knownSlices(await record([...both].reverse(), "present"))[10]).toBe(true);
  });
});

describe("3-D CNN training", () => {
  it("learns from whole scans and study labels alone", async () => {
    const { preprocessing, cnn3d } = cnn3dPresets.tiny;
    const store = await toyStore(join(folder, "cnn3d"), { studies: 12, seed: 5, preprocessing });
    const { model, epochs } = await trainCnn3d({
      ...{ store, out: join(folder, "cnn3d-run"), preset: "tiny", network: cnn3d, recipe: cnn3dRecipes.tiny },
      ...{ seed: 1, runtime },
    });
    expect(epochs).toHaveLength(cnn3dRecipes.tiny.epochs);
    const trained = requireKind(await readModelFile(model), "cnn3d");
    expect((await overlapWithTraining(trained, await store.studies())).studies).toHaveLength(12);
    const scores = await scoreStudies({ store, model: trained, records: await store.studies(), runtime });
    expect(scores.every(({ probability }) => probability >= 0 && probability <= 1)).toBe(true);
  });
});
