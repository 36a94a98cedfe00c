import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Geometry, patientPoint, type Triple, toPatient, toVoxel, voxelCount, voxelPoint } from "../geometry.ts";
import { type Preprocessing, paperPreprocessing, smallPreprocessing } from "../preprocessing.ts";
import type { Mask, Volume } from "../volume.ts";
import { attentionGeometry, attentionMask } from "./attention-grid.ts";
import { networkPlane, renderSlice } from "./crop-grid.ts";
import { canonicalAxial } from "./orientation.ts";
import { resampleSlices, slicePositions } from "./resample.ts";
import { positionOf, scanSlabCount, scanSlabs, slabGeometry, stageOnePositions, stageOneSlabs } from "./slabs.ts";

/** Rotations about z, y, x in radians, as rows of direction vectors. */
function rotated(a: number, b: number, c: number): [Triple, Triple, Triple] {
  const [ca, sa, cb, sb, cc, sc] = [Math.cos(a), Math.sin(a), Math.cos(b), Math.sin(b), Math.cos(c), Math.sin(c)];
  return [
    [ca * cb, sa * cb, -sb],
    [ca * sb * sc - sa * cc, sa * sb * sc + ca * cc, cb * sc],
    [ca * sb * cc + sa * sc, sa * sb * cc - ca * sc, cb * cc],
  ];
}

const orders = [
  [0, 1, 2],
  [1, 0, 2],
  [0, 2, 1],
  [2, 1, 0],
  [1, 2, 0],
  [2, 0, 1],
] as const;

/** Any grid: any order of axes, each either way round, tilted by up to 0.3 rad, any spacing. */
const anyGeometry = (sizes: fc.Arbitrary<number>) =>
  fc
    .record({
      order: fc.constantFrom(...orders),
      flips: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
      tilt: fc.tuple(...[0, 1, 2].map(() => fc.double({ min: -0.3, max: 0.3, noNaN: true }))),
      size: fc.tuple(sizes, sizes, sizes),
      spacing: fc.tuple(...[0, 1, 2].map(() => fc.double({ min: 0.4, max: 8, noNaN: true }))),
      origin: fc.tuple(...[0, 1, 2].map(() => fc.double({ min: -900, max: 900, noNaN: true }))),
    })
    .map(({ order, flips, tilt, size, spacing, origin }): Geometry => {
      const straight = rotated(tilt[0]!, tilt[1]!, tilt[2]!);
      const axis = (index: 0 | 1 | 2): Triple => {
        const [x, y, z] = straight[order[index]]!;
        return flips[index] ? [-x, -y, -z] : [x, y, z];
      };
      return {
        size,
        spacing: [spacing[0]!, spacing[1]!, spacing[2]!],
        origin: patientPoint(origin[0]!, origin[1]!, origin[2]!),
        axes: [axis(0), axis(1), axis(2)],
      };
    });

const distance = (a: Triple, b: Triple) => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

function filled(geometry: Geometry, valueAt: (column: number, row: number, slice: number) => number): Volume {
  const [columns, rows] = geometry.size;
  const voxels = new Float32Array(voxelCount(geometry));
  for (let voxel = 0; voxel < voxels.length; voxel++) {
    voxels[voxel] = valueAt(voxel % columns, Math.floor(voxel / columns) % rows, Math.floor(voxel / (columns * rows)));
  }
  return { geometry, voxels, warnings: [] };
}

/** HU that grow evenly in every direction of the patient, so that any point tells where it lies. */
const ramp = (geometry: Geometry, slope: Triple, centre: Triple): Volume =>
  filled(geometry, (column, row, slice) => {
    const point = toPatient(geometry, voxelPoint(column, row, slice));
    return slope.reduce((sum, value, axis) => sum + value * (point[axis]! - centre[axis]!), 0);
  });

const axial = (size: Triple, spacing: Triple): Geometry => ({
  size,
  spacing,
  origin: patientPoint(-100, -80, -300),
  axes: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
});

