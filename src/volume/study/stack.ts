/**
 * From parallel slices to a regular grid, or the reasons why they make none.
 *
 *     const built = buildStack(slices, "CT chest");
 *     built.stack ?? built.reasons
 *
 * Slices are sorted by the projection of their position on the normal, in floating point. Distances must be even:
 * a gap of more than 1.5 x the spacing means that slices are missing. Slices that lie beside each other, as a tilted
 * gantry leaves them, are shifted within their planes when the volume is read, so that its axes are at right angles.
 */
import type { Warning } from "../../errors.ts";
import { isWhole } from "../dicom/hounsfield/table.ts";
import { cross, type Triple } from "../geometry.ts";
import type { PlacedSlice, Slice, Stack } from "./series.ts";

/** Slices a slab has, and so the fewest a volume can have. */
const fewestSlices = 5;
/** A gap beyond this many spacings means that slices are missing. */
const largestGap = 1.5;
/** How far a slice may lie from its place on the regular grid, in spacings: silently, and with a warning. */
const evenWithin = 0.02;
const tolerableWithin = 0.1;
/** Positions are written in tenths or hundredths of a millimetre; nobody resamples for less than this. */
const evenWithinMillimetres = 0.05;
/** Two ends rounded to tenths, and a slice between: farther off no rounding puts a slice. */
const tolerableMillimetres = 0.1;
/** Fewer slices than this at one distance are no stretch of their own. */
const fewestOfStretch = 4;
/** Slices nearer than this lie in the same place; the thinnest CT slices are 0.2 mm apart. */
export const samePlace = 0.02;
/** Pixels a slice may lie beside the stack before it is shifted. */
const straightWithin = 0.1;
/** A shift that would more than double the matrix is no gantry's tilt. */
const widestMargin = 1;

export interface Built {
  readonly stack: Stack | undefined;
  readonly reasons: readonly Warning[];
  readonly warnings: readonly Warning[];
  /** Median distance between slices in millimetres; undefined for a single slice. */
  readonly spacing: number | undefined;
}

const dot = (a: Triple, b: Triple): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const scaled = (v: Triple, by: number): Triple => [v[0] * by, v[1] * by, v[2] * by];
const unit = (v: Triple): Triple => scaled(v, 1 / Math.hypot(...v));

/** The directions of rows, columns and the normal of a slice, at right angles to rounding. */
export function directions(slice: Slice): readonly [Triple, Triple, Triple] {
  const [row, column] = slice.frame.orientation!;
  const along = unit(row);
  const overlap = dot(column, along);
  const down = unit([column[0] - overlap * along[0], column[1] - overlap * along[1], column[2] - overlap * along[2]]);
  return [along, down, cross(along, down)];
}

/** Where a slice lies along `normal`, in millimetres. */
export const height = (slice: Slice, normal: Triple): number => dot(slice.frame.position!, normal);

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

const millimetres = (value: number): string => `${Number(value.toFixed(3))} mm`;

/** @param slices of one orientation, matrix and pixel spacing, ascending along their normal, no two in one place */
export function buildStack(slices: readonly Slice[], name: string): Built {
  const [first] = slices;
  if (!first || slices.length < fewestSlices) {
    const message = `${name}: ${slices.length} slice${slices.length === 1 ? "" : "s"}, fewer than the ${fewestSlices} a volume needs`;
    return { stack: undefined, reasons: [{ code: "slices-too-few", message }], warnings: [], spacing: undefined };
  }
  const [along, down, normal] = directions(first);
  const heights = slices.map((slice) => height(slice, normal));
  const { spacing, reason, warning } = evenSpacing(heights, name);
  if (reason) return { stack: undefined, reasons: [reason], warnings: [], spacing };
  const [betweenRows, betweenColumns] = first.frame.pixelSpacing!;
  const shear = shearOf(slices, [along, down, normal], [betweenColumns, betweenRows]);
  const matrix = first.object.pixels!;
  const warnings = warning ? [warning] : [];
  const reasons: Warning[] = [];
  if (shear.sheared) {
    const message = `${name}: slices are sheared by ${shear.degrees.toFixed(1)} degrees against their normal`;
    const [left, top] = shear.margin;
    if (left + shear.columns > widestMargin * matrix.columns || top + shear.rows > widestMargin * matrix.rows) {
      reasons.push({ code: "gantry-tilt", message: `${message}, more than shifting them can mend` });
    } else {
      warnings.push({ code: "gantry-tilt", message: `${message}; they were shifted within their planes` });
    }
  }
  if (reasons.length > 0) return { stack: undefined, reasons, warnings: [], spacing };
  const [left, top] = shear.margin;
  const step = (heights[heights.length - 1]! - heights[0]!) / (slices.length - 1);
  const corner = first.frame.position!;
  const origin: Triple = [0, 1, 2].map(
    (part) => corner[part]! - left * betweenColumns * along[part]! - top * betweenRows * down[part]!,
  ) as unknown as Triple;
  const stack: Stack = {
    slices: slices.map((slice, index): PlacedSlice => ({ ...slice, shift: shear.shifts[index]! })),
    columns: matrix.columns + left + shear.columns,
    rows: matrix.rows + top + shear.rows,
    margin: shear.margin,
    steps: [scaled(along, betweenColumns), scaled(down, betweenRows), scaled(normal, step)],
    origin,
    fractional: slices.some(
      ({ frame }) => !isWhole({ slope: frame.slope ?? Number.NaN, intercept: frame.intercept ?? Number.NaN }),
    ),
  };
  return { stack, reasons: [], warnings, spacing: step };
}

