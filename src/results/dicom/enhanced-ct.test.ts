import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import dcmjs from "dcmjs";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { hasProgram } from "../../../test/system.ts";
import { type EnhancedCtDescription, enhancedCt } from "../../../test/volume/enhanced-ct.ts";
import { attentionView, type Diagnosis } from "../../diagnosis/index.ts";
import { ctSeries } from "../../volume/dicom-write/index.ts";
import {
  type ByteSource,
  bytes,
  type Geometry,
  patientPoint,
  readSegmentation,
  scanStudy,
  segmentationOn,
  toPatient,
  voxelPoint,
} from "../../volume/index.ts";
import { writeParametricMap } from "./parametric-map.ts";
import { writeSecondaryCapture } from "./secondary-capture.ts";
import { writeSegmentation } from "./segmentation.ts";
import { type SourceSeries, sourceSeries } from "./source-series.ts";
import { writeStructuredReport } from "./structured-report.ts";

const geometry: Geometry = {
  size: [20, 16, 12],
  spacing: [0.7, 0.8, 2.5],
  origin: patientPoint(-10, -20, 100),
  axes: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
};
const area = 20 * 16;
const volume = { geometry, voxels: new Int16Array(area * 12), warnings: [] };
const at = new Date("2026-01-02T03:04:05Z");
const description = { model: "random weights", at };

interface Reference {
  readonly ReferencedSOPClassUID: string;
  readonly ReferencedSOPInstanceUID: string;
  readonly ReferencedFrameNumber?: number;
}
interface Dataset {
  readonly [keyword: string]: unknown;
  readonly SOPInstanceUID: string;
  readonly PerFrameFunctionalGroupsSequence: readonly {
    readonly FrameContentSequence: readonly { readonly FrameAcquisitionNumber?: number }[];
    readonly PlanePositionSequence: readonly { readonly ImagePositionPatient: readonly number[] }[];
    readonly DerivationImageSequence: readonly { readonly SourceImageSequence: readonly Reference[] }[];
  }[];
}

const dataset = (file: Uint8Array): Dataset => {
  const { DicomMessage, DicomMetaDictionary } = dcmjs.data;
  return DicomMetaDictionary.naturalizeDataset(DicomMessage.readFile(Uint8Array.from(file).buffer).dict) as Dataset;
};

/** One voxel on slice 7; slice 4 was looked at too. */
function segmentation(source: SourceSeries): Uint8Array {
  const voxels = new Uint8Array(area * 12);
  voxels[5 + 20 * 3 + area * 7] = 1;
  return writeSegmentation({ geometry, voxels }, [4, 7], source, { label: "Embolus", by: "Reader^One", at });
}

/** Attention on slices 2 and 9. */
function attentionMap(source: SourceSeries): Uint8Array {
  const voxels = new Uint8Array(area * 12);
  for (const slice of [2, 9]) voxels.fill(200, area * slice, area * (slice + 1));
  return writeParametricMap(attentionView({ geometry, voxels }), source, description);
}

/** Of slice 9. */
async function capture(source: SourceSeries): Promise<Uint8Array> {
  const create = { width: 31, height: 17, channels: 3, background: "#123456" } as const;
  const png = await sharp({ create }).png().toBuffer();
  const corner = toPatient(geometry, voxelPoint(0, 0, 9));
  return await writeSecondaryCapture({ corner, png }, 1, source, description);
}

/** Its peak is on slice 8, a little above. */
function report(source: SourceSeries): Uint8Array {
  const slab = { index: 1, probability: 0.875, zMillimetres: 120.4, attentionPeakMillimetres: [-5, -10, 120.4] };
  const document = {
    notice: "Research use, not a medical device.",
    ...{ studyInstanceUID: "1", seriesInstanceUID: "2", probability: 0.8125, decision: "positive", slabs: [slab] },
    operatingPoint: { name: "half", threshold: 0.5, chosenOn: "convention" },
    ...{ lungRangeMillimetres: [100, 120], warnings: [], seconds: { total: 1 } },
    model: { name: "random weights", sha256: "0", preset: "tiny" },
  } as unknown as Diagnosis["document"];
  return writeStructuredReport(document, source, at);
}

/** The image that a reference names, looked up in the CT's own files: z and acquisition of that frame. */
async function lookUp(files: readonly ByteSource[], reference: Reference | undefined) {
  for (const file of files) {
    const ct = dataset(await file.read());
    if (ct.SOPInstanceUID !== reference?.ReferencedSOPInstanceUID) continue;
    const frame = ct.PerFrameFunctionalGroupsSequence[reference.ReferencedFrameNumber! - 1]!;
    expect(ct.SOPClassUID).toBe(reference.ReferencedSOPClassUID);
    return {
      z: frame.PlanePositionSequence[0]!.ImagePositionPatient[2],
      acquisition: frame.FrameContentSequence[0]!.FrameAcquisitionNumber,
    };
  }
  throw new Error("the reference names no image");
}

/** Every reference anywhere below. */
function references(value: unknown): Reference[] {
  if (typeof value !== "object" || value === null) return [];
  const own = "ReferencedSOPInstanceUID" in value ? [value as unknown as Reference] : [];
  return [...own, ...Object.values(value).flatMap(references)];
}

const variants: readonly (readonly [string, Partial<EnhancedCtDescription>])[] = [
  ["as one object", {}],
  ["as one object whose frames run from the head", { order: "descending" }],
  ["as a concatenation of three objects", { parts: 3 }],
  ["as a concatenation whose frames run from the head", { parts: 2, order: "descending" }],
  ["as one object with two acquisitions over the same range", { acquisitions: 2 }],
];

