/**
 * A DICOM Segmentation laid on the CT it was drawn on.
 *
 *     const { mask, slices } = segmentationOn(volume.geometry, await readSegmentation(source));
 *
 * PS3.3 A.51: binary (one bit a voxel) or fractional, one frame a slice and segment, each with its own position. All
 * segments count as marked. A frame without a set voxel still says that its slice was looked at, so the slices that
 * have a frame are part of the answer.
 */
import { RefusedError } from "../../errors.ts";
import { openDataSet } from "../dicom/data-set.ts";
import type { DataSet } from "../dicom/elements.ts";
import {
  type Geometry,
  type PatientPoint,
  patientPoint,
  type Triple,
  toPatient,
  toVoxel,
  voxelPoint,
} from "../geometry.ts";
import type { ByteSource } from "../source.ts";
import type { Mask } from "../volume.ts";

/** The frames of a segmentation, as they are stored. */
export interface Segmentation {
  readonly name: string;
  readonly columns: number;
  readonly rows: number;
  readonly frames: readonly SegmentationFrame[];
}

export interface SegmentationFrame {
  /** The grid of this one slice. */
  readonly geometry: Geometry;
  /** rows x columns, 1 where marked. */
  readonly pixels: Uint8Array;
}

const segmentationStorage = "1.2.840.10008.5.1.4.1.1.66.4";
const uncompressed = ["1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"];
/** More than any scan has slices times segments. */
const mostFrames = 100_000;

const tag = {
  sopClass: "x00080016",
  frames: "x00280008",
  rows: "x00280010",
  columns: "x00280011",
  bitsAllocated: "x00280100",
  maximumFraction: "x0062000e",
  shared: "x52009229",
  perFrame: "x52009230",
  position: ["x00209113", "x00200032"],
  orientation: ["x00209116", "x00200037"],
  measures: "x00289110",
  pixelSpacing: "x00280030",
  sliceThickness: "x00180050",
  spacingBetween: "x00180088",
  pixelData: "x7fe00010",
} as const;

/** @throws RefusedError `format-unknown` (not a segmentation), `file-corrupt`, `transfer-syntax-unsupported`, … */
export async function readSegmentation(source: ByteSource): Promise<Segmentation> {
  const { name } = source;
  const opened = await openDataSet(source, () => false);
  if (!opened) throw new RefusedError("file-corrupt", `${name} cannot be parsed as DICOM`);
  const { dataSet, transferSyntax: syntax } = opened;
  if (dataSet.string(tag.sopClass) !== segmentationStorage) {
    throw new RefusedError("format-unknown", `${name} is DICOM, but not a segmentation`);
  }
  if (!uncompressed.includes(syntax)) {
    throw new RefusedError("transfer-syntax-unsupported", `${name}: a segmentation in transfer syntax ${syntax}`, {
      hint: "save it uncompressed",
    });
  }
  const rows = dataSet.uint16(tag.rows) ?? 0;
  const columns = dataSet.uint16(tag.columns) ?? 0;
  const count = Number(dataSet.string(tag.frames) ?? 1);
  if (rows === 0 || columns === 0 || !(count >= 1 && count <= mostFrames)) {
    throw new RefusedError("file-corrupt", `${name}: ${count} frames of ${columns} x ${rows} pixels`);
  }
  const perFrame = dataSet.items(tag.perFrame);
  const [shared] = dataSet.items(tag.shared);
  if (perFrame.length !== count) {
    throw new RefusedError("file-corrupt", `${name}: ${perFrame.length} frame descriptions for ${count} frames`);
  }
  const pixelData = dataSet.element(tag.pixelData);
  if (!pixelData) throw new RefusedError("pixel-data-missing", `${name}: the segmentation has no pixel data`);
  const stored = await source.read(pixelData.dataOffset, pixelData.dataOffset + pixelData.length);
  const unpack = unpacker(name, dataSet, stored, rows * columns, count);
  const frames = perFrame.map((group, index) => ({
    geometry: frameGeometry(name, group, shared, columns, rows),
    pixels: unpack(index),
  }));
  return { name, columns, rows, frames };
}

/** Numbers of an element in a functional group, the frame's own before the shared one. */
function grouped(group: DataSet, shared: DataSet | undefined, sequence: string, element: string): number[] {
  for (const place of [group, shared]) {
    const text = place === undefined ? undefined : place.items(sequence)[0]?.string(element);
    if (text !== undefined) return text.split("\\").map(Number);
  }
  return [];
}