describe("orientation", () => {
  it("keeps every voxel at its patient coordinates to 1e-3 mm under any orientation", () => {
    fc.assert(
      fc.property(anyGeometry(fc.integer({ min: 1, max: 6 })), (geometry) => {
        const volume = filled(geometry, (column, row, slice) => column + 10 * row + 100 * slice);
        const canonical = canonicalAxial(volume);
        const [columns, rows] = canonical.geometry.size;
        canonical.voxels.forEach((value, voxel) => {
          const before = toPatient(
            geometry,
            voxelPoint(value % 10, Math.floor(value / 10) % 10, Math.floor(value / 100)),
          );
          const after = toPatient(
            canonical.geometry,
            voxelPoint(voxel % columns, Math.floor(voxel / columns) % rows, Math.floor(voxel / (columns * rows))),
          );
          expect(distance(before, after)).toBeLessThan(1e-3);
        });
        canonical.geometry.axes.forEach((direction, axis) => {
          expect(direction[axis]).toBeGreaterThan(0.5);
        });
      }),
      { numRuns: 300 },
    );
  });

  it("returns a volume that already lies so untouched", () => {
    const volume = filled(axial([3, 4, 5], [1, 1, 2]), () => 0);
    expect(canonicalAxial(volume)).toBe(volume);
  });
});

