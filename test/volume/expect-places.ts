/** Whether a volume read from a synthetic series holds at each voxel what belongs there. */
import { expect } from "vitest";
import { toPatient, voxelPoint } from "../../src/volume/geometry.ts";
import type { Volume } from "../../src/volume/volume.ts";
import { hounsfieldAt } from "./synthetic-series.ts";

/** Holds every voxel that lies within the scanned field against its place; rounding and `tolerance` HU aside. */
export function expectPlaces(volume: Volume, tolerance = 0.51): void {
  const [columns, rows, count] = volume.geometry.size;
  let worst = 0;
  let compared = 0;
  for (let slice = 0; slice < count; slice++) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const value = volume.voxels[column + columns * (row + rows * slice)]!;
        if (value <= -1000) continue; // air beside a shifted slice
        const place = toPatient(volume.geometry, voxelPoint(column, row, slice));
        worst = Math.max(worst, Math.abs(value - hounsfieldAt(place)));
        compared++;
      }
    }
  }
  expect(compared).toBeGreaterThan((columns * rows * count) / 3);
  expect(worst).toBeLessThanOrEqual(tolerance);
}
