/**
 * Parallel slices under one series identifier: one scan, or several that share it, or copies, or a contradiction.
 *
 *     for (const { slices, warnings, reasons } of await separate(all, normal, "CT chest")) …
 *
 * Reconstruction, temporal position and cardiac phase name a volume: slices that differ in one never share it. What
 * may also change within one scan (acquisition number, time, trigger, instance number) parts slices only where that
 * leaves whole scans over a common range, whether two of their slices coincide or not. Copies are left out. What
 * lies in one place twice and nothing parts is refused. See docs/method.md.
 */
import type { Warning } from "../../errors.ts";
import type { Triple } from "../geometry.ts";
import { copiesOf, sortAlong, withoutSameObject } from "./copies.ts";
import { passes, turnsAtEachPlace } from "./passes.ts";
import type { Slice } from "./series.ts";
import { height, median, samePlace } from "./stack.ts";

/** What one volume can be made of. */
export interface Part {
  /** Ascending along the normal. */
  readonly slices: readonly Slice[];
  readonly warnings: readonly Warning[];
  /** Why no volume can be made of them after all. */
  readonly reasons: readonly Warning[];
}

/** Fewer slices than this show no pass over anything. */
const fewestOfPart = 3;
/** The share of its range that a whole scan's slices fill; a cut-out shows by what is missing between. */
const filled = 0.9;

/** Slices nearer than this share of the usual distance are of two scans. */
const closest = 0.55;

/** What names a volume: two values, two volumes. */
const labels: readonly (readonly [string, (slice: Slice) => string])[] = [
  ["series numbers", ({ object }) => String(object.seriesNumber)],
  ["reconstruction kernels", ({ frame }) => String(frame.kernel)],
  ["temporal positions", ({ frame }) => String(frame.temporalPosition)],
  ["cardiac phases", ({ frame }) => String(frame.cardiacPhase)],
  ["stacks", ({ frame }) => String(frame.stack)],
];

/** What may tell two scans of one range apart, and may as well change within one; the most telling first. */
const attributes: readonly ((slice: Slice) => string)[] = [
  ({ frame }) => String(frame.acquisitionNumber),
  ({ frame }) => frame.imageType.join("\\"),
  ({ object }) => object.seriesDescription,
  ({ frame }) => frame.sliceThickness?.toFixed(1) ?? "",
  ({ object }) => object.scanOptions,
  ({ object }) => String(object.kilovolts),
  ({ object }) => object.contrastAgent,
  ({ frame }) => String(frame.triggerTime),
  ({ object }) => object.acquisitionTime,
  ({ object }) => object.contentTime,
];

/** Seconds since midnight of a DICOM time, HHMMSS.FFFFFF. */
function seconds(time: string): number | undefined {
  const parts = /^(\d{2}):?(\d{2}):?(\d{2}(?:\.\d+)?)/.exec(time);
  return parts ? Number(parts[1]) * 3600 + Number(parts[2]) * 60 + Number(parts[3]) : undefined;
}

