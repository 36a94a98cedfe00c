import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { toyStore } from "../toy-store.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "embolens-memory-"));
});
afterAll(() => rm(folder, { recursive: true }));

const target = fileURLToPath(new URL("./target.ts", import.meta.url));

/** Largest resident memory of a training over as many steps. */
function megabytes(store: string, epochs: number): number {
  const args = ["--import", "tsx", target, store, `${store}-run`, String(epochs)];
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect(stderr).not.toMatch(/rror/);
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "").megabytes;
}

it("training stage I on a store ten times larger takes the same memory", async () => {
  const [one, ten] = [join(folder, "one"), join(folder, "ten")];
  await toyStore(one, { studies: 12, seed: 1, slices: 240 });
  await toyStore(ten, { studies: 120, seed: 1, slices: 240 });
  const [small, large] = [megabytes(one, 10), megabytes(ten, 1)];
  // 13 MB of slices against 134 MB: a store held in memory would show.
  expect(large).toBeLessThan(small + 60);
}, 240_000);
