/**
 * Slices at other positions: linear along the slice normal, in millimetres.
 *
 *     const even = resampleSlices(volume, { spacing: 2.5 });
 *     const scan = resampleSlices(volume, { count: 200, range: lungs.range });
 *
 * Positions count millimetres along the slice normal from the centre of the first slice. In-plane nothing changes.
 * Beyond the first and the last slice the edge slice is repeated. docs/method.md#from-a-ct-study-to-slabs, "linear
 * along z; in-plane pixels untouched".
 */
import { UsageError } from "../../errors.ts";
import { toPatient, voxelPoint } from "../geometry.ts";
import type { Volume } from "../volume.ts";

/** From where to where along the slice normal, in millimetres from the centre of the first slice; lower <= upper. */
export interface SliceRange {
  readonly lower: number;
  readonly upper: number;
}

/** Either a spacing in millimetres over the whole volume, or a count of slices from one end of a range to the other. */
export type SliceTarget = { readonly spacing: number } | { readonly count: number; readonly range: SliceRange };

/** The centres of the volume's own first and last slice. */
export function sliceExtent({ geometry }: Volume): SliceRange {
  return { lower: 0, upper: (geometry.size[2] - 1) * geometry.spacing[2] };
}

/**
 * Positions of the resampled slices: from the first slice on at the wished spacing as far as the volume reaches, or
 * `count` positions from one end of the range to the other, both included.
 */
export function slicePositions(volume: Volume, target: SliceTarget): number[] {
  if ("spacing" in target) {
    if (!(target.spacing > 0)) throw new UsageError("option-invalid", "the slice spacing must be more than 0 mm");
    const { upper } = sliceExtent(volume);
    const count = Math.floor(upper / target.spacing + 1e-6) + 1;
    return Array.from({ length: count }, (_, index) => index * target.spacing);
  }
  const { count, range } = target;
  if (!(count >= 1) || range.lower > range.upper) {
    throw new UsageError("option-invalid", `${count} slices from ${range.lower} to ${range.upper} mm are no slices`);
  }
  if (count === 1) return [(range.lower + range.upper) / 2];
  const step = (range.upper - range.lower) / (count - 1);
  return Array.from({ length: count }, (_, index) => range.lower + index * step);
}

/** Two neighbouring slices and the share of the upper one. */
export interface SliceBlend {
  readonly lower: number;
  readonly upper: number;
  /** Weight of the upper slice, 0 to below 1. */
  readonly share: number;
}

/** The slices between which a position lies; the edge slice beyond the ends. Positions within 1 um of a slice take it. */
export function blendAt({ geometry }: Volume, position: number): SliceBlend {
  const last = geometry.size[2] - 1;
  const exact = position / geometry.spacing[2];
  const nearest = Math.round(exact);
  const index = Math.abs(exact - nearest) * geometry.spacing[2] < 1e-3 ? nearest : exact;
  const lower = Math.floor(index);
  if (lower < 0) return { lower: 0, upper: 0, share: 0 };
  if (lower >= last) return { lower: last, upper: last, share: 0 };
  return index === lower ? { lower, upper: lower, share: 0 } : { lower, upper: lower + 1, share: index - lower };
}

/** A volume with slices at the target's positions. Int16 stays Int16, rounded half to even. */
export function resampleSlices(volume: Volume, target: SliceTarget): Volume {
  const positions = slicePositions(volume, target);
  const { size, spacing } = volume.geometry;
  const plane = size[0] * size[1];
  const { voxels } = volume;
  const out = new (voxels.constructor as new (length: number) => typeof voxels)(plane * positions.length);
  const whole = out instanceof Int16Array;
  positions.forEach((position, index) => {
    const { lower, upper, share } = blendAt(volume, position);
    const start = index * plane;
    if (share === 0) {
      out.set(voxels.subarray(lower * plane, (lower + 1) * plane), start);
      return;
    }
    for (let pixel = 0; pixel < plane; pixel++) {
      const from = voxels[lower * plane + pixel]!;
      const value = from + share * (voxels[upper * plane + pixel]! - from);
      out[start + pixel] = whole ? roundHalfEven(value) : value;
    }
  });
  const step = positions.length > 1 ? positions[1]! - positions[0]! : spacing[2];
  return {
    ...volume,
    geometry: {
      ...volume.geometry,
      size: [size[0], size[1], positions.length],
      spacing: [spacing[0], spacing[1], step > 0 ? step : spacing[2]],
      origin: toPatient(volume.geometry, voxelPoint(0, 0, positions[0]! / spacing[2])),
    },
    voxels: out,
  };
}

function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
