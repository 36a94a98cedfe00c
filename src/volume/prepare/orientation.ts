/**
 * One orientation for everything downstream: columns grow to the patient's left, rows to the back, slices from the
 * feet to the head.
 *
 *     const axial = canonicalAxial(volume);   // the very same object when it already lies so
 *
 * A series scanned feet first, a volume stored head to feet, an array whose rows run from back to front: each is the
 * same patient seen through other indices, so it is brought over by flips and transposes only. No voxel is changed and
 * a point's patient coordinates stay what they were. An oblique volume goes to the nearest of the 48 arrangements and
 * stays oblique by the rest.
 */
import { type Geometry, type Triple, toPatient, voxelPoint } from "../geometry.ts";
import type { Mask, Volume } from "../volume.ts";

/** Which source axis becomes each canonical axis, and whether it runs the other way. */
interface Arrangement {
  readonly source: readonly [number, number, number];
  readonly reversed: readonly [boolean, boolean, boolean];
}

const permutations = [
  [0, 1, 2],
  [1, 0, 2],
  [0, 2, 1],
  [2, 1, 0],
  [1, 2, 0],
  [2, 0, 1],
] as const;

function nearestArrangement({ axes }: Geometry): Arrangement {
  const alignment = (source: readonly [number, number, number]) =>
    Math.abs(axes[source[0]]![0]!) + Math.abs(axes[source[1]]![1]!) + Math.abs(axes[source[2]]![2]!);
  const source = permutations.reduce((best, candidate) =>
    alignment(candidate) > alignment(best) + 1e-9 ? candidate : best,
  );
  const reversed = (axis: 0 | 1 | 2) => axes[source[axis]]![axis]! < 0;
  return { source, reversed: [reversed(0), reversed(1), reversed(2)] };
}

function arrange(geometry: Geometry, { source, reversed }: Arrangement): Geometry {
  const { size, spacing, axes } = geometry;
  const corner = [0, 0, 0];
  for (const axis of [0, 1, 2] as const) if (reversed[axis]) corner[source[axis]] = size[source[axis]]! - 1;
  const direction = (axis: 0 | 1 | 2): Triple => {
    const along = axes[source[axis]]!;
    return reversed[axis] ? [-along[0], -along[1], -along[2]] : along;
  };
  const pick = (values: Triple): Triple => [values[source[0]]!, values[source[1]]!, values[source[2]]!];
  return {
    size: pick(size),
    spacing: pick(spacing),
    origin: toPatient(geometry, voxelPoint(corner[0]!, corner[1]!, corner[2]!)),
    axes: [direction(0), direction(1), direction(2)],
  };
}

type Voxels = Int16Array | Float32Array | Uint8Array;

function rearrange<V extends Voxels>(voxels: V, sizes: Triple, { source, reversed }: Arrangement): V {
  const strides = [1, sizes[0], sizes[0] * sizes[1]];
  const size = source.map((axis) => sizes[axis]!);
  const step = source.map((axis, target) => (reversed[target] ? -strides[axis]! : strides[axis]!));
  let start = 0;
  source.forEach((axis, target) => {
    if (reversed[target]) start += strides[axis]! * (sizes[axis]! - 1);
  });
  const out = new (voxels.constructor as new (length: number) => V)(voxels.length);
  const [columns, rows, slices] = size as [number, number, number];
  const [columnStep, rowStep, sliceStep] = step as [number, number, number];
  let target = 0;
  for (let slice = 0; slice < slices; slice++) {
    for (let row = 0; row < rows; row++) {
      let from = start + slice * sliceStep + row * rowStep;
      if (columnStep === 1) {
        out.set(voxels.subarray(from, from + columns), target);
        target += columns;
        continue;
      }
      for (let column = 0; column < columns; column++) {
        out[target++] = voxels[from]!;
        from += columnStep;
      }
    }
  }
  return out;
}

/**
 * The same volume or mask with columns to the patient's left, rows to the back, slices to the head.
 * Returns its argument when nothing has to move.
 */
export function canonicalAxial<T extends Volume | Mask>(volume: T): T {
  const arrangement = nearestArrangement(volume.geometry);
  const { source, reversed } = arrangement;
  if (source.every((axis, target) => axis === target) && !reversed.some(Boolean)) return volume;
  return {
    ...volume,
    geometry: arrange(volume.geometry, arrangement),
    voxels: rearrange(volume.voxels, volume.geometry.size, arrangement),
  };
}
