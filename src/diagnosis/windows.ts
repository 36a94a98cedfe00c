/**
 * Which slices PENet's windows hold, and where each window begins.
 *
 *     const { positions, spacing } = windowSlices(volume, lungs.range, 24, model.preprocessing);
 *     const starts = windowStarts(positions.length, 24, model.preprocessing);
 */
import { canonicalAxial, type Preprocessing, type SliceRange, type Volume } from "../volume/index.ts";

/** What of its windows a PENet model's pre-processing says. */
type WindowRule = Pick<Preprocessing, "slices">;

/**
 * The first slices of PENet's windows over a scan, one after the other. On resampled slices the last one ends with the
 * scan; on native ones it begins where the one before ended and runs out into air, as in PENet's own test.py. A scan
 * shorter than a window gives one that starts at its first slice.
 */
export function windowStarts(slices: number, window: number, rule: WindowRule = {}): number[] {
  const starts: number[] = [];
  for (let start = 0; start + window < slices; start += window) starts.push(start);
  const next = starts.length * window;
  starts.push(rule.slices === "native" ? next : Math.max(0, slices - window));
  return starts;
}

/** Where the slices of PENet's windows lie, in millimetres along the normal, and how far apart. */
export function windowSlices(
  volume: Volume,
  { lower, upper }: SliceRange,
  window: number,
  { slices, sliceSpacing }: Preprocessing,
): { readonly positions: readonly number[]; readonly spacing: number } {
  if (slices === "native") {
    const { size, spacing } = canonicalAxial(volume).geometry;
    const positions = Array.from({ length: size[2] }, (_, index) => index * spacing[2]);
    return { positions, spacing: spacing[2] };
  }
  const inRange = Math.floor((upper - lower) / sliceSpacing + 1e-6) + 1;
  const count = Math.max(inRange, window);
  const positions = Array.from({ length: count }, (_, index) => lower + index * sliceSpacing);
  return { positions, spacing: sliceSpacing };
}
