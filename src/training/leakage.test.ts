import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { toyStore } from "../../test/toy-store.ts";
import type { PreparedStore } from "../cohort/index.ts";
import { createRuntime } from "../graph/node/index.ts";
import { twoStagePresets } from "../model/index.ts";
import { stageOneRecipes } from "./recipes.ts";
import { trainStageOne } from "./stage-one.ts";
import { studiesOf } from "./studies.ts";

let folder: string;
let store: PreparedStore;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "embolens-leakage-"));
  store = await toyStore(join(folder, "store"), { studies: 6, seed: 1 });
});
afterAll(() => rm(folder, { recursive: true }));

it("training refuses a store in which a patient stands in two splits, before anything is written", async () => {
  const runtime = await createRuntime({ device: "cpu", threads: 1 });
  const out = join(folder, "run");
  const request = {
    ...{ store, out, runtime, seed: 1, preset: "tiny" as const },
    ...{ network: twoStagePresets.tiny.stageOne, recipe: stageOneRecipes.tiny },
  };
  expect(await studiesOf(request)).toHaveLength(6);
  expect(await studiesOf({ ...request, select: ({ split }) => split === "validation" })).toHaveLength(2);
  const record = await store.record("toy-005");
  await store.relabel(record, { ...record, patient: "p0" });
  await expect(trainStageOne(request)).rejects.toMatchObject({
    code: "split-leakage",
    message: expect.stringMatching(/store: "toy-000" \(train\) and "toy-005" \(validation\) are the same patient/),
    hint: expect.stringMatching(/run embolens prepare again/),
  });
  // Also where the arm takes no part of one of the two.
  await expect(studiesOf({ ...request, select: ({ id }) => id !== "toy-005" })).rejects.toThrow();
  expect(existsSync(out)).toBe(false);
});
