import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { toyStore } from "../toy-store.ts";
import { killRounds, resultOf, runThrough, type Work } from "./rounds.ts";
import { toyCohort } from "./toys.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "embolens-kill-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** `npx tsx test/kill/many.ts 20` kills more often. */
async function survives(work: Work, from: string): Promise<void> {
  const reference = join(folder, `${work}-reference`);
  const seconds = await runThrough(work, from, reference);
  const expected = await resultOf(work, reference);
  const out = join(folder, work);
  const { kills } = await killRounds({ work, from, out, seconds, expected, kills: 2, seed: 1 });
  expect(kills).toBe(2);
}

it("preparing killed at random moments leaves nothing unreadable and ends with the same store", async () => {
  await survives("prepare", await toyCohort(join(folder, "cohort"), 4));
}, 300_000);

it("diagnosing killed at random moments leaves nothing unreadable and ends with the same results", async () => {
  await survives("diagnose", dirname(await toyCohort(join(folder, "chests"), 3)));
}, 300_000);

it("training killed at random moments leaves nothing unreadable and ends with the same weights", async () => {
  await toyStore(join(folder, "toys"), { studies: 12, seed: 1 });
  await survives("train", join(folder, "toys"));
}, 300_000);
