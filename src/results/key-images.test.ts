import sharp from "sharp";
import { expect, test } from "vitest";
import type { Diagnosis, SlabFinding } from "../diagnosis/index.ts";
import { type Geometry, patientPoint, type Triple } from "../volume/index.ts";
import { keyImages, keySlices } from "./key-images.ts";

const geometry = (size: Triple, spacing: Triple): Geometry => ({
  size,
  spacing,
  origin: patientPoint(-10, -20, 100),
  axes: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
});

const slab = (zMillimetres: number, peak: Triple | null = null): SlabFinding =>
  ({ index: 0, zMillimetres, probability: 0.9, attentionPeakMillimetres: peak }) as unknown as SlabFinding;

test("a key image shows the slice nearest to the attention's peak, or to the slab's centre where there is no peak", () => {
  const grid = geometry([8, 8, 10], [1, 1, 5]);
  const sliceOf = (one: SlabFinding) => keySlices(grid, [one], 1)[0]!.slice;
  expect(sliceOf(slab(100 + 5 * 3))).toBe(3);
  expect(sliceOf(slab(100 + 5 * 3 + 2.4))).toBe(3);
  expect(sliceOf(slab(100 + 5 * 3 + 2.6))).toBe(4);
  expect(sliceOf(slab(100, [0, 0, 100 + 5 * 6 + 4.9]))).toBe(7);
  expect(sliceOf(slab(0))).toBe(0);
  expect(sliceOf(slab(900))).toBe(9);
});

test("a key image has square pixels: a scan twice as high as wide in millimetres is drawn so", async () => {
  const heightOf = async (size: Triple, spacing: Triple) => {
    const voxels = new Int16Array(size[0] * size[1] * size[2]);
    const document = { slabs: [slab(100)], notice: "Research use.", probability: 0.5, model: { name: "m" } };
    const diagnosis = { document, attention: { voxels: new Uint8Array(voxels.length) } } as unknown as Diagnosis;
    const volume = { geometry: geometry(size, spacing), voxels, warnings: [] };
    const [image] = await keyImages(volume, diagnosis, { count: 1 });
    const { height, width } = await sharp(image!.png).metadata();
    return (height! - 64) / ((width! - 96) / 2);
  };
  expect(await heightOf([16, 16, 2], [1, 2, 5])).toBeCloseTo(2, 2);
  expect(await heightOf([16, 32, 2], [2, 1, 5])).toBeCloseTo(1, 2);
  expect(await heightOf([32, 16, 2], [1, 1, 5])).toBeCloseTo(0.5, 2);
});
