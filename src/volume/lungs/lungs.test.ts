import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { axialGeometry, makeChest } from "../../../test/chest.ts";
import { RefusedError } from "../../errors.ts";
import { Random } from "../../random.ts";
import { patientPoint, type Triple } from "../geometry.ts";
import type { Volume } from "../volume.ts";
import { findLungs, lungMask } from "./find.ts";
import { components, dilate, erode } from "./shapes.ts";

const codes = (warnings: readonly { code: string }[]) => warnings.map(({ code }) => code);

describe("finding the lungs of a synthetic chest", () => {
  const plain = findLungs(makeChest());

  it("finds both lungs from base to apex, without the trachea", () => {
    const lungs = plain;
    expect(lungs.rangeMillimetres[0]).toBeGreaterThan(-5);
    expect(lungs.rangeMillimetres[0]).toBeLessThan(5);
    expect(lungs.rangeMillimetres[1]).toBeGreaterThan(235 - 5);
    expect(lungs.rangeMillimetres[1]).toBeLessThan(245);
    // Two half ellipsoids of 62 x 85 x 240 mm: 2/3 pi abc each, less the heart's share of the left one.
    expect(lungs.millilitres.right).toBeGreaterThan(0.9 * 2649);
    expect(lungs.millilitres.right).toBeLessThan(1.1 * 2649);
    const trachea = lungMask(lungs, { ...makeChest().geometry }).voxels[47 + 96 * (52 + 96 * 60)];
    expect(trachea).toBe(0);
    expect(lungs.warnings).toEqual([]);
  });

  it("keeps stomach gas, table foam and the room out", () => {
    for (const variant of [{ stomachGas: true }, { tableFoam: true, padding: true }]) {
      const lungs = findLungs(makeChest(variant));
      const total = lungs.millilitres.left + lungs.millilitres.right;
      expect(Math.abs(total - plain.millilitres.left - plain.millilitres.right)).toBeLessThan(60);
      expect(lungs.rangeMillimetres[0]).toBeGreaterThan(-10);
      expect(lungs.warnings).toEqual([]);
    }
  });

  it.each([0.5, 0.6, 2])("finds a chest of %f times the size where it is, and as much of it", (scale) => {
    const volume = makeChest();
    const { spacing, origin } = volume.geometry;
    const geometry = {
      ...volume.geometry,
      spacing: [spacing[0] * scale, spacing[1] * scale, spacing[2] * scale] as const,
      origin: patientPoint(origin[0] * scale, origin[1] * scale, origin[2] * scale),
    };
    const lungs = findLungs({ ...volume, geometry });
    expect(Math.abs(lungs.rangeMillimetres[0] - plain.rangeMillimetres[0] * scale)).toBeLessThanOrEqual(5);
    expect(Math.abs(lungs.rangeMillimetres[1] - plain.rangeMillimetres[1] * scale)).toBeLessThanOrEqual(5);
    expect(lungs.millilitres.right / plain.millilitres.right / scale ** 3).toBeCloseTo(1, 1);
    expect(lungs.warnings).toEqual([]);
  });

  it.each([100, 200, 300])("finds them, and no contrast that is not there, under noise of %i HU", (deviation) => {
    const random = new Random(7, "noise", deviation);
    const volume = makeChest({ spacing: [2, 2, 2.5], size: [192, 192, 120], blood: 40 });
    const voxels = volume.voxels.map((value) => Math.max(-1024, value + deviation * random.normal()));
    const lungs = findLungs({ ...volume, voxels });
    expect(Math.abs(lungs.rangeMillimetres[0])).toBeLessThanOrEqual(5);
    expect(Math.abs(lungs.rangeMillimetres[1] - 240)).toBeLessThanOrEqual(5);
    expect(lungs.contrast.contrastHu).toBeLessThan(100);
  });

  it("takes lungs emptied by emphysema, at -950 HU, for lungs", () => {
    const volume = makeChest();
    const voxels = volume.voxels.map((value) => (value < -700 && value > -940 ? value - 100 : value));
    const lungs = findLungs({ ...volume, voxels });
    expect(lungs.rangeMillimetres).toEqual(plain.rangeMillimetres);
    expect(lungs.millilitres.left / plain.millilitres.left).toBeCloseTo(1, 1);
  });

  it("measures contrast beside one lung that holds no air", () => {
    expect(findLungs(makeChest({ opaqueLeft: true, blood: 350 })).contrast.contrastHu).toBeGreaterThan(300);
    expect(findLungs(makeChest({ opaqueLeft: true, blood: 40 })).contrast.enhanced).toBe(false);
  });

  it("finds the same range at 8 mm slices, to a slice", () => {
    const [lower, upper] = findLungs(makeChest({ spacing: [4, 4, 8], size: [96, 96, 38] })).rangeMillimetres;
    expect(Math.abs(lower)).toBeLessThanOrEqual(8);
    expect(Math.abs(upper - 240)).toBeLessThanOrEqual(8);
  });

  it("finds the range from one lung when the other is opaque, and says which one is", () => {
    const lungs = findLungs(makeChest({ opaqueLeft: true }));
    expect(lungs.rangeMillimetres[0]).toBeLessThan(5);
    expect(lungs.rangeMillimetres[1]).toBeGreaterThan(230);
    expect(codes(lungs.warnings)).toEqual(["lung-opaque"]);
    expect(lungs.warnings[0]!.message).toContain("left");
  });

  it("covers a consolidated lobe: the range stays, and what lies in aerated lung is filled", () => {
    const healthy = makeChest();
    const { size, spacing } = healthy.geometry;
    const voxels = healthy.voxels.slice();
    // A dense ball of 30 mm in the middle of the right lung.
    for (let voxel = 0; voxel < voxels.length; voxel++) {
      const x = ((voxel % size[0]) - (size[0] - 1) / 2) * spacing[0];
      const y = ((Math.floor(voxel / size[0]) % size[1]) - (size[1] - 1) / 2) * spacing[1];
      const z = -30 + Math.floor(voxel / (size[0] * size[1])) * spacing[2];
      if (Math.hypot(x + 75, y, z - 90) < 15) voxels[voxel] = 30;
    }
    const lungs = findLungs({ ...healthy, voxels });
    expect(lungs.rangeMillimetres).toEqual(plain.rangeMillimetres);
    expect(Math.abs(lungs.millilitres.right - plain.millilitres.right)).toBeLessThan(2);
  });

  it("tells left from right and the base from the apex in a scan stored feet first with rows and columns swapped", () => {
    const volume = makeChest({ opaqueLeft: true });
    const { size, spacing, origin } = volume.geometry;
    const [columns, rows, slices] = size;
    const voxels = new Int16Array(volume.voxels.length);
    for (let slice = 0; slice < slices; slice++)
      for (let row = 0; row < rows; row++)
        for (let column = 0; column < columns; column++)
          voxels[row + rows * (columns - 1 - column + columns * (slices - 1 - slice))] =
            volume.voxels[column + columns * (row + rows * slice)]!;
    const turned: Volume = {
      voxels,
      warnings: [],
      geometry: {
        size: [rows, columns, slices],
        spacing: [spacing[1], spacing[0], spacing[2]],
        origin: patientPoint(origin[0] + (columns - 1) * spacing[0], origin[1], origin[2] + (slices - 1) * spacing[2]),
        axes: [
          [0, 1, 0],
          [-1, 0, 0],
          [0, 0, -1],
        ],
      },
    };
    const lungs = findLungs(turned);
    const straight = findLungs(volume);
    expect(lungs.rangeMillimetres).toEqual(straight.rangeMillimetres);
    expect(lungs.millilitres).toEqual(straight.millilitres);
  });

  it("warns when the scan ends inside the lung", () => {
    expect(codes(findLungs(makeChest({ start: 60 })).warnings)).toEqual(["coverage-incomplete"]);
    expect(codes(findLungs(makeChest({ spacing: [2.5, 2.5, 4] })).warnings)).toContain("coverage-incomplete");
  });

  it("refuses a series without lungs", () => {
    const head = makeChest({ start: 260, size: [96, 96, 25] });
    expect(() => findLungs(head)).toThrow(RefusedError);
  });

  it("judges contrast by the blood between the lungs", () => {
    for (const [blood, enhanced] of [
      [35, false],
      [60, false],
      [180, true],
      [500, true],
    ] as const) {
      const { contrast } = findLungs(makeChest({ blood }));
      expect(contrast.enhanced).toBe(enhanced);
      expect(Math.abs(contrast.contrastHu! - blood)).toBeLessThan(20);
    }
  });
});

