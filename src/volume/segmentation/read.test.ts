import dcmjs from "dcmjs";
import { describe, expect, it } from "vitest";
import { type Geometry, patientPoint, toPatient, voxelPoint } from "../geometry.ts";
import { bytes } from "../source.ts";
import { readSegmentation, segmentationOn } from "./read.ts";

const geometry: Geometry = {
  size: [10, 6, 5],
  spacing: [0.7, 0.8, 2.5],
  origin: patientPoint(-10, -20, 100),
  axes: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
};

interface Frame {
  readonly slice: number;
  readonly set: readonly number[];
}

/** A segmentation as another program would write it: explicit little endian, one frame a slice. */
function segmentation(frames: readonly Frame[], options: { bits?: 1 | 8; origin?: number; cut?: number } = {}) {
  const { bits = 1, origin = 0, cut = 0 } = options;
  const pixels = new Uint8Array(Math.ceil((60 * frames.length * bits) / 16) * 2 - cut);
  frames.forEach(({ set }, frame) => {
    for (const pixel of set) {
      const at = frame * 60 + pixel;
      if (bits === 8) pixels[at] = 200;
      else pixels[at >> 3]! |= 1 << (at & 7);
    }
  });
  const { DicomDict, DicomMetaDictionary } = dcmjs.data;
  const file = new DicomDict({
    "00020002": { vr: "UI", Value: ["1.2.840.10008.5.1.4.1.1.66.4"] },
    "00020010": { vr: "UI", Value: ["1.2.840.10008.1.2.1"] },
  });
  file.dict = DicomMetaDictionary.denaturalizeDataset({
    SOPClassUID: "1.2.840.10008.5.1.4.1.1.66.4",
    Rows: 6,
    Columns: 10,
    BitsAllocated: bits,
    MaximumFractionalValue: 255,
    NumberOfFrames: frames.length,
    SharedFunctionalGroupsSequence: [
      {
        PlaneOrientationSequence: [{ ImageOrientationPatient: [1, 0, 0, 0, 1, 0] }],
        PixelMeasuresSequence: [{ PixelSpacing: [0.8, 0.7], SliceThickness: 2.5 }],
      },
    ],
    PerFrameFunctionalGroupsSequence: frames.map(({ slice }) => ({
      PlanePositionSequence: [
        {
          ImagePositionPatient: [...toPatient(geometry, voxelPoint(origin, 0, slice))].map((v) => Number(v.toFixed(4))),
        },
      ],
    })),
    PixelData: [pixels.buffer],
    _vrMap: { PixelData: "OB" },
  });
  return bytes("seg.dcm", new Uint8Array(file.write()));
}

describe("a DICOM segmentation", () => {
  it.each([1, 8] as const)("of %d bit a voxel lands on the voxels it was drawn on", async (bits) => {
    const source = segmentation(
      [
        { slice: 3, set: [7, 33] },
        { slice: 1, set: [] },
      ],
      { bits },
    );
    const { mask, slices } = segmentationOn(geometry, await readSegmentation(source));
    expect(slices).toEqual([1, 3]);
    expect([...mask.voxels].flatMap((value, index) => (value ? [index] : []))).toEqual([187, 213]);
  });

  it("lands there too when the CT is stored the other way round", async () => {
    const reversed: Geometry = {
      ...geometry,
      origin: toPatient(geometry, voxelPoint(9, 0, 4)),
      axes: [
        [-1, 0, 0],
        [0, 1, 0],
        [0, 0, -1],
      ],
    };
    const { mask, slices } = segmentationOn(reversed, await readSegmentation(segmentation([{ slice: 3, set: [7] }])));
    expect(slices).toEqual([1]);
    expect(mask.voxels.indexOf(1)).toBe(60 + 2);
  });

  it("that lies beside the CT, ends early or is no segmentation is refused", async () => {
    const beside = await readSegmentation(segmentation([{ slice: 3, set: [7] }], { origin: 3 }));
    expect(() => segmentationOn(geometry, beside)).toThrow(/does not lie on a slice/);
    const outside = await readSegmentation(segmentation([{ slice: 9, set: [7] }]));
    expect(() => segmentationOn(geometry, outside)).toThrow(/does not lie on a slice/);
    await expect(readSegmentation(segmentation([{ slice: 3, set: [] }], { cut: 2 }))).rejects.toMatchObject({
      code: "pixel-data-truncated",
    });
    await expect(readSegmentation(bytes("text", new TextEncoder().encode("no DICOM")))).rejects.toMatchObject({
      code: "file-corrupt",
    });
  });
});
