/**
 * A CT volume: Hounsfield units on a regular grid in the patient.
 *
 *     const hu = volume.voxels[column + columns * (row + rows * slice)];
 */
import type { Warning } from "../errors.ts";
import type { Geometry } from "./geometry.ts";

export interface Volume {
  readonly geometry: Geometry;
  /** Hounsfield units, columns fastest, then rows, then slices. Float32 only where the source held fractions. */
  readonly voxels: Int16Array | Float32Array;
  /** What was wrong with the source and was mended or tolerated. */
  readonly warnings: readonly Warning[];
}

/** A binary mask on a volume's grid: 1 inside, 0 outside, same order of voxels. */
export interface Mask {
  readonly geometry: Geometry;
  readonly voxels: Uint8Array;
}
