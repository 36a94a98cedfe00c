import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ctSeries } from "../volume/dicom-write/index.ts";
import { patientPoint, type Volume } from "../volume/index.ts";
import type { InspectResult } from "./inspect.ts";

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "embolens-inspect-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const embolens = (...words: string[]) =>
  run(process.execPath, ["--import", "tsx", join(import.meta.dirname, "main.ts"), ...words]);

/** A trunk with two lungs from z = 40 to z = 240 mm and soft tissue above and below. */
function chest(): Volume {
  const [columns, rows, slices] = [80, 64, 60] as const;
  const voxels = new Int16Array(columns * rows * slices);
  const inside = (x: number, y: number, z: number, centre: number, radii: readonly [number, number, number]) =>
    ((x - centre) / radii[0]) ** 2 + (y / radii[1]) ** 2 + ((z - 140) / radii[2]) ** 2 < 1;
  let index = 0;
  for (let slice = 0; slice < slices; slice++) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const [x, y, z] = [column * 5 - 200, row * 5 - 160, slice * 5];
        const lung = inside(x, y, z, -75, [55, 80, 100]) || inside(x, y, z, 75, [55, 80, 100]);
        const trunk = (x / 180) ** 2 + (y / 130) ** 2 < 1;
        voxels[index++] = lung ? -850 : trunk ? 40 : -1000;
      }
    }
  }
  const axes = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ] as const;
  return {
    geometry: { size: [columns, rows, slices], spacing: [5, 5, 5], origin: patientPoint(-200, -160, 0), axes },
    voxels,
    warnings: [],
  };
}

beforeAll(() => {
  const volume = chest();
  mkdirSync(join(folder, "scout"));
  for (const { fileName, bytes } of ctSeries(volume, { seed: 3, name: "study", seriesDescription: "CTPA" })) {
    writeFileSync(join(folder, fileName), bytes);
  }
  const scouts = ctSeries(volume, {
    seed: 3,
    name: "study",
    seriesNumber: 1,
    seriesDescription: "Scout",
    adjust: (dataset) => void dataset.set(0x00080008, { vr: "CS", value: ["ORIGINAL", "PRIMARY", "LOCALIZER"] }),
  });
  writeFileSync(join(folder, "scout", "IM.dcm"), scouts[0]!.bytes);
  writeFileSync(join(folder, "notes.txt"), "hello");
});

describe("embolens inspect", () => {
  test("prints one JSON document: what was accepted, what was refused and why, where the lungs are", async () => {
    const { stdout, stderr } = await embolens("inspect", folder, "--json");
    const found: InspectResult = JSON.parse(stdout);
    expect(stderr).toContain("decoding 60/60 slices");
    const [scout, scan] = found.series;
    expect(scout).toMatchObject({
      accepted: false,
      chosen: false,
      slices: 1,
      huRange: null,
      lungRangeMillimetres: null,
    });
    expect(scout!.reasons.map(({ code }) => code)).toEqual(["localiser"]);
    expect(scan).toMatchObject({
      seriesInstanceUID: expect.stringMatching(/^2\.25\.\d+$/),
      modality: "CT",
      accepted: true,
      slices: 60,
      rows: 64,
      columns: 80,
      spacingMillimetres: [5, 5, 5],
      orientation: "axial",
      transferSyntax: "1.2.840.10008.1.2.1",
      huRange: [-1000, 40],
      chosen: true,
    });
    const [base, apex] = scan!.lungRangeMillimetres!;
    expect(Math.abs(base - 40)).toBeLessThan(12);
    expect(Math.abs(apex - 240)).toBeLessThan(12);
    expect(found.skipped).toEqual([
      { file: join(folder, "notes.txt"), code: "format-unknown", message: expect.stringContaining("notes.txt") },
    ]);
  });

  test("prints a table that marks the series to be judged and gives each refusal's reason", async () => {
    const { stdout } = await embolens("inspect", folder);
    expect(stdout).toContain("2 series, 1 readable; * marks the one to be judged");
    expect(stdout).toMatch(/^\* +CTPA +60 +80 x 64 +5 x 5 x 5 +axial +-1000 to 40 +\d+ to \d+$/m);
    expect(stdout).toMatch(/refused: .*is a localiser \[localiser\]/);
    expect(stdout).toContain("1 file left out");
  });

  test("ends with 1 and two lines at most when the folder doesn't exist", async () => {
    const failed = await embolens("inspect", join(folder, "nowhere")).catch((error) => error);
    expect(failed).toMatchObject({ code: 1, stdout: "" });
    expect(failed.stderr).toMatch(/nowhere: does not exist \[file-missing\]\n$/);
  });
});
