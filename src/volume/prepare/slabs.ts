/**
 * Slabs: the stacks of neighbouring slices that are the network's inputs.
 *
 *     const scan = scanSlabs(volume, lungs.range, settings);         // stage II: 50 slabs over the lungs
 *     const slab = stageOneSlabs(volume, [position], settings);      // stage I: one slab around an annotated slice
 *
 * docs/method.md#from-a-ct-study-to-slabs. Stage I: slices `sliceSpacing` apart, the centre one at the wished position.
 * Stage II: the lung's range is resampled to `scanSlices` slices, both ends included; every `scanStride`-th is the
 * centre of a slab, the first one half a stride from the start (0-based slices 2, 6, ... 198 of 200), so that slabs lie
 * evenly in the range.
 *
 * At the ends: a slab's outer slices reach beyond the range into the scan where the scan has slices there; beyond the
 * scan itself its edge slice is repeated.
 *
 * A slab knows where it lies: `slabGeometry(slabs, index)` maps network pixels to the patient, so attention can be laid
 * on the CT and a radiologist's mask on the attention grid.
 */
import { FailedError } from "../../errors.ts";
import type { OnProgress } from "../../progress.ts";
import { type Geometry, type PatientPoint, toPatient, voxelPoint } from "../geometry.ts";
import type { Preprocessing } from "../preprocessing.ts";
import type { Volume } from "../volume.ts";
import { type CropGrid, networkPlane, renderSlice } from "./crop-grid.ts";
import { canonicalAxial } from "./orientation.ts";
import { type SliceRange, sliceExtent, slicePositions } from "./resample.ts";

export interface Slabs {
  readonly count: number;
  /** Slices in a slab. */
  readonly slices: number;
  /** Pixels a side. */
  readonly side: number;
  /** Grey levels 0..255, [slab, slice, row, column], rows to the back, columns to the patient's left, slices to the head. */
  readonly pixels: Uint8ClampedArray;
  /** Of each slab's centre slice: millimetres along the slice normal from the first slice of the volume. */
  readonly positions: readonly number[];
  /** Of each slab's centre: where it lies in the patient. */
  readonly centres: readonly PatientPoint[];
  /** Millimetres between the slices of a slab. */
  readonly sliceSpacing: number;
  /** The grid of the (canonically oriented) volume the slabs were cut from, and how the crop lies on it. */
  readonly volume: Geometry;
  readonly plane: CropGrid;
}

