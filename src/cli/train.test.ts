import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { toNrrd, toyChest, toyGeometry, toyMask } from "../../test/toy-chest.ts";
import { type CohortStudy, sliceHeight, writeCohort } from "../cohort/index.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "embolens-cli-train-"));
});
afterAll(() => rm(folder, { recursive: true }));

function embolens(...given: string[]) {
  const run = spawnSync("npx", ["tsx", "src/cli/main.ts", ...given, "--json"], { encoding: "utf8" });
  return { code: run.status, result: JSON.parse(run.stdout), said: run.stderr };
}

it("prepare and train go from a cohort file to a model, and say what they refuse", async () => {
  for (const index of [0, 1, 2, 3]) await writeFile(join(folder, `ct-${index}.nrrd`), toNrrd(toyChest(index)));
  await writeFile(join(folder, "mask.nrrd"), toNrrd(toyMask(25, 27)));
  const study = (index: number): CohortStudy => ({
    ...{ id: `s${index}`, patient: null, hospital: null, series: `ct-${index}.nrrd` },
    label: { value: index % 2 === 0 ? "present" : "absent", origin: "manual" },
    annotations:
      index % 2 === 0 ? [{ mask: "mask.nrrd", slices: [25, 27].map((at) => sliceHeight(toyGeometry, at)) }] : [],
    split: null,
  });
  const cohort = join(folder, "cohort.json");
  const store = join(folder, "store");
  await writeCohort(cohort, { name: "toy", studies: [0, 1, 2, 3].map(study) });
  const prepared = embolens("prepare", cohort, "--out", store, "--preset", "tiny");
  expect(prepared).toMatchObject({ code: 0, result: { prepared: 4, splits: { train: 2, validation: 2 } } });
  const asked = embolens("prepare", cohort, "--out", store, "--preset", "tiny", "--seed", "9", "--test-share", "0.3");
  expect(asked).toMatchObject({
    code: 0,
    result: { kept: 4, splits: { test: 0 }, drawing: { seed: 1, testShare: 0 } },
  });
  expect(asked.said).toMatch(/--seed 9 changes nothing: this store draws splits with 1/);
  expect(asked.said).toMatch(/--test-share 0\.3 changes nothing: this store draws splits with 0/);

  const run = join(folder, "run");
  const train = ["train", "stage-one", store, "--out", run, "--preset", "tiny", "--device", "cpu"];
  const trained = embolens(...train, "--epochs", "1");
  expect(trained).toMatchObject({ code: 0, result: { epochs: 1, best: { epoch: 1 } } });
  expect(existsSync(trained.result.model)).toBe(true);
  // It has seen everybody there is: there is nobody to judge it on.
  const evaluation = join(folder, "evaluation");
  const judged = embolens("evaluate", trained.result.model, store, "--out", evaluation, "--device", "cpu");
  expect(judged).toMatchObject({ code: 3, result: { error: { code: "studies-seen" } } });
  expect(judged.result.error.hint).toMatch(/a cohort of other patients/);
  expect(existsSync(evaluation)).toBe(false);
  const other = embolens(...train, "--epochs", "2");
  expect(other).toMatchObject({ code: 3, result: { error: { code: "run-mismatch" } } });
  const wrong = embolens("train", "penet", store, "--out", join(folder, "penet"), "--preset", "tiny");
  expect(wrong).toMatchObject({ code: 3, result: { error: { code: "store-mismatch" } } });
}, 600_000);
