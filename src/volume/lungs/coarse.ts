/**
 * A chest at about 3.5 mm: small enough to search whole in a fraction of a second, fine enough for chest wall and airways.
 *
 *     const coarse = coarsen(axialVolume);
 *
 * Blocks of voxels are averaged, which also takes away most of the noise that thresholds stumble over. Directions that
 * are already coarser than 3 mm stay as they are.
 */
import { type Geometry, type Triple, toPatient, voxelPoint } from "../geometry.ts";
import type { Volume } from "../volume.ts";

export interface CoarseChest {
  readonly geometry: Geometry;
  /** Mean HU of each block; values below -1024 count as -1024. */
  readonly hu: Int16Array;
  /** Fine voxels a block in each direction. */
  readonly factors: Triple;
}

const wishedSpacing = 3.5;
/** Below this no tissue and no air exists: scanners write it outside the field of view. */
export const paddingHu = -1024;

export function coarsen({ geometry, voxels }: Volume): CoarseChest {
  const factors = geometry.spacing.map((spacing, axis) =>
    Math.min(Math.max(1, Math.round(wishedSpacing / spacing)), geometry.size[axis]!),
  ) as [number, number, number];
  const size = geometry.size.map((count, axis) => Math.floor(count / factors[axis]!)) as [number, number, number];
  const [columns, rows, slices] = size;
  const [across, down, along] = factors;
  const fineColumns = geometry.size[0];
  const fineArea = fineColumns * geometry.size[1];
  const area = columns * rows;
  const hu = new Int16Array(area * slices);
  const sums = new Float64Array(area);
  // Of a block with many rows or slices every other one is enough: 20 voxels and more average the noise away.
  const rowStep = down > 3 ? 2 : 1;
  const sliceStep = along > 3 ? 2 : 1;
  const samples = across * Math.ceil(down / rowStep) * Math.ceil(along / sliceStep);
  for (let slice = 0; slice < slices; slice++) {
    sums.fill(0);
    for (let depth = 0; depth < along; depth += sliceStep) {
      const fineSlice = (slice * along + depth) * fineArea;
      for (let row = 0; row < rows; row++) {
        for (let height = 0; height < down; height += rowStep) {
          addRow(voxels, fineSlice + (row * down + height) * fineColumns, across, sums, row * columns, columns);
        }
      }
    }
    for (let index = 0; index < area; index++) {
      hu[slice * area + index] = Math.min(32767, Math.round(sums[index]! / samples));
    }
  }
  return {
    geometry: {
      size,
      spacing: [geometry.spacing[0] * across, geometry.spacing[1] * down, geometry.spacing[2] * along],
      origin: toPatient(geometry, voxelPoint((across - 1) / 2, (down - 1) / 2, (along - 1) / 2)),
      axes: geometry.axes,
    },
    hu,
    factors,
  };
}

function addRow(
  voxels: Volume["voxels"],
  from: number,
  across: number,
  sums: Float64Array,
  target: number,
  columns: number,
): void {
  let fine = from;
  for (let column = 0; column < columns; column++) {
    let sum = 0;
    for (let step = 0; step < across; step++) sum += Math.max(voxels[fine++]!, paddingHu);
    sums[target + column]! += sum;
  }
}
