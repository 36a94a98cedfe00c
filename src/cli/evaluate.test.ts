import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { PreparedStore, prepareStudy } from "../cohort/index.ts";
import { initialWeights, presetDescription } from "../model/index.ts";
import { writeModelFile } from "../model/node/index.ts";
import { phantomStudy } from "../phantom/index.ts";
import type { ModelEvaluation } from "../results/report/index.ts";
import { recordTrainingCohort } from "../training/training-cohort.ts";

const folder = mkdtempSync(join(tmpdir(), "embolens-evaluate-command-"));
afterAll(() => rmSync(folder, { recursive: true }));

const embolens = (...argv: string[]) =>
  spawnSync("node", ["--import", "tsx", "src/cli/main.ts", ...argv], { encoding: "utf8" });

test("embolens evaluate judges a store's test studies of unseen patients and prints one JSON document", async () => {
  const description = presetDescription("two-stage", "tiny", "random");
  const model = join(folder, "model.safetensors");
  const weights = initialWeights(description, 1);
  const store = await PreparedStore.create(join(folder, "store"), description.preprocessing);
  for (const index of [0, 1, 2]) {
    const study = phantomStudy({ seed: 2, index, positive: index === 0, grid: { columns: 96, sliceSpacing: 6 } });
    const label = { value: index === 0 ? "present" : "absent", origin: "simulation" } as const;
    const facts = { id: `study-${index}`, patient: null, hospital: null, label, split: "test" } as const;
    await store.put(facts, prepareStudy(study.volume, [], description.preprocessing), null);
  }
  const seen = await recordTrainingCohort("0".repeat(64), { trained: [await store.record("study-2")], validated: [] });
  const known = { program: "a test", data: "one study", studies: 1, positives: 0, seed: 1, settings: {}, metrics: {} };
  await writeModelFile(model, { ...description, weights, training: [{ ...known, seen }] });
  const out = join(folder, "evaluation");
  const { stdout, status } = embolens("evaluate", model, store.folder, "--out", out, "--json", "--device", "cpu");
  expect(status).toBe(0);
  const evaluation = JSON.parse(stdout) as ModelEvaluation;
  expect(evaluation.summary.models[0]).toMatchObject({ n: 2, positives: 1 });
  expect(evaluation).toMatchObject({
    record: "complete",
    leftOut: [{ id: "study-2", part: "training" }],
    caution: null,
  });
  expect(evaluation.report).toBe(join(out, "report.html"));

  const imported = join(folder, "imported.safetensors");
  await writeModelFile(imported, { ...description, weights, training: [{ ...known, seen: null }] });
  const judged = embolens("evaluate", imported, store.folder, "--out", out, "--device", "cpu");
  expect(judged.status).toBe(0);
  expect(judged.stdout).toMatch(/^3 cases/);
  expect(judged.stdout).toMatch(/warning: The model's file does not say whom it has learned from/);

  const missing = embolens("evaluate", join(folder, "none.safetensors"), store.folder, "--out", out, "--json");
  expect(missing.status).toBe(1);
  expect(JSON.parse(missing.stdout)).toMatchObject({ error: { code: "file-missing" } });
}, 180_000);

test("embolens experiment refuses a folder that holds another run", () => {
  writeFileSync(join(folder, "settings.json"), "{}\n");
  const { stdout, status } = embolens("experiment", "--out", folder, "--quick", "--device", "cpu", "--json");
  expect(status).toBe(3);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: "run-mismatch" } });
}, 180_000);
