/**
 * Sparse annotations laid on a study: which slices were looked at, what was outlined on each.
 *
 *     const slices = annotatedSlices(axial, [{ mask, slices: [-212.5, -202.5] }]);
 *
 * Slices are named by the height of their centres in millimetres (cohort README), so an annotation finds its slices
 * however the series or the mask is stored. A height that no slice of the mask or the CT lies at is refused: a mask
 * that belongs to another study must not pass as an annotation without emboli.
 */
import { RefusedError } from "../../errors.ts";
import { canonicalAxial, type Geometry, type Mask, type Volume } from "../../volume/index.ts";
import { sliceHeight } from "../manifest.ts";

/** An annotation with its mask read: see the cohort's `annotations`. */
export interface LoadedAnnotation {
  /** Voxels > 0 are embolus, on the CT's own pixels; may hold only some of its slices. */
  readonly mask: Mask | null;
  readonly slices: "all" | readonly number[];
  readonly positiveSlices?: readonly number[] | undefined;
}

/** One looked-at slice of the CT. */
export interface ReviewedSlice {
  /** Millimetres along the slice normal from the first slice of the canonically oriented CT. */
  readonly position: number;
  readonly positive: boolean;
  /** The masks drawn on it; empty where the slice was judged but not outlined. */
  readonly masks: readonly Mask[];
}

/**
 * @param axial the canonically oriented CT
 * @returns sorted by position; a slice looked at twice comes once, with both masks
 * @throws RefusedError "annotation-invalid"
 */
export function annotatedSlices(axial: Volume, annotations: readonly LoadedAnnotation[]): ReviewedSlice[] {
  const found = new Map<number, ReviewedSlice>();
  for (const annotation of annotations) {
    const { mask } = annotation;
    const slices =
      mask === null ? judgedSlices(axial.geometry, annotation) : outlinedSlices(axial.geometry, mask, annotation);
    for (const slice of slices) {
      const key = Math.round(slice.position * 100);
      const other = found.get(key);
      found.set(key, {
        position: slice.position,
        positive: slice.positive || (other?.positive ?? false),
        masks: [...(other?.masks ?? []), ...slice.masks],
      });
    }
  }
  return [...found.values()].sort((a, b) => a.position - b.position);
}

function judgedSlices(volume: Geometry, { slices, positiveSlices = [] }: LoadedAnnotation): ReviewedSlice[] {
  const heights = new Set([...(slices === "all" ? [] : slices), ...positiveSlices]);
  return [...heights].map((height) => ({
    position: positionAt(volume, height),
    positive: positiveSlices.some((other) => Math.abs(other - height) < 1e-3),
    masks: [],
  }));
}

function outlinedSlices(volume: Geometry, original: Mask, { slices }: LoadedAnnotation): ReviewedSlice[] {
  const mask = canonicalAxial(original);
  const area = mask.geometry.size[0] * mask.geometry.size[1];
  const heights = Array.from({ length: mask.geometry.size[2] }, (_, slice) => sliceHeight(mask.geometry, slice));
  return (slices === "all" ? heights : slices).map((height) => {
    const slice = nearest(heights, height);
    if (Math.abs(heights[slice]! - height) > mask.geometry.spacing[2] / 2 + 1e-3) {
      throw new RefusedError("annotation-invalid", `the mask has no slice at z = ${height} mm`, {
        hint: `its slices lie from ${heights[0]} to ${heights.at(-1)} mm`,
      });
    }
    const positive = mask.voxels.subarray(slice * area, (slice + 1) * area).some((value) => value > 0);
    return { position: positionAt(volume, height), positive, masks: [mask] };
  });
}

/** Millimetres along the normal of the slice whose centre lies at a height. */
function positionAt(volume: Geometry, height: number): number {
  const position = (height - sliceHeight(volume, 0)) / volume.axes[2][2];
  const last = (volume.size[2] - 1) * volume.spacing[2];
  if (position < -volume.spacing[2] / 2 - 1e-3 || position > last + volume.spacing[2] / 2 + 1e-3) {
    throw new RefusedError("annotation-invalid", `the CT has no slice at z = ${height} mm`, {
      hint: `its slices lie from ${sliceHeight(volume, 0)} to ${sliceHeight(volume, volume.size[2] - 1)} mm`,
    });
  }
  return Math.min(Math.max(position, 0), last);
}

function nearest(heights: readonly number[], height: number): number {
  let best = 0;
  for (let index = 1; index < heights.length; index++) {
    if (Math.abs(heights[index]! - height) < Math.abs(heights[best]! - height)) best = index;
  }
  return best;
}
