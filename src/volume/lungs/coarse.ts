/**
 * A chest at about 3 mm: small enough to search whole in a fraction of a second, fine enough for chest wall and airways.
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

const wishedSpacing = 3;
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
  const blockSize = across * down * along;
  for (let slice = 0; slice < slices; slice++) {
    sums.fill(0);
    for (let fineSlice = slice * along; fineSlice < (slice + 1) * along; fineSlice++) {
      for (let row = 0; row < rows; row++) {
        for (let fineRow = row * down; fineRow < (row + 1) * down; fineRow++) {
          let fine = fineSlice * fineArea + fineRow * fineColumns;
          for (let target = row * columns; target < (row + 1) * columns; target++) {
            let sum = 0;
            for (const end = fine + across; fine < end; fine++) {
              const value = voxels[fine]!;
              sum += value > paddingHu ? value : paddingHu;
            }
            sums[target]! += sum;
          }
        }
      }
    }
    for (let index = 0; index < area; index++) {
      hu[slice * area + index] = Math.min(32767, Math.round(sums[index]! / blockSize));
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
