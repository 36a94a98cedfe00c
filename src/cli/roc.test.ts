import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { Summary } from "../evaluation/index.ts";

const folder = mkdtempSync(join(tmpdir(), "embolens-roc-"));
afterAll(() => rmSync(folder, { recursive: true }));

const roc = (...argv: string[]) =>
  spawnSync("node", ["--import", "tsx", "src/cli/main.ts", "roc", ...argv], { encoding: "utf8" });

const rows = [
  "label,a,b",
  ...["1,.9,.5", "1,.8,.9", "1,.7,.4", "1,.6,.7", "1,.55,.7", "0,.7,.6", "0,.54,.2"],
  ...["0,.53,.5", "0,.52,.1", "0,.4,.3", "0,.3,.7", "0,.6,.05"],
];

test("embolens roc prints the areas and the paired test of docs/method.md#statistics as one JSON document", () => {
  const path = join(folder, "scores.csv");
  writeFileSync(path, rows.join("\n"));
  const { stdout, status } = roc(path, "--json");
  expect(status).toBe(0);
  const { models, comparisons } = JSON.parse(stdout) as Summary;
  expect(models.map(({ name, n, positives }) => [name, n, positives])).toEqual([
    ["a", 12, 5],
    ["b", 12, 5],
  ]);
  expect(Math.abs(models[0]!.auc - 0.8857142857142857)).toBeLessThan(1e-9);
  expect(Math.abs(models[1]!.variance! - 0.016224489795918)).toBeLessThan(1e-9);
  expect(comparisons[0]).toMatchObject({ a: "a", b: "b" });
  expect(comparisons[0]!.p).toBeCloseTo(0.6640182, 7);
});

test("embolens roc shows a table, intervals by patient where patients repeat, and validation's operating points", () => {
  const path = join(folder, "patients.csv");
  writeFileSync(path, rows.map((row, index) => `${index === 0 ? "patient" : `p${index % 4}`},${row}`).join("\n"));
  const validation = join(folder, "validation.csv");
  writeFileSync(validation, rows.map((row, index) => `${index === 0 ? "patient" : `v${index}`},${row}`).join("\n"));
  const { stdout, status } = roc(path, "--validation", validation, "--compare", "b");
  expect(status).toBe(0);
  expect(stdout).toMatch(/12 cases of 4 patients, 5 positive/);
  expect(stdout).toMatch(/a +\.886 +\.\d+ to 1\.000/);
  expect(stdout).toMatch(/By resampling patients/);
  expect(stdout).toMatch(/sensitivity >= \.950/);
});

test("embolens roc reports the test rows of a file of several splits, chooses on its validation rows, and not on its own", () => {
  const path = join(folder, "splits.csv");
  const of = (split: string) => rows.slice(1).map((row) => `${split},${row}`);
  writeFileSync(path, [`split,${rows[0]}`, ...of("train"), ...of("validation"), ...of("test")].join("\n"));
  const { models } = JSON.parse(roc(path, "--json").stdout) as Summary;
  expect(models.map(({ n }) => n)).toEqual([12, 12]);
  expect(models[0]!.operatingPoints.map(({ chosenOn }) => chosenOn.cases)).toEqual([12, 12]);
  expect((JSON.parse(roc(path, "--split", "train", "--json").stdout) as Summary).models[0]!.n).toBe(12);
  const none = roc(path, "--split", "tset", "--json");
  expect(none.status).toBe(3);
  expect(none.stderr).toMatch(/there are: train, validation, test/);
  const plain = join(folder, "plain.csv");
  writeFileSync(plain, rows.join("\n"));
  const same = roc(plain, "--validation", plain, "--json");
  expect(same.status).toBe(3);
  expect(JSON.parse(same.stdout)).toMatchObject({ error: { code: "split-leakage" } });
});

test("embolens roc refuses a missing score with exit code 3 and an unknown model with 2", () => {
  const path = join(folder, "gap.csv");
  writeFileSync(path, "label,a\n1,0.5\n0,\n");
  const gap = roc(path, "--json");
  expect(gap.status).toBe(3);
  expect(JSON.parse(gap.stdout)).toMatchObject({ error: { code: "scores-invalid" } });
  expect(roc(path, "--models", "z").status).toBe(2);
});
