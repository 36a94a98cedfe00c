import fc from "fast-check";
import { expect, test } from "vitest";
import { patientPoint, type Volume } from "../../../src/volume/index.ts";
import { interpolatedAt, valueInSlab, voxelAt } from "./thin-slab.ts";

/** HU rises by 10 a millimetre along x, 5 along y, 20 along z. */
const ramp: Volume = {
  geometry: {
    size: [8, 9, 10],
    spacing: [2, 3, 4],
    origin: patientPoint(-5, 7, 11),
    axes: [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ],
  },
  voxels: Int16Array.from({ length: 8 * 9 * 10 }, (_, index) => {
    const [x, y, z] = [index % 8, Math.floor(index / 8) % 9, Math.floor(index / 72)];
    return 10 * 2 * x + 5 * 3 * y + 20 * 4 * z;
  }),
  warnings: [],
};
const expected = ([x, y, z]: readonly number[]) => 10 * (x! + 5) + 5 * (y! - 7) + 20 * (z! - 11);
const inside = fc.tuple(
  fc.double({ min: -5, max: 9, noNaN: true }),
  fc.double({ min: 7, max: 31, noNaN: true }),
  fc.double({ min: 11, max: 47, noNaN: true }),
);

test("between voxels HU is linear", () => {
  fc.assert(fc.property(inside, (point) => Math.abs(interpolatedAt(ramp, point)! - expected(point)) < 1e-6));
});

test("a slab's mean is that of its middle on a ramp, and its maximum that of its brighter face", () => {
  const middle = fc.tuple(fc.constant(0), fc.constant(16), fc.double({ min: 22, max: 36, noNaN: true }));
  fc.assert(
    fc.property(middle, fc.integer({ min: 3, max: 20 }), (point, millimetres) => {
      const mean = valueInSlab(ramp, point, [0, 0, 1], { projection: "mean", millimetres })!;
      const most = valueInSlab(ramp, point, [0, 0, 1], { projection: "maximum", millimetres })!;
      expect(mean).toBeCloseTo(expected(point), 6);
      expect(most).toBeCloseTo(expected(point) + (20 * millimetres) / 2, 6);
    }),
  );
});

test("nothing is measured outside the CT", () => {
  for (const point of [
    [-7, 10, 20],
    [0, 33, 20],
    [0, 10, 60],
  ] as const) {
    expect(voxelAt(ramp, point)).toBeUndefined();
    expect(interpolatedAt(ramp, point)).toBeUndefined();
  }
});
