import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import dcmjs from "dcmjs";
import { expect, test } from "vitest";
import { hasProgram } from "../../../test/system.ts";
import { onlySeries } from "../../../test/volume/only-series.ts";
import { ctSeries } from "../../volume/dicom-write/index.ts";
import { bytes, type Geometry, patientPoint } from "../../volume/index.ts";
import { writeSegmentation } from "./segmentation.ts";
import { sourceSeries } from "./source-series.ts";

const geometry: Geometry = {
  size: [20, 12, 6],
  spacing: [0.7, 0.8, 2.5],
  origin: patientPoint(-10, -20, 100),
  axes: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
};
const series = ctSeries(
  { geometry, voxels: new Int16Array(20 * 12 * 6), warnings: [] },
  { seed: 1, name: "segmented" },
);
const sources = series.map((slice) => bytes(slice.fileName, Uint8Array.from(slice.bytes)));

async function segment(): Promise<{ file: Uint8Array; seriesUID: string }> {
  const { DicomMessage, DicomMetaDictionary } = dcmjs.data;
  const first = DicomMetaDictionary.naturalizeDataset(
    DicomMessage.readFile(Uint8Array.from(series[0]!.bytes).buffer).dict,
  );
  const seriesUID = String(first.SeriesInstanceUID);
  const voxels = new Uint8Array(20 * 12 * 6);
  voxels[5 + 20 * (3 + 12 * 2)] = 1;
  const mask = { geometry, voxels };
  const description = { label: "Embolus", by: "Reader^One", at: new Date("2026-01-02T03:04:05Z") };
  return {
    file: writeSegmentation(mask, [2, 4], await sourceSeries(await onlySeries(sources)), description),
    seriesUID,
  };
}

test("a segmentation has a frame a looked-at slice, on the slice's position, and refers to its image", async () => {
  const { file, seriesUID } = await segment();
  const { DicomMessage, DicomMetaDictionary } = dcmjs.data;
  const read = DicomMetaDictionary.naturalizeDataset(DicomMessage.readFile(Uint8Array.from(file).buffer).dict);
  expect(read.NumberOfFrames).toBe(2);
  const frames = read.PerFrameFunctionalGroupsSequence as {
    PlanePositionSequence: { ImagePositionPatient: number[] }[];
  }[];
  expect(frames.map((frame) => frame.PlanePositionSequence[0]!.ImagePositionPatient)).toEqual([
    [-10, -20, 105],
    [-10, -20, 110],
  ]);
  const packed = new Uint8Array((read.PixelData as ArrayBuffer[])[0]!);
  const set = [...packed].flatMap((byte, index) =>
    [0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => byte & (1 << bit)).map((bit) => index * 8 + bit),
  );
  expect(set).toEqual([5 + 20 * 3]);
  expect((read.ReferencedSeriesSequence as { SeriesInstanceUID: string }[])[0]!.SeriesInstanceUID).toBe(seriesUID);
});

test("a slice without an image of the series is refused", async () => {
  const source = await sourceSeries(await onlySeries(sources.slice(0, 5)));
  const mask = { geometry, voxels: new Uint8Array(20 * 12 * 6) };
  expect(() => writeSegmentation(mask, [5], source, { label: "Embolus", by: "R", at: new Date(0) })).toThrow(
    /no CT image lies at z = 112.50/,
  );
});

test.skipIf(!hasProgram("dciodvfy"))("dciodvfy finds no error in a segmentation", async () => {
  const path = join(mkdtempSync(join(tmpdir(), "embolens-seg-")), "mask.dcm");
  writeFileSync(path, (await segment()).file);
  const output = execFileSync("sh", ["-c", `dciodvfy -new "${path}" 2>&1 || true`], { encoding: "utf8" });
  expect(output.split("\n").filter((line) => line.startsWith("Error"))).toEqual([]);
});
