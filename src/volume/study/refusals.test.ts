import { afterAll, describe, expect, test } from "vitest";
import { withSyntax } from "../../../test/volume/encoded-series.ts";
import { expectPlaces } from "../../../test/volume/expect-places.ts";
import { axialGeometry, series } from "../../../test/volume/synthetic-series.ts";
import type { WritableDataset, WritableElement } from "../dicom-write/index.ts";
import type { Triple } from "../geometry.ts";
import { nodeDecoder } from "../node/index.ts";
import { type ByteSource, bytes } from "../source.ts";
import type { Volume } from "../volume.ts";
import { readVolume, scanStudy } from "./read.ts";

const decoder = nodeDecoder(1);
afterAll(() => decoder.close());

const scan = (files: readonly ByteSource[]) => scanStudy(files);

async function readOnly(files: readonly ByteSource[]): Promise<Volume> {
  const study = await scan(files);
  expect(study.series.map((found) => found.reasons)).toEqual([[]]);
  return readVolume(study.series[0]!, { decoder });
}

/** The codes of each series' reasons, of refused ones only. */
async function reasons(files: readonly ByteSource[]): Promise<string[][]> {
  const study = await scan(files);
  return study.series.filter(({ accepted }) => !accepted).map((found) => found.reasons.map(({ code }) => code));
}

const codes = (warnings: Volume["warnings"]): string[] => warnings.map(({ code }) => code);

const set = (tag: number, element: WritableElement) => (dataset: WritableDataset) => void dataset.set(tag, element);
const without =
  (...tags: number[]) =>
  (dataset: WritableDataset) => {
    for (const tag of tags) dataset.delete(tag);
  };

const imageType = (...values: string[]) => set(0x00080008, { vr: "CS", value: values });