/** Whether slices at these ascending heights are evenly spaced. */
function evenSpacing(
  heights: readonly number[],
  name: string,
): { readonly spacing: number; readonly reason?: Warning; readonly warning?: Warning } {
  const distances = heights.slice(1).map((value, index) => value - heights[index]!);
  const spacing = median(distances);
  const gap = distances.findIndex((distance) => distance > largestGap * spacing);
  const steps = stretches(distances);
  if (steps.length > 1) {
    const told = steps
      .map(({ step, from }) => `${millimetres(step)} from ${millimetres(heights[from]!)} on`)
      .join(", ");
    const message = `${name}: the distance between slices changes along the scan (${told}); none is missing`;
    return { spacing, reason: { code: "slices-uneven", message } };
  }
  if (gap >= 0) {
    const ends = `between ${millimetres(heights[gap]!)} and ${millimetres(heights[gap + 1]!)} along the normal`;
    const gaps = distances.filter((distance) => distance > largestGap * spacing).length;
    const more = gaps > 1 ? ` and in ${gaps - 1} other place${gaps > 2 ? "s" : ""}` : "";
    const message = `${name}: slices are missing ${ends}${more} (spacing ${millimetres(spacing)})`;
    return { spacing, reason: { code: "slices-missing", message } };
  }
  const start = heights[0]!;
  const step = (heights[heights.length - 1]! - start) / (heights.length - 1);
  const off = heights.reduce((most, value, index) => Math.max(most, Math.abs(value - start - index * step)), 0);
  const finding: Warning = {
    code: "slices-uneven",
    message: `${name}: slices lie up to ${millimetres(off)} from their places at an even ${millimetres(step)}`,
  };
  if (off > Math.max(tolerableWithin * step, Math.min(tolerableMillimetres, step / 3)))
    return { spacing, reason: finding };
  if (off > Math.max(evenWithin * step, evenWithinMillimetres)) return { spacing, warning: finding };
  return { spacing };
}

/** Where a scan goes on at another distance: its stretches of even distances, or none where it has others between. */
function stretches(distances: readonly number[]): { readonly step: number; readonly from: number }[] {
  const found: { step: number; from: number; count: number }[] = [];
  for (const [index, distance] of distances.entries()) {
    const last = found[found.length - 1];
    if (last && Math.abs(distance - last.step) <= Math.max(tolerableWithin * last.step, tolerableMillimetres))
      last.count++;
    else found.push({ step: distance, from: index, count: 1 });
  }
  return found.every(({ count }) => count >= fewestOfStretch) ? found : [];
}

interface Shear {
  readonly sheared: boolean;
  readonly degrees: number;
  readonly shifts: readonly (readonly [number, number])[];
  /** Columns and rows needed before and after a slice's own. */
  readonly margin: readonly [number, number];
  readonly columns: number;
  readonly rows: number;
}

/** How far each slice lies beside the first one, seen along the normal, in columns and rows. */
function shearOf(
  slices: readonly Slice[],
  [along, down]: readonly [Triple, Triple, Triple],
  [columnSpacing, rowSpacing]: readonly [number, number],
): Shear {
  const corner = slices[0]!.frame.position!;
  const offsets = slices.map(({ frame }): readonly [number, number] => {
    const offset: Triple = [0, 1, 2].map((part) => frame.position![part]! - corner[part]!) as unknown as Triple;
    return [dot(offset, along) / columnSpacing, dot(offset, down) / rowSpacing];
  });
  const columns = offsets.map(([column]) => column);
  const rows = offsets.map(([, row]) => row);
  const [left, right] = [Math.min(...columns), Math.max(...columns)];
  const [top, bottom] = [Math.min(...rows), Math.max(...rows)];
  if (Math.max(right - left, bottom - top) <= straightWithin) {
    const shifts = offsets.map((): readonly [number, number] => [0, 0]);
    return { sheared: false, degrees: 0, shifts, margin: [0, 0], columns: 0, rows: 0 };
  }
  const last = offsets[offsets.length - 1]!;
  const aside = Math.hypot(last[0] * columnSpacing, last[1] * rowSpacing);
  const [, , normal] = directions(slices[0]!);
  const rise = height(slices[slices.length - 1]!, normal) - height(slices[0]!, normal);
  return {
    sheared: true,
    degrees: (Math.atan2(aside, rise) * 180) / Math.PI,
    shifts: offsets,
    margin: [Math.ceil(-left), Math.ceil(-top)],
    columns: Math.ceil(right),
    rows: Math.ceil(bottom),
  };
}
