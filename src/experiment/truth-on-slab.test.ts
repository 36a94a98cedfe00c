import { expect, test } from "vitest";
import type { PreparedStore } from "../cohort/index.ts";
import { type Geometry, patientPoint } from "../volume/index.ts";
import type { Truth } from "./hospital.ts";
import { truthOnSlab } from "./localisation.ts";

const store = { preprocessing: { crop: 16, slabSlices: 5, scanStride: 4 } } as unknown as PreparedStore;
const scan: Geometry = {
  size: [16, 16, 20],
  spacing: [2, 2, 3],
  origin: patientPoint(0, 0, 0),
  axes: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
};

test("an embolus is on a slab's centre slice when it lies within .6 of a slice of it", () => {
  // Slab 1's centre is slice 6, at 18 mm; slices are 3 mm apart.
  const shown = (slicesAway: number) =>
    truthOnSlab(store, scan, 1, { emboli: [{ places: [[8, 10, 18 + 3 * slicesAway]] }] } as unknown as Truth).includes(
      1,
    );
  for (const near of [0, 0.5, -0.5, 0.59]) expect([near, shown(near)]).toEqual([near, true]);
  for (const far of [0.61, -0.61, 1, 2, 5]) expect([far, shown(far)]).toEqual([far, false]);
});
