/**
 * A slab of the CT in place of a slice: the brightest voxel along the line of sight (maximum intensity projection, which
 * shows a vessel's course), or the mean (which takes noise away), 3 to 20 mm thick and centred on the plane.
 *
 *     showThinSlab(viewer, { projection: "maximum", millimetres: 10 });
 *     valueInSlab(volume, point, normal, { projection: "mean", millimetres: 10 });   // HU
 *
 * Cornerstone's volume mapper draws it; `valueInSlab` is the same number for what stands under the pointer.
 */
import * as core from "@cornerstonejs/core";
import { patientPoint, type Triple, toVoxel, type Volume } from "../../../src/volume/index.ts";
import { planes, type Viewer } from "./viewer.ts";

export const projections = {
  none: { label: "Slice", blend: core.Enums.BlendModes.COMPOSITE },
  maximum: { label: "MIP", blend: core.Enums.BlendModes.MAXIMUM_INTENSITY_BLEND },
  mean: { label: "Mean", blend: core.Enums.BlendModes.AVERAGE_INTENSITY_BLEND },
} as const;
export type Projection = keyof typeof projections;

export interface ThinSlab {
  readonly projection: Projection;
  /** Thickness, across the plane. */
  readonly millimetres: number;
}

/** In millimetres. */
export const slabThickness = { least: 3, most: 20, usual: 10 } as const;

/** Samples a voxel along the line of sight: at most a twelfth of a voxel is missed of a peak one voxel wide. */
const samplesPerVoxel = 6;

/** The attention and the masks stay on the plane: theirs is no brightness that a projection could be made of. */
export function showThinSlab(viewer: Viewer, { projection, millimetres }: ThinSlab): void {
  const isSlab = projection !== "none";
  const { spacing } = viewer.volume.geometry;
  // Cornerstone samples twice a voxel, by which a MIP loses up to half of a thin vessel's brightness.
  const step = isSlab ? Math.min(...spacing) / samplesPerVoxel : (spacing[0] + spacing[1] + spacing[2]) / 6;
  for (const plane of planes) {
    const viewport = viewer.viewportOf(plane);
    const ct = viewport.getActors().filter(({ referencedId }) => referencedId === viewer.volumeId);
    for (const { actor } of ct) (actor as core.Types.VolumeActor).getMapper()?.setSampleDistance(step);
    viewport.setBlendMode(
      projections[projection].blend,
      ct.map(({ uid }) => uid),
    );
    // Not the viewport's own setter: by that one the keys would scroll by the thickness in place of a slice.
    viewport.resetSlabThickness();
    // Cornerstone cuts so far away on either side of the plane, so that its thickness is half of the slab's.
    if (isSlab) for (const entry of ct) entry.slabThickness = millimetres / 2;
    viewport.updateCameraClippingPlanesAndRange();
    viewport.render();
  }
}

/**
 * HU at a patient point: of the voxel, or of the slab around it.
 * @param normal of the plane, of length one
 * @returns undefined outside the CT
 */
export function valueInSlab(
  volume: Volume,
  point: Triple,
  normal: Triple,
  { projection, millimetres }: ThinSlab,
): number | undefined {
  if (projection === "none") return voxelAt(volume, point);
  const steps = Math.ceil(millimetres / Math.min(...volume.geometry.spacing));
  const values: number[] = [];
  for (let index = 0; index <= 2 * steps; index++) {
    const away = (index / (2 * steps) - 0.5) * millimetres;
    const [x, y, z] = [0, 1, 2].map((axis) => point[axis]! + normal[axis]! * away) as [number, number, number];
    const value = interpolatedAt(volume, [x, y, z]);
    if (value !== undefined) values.push(value);
  }
  if (values.length === 0) return undefined;
  if (projection === "maximum") return Math.max(...values);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** HU at a patient point, linear between the eight voxels around it; undefined outside the CT. */
export function interpolatedAt({ geometry, voxels }: Volume, point: Triple): number | undefined {
  const place = toVoxel(geometry, patientPoint(...point));
  if (place.some((index, axis) => index < -0.5 || index > geometry.size[axis]! - 0.5)) return undefined;
  const [columns, rows] = geometry.size;
  const strides = [1, columns, columns * rows];
  let value = 0;
  for (let corner = 0; corner < 8; corner++) {
    let [weight, offset] = [1, 0];
    for (let axis = 0; axis < 3; axis++) {
      const last = geometry.size[axis]! - 1;
      const at = Math.min(Math.max(place[axis]!, 0), last);
      const low = Math.min(Math.floor(at), Math.max(last - 1, 0));
      const isHigh = (corner >> axis) & 1;
      weight *= isHigh ? at - low : 1 - (at - low);
      offset += Math.min(low + isHigh, last) * strides[axis]!;
    }
    value += weight * voxels[offset]!;
  }
  return value;
}

/** HU of the voxel that a patient point lies in; undefined outside the CT. */
export function voxelAt({ geometry, voxels }: Volume, point: Triple): number | undefined {
  const [columns, rows, slices] = geometry.size;
  const [x, y, z] = toVoxel(geometry, patientPoint(...point)).map(Math.round) as [number, number, number];
  const isInside = x >= 0 && y >= 0 && z >= 0 && x < columns && y < rows && z < slices;
  return isInside ? voxels[x + columns * (y + rows * z)] : undefined;
}