function frameGeometry(
  name: string,
  group: DataSet,
  shared: DataSet | undefined,
  columns: number,
  rows: number,
): Geometry {
  const position = grouped(group, shared, ...tag.position);
  const orientation = grouped(group, shared, ...tag.orientation);
  const pixel = grouped(group, shared, tag.measures, tag.pixelSpacing);
  const between = grouped(group, shared, tag.measures, tag.spacingBetween);
  const thickness = between.length > 0 ? between : grouped(group, shared, tag.measures, tag.sliceThickness);
  const numbers = [...position, ...orientation, ...pixel];
  if (position.length !== 3 || orientation.length !== 6 || pixel.length !== 2 || !numbers.every(Number.isFinite)) {
    throw new RefusedError("position-missing", `${name}: a frame has no position, orientation or pixel spacing`);
  }
  const [x, y] = [orientation.slice(0, 3), orientation.slice(3)] as [number[], number[]];
  const normal: Triple = [x[1]! * y[2]! - x[2]! * y[1]!, x[2]! * y[0]! - x[0]! * y[2]!, x[0]! * y[1]! - x[1]! * y[0]!];
  const depth = Math.abs(thickness[0] ?? 1);
  if (!(Math.abs(Math.hypot(...normal) - 1) < 1e-3) || !(pixel[0]! > 0 && pixel[1]! > 0)) {
    throw new RefusedError("geometry-invalid", `${name}: a frame's orientation or spacing is not a possible one`);
  }
  return {
    size: [columns, rows, 1],
    spacing: [pixel[1]!, pixel[0]!, depth > 0 ? depth : 1],
    origin: patientPoint(position[0]!, position[1]!, position[2]!),
    axes: [[x[0]!, x[1]!, x[2]!], [y[0]!, y[1]!, y[2]!], normal],
  };
}

/** Reads one frame's pixels as 0 and 1. Binary frames follow each other bit by bit without padding (PS3.5 8.1.1). */
function unpacker(
  name: string,
  dataSet: DataSet,
  stored: Uint8Array,
  area: number,
  count: number,
): (frame: number) => Uint8Array {
  const bits = dataSet.uint16(tag.bitsAllocated) ?? 1;
  const needed = Math.ceil((area * count * bits) / 8);
  if (stored.length < needed) throw new RefusedError("pixel-data-truncated", `${name}: pixel data end early`);
  if (bits === 1) {
    return (frame) =>
      Uint8Array.from({ length: area }, (_, pixel) => {
        const bit = frame * area + pixel;
        return (stored[bit >> 3]! >> (bit & 7)) & 1;
      });
  }
  if (bits !== 8) throw new RefusedError("file-corrupt", `${name}: a segmentation with ${bits} bits a voxel`);
  const half = (dataSet.uint16(tag.maximumFraction) ?? 1) / 2;
  return (frame) => stored.slice(frame * area, (frame + 1) * area).map((value) => (value >= half && value > 0 ? 1 : 0));
}

/**
 * The segmentation on a CT's grid.
 *
 * @returns the mask and the indices of the CT's slices that have a frame, ascending
 * @throws RefusedError `geometry-invalid` where a frame lies on no slice of the CT or has other pixels
 */
export function segmentationOn(
  geometry: Geometry,
  { name, frames }: Segmentation,
): { readonly mask: Mask; readonly slices: readonly number[] } {
  const [columns, rows, depth] = geometry.size;
  const voxels = new Uint8Array(columns * rows * depth);
  const slices = new Set<number>();
  for (const frame of frames) {
    const at = (column: number, row: number) =>
      toVoxel(geometry, toPatient(frame.geometry, voxelPoint(column, row, 0)));
    slices.add(sliceOf(name, geometry, frame.geometry));
    for (let pixel = 0; pixel < frame.pixels.length; pixel++) {
      if (frame.pixels[pixel] === 0) continue;
      const [column, row, slice] = at(pixel % columns, Math.floor(pixel / columns)).map(Math.round);
      voxels[column! + columns * (row! + rows * slice!)] = 1;
    }
  }
  return { mask: { geometry, voxels }, slices: [...slices].sort((a, b) => a - b) };
}

/** The CT's slice that a frame covers pixel by pixel. */
function sliceOf(name: string, volume: Geometry, frame: Geometry): number {
  const corners: PatientPoint[] = [
    toPatient(frame, voxelPoint(0, 0, 0)),
    toPatient(frame, voxelPoint(frame.size[0] - 1, frame.size[1] - 1, 0)),
  ];
  const found = corners.map((corner) => toVoxel(volume, corner));
  const slice = Math.round(found[0]![2]);
  const fits = found.every(
    ([column, row, depth]) =>
      Math.abs(depth - slice) <= 0.5 + 1e-3 &&
      [column, row].every((value, axis) => Math.min(Math.abs(value), Math.abs(value - volume.size[axis]! + 1)) < 0.5),
  );
  if (
    fits &&
    frame.size[0] === volume.size[0] &&
    frame.size[1] === volume.size[1] &&
    slice >= 0 &&
    slice < volume.size[2]
  ) {
    return slice;
  }
  const z = frame.origin[2].toFixed(2);
  throw new RefusedError("geometry-invalid", `${name}: the frame at z = ${z} mm does not lie on a slice of the CT`, {
    hint: "a segmentation belongs to the series it was drawn on",
  });
}
