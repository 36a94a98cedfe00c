import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { toyStore } from "../../test/toy-store.ts";
import type { PreparedStore } from "../cohort/index.ts";
import { FailedError } from "../errors.ts";
import { createRuntime } from "../graph/node/index.ts";
import { presetDescription, readModel, startingWeights, twoStagePresets } from "../model/index.ts";
import { bytes } from "../volume/index.ts";
import { type StageOneRecipe, stageOneRecipes } from "./recipes.ts";
import { type StageOneRequest, trainStageOne } from "./stage-one.ts";

const runtime = await createRuntime({ device: "cpu", threads: 2 });
let folder: string;
let store: PreparedStore;
let small: PreparedStore;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "embolens-training-"));
  store = await toyStore(join(folder, "store"), { studies: 24, seed: 1 });
  small = await toyStore(join(folder, "small"), { studies: 12, seed: 2 });
});
afterAll(() => rm(folder, { recursive: true }));

const plain: StageOneRecipe = { ...stageOneRecipes.tiny, epochs: 4, augmentation: null };

const request = (out: string, more: Partial<StageOneRequest> = {}): StageOneRequest => ({
  store,
  out: join(folder, out),
  preset: "tiny",
  network: twoStagePresets.tiny.stageOne,
  recipe: plain,
  seed: 1,
  runtime,
  ...more,
});

const modelBytes = (out: string) => readFile(join(folder, out, "model.safetensors"));

/** The numbers of a run's final checkpoint, without the seconds. */
async function checkpointTensors(out: string): Promise<Buffer> {
  const content = await readFile(join(folder, out, "checkpoint.safetensors"));
  return content.subarray(8 + Number(content.readBigUInt64LE(0)));
}

describe("stage I training", () => {
  it("learns to find what is outlined, and where it is", async () => {
    const { best, epochs, model } = await trainStageOne(request("plain"));
    expect(epochs).toHaveLength(4);
    expect(best.validation.auc).toBeGreaterThan(0.95);
    expect(best.validation.attentionHit).toBeGreaterThan(0.8);
    const loaded = await readModel(bytes(model, await readFile(model)));
    expect(loaded).toMatchObject({ kind: "stage-one", preset: "tiny", preprocessing: store.preprocessing });
    expect(loaded.training[0]).toMatchObject({ studies: 16, positives: 8, seed: 1 });
    expect(loaded.operatingPoints.map(({ name }) => name)).toEqual(["youden", "sensitivity-95", "half"]);
    expect((await readdir(join(folder, "plain"))).sort()).toEqual(
      [
        "accuracy.svg",
        "attention-dice.svg",
        "attention-hit.svg",
        "auc.svg",
        "checkpoint.safetensors",
        "loss.svg",
      ].concat(["metrics.jsonl", "model.safetensors", "settings.json"]),
    );
    const lines = (await readFile(join(folder, "plain", "metrics.jsonl"), "utf8")).trim().split("\n");
    expect(lines.map((line) => JSON.parse(line).epoch)).toEqual([1, 2, 3, 4]);
  });

  it("stopped in the middle of an epoch and begun again ends with the very weights of one that ran through", async () => {
    const recipe = { ...stageOneRecipes.tiny, epochs: 2 };
    await trainStageOne(request("through", { store: small, recipe }));
    // Slabs are read eight at a time, so these calls fall into the first step, the second epoch and its validation.
    for (const call of [3, 60, 84]) {
      const out = `stopped-${call}`;
      const controller = new AbortController();
      const original = small.stageOneSlices.bind(small);
      let calls = 0;
      const read = vi.spyOn(small, "stageOneSlices").mockImplementation((...place) => {
        if (++calls === call) controller.abort(new FailedError("interrupted", "stopped"));
        return original(...place);
      });
      const stopping = request(out, { store: small, recipe, signal: controller.signal });
      await expect(trainStageOne(stopping)).rejects.toMatchObject({ code: "interrupted" });
      read.mockRestore();
      await trainStageOne(request(out, { store: small, recipe }));
      expect((await modelBytes(out)).equals(await modelBytes("through")), `call ${call}`).toBe(true);
      expect((await checkpointTensors(out)).equals(await checkpointTensors("through"))).toBe(true);
    }
  });

  it("finished already answers at once with what it found", async () => {
    const { best } = await trainStageOne(request("plain"));
    expect(best.validation.auc).toBeGreaterThan(0.95);
  });

  it("under other settings than the run folder holds is refused, naming the setting", async () => {
    await expect(trainStageOne(request("plain", { seed: 2 }))).rejects.toThrow(/another seed \(1 there, 2 now\)/);
  });

  it("without attention training leaves the attention to itself, and with micro-batches still learns", async () => {
    const recipe = { ...plain, attentionWeight: 0, microBatch: 4 };
    const { best } = await trainStageOne(request("without", { recipe }));
    expect(best.validation.auc).toBeGreaterThan(0.9);
  });

  it("stops at a loss that is not a number, naming epoch, step and studies", async () => {
    const recipe = { ...plain, schedule: { kind: "constant" as const, rate: 1e30 } };
    await expect(trainStageOne(request("broken", { recipe }))).rejects.toThrow(
      /epoch \d+, step \d+ of \d+ \(studies toy/,
    );
  });

  it("starts from another model's weights, leaves frozen layers as they are and hands on whom they have learned from", async () => {
    const hospitals = await trainStageOne(request("elsewhere", { store: small, recipe: { ...plain, epochs: 1 } }));
    const before = await readModel(bytes("before", await readFile(hospitals.model)));
    const description = { ...presetDescription("stage-one", "tiny", "new"), preprocessing: store.preprocessing };
    const source = bytes("elsewhere", await readFile(hospitals.model));
    const start = await startingWeights(source, { network: "stage-one", description, seed: 1 });
    const recipe = { ...plain, epochs: 1 };
    const { model } = await trainStageOne(request("transfer", { start, freeze: ["conv1", "layer1"], recipe }));
    const after = await readModel(bytes("after", await readFile(model)));
    const changed = [...after.weights.keys()]
      .filter((name) => !/running_/.test(name))
      .filter((name) => {
        const [old, now] = [before.weights.get(name)!, after.weights.get(name)!];
        return now.some((value, index) => value !== old[index]);
      });
    expect(changed.length).toBeGreaterThan(10);
    expect(changed.filter((name) => /^(conv1|layer1)\./.test(name))).toEqual([]);
    expect(after.training).toHaveLength(2);
    expect(after.training[0]).toEqual(before.training[0]);
    // The same command goes on; without the weights it is another run.
    await expect(trainStageOne(request("transfer", { recipe }))).rejects.toMatchObject({ code: "run-mismatch" });
  });
});