describe("slabs", () => {
  it("shows at each network pixel the HU of its patient point, under any orientation and any in-plane spacing", () => {
    fc.assert(
      fc.property(
        anyGeometry(fc.integer({ min: 14, max: 22 })),
        fc.tuple(...[0, 1, 2].map(() => fc.double({ min: -3, max: 3, noNaN: true }))),
        fc.option(fc.double({ min: 0.5, max: 4, noNaN: true }), { nil: null }),
        (geometry, slopes, pixelSpacing) => {
          const middle = toPatient(
            geometry,
            voxelPoint((geometry.size[0] - 1) / 2, (geometry.size[1] - 1) / 2, (geometry.size[2] - 1) / 2),
          );
          const slope: Triple = [slopes[0]!, slopes[1]!, slopes[2]!];
          const volume = ramp(geometry, slope, middle);
          const settings: Preprocessing = {
            ...paperPreprocessing,
            crop: 16,
            pixelSpacing,
            slabSlices: 3,
            sliceSpacing: 0.7,
            window: { lower: -2000, upper: 2000 },
          };
          const slabs = stageOneSlabs(volume, [positionOf(volume, middle)], settings);
          const grid = slabGeometry(slabs, 0);
          const canonical = canonicalAxial(volume).geometry;
          // Triangle weights at whole voxels have their mean up to .086 of a voxel beside the triangle's own.
          const steepness = Math.hypot(...slope) * (255 / 4000);
          const offCentre =
            pixelSpacing === null ? 0 : 0.086 * (canonical.spacing[0] + canonical.spacing[1]) * steepness;
          for (let pixel = 0; pixel < slabs.pixels.length; pixel++) {
            const at = voxelPoint(pixel % 16, Math.floor(pixel / 16) % 16, Math.floor(pixel / 256));
            const point = toPatient(grid, at);
            const voxel = toVoxel(canonical, point);
            // Near the border the triangle of a larger pixel reaches into padding.
            const reach = [grid.spacing[0] / canonical.spacing[0], grid.spacing[1] / canonical.spacing[1], 0];
            const inside = voxel.every(
              (value, axis) => value >= reach[axis]! && value <= canonical.size[axis]! - 1 - reach[axis]!,
            );
            if (!inside) continue;
            const hu = slope.reduce((sum, value, axis) => sum + value * (point[axis]! - middle[axis]!), 0);
            const level = Math.min(255, Math.max(0, ((hu + 2000) / 4000) * 255));
            expect(Math.abs(slabs.pixels[pixel]! - level)).toBeLessThan(0.51 + offCentre);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it("maps the window's ends to 0 and 255, rounds half to even, clips outside", () => {
    const volume = filled(axial([384, 384, 1], [0.7, 0.7, 1]), (column) => column * 8 - 1500);
    const plane = networkPlane(volume.geometry, paperPreprocessing);
    const out = new Uint8ClampedArray(384 * 384);
    renderSlice(volume, plane, paperPreprocessing.window, 0, out);
    for (let column = 0; column < 384; column++) {
      const level = (255 * (column * 8 - 1500 + 1024)) / 1524;
      expect(Math.abs(out[column]! - Math.min(255, Math.max(0, level)))).toBeLessThanOrEqual(0.5);
    }
    expect([out[0], out[383]]).toEqual([0, 255]);
  });

  it("crops 384 pixels around the centre of 512 and pads a smaller image with air", () => {
    const marked = filled(axial([512, 512, 3], [0.7, 0.7, 2]), (column, row) =>
      column === 64 && row === 447 ? 500 : 0,
    );
    const out = new Uint8ClampedArray(384 * 384);
    renderSlice(marked, networkPlane(marked.geometry, paperPreprocessing), paperPreprocessing.window, 2, out);
    expect(out[383 * 384]).toBe(255);
    const small = filled(axial([100, 90, 3], [0.7, 0.7, 2]), () => 500);
    renderSlice(small, networkPlane(small.geometry, paperPreprocessing), paperPreprocessing.window, 2, out);
    const bright = out.reduce((count, level) => count + (level === 255 ? 1 : 0), 0);
    expect(bright).toBe(9000);
    expect(out[147 * 384 + 142]).toBe(255);
    expect(out[147 * 384 + 141]).toBe(0);
  });

  it("cuts 50 slabs of 5 slices over the lung's range in the paper's setting", () => {
    const volume = filled(axial([8, 8, 150], [40, 40, 2]), (_column, _row, slice) => slice * 2 - 300);
    const settings = { ...paperPreprocessing, crop: 16 };
    const slabs = scanSlabs(volume, { lower: 20, upper: 219 }, settings);
    expect([slabs.count, scanSlabCount(settings), slabs.slices]).toEqual([50, 50, 5]);
    expect(slabs.sliceSpacing).toBeCloseTo(1, 12);
    expect(slabs.positions.map((position) => Math.round(position - 20))).toEqual(
      Array.from({ length: 50 }, (_, index) => 2 + 4 * index),
    );
    expect(slabs.centres[0]![2]).toBeCloseTo(-300 + 22, 9);
  });

  it("reaches beyond the range where the scan has slices and repeats the scan's edge slice beyond it", () => {
    const volume = filled(axial([16, 16, 11], [20, 20, 1]), (_column, _row, slice) => slice * 100 - 1000);
    const settings = { ...paperPreprocessing, crop: 16, window: { lower: -1000, upper: 1550 }, sliceSpacing: 1 };
    const middleOf = (position: number) => {
      const { pixels } = stageOneSlabs(volume, [position], settings);
      return [0, 1, 2, 3, 4].map((slice) => pixels[slice * 256 + 136]!);
    };
    expect(middleOf(5)).toEqual([30, 40, 50, 60, 70]);
    expect(middleOf(0)).toEqual([0, 0, 0, 10, 20]);
    expect(middleOf(10)).toEqual([80, 90, 100, 100, 100]);
  });

  it("places stage I slices every 2.5 mm, within a range when one is given", () => {
    const volume = filled(axial([4, 4, 9], [1, 1, 2]), () => 0);
    expect(stageOnePositions(volume, paperPreprocessing)).toEqual([0, 2.5, 5, 7.5, 10, 12.5, 15]);
    expect(stageOnePositions(volume, paperPreprocessing, { lower: 4, upper: 11 })).toEqual([5, 7.5, 10]);
  });
});

describe("resampling along the normal", () => {
  it("keeps a linear gradient and the patient coordinates of every new slice under any orientation", () => {
    fc.assert(
      fc.property(
        anyGeometry(fc.integer({ min: 2, max: 9 })),
        fc.double({ min: 0.3, max: 5, noNaN: true }),
        (geometry, spacing) => {
          const centre = toPatient(geometry, voxelPoint(0, 0, 0));
          const volume = ramp(geometry, [1, -2, 3], centre);
          const even = resampleSlices(volume, { spacing });
          even.voxels.forEach((value, voxel) => {
            const [columns, rows] = even.geometry.size;
            const point = toPatient(
              even.geometry,
              voxelPoint(voxel % columns, Math.floor(voxel / columns) % rows, Math.floor(voxel / (columns * rows))),
            );
            const hu = (point[0] - centre[0]) * 1 + (point[1] - centre[1]) * -2 + (point[2] - centre[2]) * 3;
            // 1e-3 mm along a gradient of sqrt(14) HU a mm, beside Float32's own rounding.
            expect(Math.abs(value - hu)).toBeLessThan(4e-3 + Math.abs(hu) * 1e-6);
          });
        },
      ),
      { numRuns: 100 },
    );
  });

  it("gives the wished count of slices from one end of a range to the other", () => {
    const volume = filled(axial([2, 2, 11], [1, 1, 3]), (_column, _row, slice) => slice);
    expect(slicePositions(volume, { count: 4, range: { lower: 3, upper: 12 } })).toEqual([3, 6, 9, 12]);
    const resampled = resampleSlices(volume, { count: 4, range: { lower: 3, upper: 12 } });
    expect(Array.from(resampled.voxels)).toEqual([1, 2, 3, 4].flatMap((slice) => [slice, slice, slice, slice]));
    expect(resampled.geometry.origin[2]).toBeCloseTo(-297, 12);
  });
});

describe("the attention grid", () => {
  const volume = filled(axial([512, 512, 9], [0.7, 0.7, 3]), () => 0);
  const maskWith = (column: number, row: number, slice: number): Mask => {
    const voxels = new Uint8Array(512 * 512 * 9);
    voxels[column + 512 * (row + 512 * slice)] = 1;
    return { geometry: volume.geometry, voxels };
  };

  it("marks the cells around a clot of a single pixel, in both presets", () => {
    for (const settings of [paperPreprocessing, smallPreprocessing]) {
      fc.assert(
        fc.property(fc.integer({ min: 130, max: 380 }), fc.integer({ min: 130, max: 380 }), (column, row) => {
          const slabs = stageOneSlabs(volume, [12], settings);
          const target = attentionMask(maskWith(column, row, 4), slabs, 0);
          const cells = Math.sqrt(target.length);
          const grid = attentionGeometry(slabs, 0);
          const clot = toPatient(volume.geometry, voxelPoint(column, row, 4));
          const marked = [...target.keys()].filter((cell) => target[cell] === 1);
          expect(marked.length).toBeGreaterThan(0);
          expect(marked.length).toBeLessThanOrEqual(9);
          // The clot lies in one of the marked cells, and every marked cell's centre lies within a cell of it.
          const offsets = marked.map((cell) => {
            const centre = toPatient(grid, voxelPoint(cell % cells, Math.floor(cell / cells), 0));
            return [Math.abs(centre[0] - clot[0]), Math.abs(centre[1] - clot[1]), Math.abs(centre[2] - clot[2])];
          });
          const slack = 2 * slabs.plane.spacing[0];
          expect(offsets.some(([x, y]) => x! <= grid.spacing[0] / 2 + 1e-6 && y! <= grid.spacing[1] / 2 + 1e-6)).toBe(
            true,
          );
          expect(
            offsets.every(([x, y, z]) => x! < grid.spacing[0] + slack && y! < grid.spacing[1] + slack && z! < 1e-9),
          ).toBe(true);
        }),
        { numRuns: 20 },
      );
    }
  });

  it("is all zero for an empty mask, another slice, and a clot outside the crop", () => {
    const slabs = stageOneSlabs(volume, [12], paperPreprocessing);
    expect(attentionMask(maskWith(256, 256, 6), slabs, 0).some(Boolean)).toBe(false);
    expect(attentionMask(maskWith(3, 256, 4), slabs, 0).some(Boolean)).toBe(false);
    expect(attentionMask({ ...maskWith(0, 0, 0), voxels: new Uint8Array(512 * 512 * 9) }, slabs, 0).some(Boolean)).toBe(
      false,
    );
  });

  it("refuses a mask that was drawn on other pixels", () => {
    const slabs = stageOneSlabs(volume, [12], paperPreprocessing);
    const mask = maskWith(256, 256, 4);
    const other = { ...mask, geometry: { ...mask.geometry, spacing: [0.8, 0.8, 3] as const } };
    expect(() => attentionMask(other, slabs, 0)).toThrow(/not drawn on the pixels/);
  });
});
