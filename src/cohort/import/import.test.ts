import { mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toNrrd } from "../../../test/toy-chest.ts";
import { ctSeries } from "../../volume/dicom-write/index.ts";
import {
  canonicalAxial,
  type Geometry,
  patientPoint,
  readMask,
  readVolume,
  scanStudy,
  toPatient,
  type Volume,
  voxelPoint,
} from "../../volume/index.ts";
import { diskFile, nodeDecoder, openPaths } from "../../volume/node/index.ts";
import { sliceHeight, writeCohort } from "../index.ts";
import { annotatedSlices } from "../prepare/annotations.ts";
import { importers } from "./index.ts";
import { readMatlab } from "./matlab.ts";

const geometry: Geometry = {
  size: [12, 10, 6],
  spacing: [2, 2, 3],
  origin: patientPoint(-12, -10, -60),
  axes: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
};
/** Contrast everywhere, a clot at columns 3 and 4, row 7, slice 1. */
const clot = [3 + 12 * (7 + 10 * 1), 4 + 12 * (7 + 10 * 1)];
const volume: Volume = {
  geometry,
  voxels: Int16Array.from({ length: 720 }, (_, voxel) => (clot.includes(voxel) ? 60 : 400)),
  warnings: [],
};
const mask = { geometry, voxels: Uint8Array.from({ length: 720 }, (_, voxel) => (clot.includes(voxel) ? 1 : 0)) };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "embolens-import-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("RSNA-STR PE 2020", () => {
  it("gives exams with the publishers' labels and the slices that show an embolus", async () => {
    const root = join(folder, "rsna");
    const series = ctSeries(volume, { seed: 1, name: "exam" });
    const images = series.map((slice) => ({ uid: slice.instanceUid, bytes: slice.bytes, slice: slice.slice }));
    const columns = ["StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "pe_present_on_image"];
    const rows = [[...columns, "negative_exam_for_pe", "qa_motion", "indeterminate"].join(",")];
    for (const [exam, negative, indeterminate] of [
      ["e1", 0, 0],
      ["e2", 1, 0],
      ["e3", 0, 1],
      ["e4", 0, 0],
      ["e5", 0, 0],
    ] as const) {
      const place = join(root, "train", exam, `${exam}s`);
      if (exam !== "e4") await mkdir(place, { recursive: true });
      for (const { uid, bytes, slice } of images) {
        // e4 was not unpacked, and of e5 there are too few images for a volume.
        const there = exam === "e5" ? slice < 3 : exam !== "e4";
        if (there) await writeFile(join(place, `${uid}.dcm`), bytes);
        const present = exam === "e1" && (slice === 1 || slice === 2) ? 1 : 0;
        rows.push([exam, `${exam}s`, uid, present, negative, 0, indeterminate].join(","));
      }
    }
    await writeFile(join(root, "train.csv"), `${rows.join("\n")}\n`);
    const target = join(root, "cohort.json");
    const { cohort, skipped } = await importers["rsna-str-pe"](root, target, {});
    await writeCohort(target, cohort);
    expect(cohort.studies.map(({ id, label }) => [id, label?.value])).toEqual([
      ["e1", "present"],
      ["e2", "absent"],
      ["e3", "uncertain"],
    ]);
    const [first, second] = cohort.studies;
    expect(first!.series).toBe("train/e1/e1s");
    const [annotation] = first!.annotations;
    expect(annotation!.mask).toBeNull();
    expect([...(annotation!.positiveSlices ?? [])].sort()).toEqual(
      [1, 2].map((at) => sliceHeight(geometry, at)).sort(),
    );
    expect(annotation!.slices).toHaveLength(6);
    expect(second!.annotations).toEqual([]);
    expect(skipped).toMatchObject([
      { id: "e4", code: "file-missing" },
      { id: "e5", code: "series-none" },
    ]);
    await writeFile(join(root, "train.csv"), rows.slice(0, 2).join("\n").replace(",0,0,0", ",0,no,0"));
    await expect(importers["rsna-str-pe"](root, target, {})).rejects.toThrow(/line 2, column/);
  });
});

