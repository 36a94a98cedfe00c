/**
 * kill -9 at many random moments during prepare, train and diagnose; for the patient.
 *
 *     npx tsx test/kill/many.ts 20
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { toyStore } from "../toy-store.ts";
import { killRounds, resultOf, runThrough, type Work } from "./rounds.ts";
import { toyCohort } from "./toys.ts";

async function main(): Promise<void> {
  const kills = Number(process.argv[2] ?? 20);
  const folder = await mkdtemp(join(tmpdir(), "embolens-kill-"));
  const store = join(folder, "toys");
  await toyStore(store, { studies: 12, seed: 1 });
  const cohort = await toyCohort(join(folder, "cohort"), 8);
  const from: Record<Work, string> = { prepare: cohort, train: store, diagnose: dirname(cohort) };
  for (const work of ["prepare", "train", "diagnose"] as const) {
    const reference = join(folder, `${work}-reference`);
    const seconds = await runThrough(work, from[work], reference);
    const expected = await resultOf(work, reference);
    const onKill = (kill: number, second: number) => console.log(`${work}: kill ${kill} after ${second.toFixed(1)} s`);
    const rounds = { work, from: from[work], out: join(folder, work), seconds, expected, kills, seed: 1, onKill };
    const done = await killRounds(rounds);
    console.log(`${work}: ${done.kills} kills, ${done.completions} completions, always the same result`);
  }
  await rm(folder, { recursive: true });
}

await main();
