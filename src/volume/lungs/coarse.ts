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
    hu: denoise(
      hu,
      size,
      geometry.spacing.map((step, axis) => step * factors[axis]!),
      bearableNoise.air,
    ),
    geometry: {
      size,
      spacing: [geometry.spacing[0] * across, geometry.spacing[1] * down, geometry.spacing[2] * along],
      origin: toPatient(geometry, voxelPoint((across - 1) / 2, (down - 1) / 2, (along - 1) / 2)),
      axes: geometry.axes,
    },
    factors,
  };
}

/** Standard deviations of noise, in HU, that the thresholds between air and tissue bear, and those of blood. */
export const bearableNoise = { air: 80, blood: 35 } as const;
const mostPasses = 2;
/** Millimetres between voxels beyond which blending would carry one organ into another. */
const widestBlend = 4.5;

/** A dose too low, a grid too coarse to average: blended with its neighbours by 1 2 1 in each direction until it is quiet. */
export function denoise(hu: Int16Array, size: Triple, spacing: readonly number[], bearable: number): Int16Array {
  const strides = [1, size[0], size[0] * size[1]];
  const axes = [0, 1, 2]
    .filter((axis) => spacing[axis]! <= widestBlend)
    .map((axis) => [strides[axis]!, size[axis]!] as const);
  let quiet = hu;
  for (let pass = 0; pass < mostPasses && noiseOf(quiet, size) > bearable; pass++) quiet = blended(quiet, axes);
  return quiet;
}

/** From second differences along rows, whose median leaves edges out: of white noise they have 6 times its variance. */
function noiseOf(hu: Int16Array, [columns]: Triple): number {
  const step = Math.max(1, Math.floor(hu.length / 50_000));
  const differences: number[] = [];
  for (let voxel = 1; voxel < hu.length - 1; voxel += step) {
    const [before, own, after] = [hu[voxel - 1]!, hu[voxel]!, hu[voxel + 1]!];
    // Room air and padding are clipped, and say nothing of the noise in the body.
    const isClipped = before <= paddingHu || own <= paddingHu || after <= paddingHu;
    if (voxel % columns === 0 || voxel % columns === columns - 1 || isClipped) continue;
    differences.push(Math.abs(before - 2 * own + after));
  }
  if (differences.length === 0) return 0;
  differences.sort((a, b) => a - b);
  return differences[Math.floor(differences.length / 2)]! / (0.6745 * Math.sqrt(6));
}

/** @param axes stride and count of each that is blended along */
function blended(hu: Int16Array, axes: readonly (readonly [stride: number, count: number])[]): Int16Array {
  let from = Float32Array.from(hu);
  for (const [stride, count] of axes) {
    const to = new Float32Array(from.length);
    for (let voxel = 0; voxel < from.length; voxel++) {
      const at = Math.floor(voxel / stride) % count;
      const before = from[at > 0 ? voxel - stride : voxel]!;
      const after = from[at < count - 1 ? voxel + stride : voxel]!;
      to[voxel] = 0.25 * before + 0.5 * from[voxel]! + 0.25 * after;
    }
    from = to;
  }
  return Int16Array.from(from, Math.round);
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