/** What grows from slice to slice of a scan. */
const orders: readonly ((slice: Slice) => number | undefined)[] = [
  ({ object }) => object.instanceNumber,
  ({ object }) => seconds(object.acquisitionTime),
  ({ object }) => seconds(object.contentTime),
  ({ frame }) => frame.triggerTime,
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

/** Slices that lie where their predecessor does, as indices in the sorted list. */
function doubles(sorted: readonly Slice[], normal: Triple): number[] {
  const found: number[] = [];
  for (let index = 1; index < sorted.length; index++) {
    if (height(sorted[index]!, normal) - height(sorted[index - 1]!, normal) < samePlace) found.push(index);
  }
  return found;
}

export async function separate(slices: readonly Slice[], normal: Triple, name: string): Promise<Part[]> {
  const sorted = sortAlong(slices, normal);
  const single = withoutSameObject(sorted, normal);
  const common = single.length < sorted.length ? [copies(sorted.length - single.length, name)] : [];
  const labelled = byLabels(single, normal, name);
  if (labelled.parts.length > 1) common.unshift(mixed(labelled.what, labelled.parts.length, name));
  const parts: Part[] = [];
  for (const volume of labelled.parts) {
    const scans = scansOf(volume, normal);
    const second = scans.length > 1 ? [secondAcquisition(scans.length, name)] : [];
    for (const scan of scans) {
      const own = await withoutDoubles(scan, normal, name);
      parts.push({
        slices: own.slices,
        warnings: [...common, ...second, ...own.warnings],
        reasons: [...labelled.reasons, ...own.reasons],
      });
    }
  }
  return parts;
}

interface Labelled {
  readonly parts: readonly Slice[][];
  readonly what: string;
  readonly reasons: readonly Warning[];
}

/** Slices by what names their volume. A label that counts slices names none and is passed over. */
function byLabels(slices: readonly Slice[], normal: Triple, name: string): Labelled {
  let parts: Slice[][] = [[...slices]];
  const told: string[] = [];
  const reasons: Warning[] = [];
  for (const [what, label] of labels) {
    const finer = parts.flatMap((part) => {
      const groups = groupBy(part, label);
      if (groups.length < 2) return [part];
      const shortest = Math.min(...groups.map(({ length }) => length));
      const counts = groups.length > part.length / fewestOfPart;
      if (counts && doubles(part, normal).length === 0) return [part];
      if (shortest < fewestOfPart && counts) {
        const message = `${name}: slices of ${groups.length} ${what} lie in one place and are too few for volumes`;
        reasons.push({ code: "series-mixed", message });
      }
      return groups;
    });
    if (finer.length > parts.length) told.push(what);
    parts = finer;
  }
  return { parts, what: told.join(" and "), reasons };
}

/** Slices by the scans over a common range they come from; all together where nothing leaves whole scans. */
function scansOf(sorted: Slice[], normal: Triple): Slice[][] {
  if (sorted.length < 2 * fewestOfPart) return [sorted];
  const separations = [
    ...attributes.map((attribute) => groupBy(sorted, attribute)),
    ...orders.map((order) => passes(sorted, normal, order)),
    turnsAtEachPlace(sorted, normal),
  ];
  for (const parts of separations) {
    if (!parts || parts.length < 2) continue;
    const inOrder = parts.map((part) => sortAlong(part, normal));
    if (inOrder.every((part) => isWhole(part, normal)) && overlap(inOrder, normal)) {
      return inOrder.flatMap((part) => scansOf(part, normal));
    }
  }
  return [sorted];
}

/** Whether a scan can consist of just these slices: enough, none between others' even places, no stretch missing. */
function isWhole(sorted: readonly Slice[], normal: Triple): boolean {
  if (sorted.length < fewestOfPart) return false;
  const { low, high, spacing, nearest } = rangeOf(sorted, normal);
  return nearest >= Math.max(samePlace, closest * spacing) && (sorted.length - 1) * spacing >= filled * (high - low);
}

function rangeOf(sorted: readonly Slice[], normal: Triple) {
  const heights = sorted.map((slice) => height(slice, normal));
  const distances = heights.slice(1).map((value, index) => value - heights[index]!);
  return {
    low: heights[0]!,
    high: heights[heights.length - 1]!,
    spacing: distances.length > 0 ? median(distances) : 0,
    nearest: Math.min(...distances),
  };
}

/** Whether scans' ranges share more than the ends where they join. */
function overlap(scans: readonly (readonly Slice[])[], normal: Triple): boolean {
  const ranges = scans.map((slices) => rangeOf(slices, normal)).sort((a, b) => a.low - b.low);
  let highest = Number.NEGATIVE_INFINITY;
  for (const { low, high, spacing } of ranges) {
    if (highest - low > 1.5 * spacing && spacing > 0) return true;
    highest = Math.max(highest, high);
  }
  return false;
}

/** One slice in each place: copies are left out, and the slice doubled where two scans join. */
async function withoutDoubles(sorted: readonly Slice[], normal: Triple, name: string): Promise<Part> {
  const together = doubles(sorted, normal);
  const twice = together.length === 0 ? numberedTwice(sorted) : 0;
  if (twice > 0) {
    const message = `${name}: each instance number stands on ${twice} slices, and nothing tells which belong together`;
    return { slices: sorted, warnings: [], reasons: [{ code: "series-mixed", message }] };
  }
  if (together.length === 0) return { slices: sorted, warnings: [], reasons: [] };
  const without = (indices: readonly number[]) => sorted.filter((_, index) => !indices.includes(index));
  const copied = await copiesOf(sorted, together);
  if (copied.length === together.length) {
    return { slices: without(copied), warnings: [copies(copied.length, name)], reasons: [] };
  }
  if (together.length < joinedScans(sorted, normal)) {
    const what = together.length === 1 ? "a slice was" : `${together.length} slices were`;
    const message = `${name}: ${what} taken twice where two acquisitions join; the later is left out`;
    return { slices: without(together), warnings: [{ code: "slice-duplicate", message }], reasons: [] };
  }
  const [index] = together;
  const at = height(sorted[index!]!, normal).toFixed(2);
  const message = `${name}: ${together.length} slices lie where another one is (the first at ${at} mm along the normal) and nothing tells them apart`;
  return { slices: sorted, warnings: [], reasons: [{ code: "slice-duplicate", message }] };
}

/** How many whole scans follow each other in these slices, sharing no more than the slice where they join. */
function joinedScans(sorted: readonly Slice[], normal: Triple): number {
  const separations = [
    ...attributes.map((attribute) => groupBy(sorted, attribute)),
    ...orders.map((order) => passes(sorted, normal, order)),
  ];
  for (const parts of separations) {
    if (!parts || parts.length < 2) continue;
    const inOrder = parts.map((part) => sortAlong(part, normal));
    if (inOrder.every((part) => isWhole(part, normal)) && !overlap(inOrder, normal)) return parts.length;
  }
  return 1;
}

/** How often every instance number is there, where more than once: then several scans were numbered alike. */
function numberedTwice(slices: readonly Slice[]): number {
  const objects = new Set(slices.map(({ object }) => object));
  if (objects.size < slices.length) return 0; // frames of one object share its number
  const counts = new Map<number | undefined, number>();
  for (const { object } of slices) counts.set(object.instanceNumber, (counts.get(object.instanceNumber) ?? 0) + 1);
  if (counts.has(undefined) || counts.size < fewestOfPart) return 0;
  const [times] = counts.values();
  return times! > 1 && [...counts.values()].every((count) => count === times) ? times! : 0;
}

const copies = (count: number, name: string): Warning => ({
  code: "slice-duplicate",
  message: `${name}: ${count} cop${count === 1 ? "y of a slice was" : "ies of slices were"} left out`,
});

const mixed = (what: string, count: number, name: string): Warning => ({
  code: "series-mixed",
  message: `${name}: slices of ${count} ${what} share this series; each is taken for itself`,
});

const secondAcquisition = (count: number, name: string): Warning => ({
  code: "acquisition-second",
  message: `${name}: ${count} acquisitions over the same range share this series; each is taken for itself`,
});
