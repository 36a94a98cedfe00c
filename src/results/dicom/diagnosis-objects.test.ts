import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import dcmjs from "dcmjs";
import sharp from "sharp";
import { expect, test } from "vitest";
import { hasProgram } from "../../../test/system.ts";
import { onlySeries } from "../../../test/volume/only-series.ts";
import { attentionView, type Diagnosis } from "../../diagnosis/index.ts";
import { ctSeries } from "../../volume/dicom-write/index.ts";
import { bytes, type Geometry, patientPoint, toVoxel } from "../../volume/index.ts";
import { writeParametricMap } from "./parametric-map.ts";
import { writeSecondaryCapture } from "./secondary-capture.ts";
import { sourceSeries } from "./source-series.ts";
import { writeStructuredReport } from "./structured-report.ts";

const geometry: Geometry = {
  size: [40, 32, 6],
  spacing: [0.7, 0.8, 2.5],
  origin: patientPoint(-10, -20, 100),
  axes: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
};
const files = ctSeries(
  { geometry, voxels: new Int16Array(40 * 32 * 6), warnings: [] },
  { seed: 1, name: "objects" },
).map((slice) => bytes(slice.fileName, Uint8Array.from(slice.bytes)));
const description = { model: "random weights", at: new Date("2026-01-02T03:04:05Z") };

const dataset = (file: Uint8Array) => {
  const { DicomMessage, DicomMetaDictionary } = dcmjs.data;
  return DicomMetaDictionary.naturalizeDataset(DicomMessage.readFile(Uint8Array.from(file).buffer).dict);
};

const source = async () => await sourceSeries(await onlySeries(files));

/** Attention in one 4 x 4 block of slice 3. */
async function attentionMap(): Promise<Uint8Array> {
  const voxels = new Uint8Array(40 * 32 * 6);
  for (let row = 12; row < 16; row++) voxels.fill(200, 20 + 40 * (row + 32 * 3), 24 + 40 * (row + 32 * 3));
  return writeParametricMap(attentionView({ geometry, voxels }), await source(), description);
}

async function keyImage(): Promise<Uint8Array> {
  const png = await sharp({ create: { width: 31, height: 17, channels: 3, background: "#123456" } })
    .png()
    .toBuffer();
  const corner = patientPoint(-10, -20, 105);
  return await writeSecondaryCapture({ corner, png }, 1, await source(), description);
}

const slab = (index: number, probability: number) => ({
  index,
  probability,
  zMillimetres: 100 + 20 * index,
  attentionPeakMillimetres: [-5, -10, 100 + 20 * index] as const,
});
const document: Diagnosis["document"] = {
  notice: "Research use, not a medical device.",
  studyInstanceUID: "1",
  seriesInstanceUID: "2",
  probability: 0.8125,
  decision: "positive",
  indeterminateBecause: [],
  contrast: { greatVesselsHu: 320 },
  operatingPoint: { name: "half", threshold: 0.5, chosenOn: "convention" },
  slabs: [slab(0, 0.25), slab(1, 0.875)],
  lungRangeMillimetres: [100, 120],
  warnings: [{ code: "contrast-missing", message: "no contrast" }],
  model: { name: "random weights", sha256: "0", preset: "tiny" },
  seconds: { total: 1 },
};
const report = async () => writeStructuredReport(document, await source(), description.at);

test("the report of an indeterminate study says why, and holds no probability and no slab as a finding", async () => {
  const because = [{ code: "contrast-missing", message: "the great vessels hold no contrast (40 HU)" }] as const;
  const undecided = { ...document, decision: "indeterminate", indeterminateBecause: because } as const;
  const report = writeStructuredReport(undecided, await source(), description.at);
  const said = new TextDecoder("latin1").decode(report);
  expect(said).toContain("indeterminate: the great vessels hold no contrast (40 HU)");
  expect(said).not.toContain("Probability of pulmonary embolism");
  expect(said).not.toContain("Probability of an embolus in the slab");
});

