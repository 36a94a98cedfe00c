/**
 * The square a network sees of each slice, and how its pixels come out of the slice's.
 *
 *     const plane = networkPlane(volume.geometry, settings);
 *     renderSlice(volume, plane, settings.window, position, out);   // uint8, crop x crop
 *
 * In the order of docs/method.md#from-a-ct-study-to-slabs: slices are blended linearly along the normal, then (only
 * where the settings name a pixel spacing) resampled in-plane, cropped around the image centre or padded with air, and
 * windowed to 0..255 at the end, so that clipping never comes before an average.
 *
 * In-plane resampling is bilinear; when pixels grow, the triangle widens with them, so that fine detail is averaged
 * and not skipped. Without resampling the crop is cut at whole pixels; where an odd number of pixels is left over, the
 * smaller half lies before the crop. PENet's released weights were trained on the whole field of view reduced by area
 * averages (`fieldOfView`), which is theirs alone.
 */
import type { Geometry } from "../geometry.ts";
import type { Preprocessing } from "../preprocessing.ts";
import type { Volume } from "../volume.ts";
import { blendAt } from "./resample.ts";

/** Hounsfield units of the air that pads a crop. */
export const airHu = -1024;

/** Which input pixels make each output pixel: `width` neighbours from `starts[index]` on, with their weights. */
interface Taps {
  readonly width: number;
  readonly starts: Int32Array;
  /** `width` weights an output pixel. */
  readonly weights: Float32Array;
  /** The share that lies beyond the image; the weights hold the rest. */
  readonly beyond: Float32Array;
}

/** One direction of the plane. */
interface PlaneAxis {
  /** Input index at the centre of output pixel 0, possibly fractional or negative. */
  readonly offset: number;
  /** Input pixels an output pixel. */
  readonly ratio: number;
  /** Present when pixels are resampled; absent when they are copied. */
  readonly taps: Taps | undefined;
}

export interface CropGrid {
  /** Pixels a side. */
  readonly side: number;
  readonly columns: PlaneAxis;
  readonly rows: PlaneAxis;
  /** Millimetres between the network's pixels, [column, row]. */
  readonly spacing: readonly [number, number];
}

/**
 * OpenCV's INTER_AREA along one axis of `count` pixels reduced to `fieldOfView`, of which the centre is kept: every
 * pixel by the share of it that an output pixel covers. Enlarging, it blends the two pixels an output pixel overlaps.
 */
function areaAxis(count: number, side: number, fieldOfView: number): PlaneAxis {
  const ratio = count / fieldOfView;
  const margin = Math.floor((fieldOfView - side) / 2);
  const offset = (margin + 0.5) * ratio - 0.5;
  const width = Math.min(count, Math.ceil(ratio) + 1);
  const starts = new Int32Array(side);
  const weights = new Float32Array(side * width);
  for (let index = 0; index < side; index++) {
    const [from, to] = [(index + margin) * ratio, (index + margin + 1) * ratio];
    const start = Math.min(Math.floor(from + 1e-9), count - width);
    for (let tap = 0; tap < width; tap++) {
      const covered = Math.min(start + tap + 1, to) - Math.max(start + tap, from);
      weights[index * width + tap] = Math.max(0, covered) / (to - from);
    }
    starts[index] = start;
  }
  return { offset, ratio, taps: { width, starts, weights, beyond: new Float32Array(side) } };
}

function planeAxis(count: number, spacing: number, side: number, pixelSpacing: number | null): PlaneAxis {
  if (pixelSpacing === null || Math.abs(pixelSpacing - spacing) < 1e-9) {
    return { offset: Math.floor((count - side) / 2), ratio: 1, taps: undefined };
  }
  const ratio = pixelSpacing / spacing;
  const offset = (count - 1) / 2 - ((side - 1) / 2) * ratio;
  const reach = Math.max(1, ratio);
  return { offset, ratio, taps: makeTaps(count, side, reach, (index) => offset + index * ratio) };
}

/** Triangles of half width `reach` around each centre; what lies outside 0..count-1 counts as beyond the image. */
function makeTaps(count: number, side: number, reach: number, centreOf: (index: number) => number): Taps {
  const width = Math.min(count, Math.floor(2 * reach) + 1);
  const starts = new Int32Array(side);
  const weights = new Float32Array(side * width);
  const beyond = new Float32Array(side);
  for (let index = 0; index < side; index++) {
    const centre = centreOf(index);
    const first = Math.ceil(centre - reach);
    const last = Math.floor(centre + reach);
    const weightOf = (input: number) => Math.max(0, 1 - Math.abs(input - centre) / reach);
    let total = 0;
    for (let input = first; input <= last; input++) total += weightOf(input);
    const start = Math.min(Math.max(first, 0), count - width);
    let inside = 0;
    for (let tap = 0; tap < width; tap++) {
      const weight = weightOf(start + tap) / total;
      weights[index * width + tap] = weight;
      inside += weight;
    }
    starts[index] = start;
    beyond[index] = Math.max(0, 1 - inside);
  }
  return { width, starts, weights, beyond };
}

