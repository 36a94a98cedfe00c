import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  attentionSide,
  canonicalAxial,
  type Geometry,
  type Preprocessing,
  paperPreprocessing,
  patientPoint,
  type Slabs,
  scanSlabs,
  smallPreprocessing,
  type Triple,
  toPatient,
  toVoxel,
  type Volume,
  voxelPoint,
} from "../volume/index.ts";
import { type AttentionField, attentionPeaks, cellPoint, resampleToVolume } from "./attention.ts";

const directions: readonly Triple[] = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];
const negative = ([x, y, z]: Triple): Triple => [-x, -y, -z];

/** Scans of the same 358 x 358 x 240 mm, stored in any order and direction of axes. */
const anyStorage = fc
  .record({
    order: fc.constantFrom([0, 1, 2], [1, 0, 2], [0, 2, 1], [2, 1, 0], [1, 2, 0], [2, 0, 1]),
    flips: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
  })
  .map(({ order, flips }): Geometry => {
    const full: Triple = [128, 128, 49];
    const spacing: Triple = [2.8, 2.8, 5];
    const pick = (values: Triple): Triple => [values[order[0]!]!, values[order[1]!]!, values[order[2]!]!];
    const axes = order.map((axis, index) => (flips[index] ? negative(directions[axis]!) : directions[axis]!));
    const corner = [-178, -150, -400];
    order.forEach((axis, index) => {
      if (flips[index]) corner[axis]! += (full[axis]! - 1) * spacing[axis]!;
    });
    return {
      size: pick(full),
      spacing: pick(spacing),
      origin: patientPoint(corner[0]!, corner[1]!, corner[2]!),
      axes: [axes[0]!, axes[1]!, axes[2]!],
    };
  });

const air = ({ size }: Geometry) => new Int16Array(size[0] * size[1] * size[2]).fill(-1000);

function fieldOf(slabs: Slabs, maps: Float32Array, weights: readonly number[]): AttentionField {
  return {
    volume: slabs.volume,
    plane: slabs.plane,
    cells: attentionSide(slabs),
    cellStride: 16,
    cellOffset: 7.5,
    positions: slabs.positions,
    maps,
    weights,
  };
}

const hotCell = fc.record({
  slab: fc.integer({ min: 1, max: 6 }),
  column: fc.integer({ min: 2, max: 9 }),
  row: fc.integer({ min: 2, max: 9 }),
});

const settings: Preprocessing = { ...smallPreprocessing, scanSlices: 32 };