describe("a tilted gantry", () => {
  /** As long as a chest, so that straightening the slices enlarges the matrix by centimetres. */
  const long: Geometry = { ...geometry, size: [6, 40, 60], spacing: [10, 10, 5], origin: patientPoint(-30, 90, -400) };
  /** Clot on rows 10 to 14 of every slice whose number is a multiple of 7. */
  const isClot = (row: number, slice: number) => slice % 7 === 0 && row >= 10 && row <= 14;
  const rowOf = (voxel: number) => Math.floor(voxel / 6) % 40;
  const sliceOf = (voxel: number) => Math.floor(voxel / 240);
  const chest: Volume = {
    geometry: long,
    voxels: Int16Array.from({ length: 14_400 }, (_, voxel) => (isClot(rowOf(voxel), sliceOf(voxel)) ? 60 : 400)),
    warnings: [],
  };
  const files = ctSeries(chest, { seed: 1, name: "tilted", gantryTilt: 15 });
  const decoder = nodeDecoder(1);
  afterAll(() => decoder.close());

  /** The CT as it is read, and for each file the place of its slice along the normal. */
  async function asRead(place: string) {
    const { series } = await scanStudy(await openPaths([place]));
    const read = await readVolume(series[0]!, { decoder });
    const angle = (15 * Math.PI) / 180;
    const normal = [0, -Math.sin(angle), Math.cos(angle)] as const;
    const along = (point: readonly number[]) => normal[1] * point[1]! + normal[2] * point[2]!;
    const positions = files.map(({ slice }) => along(toPatient(long, voxelPoint(0, 0, slice))));
    return { volume: read, along, positions: positions.map((position) => position - along(read.geometry.origin)) };
  }

  it("leaves every annotated image of RSNA-STR PE 2020 on its own slice", async () => {
    const root = join(folder, "rsna-tilted");
    const place = join(root, "train", "e1", "s1");
    await mkdir(place, { recursive: true });
    const shows = (slice: number) => slice % 7 === 0;
    const rows = [
      "StudyInstanceUID,SeriesInstanceUID,SOPInstanceUID,pe_present_on_image,negative_exam_for_pe,indeterminate",
    ];
    for (const { instanceUid, bytes, slice } of files) {
      await writeFile(join(place, `${instanceUid}.dcm`), bytes);
      rows.push(`e1,s1,${instanceUid},${shows(slice) ? 1 : 0},0,0`);
    }
    await writeFile(join(root, "train.csv"), rows.join("\n"));
    const { cohort } = await importers["rsna-str-pe"](root, join(root, "cohort.json"), {});
    const { slices, positiveSlices } = cohort.studies[0]!.annotations[0]!;
    const { volume: read, positions } = await asRead(place);
    const looked = annotatedSlices(canonicalAxial(read), [{ mask: null, slices, positiveSlices }]);
    expect(looked).toHaveLength(60);
    for (const [slice, { position, positive }] of looked.entries()) {
      expect(position).toBeCloseTo(positions[slice]!, 3);
      expect(positive).toBe(shows(slice));
    }
    // Their own centres would have named slices beside them.
    expect(Math.abs(sliceHeight(read.geometry, 0) - toPatient(long, voxelPoint(2.5, 19.5, 0))[2])).toBeGreaterThan(5);
  });

  it("leaves every pixel of a FUMPE mask on the slice and the clot it was drawn on", async () => {
    const root = join(folder, "fumpe-tilted");
    const place = join(root, "CT_scans", "PAT001");
    await mkdir(join(root, "GroundTruth"), { recursive: true });
    await mkdir(place, { recursive: true });
    for (const { slice, bytes } of files) await writeFile(join(place, `D${String(slice).padStart(4, "0")}.dcm`), bytes);
    const values = Uint8Array.from({ length: 14_400 }, (_, at) => Number(isClot(at % 40, Math.floor(at / 240))));
    await writeFile(join(root, "GroundTruth", "PAT001.mat"), matlabFile("Mask", [40, 6, 60], values));
    const { cohort, skipped } = await importers.fumpe(root, join(root, "cohort.json"), {});
    expect(skipped).toEqual([]);
    const path = join(root, cohort.studies[0]!.annotations[0]!.mask!);
    const read = await readMask(diskFile(path, (await stat(path)).size));
    const { volume: ct, positions } = await asRead(place);
    const [columns, rows] = ct.geometry.size;
    expect(rows).toBeGreaterThan(45);
    const marked = [...read.voxels].flatMap((value, voxel) => (value > 0 ? [voxel] : []));
    expect(marked).toHaveLength(9 * 5 * 6);
    for (const voxel of marked) {
      const slice = Math.floor(voxel / (columns * rows));
      expect(slice % 7).toBe(0);
      expect(slice * ct.geometry.spacing[2]).toBeCloseTo(positions[slice]!, 3);
      // Straightening mixes a clot's edge with the contrast beside it.
      expect(ct.voxels[voxel]).toBeLessThan(250);
    }
  });
});

describe("CAD-PE", () => {
  it("pairs images with their reference standards wherever they lie, and leaves kept-back ones unlabelled", async () => {
    const root = join(folder, "cad-pe");
    await mkdir(join(root, "images"), { recursive: true });
    await mkdir(join(root, "rs"), { recursive: true });
    for (const name of ["001", "002", "003"]) await writeFile(join(root, "images", `${name}.nrrd`), toNrrd(volume));
    await writeFile(join(root, "rs", "001RefStd.nrrd"), toNrrd(mask));
    await writeFile(join(root, "rs", "002RefStd.nrrd"), toNrrd({ geometry, voxels: new Uint8Array(720) }));
    const { cohort } = await importers["cad-pe"](root, join(root, "cohort.json"), {});
    expect(cohort.studies.map(({ id, label, series }) => [id, label?.value, series])).toEqual([
      ["CAD-PE-001", "present", "images/001.nrrd"],
      ["CAD-PE-002", "absent", "images/002.nrrd"],
      ["CAD-PE-003", undefined, "images/003.nrrd"],
    ]);
    expect(cohort.studies[0]!.annotations).toEqual([{ mask: "rs/001RefStd.nrrd", slices: "all" }]);
  });
});

