/**
 * Slices that lie in the same place: copies, second acquisitions over the same range, or a contradiction.
 *
 *     const { parts, warnings, reasons } = await separate(slices, normal, "CT chest");
 *
 * Copies are kept once. Where two acquisitions (or reconstructions) under one series identifier overlap, each becomes
 * a part of its own. What no attribute tells apart stays together and is refused.
 */
import type { Warning } from "../../errors.ts";
import { PixelData } from "../dicom/pixel-data.ts";
import type { Triple } from "../geometry.ts";
import type { Slice } from "./series.ts";
import { height, median } from "./stack.ts";

export interface Separated {
  /** Each ascending along the normal. */
  readonly parts: readonly (readonly Slice[])[];
  readonly warnings: readonly Warning[];
  /** Why the slices can't be used; applies to every part. */
  readonly reasons: readonly Warning[];
}

/** Slices nearer than this lie in the same place; the thinnest CT slices are 0.2 mm apart. */
const samePlace = 0.02;
/** Doubles whose pixels are compared; beyond it the series is refused without looking. */
const mostCompared = 100;

/** What may tell two slices in one place apart, the most telling first. */
const discriminators: readonly ((slice: Slice) => string)[] = [
  ({ frame }) => String(frame.acquisitionNumber),
  ({ frame }) => String(frame.kernel),
  ({ frame }) => frame.imageType.join("\\"),
  ({ frame }) => String(frame.sliceThickness),
  ({ object }) => object.acquisitionTime.slice(0, 6),
];

function groupBy(slices: readonly Slice[], key: (slice: Slice) => string): Slice[][] {
  const groups = new Map<string, Slice[]>();
  for (const slice of slices) {
    const group = groups.get(key(slice));
    if (group) group.push(slice);
    else groups.set(key(slice), [slice]);
  }
  return [...groups.values()];
}

/** Neighbours in the sorted list that lie in the same place, as index pairs. */
function doubles(sorted: readonly Slice[], normal: Triple): number[] {
  const found: number[] = [];
  for (let index = 1; index < sorted.length; index++) {
    if (height(sorted[index]!, normal) - height(sorted[index - 1]!, normal) < samePlace) found.push(index);
  }
  return found;
}

export async function separate(slices: readonly Slice[], normal: Triple, name: string): Promise<Separated> {
  const sorted = sortAlong(slices, normal);
  const warnings: Warning[] = [];
  const single = withoutSameObject(sorted, normal);
  if (single.length < sorted.length) warnings.push(copies(sorted.length - single.length, name));
  const byAcquisition = groupBy(single, discriminators[0]!);
  if (byAcquisition.length > 1 && overlap(byAcquisition, normal)) {
    warnings.push(secondAcquisition(byAcquisition.length, name));
    return { parts: byAcquisition, warnings, reasons: [] };
  }
  const together = doubles(single, normal);
  if (together.length === 0) return { parts: [single], warnings, reasons: [] };
  for (const discriminator of discriminators) {
    const parts = groupBy(single, discriminator);
    if (parts.length < 2 || parts.some((part) => doubles(part, normal).length > 0)) continue;
    warnings.push(secondAcquisition(parts.length, name));
    return { parts, warnings, reasons: [] };
  }
  const copied = together.length <= mostCompared ? await identical(single, together) : [];
  if (copied.length === together.length) {
    warnings.push(copies(copied.length, name));
    const dropped = new Set(copied);
    return { parts: [single.filter((_, index) => !dropped.has(index))], warnings, reasons: [] };
  }
  const [index] = together;
  const at = height(single[index!]!, normal).toFixed(2);
  const message = `${name}: ${together.length} slices lie where another one is (the first at ${at} mm along the normal) and nothing tells them apart`;
  return { parts: [single], warnings: [], reasons: [{ code: "slice-duplicate", message }] };
}

const copies = (count: number, name: string): Warning => ({
  code: "slice-duplicate",
  message: `${name}: ${count} cop${count === 1 ? "y of a slice was" : "ies of slices were"} left out`,
});

const secondAcquisition = (count: number, name: string): Warning => ({
  code: "acquisition-second",
  message: `${name}: ${count} acquisitions over the same range share this series; each is taken for itself`,
});

/** By height, then by identifier and frame, so that the order of files never matters. */
function sortAlong(slices: readonly Slice[], normal: Triple): Slice[] {
  return slices
    .map((slice) => ({ slice, at: height(slice, normal) }))
    .sort(
      (a, b) =>
        a.at - b.at ||
        compare(a.slice.object.sopInstanceUid, b.slice.object.sopInstanceUid) ||
        a.slice.frameIndex - b.slice.frameIndex ||
        compare(a.slice.object.source.name, b.slice.object.source.name),
    )
    .map(({ slice }) => slice);
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** One of each object that is there twice, at the same place. */
function withoutSameObject(sorted: readonly Slice[], normal: Triple): Slice[] {
  const kept: Slice[] = [];
  const seen = new Map<string, number>();
  for (const slice of sorted) {
    const { sopInstanceUid } = slice.object;
    const at = height(slice, normal);
    const key = `${sopInstanceUid} ${slice.frameIndex}`;
    const before = seen.get(key);
    if (sopInstanceUid !== "" && before !== undefined && Math.abs(before - at) < samePlace) continue;
    seen.set(key, at);
    kept.push(slice);
  }
  return kept;
}

/** Whether two acquisitions' ranges share more than the ends where they join. */
function overlap(acquisitions: readonly (readonly Slice[])[], normal: Triple): boolean {
  const ranges = acquisitions
    .map((slices) => {
      const heights = slices.map((slice) => height(slice, normal));
      const distances = heights.slice(1).map((value, index) => value - heights[index]!);
      const spacing = distances.length > 0 ? median(distances) : 0;
      return { low: heights[0]!, high: heights[heights.length - 1]!, spacing };
    })
    .sort((a, b) => a.low - b.low);
  let highest = Number.NEGATIVE_INFINITY;
  for (const { low, high, spacing } of ranges) {
    if (highest - low > 1.5 * spacing && spacing > 0) return true;
    highest = Math.max(highest, high);
  }
  return false;
}

/** Of the given indices, those whose stored pixels equal their predecessor's byte for byte. */
async function identical(sorted: readonly Slice[], indices: readonly number[]): Promise<number[]> {
  const found: number[] = [];
  for (const index of indices) {
    const [one, other] = await Promise.all([pixelBytes(sorted[index - 1]!), pixelBytes(sorted[index]!)]);
    if (one.length === other.length && one.every((byte, at) => byte === other[at])) found.push(index);
  }
  return found;
}

const pixelBytes = async ({ object, frameIndex }: Slice): Promise<Uint8Array> =>
  (await new PixelData(object).job(frameIndex)).stored;
