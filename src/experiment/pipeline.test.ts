import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { Pipeline, type StepState } from "./pipeline.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "embolens-steps-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const plan = { first: { share: 1, together: 1 }, "second step": { share: 3, together: 1 } };

test("a finished step is not done again, an interrupted one is", async () => {
  const calls: string[] = [];
  const work =
    (name: string, fails = false) =>
    async () => {
      calls.push(name);
      if (fails) throw new Error("power cut");
      return { name };
    };
  const schema = z.object({ name: z.string() });
  const one = await Pipeline.open(folder, { seed: 1 }, plan);
  await one.run("first", schema, work("first"));
  await expect(one.run("second step", schema, work("second", true))).rejects.toThrow("power cut");
  const states: StepState[] = [];
  const two = await Pipeline.open(folder, { seed: 1 }, plan, { onStep: (state) => states.push(state) });
  expect(await two.run("first", schema, work("first"))).toEqual({ name: "first" });
  expect(await two.run("second step", schema, work("second"))).toEqual({ name: "second" });
  expect(calls).toEqual(["first", "second", "second"]);
  expect(states.map(({ name, number, of, found }) => [name, number, of, found])).toEqual([
    ["first", 1, 2, true],
    ["second step", 2, 2, false],
  ]);
  expect(states[1]!.secondsLeft).toBe(0);
  expect(readdirSync(join(folder, "steps"))).toEqual(["01-first.json", "02-second-step.json"]);
});

test("a folder with other settings, and a result of another version, are refused", async () => {
  const steps = await Pipeline.open(folder, { seed: 1 }, plan);
  await expect(Pipeline.open(folder, { seed: 2 }, plan)).rejects.toMatchObject({ code: "run-mismatch" });
  writeFileSync(join(folder, "steps", "01-first.json"), JSON.stringify({ seconds: 1, result: { other: 1 } }));
  await expect(steps.run("first", z.object({ name: z.string() }), async () => ({ name: "" }))).rejects.toMatchObject({
    code: "run-mismatch",
  });
});

test("a stopped run does not begin another step", async () => {
  const controller = new AbortController();
  const steps = await Pipeline.open(folder, {}, plan, { signal: controller.signal });
  controller.abort(new Error("stopped"));
  await expect(steps.run("first", z.unknown(), async () => 1)).rejects.toThrow("stopped");
});
