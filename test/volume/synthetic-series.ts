/**
 * Series for the tests of reading: their HU are a linear function of the place in the patient, so whatever is done to
 * a grid on the way (sorted, turned, sheared), each voxel of the volume can be held against its own coordinates.
 *
 *     const files = slices({ geometry: axialGeometry([16, 12, 10]) });
 *     expectPlaces(await read(files));        // expect-places.ts
 */
import { type CtSeriesDescription, ctSeries } from "../../src/volume/dicom-write/index.ts";
import { type Geometry, patientPoint, type Triple, toPatient, voxelPoint } from "../../src/volume/geometry.ts";
import { type ByteSource, bytes } from "../../src/volume/source.ts";
import type { Volume } from "../../src/volume/volume.ts";

/** HU at a place, from -1000 to 1000 within 150 mm of the origin. */
export const hounsfieldAt = ([x, y, z]: Triple): number => x * 1.5 + y * 2.5 + z * 3 - 100;

export function axialGeometry(size: Triple, changes: Partial<Geometry> = {}): Geometry {
  return {
    size,
    spacing: [2, 2.5, 4],
    origin: patientPoint(-20, -15, -30),
    axes: [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ],
    ...changes,
  };
}

export function volumeOn(geometry: Geometry): Volume {
  const [columns, rows, count] = geometry.size;
  const voxels = new Int16Array(columns * rows * count);
  let index = 0;
  for (let slice = 0; slice < count; slice++) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        voxels[index++] = Math.round(hounsfieldAt(toPatient(geometry, voxelPoint(column, row, slice))));
      }
    }
  }
  return { geometry, voxels, warnings: [] };
}

export interface SyntheticSeries extends Partial<CtSeriesDescription> {
  readonly geometry?: Geometry;
  /** Before each file's name. */
  readonly folder?: string;
}

/** A series' files in the order of its slices. */
export function series({
  geometry = axialGeometry([16, 12, 10]),
  folder = "",
  ...rest
}: SyntheticSeries = {}): ByteSource[] {
  const files = ctSeries(volumeOn(geometry), { seed: 1, name: "study", ...rest });
  return files.map((file) => bytes(`${folder}${file.fileName}`, file.bytes));
}
