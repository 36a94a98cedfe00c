import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readCohort } from "../cohort/index.ts";

const folder = mkdtempSync(join(tmpdir(), "embolens-phantom-command-"));
afterAll(() => rmSync(folder, { recursive: true }));

const phantom = (out: string, seed: number) =>
  spawnSync(
    "node",
    [
      ...["--import", "tsx", "src/cli/main.ts", "phantom", "--out", out, "--seed", String(seed), "--json"],
      ...["--studies", "2", "--hospitals", "1", "--columns", "64", "--slice-spacing", "10"],
    ],
    { encoding: "utf8" },
  );

test("embolens phantom gives the patients of two seeds different numbers, and takes no folder of an earlier version", async () => {
  const ids: string[] = [];
  for (const seed of [1, 2]) {
    const out = join(folder, String(seed));
    const { status, stderr } = phantom(out, seed);
    expect(status, stderr).toBe(0);
    const { cohort } = await readCohort(join(out, "cohort.json"));
    ids.push(...cohort.studies.map(({ patient }) => patient ?? ""));
  }
  expect(ids).toEqual(["A1-0001", "A1-0002", "A2-0001", "A2-0002"]);

  const settings = join(folder, "1", "phantom.json");
  writeFileSync(settings, readFileSync(settings, "utf8").replace('"version": 2', '"version": 1'));
  const refused = phantom(join(folder, "1"), 1);
  expect(refused.status).toBe(2);
  expect(JSON.parse(refused.stdout)).toMatchObject({
    error: { code: "option-conflict", message: expect.stringMatching(/by an earlier version/) },
  });
}, 180_000);
