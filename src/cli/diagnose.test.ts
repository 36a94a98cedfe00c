import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeChest } from "../../test/chest.ts";
import { halfOperatingPoint, initialWeights, modelDescriptionSchema, twoStagePresets } from "../model/index.ts";
import { writeModelFile } from "../model/node/index.ts";
import { writeNifti } from "../results/index.ts";
import { bytes, readImageFile } from "../volume/index.ts";

const folder = mkdtempSync(join(tmpdir(), "embolens-cli-diagnose-"));
afterAll(() => rmSync(folder, { recursive: true }));

const embolens = (...argv: string[]) =>
  spawnSync("node", ["--import", "tsx", "src/cli/main.ts", ...argv], { encoding: "utf8" });

const chest = join(folder, "chest.nii.gz");
const head = join(folder, "head.nii.gz");
const model = join(folder, "tiny.safetensors");

beforeAll(async () => {
  const whole = makeChest({ spacing: [4, 4, 5], size: [96, 96, 58], blood: 40 });
  await writeNifti(chest, { geometry: whole.geometry, voxels: whole.voxels, description: "chest" });
  const lungless = makeChest({ spacing: [4, 4, 5], size: [96, 96, 12], start: 300 });
  await writeNifti(head, { geometry: lungless.geometry, voxels: lungless.voxels, description: "head" });
  const description = modelDescriptionSchema.parse({
    kind: "two-stage",
    format: 1,
    name: "random weights",
    preset: "tiny",
    operatingPoints: [halfOperatingPoint],
    training: [],
    notice: "Research use, not a medical device.",
    ...twoStagePresets.tiny,
  });
  await writeModelFile(model, { ...description, weights: initialWeights(description, 1) });
});

test("embolens diagnose prints one JSON document of all studies, writes the good ones and exits with 3 for the bad", () => {
  const out = join(folder, "out");
  const { stdout, status } = embolens(
    "diagnose",
    chest,
    head,
    "--model",
    model,
    "--out",
    out,
    "--device",
    "cpu",
    "--json",
  );
  expect(status).toBe(3);
  const { diagnoses, refused } = JSON.parse(stdout);
  expect(diagnoses).toHaveLength(1);
  expect(Object.keys(diagnoses[0])).toEqual(
    expect.arrayContaining([
      ...["studyInstanceUID", "seriesInstanceUID", "probability", "decision", "operatingPoint", "slabs"],
      ...["lungRangeMillimetres", "warnings", "model", "seconds"],
    ]),
  );
  expect(diagnoses[0].slabs).toHaveLength(8);
  expect(diagnoses[0].warnings.map(({ code }: { code: string }) => code)).toEqual(["contrast-missing"]);
  expect(refused[0]).toMatchObject({ state: "refused", code: "lungs-not-found" });
  expect(existsSync(join(out, "chest.nii.gz", "diagnosis.json"))).toBe(true);
});

test("embolens diagnose says why its only study is refused, on stderr", () => {
  const { stderr, stdout, status } = embolens("diagnose", head, "--model", model, "--device", "cpu");
  expect(status).toBe(3);
  expect(stdout).toBe("");
  expect(stderr).toMatch(/refused: no lungs were found in the series \[lungs-not-found\]\n {2}check that/);
});

test("embolens slabs writes the network's grey levels where the patient is", async () => {
  const out = join(folder, "slabs.nii.gz");
  const { stdout, status } = embolens("slabs", chest, "--preset", "tiny", "--out", out, "--json");
  expect(status).toBe(0);
  const printed = JSON.parse(stdout);
  expect(printed).toMatchObject({ slabs: 8, slabSlices: 5, scanStride: 4, size: [64, 64, 33] });
  const written = await readImageFile(bytes(out, readFileSync(out)));
  expect(written.geometry.size).toEqual([64, 64, 33]);
  // The square is 330 mm wide around the middle of the CT, which lies at x = y = 0.
  expect(written.geometry.origin[0]).toBeCloseTo(-31.5 * (330 / 64), 3);
  expect(written.geometry.spacing[2]).toBeCloseTo(printed.spacingMillimetres[2], 4);
  // Lung at -850 HU is level 29 of 255, soft tissue at 40 is 178.
  const at = (column: number, row: number, slice: number) => written.voxels[column + 64 * (row + 64 * slice)]!;
  expect(at(17, 32, 10)).toBeGreaterThan(20);
  expect(at(17, 32, 10)).toBeLessThan(40);
  expect(at(33, 27, 10)).toBeGreaterThan(165);
});

test("embolens slabs --model writes what that very model sees, and no preset beside it", () => {
  const [own, preset] = ["own.nii", "preset.nii"].map((name) => join(folder, name));
  const { status, stderr } = embolens("slabs", chest, "--model", model, "--out", own!);
  expect(status, stderr).toBe(0);
  expect(embolens("slabs", chest, "--preset", "tiny", "--out", preset!).status).toBe(0);
  expect(readFileSync(own!)).toEqual(readFileSync(preset!));
  expect(embolens("slabs", chest, "--model", model, "--preset", "tiny", "--out", own!).status).toBe(2);
});