/** Where the network's square lies on a volume's slices. */
export function networkPlane(
  { size, spacing }: Geometry,
  { crop, pixelSpacing, fieldOfView }: Pick<Preprocessing, "crop" | "pixelSpacing" | "fieldOfView">,
): CropGrid {
  if (fieldOfView !== undefined) {
    const [columns, rows] = [areaAxis(size[0], crop, fieldOfView), areaAxis(size[1], crop, fieldOfView)];
    return { side: crop, columns, rows, spacing: [spacing[0] * columns.ratio, spacing[1] * rows.ratio] };
  }
  return {
    side: crop,
    columns: planeAxis(size[0], spacing[0], crop, pixelSpacing),
    rows: planeAxis(size[1], spacing[1], crop, pixelSpacing),
    spacing: [pixelSpacing ?? spacing[0], pixelSpacing ?? spacing[1]],
  };
}

/**
 * What the network sees of the slice at a position: `side` x `side` grey levels into `out`.
 * Level = 255 (HU - lower) / (upper - lower), clipped to 0..255, rounded half to even.
 * @param position millimetres along the slice normal from the first slice; the edge slice is repeated beyond the ends
 */
export function renderSlice(
  volume: Volume,
  plane: CropGrid,
  window: Preprocessing["window"],
  position: number,
  out: Uint8ClampedArray,
): void {
  const { size } = volume.geometry;
  const blend = blendAt(volume, position);
  const area = size[0] * size[1];
  const lower = volume.voxels.subarray(blend.lower * area, (blend.lower + 1) * area);
  const upper = volume.voxels.subarray(blend.upper * area, (blend.upper + 1) * area);
  const scale = 255 / (window.upper - window.lower);
  if (plane.columns.taps || plane.rows.taps) {
    const blended = new Float32Array(area);
    const [firstRow, endRow] = plane.rows.taps ? rowsOf(plane.rows.taps) : [0, size[1]];
    for (let pixel = firstRow * size[0]; pixel < endRow * size[0]; pixel++) {
      const from = lower[pixel]!;
      blended[pixel] = from + blend.share * (upper[pixel]! - from);
    }
    const resampled = resamplePlane(blended, size[0], size[1], plane, airHu);
    for (let pixel = 0; pixel < out.length; pixel++) out[pixel] = (resampled[pixel]! - window.lower) * scale;
    return;
  }
  const { side } = plane;
  out.fill((airHu - window.lower) * scale);
  const firstRow = Math.max(0, -plane.rows.offset);
  const endRow = Math.min(side, size[1] - plane.rows.offset);
  const firstColumn = Math.max(0, -plane.columns.offset);
  const endColumn = Math.min(side, size[0] - plane.columns.offset);
  for (let row = firstRow; row < endRow; row++) {
    let pixel = (row + plane.rows.offset) * size[0] + plane.columns.offset + firstColumn;
    const end = row * side + endColumn;
    for (let target = row * side + firstColumn; target < end; target++, pixel++) {
      const from = lower[pixel]!;
      out[target] = (from + blend.share * (upper[pixel]! - from) - window.lower) * scale;
    }
  }
}

/**
 * Any values of one slice on the network's pixels, by the same crop and the same weights as the image.
 * @param outside the value beyond the image
 */
export function resamplePlane(
  values: ArrayLike<number>,
  columns: number,
  rows: number,
  plane: CropGrid,
  outside: number,
): Float32Array {
  const { side } = plane;
  const across = plane.columns.taps ?? wholePixelTaps(plane.columns.offset, columns, side);
  const down = plane.rows.taps ?? wholePixelTaps(plane.rows.offset, rows, side);
  const [firstRow, endRow] = rowsOf(down);
  const narrowed = new Float32Array(side * (endRow - firstRow));
  for (let row = firstRow; row < endRow; row++) {
    const target = (row - firstRow) * side;
    for (let column = 0; column < side; column++) {
      const from = row * columns + across.starts[column]!;
      const weight = column * across.width;
      let sum = across.beyond[column]! * outside;
      for (let tap = 0; tap < across.width; tap++) sum += across.weights[weight + tap]! * values[from + tap]!;
      narrowed[target + column] = sum;
    }
  }
  const out = new Float32Array(side * side);
  for (let row = 0; row < side; row++) {
    const target = row * side;
    out.fill(down.beyond[row]! * outside, target, target + side);
    for (let tap = 0; tap < down.width; tap++) {
      const weight = down.weights[row * down.width + tap]!;
      if (weight === 0) continue;
      const from = (down.starts[row]! + tap - firstRow) * side;
      for (let column = 0; column < side; column++) out[target + column]! += weight * narrowed[from + column]!;
    }
  }
  return out;
}

/** The first input row that is needed and the one after the last. */
const rowsOf = ({ starts, width }: Taps): [number, number] => [starts[0]!, starts.at(-1)! + width];

const wholePixelTaps = (offset: number, count: number, side: number): Taps =>
  makeTaps(count, side, 1, (index) => index + offset);
