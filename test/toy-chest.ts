/**
 * A toy chest for tests that need lungs to be found and little else: a trunk of soft tissue with two ellipsoid lungs.
 *
 *     const volume = toyChest();
 *     const mask = toyMask(25, 27);                          // a square of embolus on slices 25 and 27
 *     await writeFile("ct.nrrd", toNrrd(volume));
 */
import { type Geometry, type Mask, patientPoint, type Volume } from "../src/volume/index.ts";

const side = 96;
const slices = 60;
export const toyGeometry = {
  size: [side, side, slices],
  spacing: [4, 4, 5],
  origin: patientPoint(-190, -190, -400),
  axes: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
} as const satisfies Geometry;

/**
 * A trunk of soft tissue in air with two ellipsoid lungs and something of their own in every slice.
 * @param patient another one has other vessels, so that two CTs are not the same to the last voxel
 */
export function toyChest(patient = 0): Volume {
  const voxels = new Int16Array(side * side * slices);
  for (let slice = 0; slice < slices; slice++) {
    for (let row = 0; row < side; row++) {
      for (let column = 0; column < side; column++) {
        const [x, y, z] = [(column - 47.5) * 4, (row - 47.5) * 4, (slice - 30) * 5];
        const body = (x / 170) ** 2 + (y / 120) ** 2 < 1;
        const lung = ((Math.abs(x) - 80) / 55) ** 2 + (y / 80) ** 2 + (z / 110) ** 2 < 1;
        const vessel = lung && (column + row + slice) % 11 === 0;
        voxels[column + side * (row + side * slice)] = vessel
          ? 100 + 10 * patient
          : lung
            ? -850
            : body
              ? 40 + (slice % 7)
              : -1000;
      }
    }
  }
  return { geometry: toyGeometry, voxels, warnings: [] };
}

/** A mask on the CT's grid with a square of embolus on some slices. */
export function toyMask(...positive: number[]): Mask {
  const voxels = new Uint8Array(side * side * slices);
  for (const slice of positive) {
    for (let row = 40; row < 44; row++)
      voxels.fill(1, 60 + side * (row + side * slice), 64 + side * (row + side * slice));
  }
  return { geometry: toyGeometry, voxels };
}

/** As an NRRD file, uncompressed. */
export function toNrrd({ geometry, voxels }: Volume | Mask): Uint8Array {
  const { size, spacing, axes, origin } = geometry;
  const vector = (values: readonly number[]) => `(${values.join(",")})`;
  const directions = axes.map((axis, index) => vector(axis.map((part) => part * spacing[index]!)));
  const header = [
    "NRRD0004",
    `type: ${voxels instanceof Int16Array ? "int16" : "uint8"}`,
    "dimension: 3",
    "space: left-posterior-superior",
    `sizes: ${size.join(" ")}`,
    `space directions: ${directions.join(" ")}`,
    `space origin: ${vector(origin)}`,
    "endian: little",
    "encoding: raw",
    "",
    "",
  ].join("\n");
  return Buffer.concat([Buffer.from(header), new Uint8Array(voxels.buffer, voxels.byteOffset, voxels.byteLength)]);
}