describe.each(variants)("an Enhanced CT %s", (_name, variant) => {
  const files = enhancedCt(volume, { seed: 1, name: "enhanced", ...variant });
  /** Two acquisitions are a series each. */
  const sources = async () =>
    await Promise.all(
      (await scanStudy(files)).series.map(async (series) => {
        if (series.pixels?.kind !== "stack") throw new Error("it was refused");
        const [first] = series.pixels.stack.slices;
        return { acquisition: first!.frame.acquisitionNumber, source: await sourceSeries(series) };
      }),
    );

  test("is referred to frame by frame: each frame named lies where the object of ours says", async () => {
    const found = await sources();
    expect(found).toHaveLength(variant.acquisitions ?? 1);
    for (const { source, acquisition } of found) {
      for (const object of [segmentation(source), attentionMap(source)].map(dataset)) {
        expect(object.PerFrameFunctionalGroupsSequence).toHaveLength(2);
        for (const frame of object.PerFrameFunctionalGroupsSequence) {
          const image = await lookUp(files, frame.DerivationImageSequence[0]!.SourceImageSequence[0]);
          const [, , z] = frame.PlanePositionSequence[0]!.ImagePositionPatient;
          expect(image).toEqual({ z, acquisition });
        }
      }
      const [shown] = dataset(await capture(source)).SourceImageSequence as Reference[];
      expect(await lookUp(files, shown)).toEqual({ z: 122.5, acquisition });
      const content = references(dataset(report(source)).ContentSequence);
      expect(content).toHaveLength(1);
      expect(await lookUp(files, content[0])).toEqual({ z: 120, acquisition });
    }
  });

  test("is listed once an object, without frame numbers, and only objects that are referred to", async () => {
    const instances = await Promise.all(files.map(async (file) => dataset(await file.read()).SOPInstanceUID));
    for (const { source } of await sources()) {
      const evidence = references(dataset(report(source)).CurrentRequestedProcedureEvidenceSequence);
      expect(evidence.map(({ ReferencedSOPInstanceUID: uid }) => uid).sort()).toEqual([...instances].sort());
      for (const object of [segmentation(source), attentionMap(source)].map(dataset)) {
        const used = references(object.PerFrameFunctionalGroupsSequence).map((one) => one.ReferencedSOPInstanceUID);
        const listed = references(object.ReferencedSeriesSequence);
        expect(listed.map((one) => one.ReferencedSOPInstanceUID).sort()).toEqual([...new Set(used)].sort());
        expect(listed.every((one) => one.ReferencedFrameNumber === undefined)).toBe(true);
      }
    }
  });

  test("gets a segmentation that reads back on the voxels it was drawn on, in the CT's frame of reference", async () => {
    const [{ source } = { source: undefined }] = await sources();
    const file = segmentation(source!);
    const { mask, slices } = segmentationOn(geometry, await readSegmentation(bytes("mask.dcm", file)));
    expect(slices).toEqual([4, 7]);
    expect(mask.voxels.indexOf(1)).toBe(5 + 20 * 3 + area * 7);
    const ct = dataset(await files[0]!.read());
    const taken = ["FrameOfReferenceUID", "StudyInstanceUID", "PatientID", "AccessionNumber"];
    const read = dataset(file);
    expect(taken.map((keyword) => read[keyword])).toEqual(taken.map((keyword) => ct[keyword]));
  });

  test.skipIf(!hasProgram("dciodvfy"))("and all objects that refer to it have no error in dciodvfy", async () => {
    const folder = mkdtempSync(join(tmpdir(), "embolens-enhanced-"));
    const objects = await Promise.all(files.map(async (file) => await file.read()));
    for (const { source } of await sources()) {
      objects.push(segmentation(source), attentionMap(source), await capture(source), report(source));
    }
    for (const [index, content] of objects.entries()) {
      const path = join(folder, `${index}.dcm`);
      writeFileSync(path, content);
      const said = execFileSync("sh", ["-c", `dciodvfy -new "${path}" 2>&1 || true`], { encoding: "utf8" });
      expect(said.split("\n").filter((line) => line.startsWith("Error"))).toEqual([]);
    }
  });

  test.skipIf(!hasProgram("dsrdump"))("is named with its frame where dsrdump reads the report", async () => {
    const [{ source } = { source: undefined }] = await sources();
    const path = join(mkdtempSync(join(tmpdir(), "embolens-enhanced-")), "report.dcm");
    writeFileSync(path, report(source!));
    const image = source!.imageAt(patientPoint(0, 0, 120));
    const said = execFileSync("dsrdump", ["+Pc", path], { encoding: "utf8", stdio: "pipe" });
    expect(said).toMatch(new RegExp(`"Source of Measurement"\\)=\\([^,]+,,${image!.frameNumber}\\)`));
  });
});

test("an object of a single frame is referred to without a number, as an image of its own is", async () => {
  const files = enhancedCt(volume, { seed: 1, name: "enhanced", parts: 12 });
  const source = await sourceSeries((await scanStudy(files)).series[0]!);
  expect(source.instances).toHaveLength(12);
  expect(references(dataset(report(source))).some((one) => "ReferencedFrameNumber" in one)).toBe(false);
});

test("a series that holds both slices and an Enhanced CT is taken apart, and each part has objects of its own", async () => {
  const name = { seed: 1, name: "enhanced" };
  const top = { geometry: { ...geometry, origin: patientPoint(-10, -20, 130) }, voxels: volume.voxels, warnings: [] };
  const slices = ctSeries(top, name).map((slice) => bytes(slice.fileName, Uint8Array.from(slice.bytes)));
  const { series } = await scanStudy([...enhancedCt(volume, name), ...slices]);
  expect(series.map(({ slices: count }) => count)).toEqual([12, 12]);
  for (const part of series) expect((await sourceSeries(part)).instances.length).toBeGreaterThan(0);
});