describe("shapes", () => {
  it("grows and shrinks by exact distances in millimetres", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 210, maxLength: 210, max: 5 }),
        fc.double({ min: 0.5, max: 6, noNaN: true }),
        (raw, radius) => {
          const size: Triple = [7, 6, 5];
          const spacing: Triple = [1, 1.5, 2.5];
          const mask = raw.map((value) => (value === 0 ? 1 : 0));
          const at = (voxel: number): Triple => [voxel % 7, Math.floor(voxel / 7) % 6, Math.floor(voxel / 42)];
          const near = (voxel: number, wanted: number) =>
            [...mask.keys()].some(
              (other) =>
                mask[other] === wanted &&
                Math.hypot(...at(other).map((value, axis) => (value - at(voxel)[axis]!) * spacing[axis]!)) <= radius,
            );
          const grown = dilate(mask, size, spacing, radius);
          const shrunk = erode(mask, size, spacing, radius);
          for (let voxel = 0; voxel < 210; voxel++) {
            expect(grown[voxel]).toBe(near(voxel, 1) ? 1 : 0);
            expect(shrunk[voxel]).toBe(near(voxel, 0) ? 0 : 1);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it("counts parts that touch at faces only", () => {
    const mask = Uint8Array.of(1, 0, 0, 1, 0, 1, 0, 1);
    expect(components(mask, [2, 2, 2]).volumes.slice(1)).toEqual([1, 3]);
    expect(components(mask, [2, 2, 2], true).volumes.slice(1).sort()).toEqual([1, 1, 2]);
  });
});

const labels = new URL("../../../../shared/data/lung-labels/", import.meta.url);
const present = existsSync(labels);
if (!present) console.warn("../shared/data/lung-labels is absent: the lung Dice against its reference is not tested");

/** Only for this one file of known form: gzip after the header, 16-bit little endian, straight axes. */
function readLabelVolume(name: string): Volume {
  const file = readFileSync(new URL(name, labels));
  const split = file.indexOf("\n\n");
  const header = file.subarray(0, split).toString("latin1");
  const numbers = (pattern: RegExp) =>
    pattern
      .exec(header)![1]!
      .split(/[\s,()]+/)
      .filter(Boolean)
      .map(Number);
  const [columns, rows, slices] = numbers(/^sizes: (.*)$/m) as [number, number, number];
  const directions = numbers(/^space directions: (.*)$/m);
  const origin = numbers(/^space origin: (.*)$/m);
  const data = gunzipSync(file.subarray(split + 2));
  return {
    geometry: {
      ...axialGeometry([columns, rows, slices], [directions[0]!, directions[4]!, directions[8]!], 0),
      origin: patientPoint(origin[0]!, origin[1]!, origin[2]!),
    },
    voxels: new Int16Array(new Uint8Array(data).buffer),
    warnings: [],
  };
}

describe.skipIf(!present)("finding the lungs of a real chest", () => {
  it("agrees with the reference mask at a Dice of .95 and more, and with its ends to a slice", () => {
    const volume = readLabelVolume("ct-64.nrrd");
    const reference = readLabelVolume("wholeLung-64.nrrd").voxels;
    const lungs = findLungs(volume);
    const found = lungMask(lungs, volume.geometry).voxels;
    let both = 0;
    let sum = 0;
    for (let voxel = 0; voxel < found.length; voxel++) {
      if (found[voxel]! > 0 && reference[voxel]! > 0) both++;
      sum += (found[voxel]! > 0 ? 1 : 0) + (reference[voxel]! > 0 ? 1 : 0);
    }
    expect((2 * both) / sum).toBeGreaterThan(0.95);
    const area = 64 * 64;
    const first = Math.floor(reference.findIndex((value) => value > 0) / area) * volume.geometry.spacing[2];
    const last = Math.floor(reference.findLastIndex((value) => value > 0) / area) * volume.geometry.spacing[2];
    expect(Math.abs(lungs.range.lower - first)).toBeLessThan(5);
    expect(Math.abs(lungs.range.upper - last)).toBeLessThan(5);
    expect(lungs.contrast.enhanced).toBe(false);
  });
});