/** One MATLAB 5 element: type, length, data padded to eight bytes. */
function element(type: number, data: Uint8Array): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(type, 0);
  head.writeUInt32LE(data.length, 4);
  return Buffer.concat([head, data, Buffer.alloc((8 - (data.length % 8)) % 8)]);
}

/** A MATLAB 5 file with one uint8 array, as `save -v7` writes it. */
function matlabFile(name: string, size: readonly number[], values: Uint8Array): Buffer {
  const flags = element(6, Uint8Array.from([9, 0, 0, 0, 0, 0, 0, 0]));
  const dimensions = element(5, new Uint8Array(Int32Array.from(size).buffer));
  // Short names are packed into the length's place.
  const small = Buffer.alloc(8);
  small.writeUInt32LE((name.length << 16) | 1, 0);
  small.write(name, 4);
  const matrix = Buffer.concat([flags, dimensions, small, element(2, values)]);
  const head = Buffer.alloc(8);
  head.writeUInt32LE(14, 0);
  head.writeUInt32LE(matrix.length, 4);
  const compressed = deflateSync(Buffer.concat([head, matrix]));
  const outer = Buffer.alloc(8);
  outer.writeUInt32LE(15, 0);
  outer.writeUInt32LE(compressed.length, 4);
  const header = Buffer.alloc(128, " ");
  header.write("MATLAB 5.0 MAT-file");
  header.writeUInt16LE(0x0100, 124);
  header.write("IM", 126);
  return Buffer.concat([header, outer, compressed]);
}

/** The mask as MATLAB holds it: rows fastest, then columns, then slices in the given order. */
function columnMajor(order: readonly number[]): Uint8Array {
  const values = new Uint8Array(720);
  order.forEach((slice, page) => {
    for (let column = 0; column < 12; column++) {
      for (let row = 0; row < 10; row++) {
        values[row + 10 * (column + 12 * page)] = mask.voxels[column + 12 * (row + 10 * slice)]!;
      }
    }
  });
  return values;
}

describe("FUMPE", () => {
  it("lays each MATLAB mask on its CT, in the order of slices in which it lies on clot", async () => {
    const root = join(folder, "fumpe");
    await mkdir(join(root, "GroundTruth"), { recursive: true });
    const ascending = [0, 1, 2, 3, 4, 5];
    const cases = { PAT001: columnMajor(ascending), PAT002: columnMajor([...ascending].reverse()) };
    const nowhere = new Uint8Array(720).fill(1, 0, 30);
    for (const [patient, values] of Object.entries({ ...cases, PAT003: new Uint8Array(720), PAT004: nowhere })) {
      await mkdir(join(root, "CT_scans", patient), { recursive: true });
      for (const { slice, bytes } of ctSeries(volume, { seed: 1, name: patient })) {
        await writeFile(join(root, "CT_scans", patient, `D000${slice + 1}.dcm`), bytes);
      }
      await writeFile(join(root, "GroundTruth", `${patient}.mat`), matlabFile("Mask", [10, 12, 6], values));
    }
    const { cohort, skipped } = await importers.fumpe(root, join(root, "cohort.json"), {});
    expect(skipped.map(({ id, message }) => `${id} ${message}`)).toHaveLength(1);
    expect(cohort.studies.map(({ id, label }) => [id, label?.value])).toEqual([
      ["PAT001", "present"],
      ["PAT002", "present"],
      ["PAT003", "absent"],
    ]);
    for (const { id } of cohort.studies.slice(0, 2)) {
      const path = join(root, "masks", `${id}.nii.gz`);
      const { size } = await stat(path);
      const read = await readMask(diskFile(path, size));
      expect([...read.voxels].flatMap((value, voxel) => (value ? [voxel] : []))).toEqual(clot);
    }
    expect(skipped).toMatchObject([{ id: "PAT004", code: "annotation-invalid" }]);
  });

  it("refuses MATLAB files that are HDF5, cut off or something else", () => {
    expect(() => readMatlab("m.mat", Buffer.from("MATLAB 7.3 MAT-file".padEnd(200)))).toThrow(/MATLAB 7.3 file/);
    expect(() => readMatlab("m.mat", Buffer.alloc(300))).toThrow(/not a little-endian MATLAB 5 file/);
    const whole = matlabFile("Mask", [2, 2], Uint8Array.of(1, 0, 0, 1));
    expect(readMatlab("m.mat", whole)).toEqual([{ name: "Mask", size: [2, 2], values: Uint8Array.of(1, 0, 0, 1) }]);
    for (let length = 129; length < whole.length; length += 7) {
      expect(() => readMatlab("m.mat", whole.subarray(0, length))).toThrow();
    }
    expect(() => readMatlab("m.mat", matlabFile("Mask", [3, 3], Uint8Array.of(1)))).toThrow(/1 values for an array/);
  });
});