describe("what is wrong with a series is said by name", () => {
  test("a gap, uneven slices, too few slices", async () => {
    const files = series();
    expect(await reasons(files.filter((_, index) => index !== 4))).toEqual([["slices-missing"]]);
    expect(await reasons(files.slice(0, 4))).toEqual([["slices-too-few"]]);
    const moved = series({ adjust: move((slice) => (slice === 5 ? 1.5 : 0)) });
    expect(await reasons(moved)).toEqual([["slices-uneven"]]);
  });

  test("positions rounded to tenths of a millimetre are even enough, a wider wobble is a warning", async () => {
    expectPlaces(await readOnly(series({ adjust: move((slice) => (slice % 2) * 0.04) })), 0.7);
    const wobbling = await scan(series({ adjust: move((slice) => (slice % 2) * 0.3) }));
    expect(codes(wobbling.series[0]!.warnings)).toEqual(["slices-uneven"]);
  });

  test("copies are left out, whether they kept their identifier or not", async () => {
    const files = series();
    const ordered = await readOnly(files);
    const twice = await readOnly([...files, ...series({ folder: "again/" })]);
    expect(twice).toEqual({ ...ordered, warnings: [expect.objectContaining({ code: "slice-duplicate" })] });
    const renamed = series({ folder: "renamed/", adjust: rename("9") });
    expect(codes((await readOnly([...files, ...renamed])).warnings)).toEqual(["slice-duplicate"]);
  });

  test("two different slices in one place are refused when nothing tells them apart", async () => {
    const other = series({ folder: "other/", rescale: { slope: 1, intercept: -1000 }, adjust: rename("9") });
    expect(await reasons([...series(), ...other])).toEqual([["slice-duplicate"]]);
  });

  test("a second acquisition over the same range becomes a series of its own", async () => {
    const second = series({ folder: "second/", acquisitionNumber: 2, adjust: rename("9") });
    const study = await scan([...series(), ...second]);
    expect(study.series.map(({ accepted, slices }) => [accepted, slices])).toEqual([
      [true, 10],
      [true, 10],
    ]);
    for (const found of study.series) expect(codes(found.warnings)).toEqual(["acquisition-second"]);
    for (const found of study.series) expectPlaces(await readVolume(found, { decoder }));
  });

  test("acquisitions that follow each other stay one series", async () => {
    const files = series({
      adjust: (dataset, slice) => void dataset.set(0x00200012, { vr: "IS", value: slice < 5 ? 1 : 2 }),
    });
    expectPlaces(await readOnly(files));
  });

  test("mixed matrices and orientations are taken apart", async () => {
    const small = series({ folder: "small/", geometry: axialGeometry([8, 8, 3]) });
    const study = await scan([...series(), ...small]);
    expect(study.series.map(({ accepted, slices }) => [accepted, slices])).toEqual([
      [true, 10],
      [false, 3],
    ]);
    expect(codes(study.series[0]!.warnings)).toEqual(["matrix-mixed"]);
    expect(codes(study.series[1]!.reasons)).toEqual(["slices-too-few", "matrix-mixed"]);
    const sagittal = axialGeometry([16, 12, 8], {
      axes: [
        [0, 1, 0],
        [0, 0, -1],
        [1, 0, 0],
      ],
    });
    const mixed = await scan([...series(), ...series({ folder: "sagittal/", geometry: sagittal })]);
    expect(mixed.series.map(({ accepted, orientation }) => [accepted, orientation])).toEqual([
      [true, "axial"],
      [false, "sagittal"],
    ]);
    expect(codes(mixed.series[1]!.reasons)).toEqual(["not-axial", "orientation-mixed"]);
  });

  test("kinds of image that are no slices are refused one by one, and the good series beside them is read", async () => {
    const secondaryCapture = "1.2.840.10008.5.1.4.1.1.7";
    const kinds: Readonly<Record<string, readonly ((dataset: WritableDataset) => void)[]>> = {
      localiser: [imageType("ORIGINAL", "PRIMARY", "LOCALIZER")],
      reformat: [imageType("DERIVED", "SECONDARY", "REFORMATTED", "AVERAGE")],
      "dose-sheet": [imageType("DERIVED", "SECONDARY", "SCREEN SAVE")],
      "secondary-capture": [set(0x00080016, { vr: "UI", value: secondaryCapture })],
      "not-ct": [set(0x00080060, { vr: "CS", value: "PT" })],
      "not-an-image": [set(0x00080016, { vr: "UI", value: "1.2.840.10008.5.1.4.1.1.104.1" })],
      "spacing-missing": [without(0x00280030)],
      "position-missing": [without(0x00200032)],
      "rescale-missing": [without(0x00281052, 0x00281053)],
      "pixel-data-missing": [without(0x7fe00010)],
      "geometry-invalid": [set(0x00200037, { vr: "DS", value: [1, 0, 0, 1, 0, 0] })],
      "file-corrupt": [set(0x00280100, { vr: "US", value: 32 })],
    };
    const others = Object.entries(kinds).map(([code, changes], index) => ({
      code,
      files: series({
        folder: `${code}/`,
        seriesNumber: 100 + index,
        adjust: (dataset) => {
          for (const change of changes) change(dataset);
        },
      }),
    }));
    const study = await scan([...series(), ...others.flatMap(({ files }) => files)]);
    expect(study.series.map(({ accepted }) => accepted)).toEqual([true, ...others.map(() => false)]);
    const found = study.series.slice(1).map((refused) => refused.reasons[0]?.code);
    expect(found).toEqual(others.map(({ code }) => code));
    for (const refused of study.series.slice(1)) {
      await expect(readVolume(refused, { decoder })).rejects.toMatchObject({ code: refused.reasons[0]!.code });
    }
    expectPlaces(await readVolume(study.series[0]!, { decoder }));
  });

  test("projections and reformats are no originals in any spelling, nor are maps of a material", async () => {
    const spelled = [
      "MAX_IP",
      "MIN_IP",
      "MIP",
      "MINIP",
      "MAXIP",
      "MPR",
      "THICK_MPR",
      "CURVED_MPR",
      "MEAN_IP",
      "VOLUME_RENDER",
      "MIP_THIN",
    ];
    for (const word of spelled) {
      expect(await reasons(series({ adjust: imageType("DERIVED", "SECONDARY", "AXIAL", word) })), word).toEqual([
        ["reformat"],
      ]);
    }
    for (const word of ["MAT_REMOVED", "VNC", "MAT_SPECIFIC", "VUE"]) {
      expect(await reasons(series({ adjust: imageType("DERIVED", "PRIMARY", "AXIAL", word) })), word).toEqual([
        ["material-computed"],
      ]);
    }
    const modified = series({ adjust: set(0x00281054, { vr: "LO", value: "HU_MOD" }) });
    expect(await reasons(modified)).toEqual([["material-computed"]]);
    expect(await reasons(series({ adjust: imageType("DERIVED", "PRIMARY", "AXIAL", "VMI") }))).toEqual([]);
  });

  test("a rescale type is HU however it is spelled, and CT storage is CT without a modality", async () => {
    for (const unit of ["Houndsfield Unit", "HOUNSFIELD", "H.U.", "NONE", "hu", "US", "Hounsfield Units"]) {
      expect(await reasons(series({ adjust: set(0x00281054, { vr: "LO", value: unit }) })), unit).toEqual([]);
    }
    for (const unit of ["MGML", "OD", "Z_EFF", "PCT"]) {
      expect(await reasons(series({ adjust: set(0x00281054, { vr: "LO", value: unit }) })), unit).toEqual([
        ["rescale-missing"],
      ]);
    }
    expect(await reasons(series({ adjust: without(0x00080060) }))).toEqual([]);
  });

  test("a scan that goes on at twice the step is uneven, with no slice missing", async () => {
    const twice = series({ adjust: move((slice) => (slice > 5 ? 4 * (slice - 5) : 0)) });
    const { series: found } = await scan(twice);
    expect(codes(found[0]!.reasons)).toEqual(["slices-uneven"]);
    expect(found[0]!.reasons[0]!.message).toMatch(/4 mm .* 8 mm .* none is missing/);
    const apart = series({ geometry: axialGeometry([16, 12, 12]) }).filter((_, index) => index !== 6);
    expect(await reasons(apart)).toEqual([["slices-missing"]]);
  });

  test("0.625 mm positions rounded to tenths are even", async () => {
    const fine = axialGeometry([4, 3, 160], { spacing: [2, 2.5, 0.625] });
    const rounded = series({
      geometry: fine,
      adjust: (dataset) => {
        const [x, y, z] = dataset.get(0x00200032)!.value as unknown as Triple;
        dataset.set(0x00200032, { vr: "DS", value: [x, y, Math.round(z * 10) / 10] });
      },
    });
    expect(await reasons(rounded)).toEqual([]);
  });

  test("padding that bitsStored do not hold is air", async () => {
    const files = series({
      padding: { below: -900, value: 63536 },
      adjust: (dataset) => void dataset.set(0x00280120, { vr: "US", value: 63536 }),
    });
    const volume = await readOnly(files);
    expect(Math.min(...volume.voxels)).toBeGreaterThanOrEqual(-1024);
    const plain = await readOnly(series());
    for (const [index, value] of plain.voxels.entries()) {
      expect(volume.voxels[index]).toBe(value <= -900 ? -1024 : value);
    }
  });

  test("a truncated slice costs the series when it lies inside, and itself alone at an end", async () => {
    const cut = async (lost: number) => {
      const files = series();
      const content = await files[lost]!.read();
      files[lost] = bytes(files[lost]!.name, content.subarray(0, content.length - 100));
      return scan(files);
    };
    const inside = await cut(4);
    expect(codes(inside.series[0]!.reasons)).toEqual(["slices-missing", "pixel-data-truncated"]);
    expect(inside.skipped.map(({ file, code }) => [file, code])).toEqual([["IM0005.dcm", "pixel-data-truncated"]]);
    const atEnd = await cut(9);
    expect(atEnd.series[0]).toMatchObject({ accepted: true, slices: 9 });
    expect(codes(atEnd.series[0]!.warnings)).toEqual(["pixel-data-truncated"]);
  });

  test("a transfer syntax nobody decodes is named", async () => {
    const files = series({ adjust: () => {} });
    const unknown = await Promise.all(
      files.map(async (file) => bytes(file.name, withSyntax(await file.read(), "1.2.840.10008.1.2.4.100"))),
    );
    expect(await reasons(unknown)).toEqual([["transfer-syntax-unsupported"]]);
  });

  test("nothing to read is an error, a folder without any series is not", async () => {
    await expect(scan([])).rejects.toMatchObject({ code: "empty-input" });
    expect(await scan([bytes("a.txt", new Uint8Array(10))])).toMatchObject({
      series: [],
      skipped: [{ file: "a.txt" }],
    });
  });
});

/** Moves slices along z. */
const move = (by: (slice: number) => number) => (dataset: WritableDataset, slice: number) => {
  const [x, y, z] = dataset.get(0x00200032)!.value as unknown as Triple;
  dataset.set(0x00200032, { vr: "DS", value: [x, y, z + by(slice)] });
};

const rename = (suffix: string) => (dataset: WritableDataset) => {
  dataset.set(0x00080018, { vr: "UI", value: `${String(dataset.get(0x00080018)!.value).slice(0, 60)}.${suffix}` });
};
