import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PreparedStore, prepareStudy } from "../../cohort/index.ts";
import { createRuntime } from "../../graph/node/index.ts";
import { initialWeights, type LoadedModel, type ModelKind, presetDescription } from "../../model/index.ts";
import { phantomStudy } from "../../phantom/index.ts";
import { evaluateModel } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "embolens-evaluate-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A model of the tiny preset with random weights: what is tested is the way from studies to figures. */
function randomModel(kind: ModelKind): LoadedModel {
  const description = presetDescription(kind, "tiny", "random");
  return { ...description, weights: initialWeights(description, 3), sha256: "0".repeat(64) } as LoadedModel;
}

let store: PreparedStore;
beforeAll(async () => {
  store = await PreparedStore.create(join(folder, "store"), randomModel("two-stage").preprocessing);
  for (let index = 0; index < 4; index++) {
    const positive = index % 2 === 0;
    const grid = { columns: 96, sliceSpacing: 6 };
    const study = phantomStudy({ seed: 2, index, positive, burden: "saddle", grid });
    const annotations = positive ? [{ mask: study.emboliMask, slices: "all" as const }] : [];
    const label = { value: positive ? "present" : "absent", origin: "simulation" } as const;
    const facts = { id: `study-${index}`, patient: null, hospital: null, label, split: "test" } as const;
    await store.put(facts, prepareStudy(study.volume, annotations, store.preprocessing), null);
  }
});

test("a two-stage model is held against the labelled studies of a split, at the thresholds it carries", async () => {
  const model = randomModel("two-stage");
  const request = { model, store, seed: 1, runtime: await createRuntime({ device: "cpu" }) };
  const evaluation = await evaluateModel({ ...request, split: "test", out: join(folder, "studies") });
  expect(evaluation).toMatchObject({ unit: "studies", split: "test", attentionHits: null });
  expect(evaluation.summary.models[0]).toMatchObject({ n: 4, positives: 2 });
  expect(evaluation.operatingPoints.map(({ name }) => name)).toEqual(model.operatingPoints.map(({ name }) => name));
  const rows = readFileSync(join(folder, "studies", "scores.csv"), "utf8")
    .trim()
    .split("\n");
  expect(rows).toHaveLength(5);
  expect(rows[0]).toBe("id,patient,label,probability");
  expect(readFileSync(evaluation.report, "utf8")).toContain("Not a medical device");
  await expect(evaluateModel({ ...request, split: "train", out: join(folder, "none") })).rejects.toMatchObject({
    code: "data-insufficient",
  });
});

test("stage I alone is held against annotated slabs, with its attention", async () => {
  const evaluation = await evaluateModel({
    ...{ model: randomModel("stage-one"), store, seed: 1, split: "test", out: join(folder, "slabs") },
    runtime: await createRuntime({ device: "cpu" }),
  });
  expect(evaluation.unit).toBe("slabs");
  const [model] = evaluation.summary.models;
  expect(model!.n).toBe(2 * model!.positives);
  expect(evaluation.attentionHits!.of).toBe(model!.positives);
});