describe("attention on the CT", () => {
  it("puts a single hot cell at its own patient point, however the scan is stored", () => {
    fc.assert(
      fc.property(anyStorage, hotCell, (geometry, { slab, column, row }) => {
        const volume: Volume = { geometry, voxels: air(geometry), warnings: [] };
        const slabs = scanSlabs(volume, { lower: 20, upper: 220 }, settings);
        const cells = attentionSide(slabs);
        const maps = new Float32Array(slabs.count * cells * cells);
        maps[slab * cells * cells + row * cells + column] = 1;
        const field = fieldOf(slabs, maps, Array(slabs.count).fill(1));
        // Where the cell's 16 x 16 pixels lie, told from the scan's own middle: 330 mm over 192 pixels around it.
        const middle: Triple = [-178 + 63.5 * 2.8, -150 + 63.5 * 2.8, -400];
        const pixel = 330 / 192;
        const expected: Triple = [
          middle[0] + (16 * column + 7.5 - 95.5) * pixel,
          middle[1] + (16 * row + 7.5 - 95.5) * pixel,
          middle[2] + 20 + ((2 + 4 * slab) * 200) / 31,
        ];
        const [peak] = attentionPeaks(field).filter((point) => point !== null);
        expect(Math.hypot(...expected.map((value, axis) => value - peak![axis]!))).toBeLessThan(1e-6);
        const attention = resampleToVolume(field);
        // The brightest voxel is one of those nearest to the peak, in patient coordinates of the attention volume.
        let best = 0;
        for (let voxel = 1; voxel < attention.voxels.length; voxel++) {
          if (attention.voxels[voxel]! > attention.voxels[best]!) best = voxel;
        }
        const [columns, rows] = attention.geometry.size;
        const brightest = toPatient(
          attention.geometry,
          voxelPoint(best % columns, Math.floor(best / columns) % rows, Math.floor(best / (columns * rows))),
        );
        expect(Math.abs(brightest[0] - expected[0])).toBeLessThanOrEqual(2.8);
        expect(Math.abs(brightest[1] - expected[1])).toBeLessThanOrEqual(2.8);
        expect(Math.abs(brightest[2] - expected[2])).toBeLessThanOrEqual(2.5 + 1e-6);
        // Nothing glows farther than one cell, or one slab, from it.
        const reach: Triple = [16 * pixel + 2.8, 16 * pixel + 2.8, (4 * 200) / 31 + 5];
        for (let voxel = 0; voxel < attention.voxels.length; voxel += 7) {
          if (attention.voxels[voxel] === 0) continue;
          const at = toPatient(
            attention.geometry,
            voxelPoint(voxel % columns, Math.floor(voxel / columns) % rows, Math.floor(voxel / (columns * rows))),
          );
          for (const axis of [0, 1, 2] as const) expect(Math.abs(at[axis] - expected[axis])).toBeLessThan(reach[axis]);
        }
      }),
      { numRuns: 12 },
    );
  });

  it("is bilinear in the plane, linear along the body, weighted, and zero outside square and lungs", () => {
    const geometry: Geometry = {
      size: [512, 512, 61],
      spacing: [0.7, 0.7, 2.5],
      origin: patientPoint(0, 0, 0),
      axes: [directions[0]!, directions[1]!, directions[2]!],
    };
    const volume: Volume = { geometry, voxels: air(geometry), warnings: [] };
    const slabs = scanSlabs(
      volume,
      { lower: 10, upper: 130 },
      { ...paperPreprocessing, scanSlices: 25, scanStride: 8 },
    );
    expect(slabs.positions).toEqual([30, 70, 110]);
    const maps = new Float32Array(3 * 24 * 24);
    for (let slab = 0; slab < 3; slab++)
      for (let row = 0; row < 24; row++)
        for (let column = 0; column < 24; column++) maps[(slab * 24 + row) * 24 + column] = column / 23;
    const attention = resampleToVolume(fieldOf(slabs, maps, [1, 0.5, 0]));
    const at = (column: number, row: number, z: number) =>
      attention.voxels[column + 512 * (row + 512 * Math.round(z / 2.5))]! / 255;
    // Column 64 + 16 c + 7.5 is the centre of cell c.
    const halfway = (64 + 16 * 11 + 7.5 + 0.5 - 64 - 7.5) / 16 / 23;
    expect(at(248, 256, 30)).toBeCloseTo(halfway, 2);
    expect(at(248, 256, 70)).toBeCloseTo(halfway / 2, 2);
    expect(at(248, 256, 50)).toBeCloseTo((halfway * 3) / 4, 2);
    expect(at(248, 256, 110)).toBe(0);
    expect(at(448, 256, 30)).toBe(0);
    expect(at(447, 256, 30)).toBeCloseTo(1, 2);
    expect(at(447, 63, 30)).toBe(0);
    // Held for half a slab distance before the first centre, zero below that.
    expect(at(447, 256, 10)).toBeCloseTo(1, 2);
    expect(at(447, 256, 7.5)).toBe(0);
  });

  it("takes the middle of a plateau, leans to the brighter neighbour, and finds no peak in an empty map", () => {
    const geometry: Geometry = {
      size: [384, 384, 5],
      spacing: [1, 1, 2.5],
      origin: patientPoint(0, 0, 0),
      axes: [directions[0]!, directions[1]!, directions[2]!],
    };
    const slabs = scanSlabs(
      { geometry, voxels: air(geometry), warnings: [] },
      { lower: 0, upper: 10 },
      { ...paperPreprocessing, scanSlices: 2, scanStride: 1 },
    );
    const maps = new Float32Array(2 * 576);
    maps[10 * 24 + 10] = 1;
    maps[10 * 24 + 11] = 0.9;
    maps[10 * 24 + 9] = 0.1;
    const field = fieldOf(slabs, maps, [1, 1]);
    const [first, second] = attentionPeaks(field);
    expect(second).toBeNull();
    const cell = cellPoint(field, 10, 10, slabs.positions[0]!);
    expect(first![0] - cell[0]).toBeCloseTo((16 * 0.4) / 0.9, 5);
    expect(first![1]).toBeCloseTo(cell[1], 9);
    const plateau = new Float32Array(2 * 576);
    for (const row of [4, 5, 6, 7]) plateau.fill(1, row * 24 + 12, row * 24 + 15);
    const [middle] = attentionPeaks(fieldOf(slabs, plateau, [1, 1]));
    const centre = cellPoint(field, 13, 5.5, slabs.positions[0]!);
    expect(Math.hypot(middle![0] - centre[0], middle![1] - centre[1])).toBeLessThan(8.1);
    expect(toVoxel(canonicalAxial({ geometry, voxels: air(geometry), warnings: [] }).geometry, cell)[0]).toBeCloseTo(
      167.5,
      9,
    );
  });
});
