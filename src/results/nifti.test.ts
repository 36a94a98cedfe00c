import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { readHeader } from "nifti-reader-js";
import { expect, it } from "vitest";
import {
  bytes,
  type Geometry,
  patientPoint,
  readImageFile,
  type Triple,
  toPatient,
  voxelPoint,
} from "../volume/index.ts";
import { encodeNifti, writeNifti } from "./nifti.ts";

/** Any rotation, by a unit quaternion; mirrored when asked to, which makes the axes left-handed. */
const anyGeometry = fc
  .record({
    quaternion: fc
      .tuple(...[0, 1, 2, 3].map(() => fc.double({ min: -1, max: 1, noNaN: true })))
      .filter((q) => Math.hypot(...q) > 0.1),
    mirrored: fc.boolean(),
    spacing: fc.tuple(...[0, 1, 2].map(() => fc.double({ min: 0.3, max: 9, noNaN: true }))),
    origin: fc.tuple(...[0, 1, 2].map(() => fc.double({ min: -900, max: 900, noNaN: true }))),
  })
  .map(({ quaternion, mirrored, spacing, origin }): Geometry => {
    const length = Math.hypot(...quaternion);
    const [a, b, c, d] = quaternion.map((value) => value / length) as [number, number, number, number];
    const axes: [Triple, Triple, Triple] = [
      [a * a + b * b - c * c - d * d, 2 * (b * c + a * d), 2 * (b * d - a * c)],
      [2 * (b * c - a * d), a * a + c * c - b * b - d * d, 2 * (c * d + a * b)],
      [2 * (b * d + a * c), 2 * (c * d - a * b), a * a + d * d - b * b - c * c],
    ];
    const [x, y, z] = axes[2];
    return {
      size: [3, 4, 2],
      spacing: [spacing[0]!, spacing[1]!, spacing[2]!],
      origin: patientPoint(origin[0]!, origin[1]!, origin[2]!),
      axes: mirrored ? [axes[0], axes[1], [-x, -y, -z]] : axes,
    };
  });

it("says where a volume lies the same way in sform and qform, under any orientation, left-handed or not", () => {
  fc.assert(
    fc.property(anyGeometry, (geometry) => {
      const file = encodeNifti({ geometry, voxels: new Int16Array(24), description: "test" });
      const header = readHeader(file.buffer as ArrayBuffer) as unknown as {
        affine: number[][];
        quatern_b: number;
        quatern_c: number;
        quatern_d: number;
        qoffset_x: number;
        qoffset_y: number;
        qoffset_z: number;
        pixDims: number[];
        convertNiftiQFormToNiftiSForm(...values: number[]): number[][];
      };
      const { pixDims } = header;
      const byQform = header.convertNiftiQFormToNiftiSForm(
        header.quatern_b,
        header.quatern_c,
        header.quatern_d,
        header.qoffset_x,
        header.qoffset_y,
        header.qoffset_z,
        pixDims[1]!,
        pixDims[2]!,
        pixDims[3]!,
        pixDims[0]!,
      );
      for (const corner of [
        [0, 0, 0],
        [2, 0, 0],
        [0, 3, 0],
        [2, 3, 1],
      ] as const) {
        const [x, y, z] = toPatient(geometry, voxelPoint(corner[0], corner[1], corner[2]));
        // The quaternion's first part is what float32 leaves of 1 - b² - c² - d²: near half a turn, a thousandth of a radian.
        for (const [matrix, tolerance] of [
          [header.affine, 2e-3],
          [byQform, 0.05],
        ] as const) {
          const ras = [0, 1, 2].map((row) =>
            [...corner, 1].reduce((sum, value, column) => sum + matrix[row]![column]! * value, 0),
          );
          expect(Math.hypot(ras[0]! + x, ras[1]! + y, ras[2]! - z)).toBeLessThan(tolerance);
        }
      }
    }),
    { numRuns: 300 },
  );
});

it("comes back through our own reader with its values, its place and nothing else beside it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "embolens-nifti-"));
  const geometry: Geometry = {
    size: [4, 3, 2],
    spacing: [0.7, 0.8, 2.5],
    origin: patientPoint(-120.5, -80.25, -300),
    axes: [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ],
  };
  const voxels = Uint8Array.from({ length: 24 }, (_, index) => index * 10);
  for (const name of ["plain.nii", "packed.nii.gz"]) {
    await writeNifti(join(folder, name), { geometry, voxels, scale: 1 / 255, description: "values" });
    const read = await readImageFile(bytes(name, readFileSync(join(folder, name))));
    expect(read.geometry.size).toEqual([4, 3, 2]);
    read.geometry.spacing.forEach((value, axis) => {
      expect(value).toBeCloseTo(geometry.spacing[axis]!, 5);
    });
    expect(read.geometry.origin[0]).toBeCloseTo(-120.5, 4);
    read.voxels.forEach((value, voxel) => {
      expect(value).toBeCloseTo((voxel * 10) / 255, 5);
    });
  }
  expect(readdirSync(folder).sort()).toEqual(["packed.nii.gz", "plain.nii"]);
  await expect(writeNifti(join(folder, "missing", "a.nii"), { geometry, voxels, description: "" })).rejects.toThrow(
    /cannot be written/,
  );
});