test("the report says probability, decision, warnings and where the most suspicious slab peaks", async () => {
  const said = JSON.stringify(dataset(await report()));
  expect(said).toContain('"NumericValue":0.8125');
  expect(said).toContain("positive at 0.5");
  expect(said.match(/59282003/g)).toHaveLength(1);
  const negative = writeStructuredReport({ ...document, decision: "negative" }, await source(), description.at);
  expect(JSON.stringify(dataset(negative))).not.toContain("59282003");
  expect(said).toContain("no contrast");
  expect(said).toContain("Research use");
  expect(said).toContain('"GraphicData":[-5,-10,120]');
});

test("attention lies in the parametric map where it lies on the CT, with the value it has there", async () => {
  const read = dataset(await attentionMap()) as {
    Columns: number;
    NumberOfFrames: number;
    PixelData: ArrayBuffer[];
    SharedFunctionalGroupsSequence: {
      PixelMeasuresSequence: { PixelSpacing: number[] }[];
      RealWorldValueMappingSequence: { RealWorldValueSlope: number }[];
    }[];
    PerFrameFunctionalGroupsSequence: {
      PlanePositionSequence: { ImagePositionPatient: number[] }[];
      DerivationImageSequence: unknown[];
    }[];
  };
  expect(read.NumberOfFrames).toBe(1);
  const pixels = new Uint16Array(read.PixelData[0]!);
  const lit = [...pixels.keys()].filter((pixel) => pixels[pixel]! > 0);
  expect(lit).toHaveLength(1);
  const [frame] = read.PerFrameFunctionalGroupsSequence;
  const [shared] = read.SharedFunctionalGroupsSequence;
  const [x, y, z] = frame!.PlanePositionSequence[0]!.ImagePositionPatient as [number, number, number];
  const [down, across] = shared!.PixelMeasuresSequence[0]!.PixelSpacing as [number, number];
  const [column, row] = [lit[0]! % read.Columns, Math.floor(lit[0]! / read.Columns)];
  const voxel = toVoxel(geometry, patientPoint(x + column * across, y + row * down, z));
  expect(voxel[0]).toBeGreaterThanOrEqual(20);
  expect(voxel[0]).toBeLessThan(24);
  expect(voxel[1]).toBeGreaterThanOrEqual(12);
  expect(voxel[1]).toBeLessThan(16);
  expect(voxel[2]).toBeCloseTo(3, 6);
  const slope = shared!.RealWorldValueMappingSequence[0]!.RealWorldValueSlope;
  expect(pixels[lit[0]!]! * slope).toBeCloseTo(200 / 255, 6);
  expect(frame!.DerivationImageSequence).toHaveLength(1);
});

test("a key image keeps its pixels and belongs to the CT's study", async () => {
  const read = dataset(await keyImage());
  expect([read.Columns, read.Rows]).toEqual([31, 17]);
  expect(read.StudyInstanceUID).toBe(dataset(await files[0]!.read()).StudyInstanceUID);
  const pixels = new Uint8Array((read.PixelData as ArrayBuffer[])[0]!);
  expect([...pixels.subarray(0, 3)]).toEqual([0x12, 0x34, 0x56]);
});

test.skipIf(!hasProgram("dciodvfy"))("dciodvfy finds no error in any of them", async () => {
  const folder = mkdtempSync(join(tmpdir(), "embolens-objects-"));
  for (const [name, file] of [
    ["attention.dcm", await attentionMap()],
    ["key.dcm", await keyImage()],
    ["report.dcm", await report()],
  ] as const) {
    writeFileSync(join(folder, name), file);
    const output = execFileSync("sh", ["-c", `dciodvfy -new "${join(folder, name)}" 2>&1 || true`], {
      encoding: "utf8",
    });
    expect(output.split("\n").filter((line) => line.startsWith("Error"))).toEqual([]);
  }
});