export interface SlabOptions {
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How many slabs a scan gives: 50 in the paper. */
export function scanSlabCount({ scanSlices, scanStride }: Preprocessing): number {
  return Math.ceil((scanSlices - firstCentre(scanSlices, scanStride)) / scanStride);
}

/** Where the centre slices of a scan's slabs lie, and the distance of its slices, in millimetres along the normal. */
export function scanCentres(
  { lower, upper }: SliceRange,
  settings: Preprocessing,
): { readonly positions: number[]; readonly spacing: number } {
  const { scanSlices, scanStride } = settings;
  const spacing = scanSlices > 1 ? (upper - lower) / (scanSlices - 1) : 0;
  const first = firstCentre(scanSlices, scanStride);
  const positions = Array.from(
    { length: scanSlabCount(settings) },
    (_, slab) => lower + (first + slab * scanStride) * spacing,
  );
  return { positions, spacing };
}

/** Half a stride in, or the middle of a scan shorter than that. */
const firstCentre = (scanSlices: number, scanStride: number) =>
  Math.min(Math.floor(scanStride / 2), Math.floor((scanSlices - 1) / 2));

/**
 * Stage II: the slabs of a whole scan.
 * @param range of the lungs, millimetres along the slice normal of the canonically oriented volume (`findLungs`)
 */
export function scanSlabs(
  volume: Volume,
  range: SliceRange,
  settings: Preprocessing,
  options: SlabOptions = {},
): Slabs {
  const axial = canonicalAxial(volume);
  const { positions, spacing } = scanCentres(range, settings);
  return cutSlabs(axial, positions, spacing, settings, options);
}

/**
 * Stage I: slabs around given positions.
 * @param positions of the centre slices, millimetres along the slice normal of the canonically oriented volume
 */
export function stageOneSlabs(
  volume: Volume,
  positions: readonly number[],
  settings: Preprocessing,
  options: SlabOptions = {},
): Slabs {
  return cutSlabs(canonicalAxial(volume), positions, settings.sliceSpacing, settings, options);
}

/** The slices of a scan resampled to stage I's spacing, each the centre of a possible slab; all or those in a range. */
export function stageOnePositions(volume: Volume, settings: Preprocessing, range?: SliceRange): number[] {
  const axial = canonicalAxial(volume);
  const { lower, upper } = range ?? sliceExtent(axial);
  return slicePositions(axial, { spacing: settings.sliceSpacing }).filter(
    (position) => position >= lower - 1e-6 && position <= upper + 1e-6,
  );
}

/** Where a patient point lies along the slice normal of the canonically oriented volume, for {@link stageOneSlabs}. */
export function positionOf(volume: Volume, point: PatientPoint): number {
  const { origin, axes } = canonicalAxial(volume).geometry;
  const normal = axes[2];
  return (point[0] - origin[0]) * normal[0] + (point[1] - origin[1]) * normal[1] + (point[2] - origin[2]) * normal[2];
}

/** Everything a network sees of a scan as one volume of grey levels, each slice once. */
export interface ScanStack {
  readonly geometry: Geometry;
  /** Grey levels 0..255, columns fastest, then rows, then slices from the feet to the head. */
  readonly voxels: Uint8Array;
}

/**
 * The slices of all slabs of a scan in order: slab k is its slices k x scanStride to k x scanStride + slabSlices.
 * @param range as for {@link scanSlabs}
 */
export function scanStack(
  volume: Volume,
  range: SliceRange,
  settings: Preprocessing,
  options: SlabOptions = {},
): ScanStack {
  const axial = canonicalAxial(volume);
  const { positions: centres, spacing } = scanCentres(range, settings);
  const first = centres[0]! - ((settings.slabSlices - 1) / 2) * spacing;
  const count = (centres.length - 1) * settings.scanStride + settings.slabSlices;
  const positions = Array.from({ length: count }, (_, index) => first + index * spacing);
  const slices = cutSlabs(axial, positions, 0, { ...settings, slabSlices: 1 }, options);
  const { size, spacing: pixel, origin, axes } = slabGeometry(slices, 0);
  return {
    geometry: {
      size: [size[0], size[1], count],
      spacing: [pixel[0], pixel[1], spacing > 0 ? spacing : pixel[2]],
      origin,
      axes,
    },
    voxels: new Uint8Array(slices.pixels.buffer),
  };
}

function cutSlabs(
  axial: Volume,
  positions: readonly number[],
  spacing: number,
  settings: Preprocessing,
  { onProgress, signal }: SlabOptions,
): Slabs {
  const { slabSlices, crop } = settings;
  const plane = networkPlane(axial.geometry, settings);
  const area = crop * crop;
  const half = (slabSlices - 1) / 2;
  const pixels = new Uint8ClampedArray(positions.length * slabSlices * area);
  // Neighbouring slabs share slices: each distinct position is rendered once. Keys are micrometres.
  const rendered = new Map<number, number>();
  positions.forEach((centre, slab) => {
    if (signal?.aborted) throw signal.reason ?? new FailedError("interrupted", "stopped while cutting slabs");
    for (let slice = 0; slice < slabSlices; slice++) {
      const position = centre + (slice - half) * spacing;
      const key = Math.round(position * 1000);
      const start = (slab * slabSlices + slice) * area;
      const known = rendered.get(key);
      if (known === undefined) {
        renderSlice(axial, plane, settings.window, position, pixels.subarray(start, start + area));
        rendered.set(key, start);
      } else {
        pixels.copyWithin(start, known, known + area);
      }
    }
    onProgress?.({ label: "cutting", done: slab + 1, total: positions.length, unit: "slabs" });
  });
  return {
    count: positions.length,
    slices: slabSlices,
    side: crop,
    pixels,
    positions,
    centres: positions.map((position) => planePoint(axial.geometry, plane, (crop - 1) / 2, (crop - 1) / 2, position)),
    sliceSpacing: spacing,
    volume: axial.geometry,
    plane,
  };
}

/** Where a network pixel of the slice at a position lies in the patient. */
function planePoint(geometry: Geometry, plane: CropGrid, column: number, row: number, position: number): PatientPoint {
  return toPatient(
    geometry,
    voxelPoint(
      plane.columns.offset + column * plane.columns.ratio,
      plane.rows.offset + row * plane.rows.ratio,
      position / geometry.spacing[2],
    ),
  );
}

/** The grid of one slab: network columns, rows and slices in the patient. A slab of slices 0 mm apart keeps the volume's spacing. */
export function slabGeometry(slabs: Slabs, index: number): Geometry {
  const { volume, plane, slices, side, sliceSpacing } = slabs;
  const first = slabs.positions[index]! - ((slices - 1) / 2) * sliceSpacing;
  return {
    size: [side, side, slices],
    spacing: [plane.spacing[0], plane.spacing[1], sliceSpacing > 0 ? sliceSpacing : volume.spacing[2]],
    origin: planePoint(volume, plane, 0, 0, first),
    axes: volume.axes,
  };
}
