import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PreparedStore, prepareStudy } from "../../cohort/index.ts";
import { createRuntime } from "../../graph/node/index.ts";
import { initialWeights, type LoadedModel, type ModelKind, presetDescription } from "../../model/index.ts";
import { phantomStudy } from "../../phantom/index.ts";
import { recordTrainingCohort } from "../../training/training-cohort.ts";
import { unseenStudies } from "./held-out.ts";
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

/** The model, saying of each training given that these studies took part in it. */
async function having(...trainings: (readonly number[] | null)[]): Promise<LoadedModel> {
  const records = await store.studies();
  const training = await Promise.all(
    trainings.map(async (studies) => ({
      ...{ program: "a test", data: "studies", studies: 1, positives: 1, seed: 1, settings: {}, metrics: {} },
      seen:
        studies &&
        (await recordTrainingCohort("0".repeat(64), { trained: studies.map((at) => records[at]!), validated: [] })),
    })),
  );
  return { ...randomModel("two-stage"), training };
}

test("studies of patients that the model has seen are left out, and the page says how many and why", async () => {
  const request = { store, seed: 1, runtime: await createRuntime({ device: "cpu" }) };
  const out = join(folder, "unseen");
  const evaluation = await evaluateModel({ ...request, model: await having([0], [1]), split: "test", out });
  expect(evaluation.summary.models[0]).toMatchObject({ n: 2, positives: 1 });
  expect(evaluation).toMatchObject({ record: "complete", caution: null });
  expect(evaluation.leftOut.map(({ id, part }) => [id, part])).toEqual([
    ["study-0", "training"],
    ["study-1", "training"],
  ]);
  const page = readFileSync(evaluation.report, "utf8");
  expect(page).toMatch(/2 labelled studies of the split .*test.* were left out/);

  const nobody = { ...request, out: join(folder, "nobody") };
  const all = await having([0, 1, 2, 3]);
  await expect(evaluateModel({ ...nobody, model: all })).rejects.toMatchObject({ code: "studies-seen", exitCode: 3 });
  const positives = await having([1, 3]);
  await expect(evaluateModel({ ...nobody, model: positives })).rejects.toMatchObject({
    code: "one-class",
    message: expect.stringMatching(/has seen the patients of 2 of 4 studies/),
  });
  expect(existsSync(nobody.out)).toBe(false);
});

test("a model that does not say whom it has seen is judged with a warning", async () => {
  const request = { store, seed: 1, runtime: await createRuntime({ device: "cpu" }) };
  const out = join(folder, "unknown");
  const evaluation = await evaluateModel({ ...request, model: await having(null, [0]), out });
  expect(evaluation).toMatchObject({ record: "partial", leftOut: [{ id: "study-0" }] });
  expect(evaluation.caution).toMatch(/does not say whom it has learned from in every training .* cannot be excluded/);
  expect(readFileSync(evaluation.report, "utf8")).toContain("cannot be excluded");
});

test("without test studies those of every split are judged, where the model says whom it has seen", async () => {
  const records = (await store.studies()).map((record, at) => ({ ...record, split: at < 2 ? "train" : null }) as const);
  const asked = await unseenStudies(await having([0]), records, undefined);
  expect(asked).toMatchObject({ split: null, record: "complete" });
  expect(asked.studies.map(({ id }) => id)).toEqual(["study-1", "study-2", "study-3"]);
  await expect(unseenStudies(await having(null), records, undefined)).rejects.toMatchObject({
    code: "data-insufficient",
    hint: expect.stringMatching(/does not say whom it has seen/),
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
