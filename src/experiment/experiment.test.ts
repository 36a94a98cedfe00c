import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createRuntime } from "../graph/node/index.ts";
import { cnn3dPresets, penetPresets, twoStagePresets } from "../model/index.ts";
import { cnn3dRecipes, penetRecipes, stageOneRecipes, stageTwoRecipes } from "../training/index.ts";
import { runExperiment } from "./experiment.ts";
import { type ExperimentSettings, experimentSettings } from "./settings.ts";

const folder = mkdtempSync(join(tmpdir(), "embolens-experiment-"));
afterAll(() => rmSync(folder, { recursive: true }));

const two = { positives: 2, negatives: 2 };
const tiny: ExperimentSettings = {
  size: "custom",
  seed: 5,
  hospital: {
    ...experimentSettings.quick.hospital,
    grid: { columns: 96, sliceSpacing: 6 },
    annotated: { train: two, validation: two },
    labelOnly: { train: two, validation: two },
    test: two,
    burdens: { saddle: 1, main: 0, lobar: 0, segmental: 0, subsegmental: 0 },
  },
  preprocessing: {
    slabs: { ...twoStagePresets.tiny.preprocessing, scanSlices: 16 },
    penet: penetPresets.tiny.preprocessing,
    cnn3d: cnn3dPresets.tiny.preprocessing,
  },
  stageOne: { network: twoStagePresets.tiny.stageOne, recipe: { ...stageOneRecipes.tiny, epochs: 1 } },
  stageTwo: { network: twoStagePresets.tiny.stageTwo, recipe: { ...stageTwoRecipes.tiny, epochs: 1 } },
  comparators: ["cnn3d", "penet"],
  penet: { network: penetPresets.tiny.penet, recipe: { ...penetRecipes.tiny, epochs: 1 } },
  cnn3d: { network: cnn3dPresets.tiny.cnn3d, recipe: { ...cnn3dRecipes.tiny, epochs: 1 } },
};

test("a stopped experiment goes on where it stood and ends with results, scores and a report of every arm", async () => {
  const runtime = await createRuntime({ device: "cpu" });
  const out = join(folder, "run");
  const request = { out, settings: tiny, runtime, command: "a test", threads: 2 };
  const controller = new AbortController();
  const stopAfterTwo = (state: { number: number }) => state.number === 2 && controller.abort(new Error("stopped"));
  await expect(runExperiment({ ...request, onStep: stopAfterTwo, signal: controller.signal })).rejects.toThrow(
    "stopped",
  );
  expect(existsSync(join(out, "results.json"))).toBe(false);

  const found: string[] = [];
  const { results, report, model } = await runExperiment({
    ...request,
    onStep: (state) => state.found && found.push(state.name),
  });
  expect(found).toEqual(expect.arrayContaining(["hospital", "stage one with attention"]));
  expect(found).not.toContain("slab scores");
  expect(results.patients.models).toHaveLength(7);
  expect(results.patients.models[0]).toMatchObject({ n: 4, positives: 2 });
  expect(results.claims).toHaveLength(5);
  expect(results.localisation.slabHits.with.of).toBeGreaterThan(0);
  expect(results.hospital.map(({ studies }) => studies)).toEqual([4, 4, 4, 4, 4]);
  expect(JSON.parse(readFileSync(join(out, "results.json"), "utf8"))).toEqual(JSON.parse(JSON.stringify(results)));
  expect(readFileSync(join(out, "scores", "studies-test.csv"), "utf8").split("\n")[0]).toBe(
    "id,patient,label,proposed,no-attention,annotated-only,mean,max,cnn3d,penet",
  );
  expect(readFileSync(report, "utf8")).toContain("Not a medical device");
  expect(existsSync(model)).toBe(true);

  await expect(runExperiment({ ...request, settings: { ...tiny, seed: 6 } })).rejects.toMatchObject({
    code: "run-mismatch",
  });
}, 240_000);
