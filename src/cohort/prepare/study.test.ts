import { describe, expect, it } from "vitest";
import { toyChest, toyGeometry, toyMask } from "../../../test/toy-chest.ts";
import {
  attentionMask,
  findLungs,
  type Mask,
  patientPoint,
  positionOf,
  reduceOutline,
  scanSlabs,
  stageOneSlabs,
  tinyPreprocessing,
  toPatient,
  type Volume,
  voxelPoint,
} from "../../volume/index.ts";
import { sliceHeight } from "../manifest.ts";
import { prepareStudy } from "./study.ts";

/** The same volume or mask, stored head first and with columns from right to left. */
function turned<T extends Volume | Mask>(original: T): T {
  const voxels = original.voxels.slice();
  for (let index = 0; index < voxels.length; index++) {
    const [column, row] = [index % side, Math.floor(index / side) % side];
    const slice = Math.floor(index / (side * side));
    voxels[index] = original.voxels[side - 1 - column + side * (row + side * (slices - 1 - slice))]!;
  }
  const origin = toPatient(geometry, voxelPoint(side - 1, 0, slices - 1));
  const axes = [
    [-1, 0, 0],
    [0, 1, 0],
    [0, 0, -1],
  ] as const;
  return { ...original, geometry: { ...geometry, origin, axes }, voxels };
}

const geometry = toyGeometry;
const [side, , slices] = geometry.size;
const height = (slice: number) => sliceHeight(geometry, slice);

describe("a prepared study", () => {
  const volume = toyChest();
  const range = findLungs(volume).range;
  const prepared = prepareStudy(
    volume,
    [{ mask: toyMask(25, 27), slices: [25, 27, 29].map(height) }],
    tinyPreprocessing,
  );
  const { crop, slabSlices, scanStride } = tinyPreprocessing;
  const area = crop * crop;

  it("holds the very slabs that diagnosis cuts from the whole scan", () => {
    const slabs = scanSlabs(volume, range, tinyPreprocessing);
    for (let slab = 0; slab < slabs.count; slab++) {
      const start = slab * scanStride * area;
      const cut = prepared.scan.voxels.subarray(start, start + slabSlices * area);
      const expected = slabs.pixels.subarray(slab * slabSlices * area, (slab + 1) * slabSlices * area);
      expect(Buffer.from(expected).equals(cut), `slab ${slab}`).toBe(true);
    }
  });

  it("places its slices by the lungs alone, so that how they were resampled does not tell positive from negative", () => {
    const plain = prepareStudy(volume, [], tinyPreprocessing);
    expect(plain.stageOne.geometry).toEqual(prepared.stageOne.geometry);
    expect(Buffer.from(plain.stageOne.voxels).equals(prepared.stageOne.voxels)).toBe(true);
  });

  it("names the slice nearest to each annotation, with the outline that diagnosis' attention is held against", () => {
    expect(prepared.annotated.map(({ positive }) => positive)).toEqual([true, true, false]);
    const { geometry } = prepared.stageOne;
    const at = [25, 27, 29].map((slice) => positionOf(volume, patientPoint(0, 0, height(slice))));
    const slabs = stageOneSlabs(volume, at, tinyPreprocessing);
    for (const [index, { slice, outline }] of prepared.annotated.entries()) {
      const centre = toPatient(geometry, voxelPoint((crop - 1) / 2, (crop - 1) / 2, slice));
      const away = Math.abs(centre[2] - height([25, 27, 29][index]!));
      expect(away).toBeLessThanOrEqual(geometry.spacing[2] / 2 + 1e-9);
      const own = stageOneSlabs(volume, [positionOf(volume, centre)], tinyPreprocessing);
      const start = (slice - (slabSlices - 1) / 2) * area;
      const cut = prepared.stageOne.voxels.subarray(start, start + slabSlices * area);
      expect(Buffer.from(own.pixels).equals(cut), `slab ${index}`).toBe(true);
      const grid = reduceOutline(outline ?? new Uint8Array(), crop);
      expect(grid).toEqual(attentionMask(toyMask(25, 27), slabs, index));
      expect(grid.some((cell) => cell === 1)).toBe(index < 2);
    }
  });

  it("is the same however the CT and the mask are stored", () => {
    const other = prepareStudy(
      turned(volume),
      [{ mask: turned(toyMask(25, 27)), slices: [25, 27, 29].map(height) }],
      tinyPreprocessing,
    );
    expect(other.stageOne.geometry.origin.map((value) => value.toFixed(6))).toEqual(
      prepared.stageOne.geometry.origin.map((value) => value.toFixed(6)),
    );
    expect(Buffer.from(other.stageOne.voxels).equals(prepared.stageOne.voxels)).toBe(true);
    expect(other.annotated).toEqual(prepared.annotated);
  });

  it("unites two readers, takes slices judged without an outline, and all slices of a mask", () => {
    const both = prepareStudy(
      volume,
      [
        { mask: toyMask(), slices: [height(25)] },
        { mask: toyMask(25), slices: [height(25)] },
        { mask: null, slices: [height(20), height(22)], positiveSlices: [height(22)] },
      ],
      tinyPreprocessing,
    );
    expect(both.annotated.map(({ positive, outline }) => [positive, outline === null])).toEqual([
      [false, true],
      [true, true],
      [true, false],
    ]);
    const all = prepareStudy(volume, [{ mask: toyMask(3), slices: "all" }], tinyPreprocessing);
    expect(all.annotated).toHaveLength(slices);
    expect(all.annotated.filter(({ positive }) => positive)).toHaveLength(1);
  });

  it("refuses slices the CT or the mask does not have, and masks of another image", () => {
    const refused = (annotation: Parameters<typeof prepareStudy>[1][number]) => () =>
      prepareStudy(volume, [annotation], tinyPreprocessing);
    expect(refused({ mask: toyMask(25), slices: [900] })).toThrow(/the mask has no slice at z = 900 mm/);
    expect(refused({ mask: null, slices: [-900], positiveSlices: [] })).toThrow(/the CT has no slice at z = -900 mm/);
    const shifted = { ...toyMask(25), geometry: { ...geometry, origin: patientPoint(-100, -190, -400) } };
    expect(refused({ mask: shifted, slices: [height(25)] })).toThrow(/not drawn on the pixels/);
  });
});
