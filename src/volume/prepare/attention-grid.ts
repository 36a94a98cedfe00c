/**
 * Between the CT and the attention grid: 16 network pixels a cell, 24 x 24 cells for 384 pixels.
 *
 *     const target = attentionMask(mask, stageOneSlabs(volume, [position], settings), 0);   // 24 x 24 of 0 and 1
 *
 * docs/method.md#from-a-ct-study-to-slabs: the radiologist's mask of the centre slice, bilinearly reduced to the
 * attention grid, then > 0 -> 1. The reduction is the area-aware one (the triangle is as wide as a cell), so a clot of
 * one pixel still marks the cells whose centres surround it; a bilinear reduction that looks at four pixels a cell
 * would miss most small clots.
 */
import { RefusedError } from "../../errors.ts";
import { type Geometry, toPatient, toVoxel, voxelPoint } from "../geometry.ts";
import type { Mask } from "../volume.ts";
import { networkPlane, resamplePlane } from "./crop-grid.ts";
import { canonicalAxial } from "./orientation.ts";
import { type Slabs, slabGeometry } from "./slabs.ts";

/** Network pixels a side of an attention cell: the network's output stride. */
export const attentionStride = 16;

/** Cells a side of the attention grid. */
export const attentionSide = (slabs: Pick<Slabs, "side">): number => Math.floor(slabs.side / attentionStride);

/**
 * The attention grid of a slab's centre slice, one slice thick: cell [column, row, 0] to patient by `toPatient`.
 * A cell's centre is the centre of its 16 x 16 pixels.
 */
export function attentionGeometry(slabs: Slabs, index: number): Geometry {
  const slab = slabGeometry(slabs, index);
  const corner = (attentionStride - 1) / 2;
  return {
    size: [attentionSide(slabs), attentionSide(slabs), 1],
    spacing: [slab.spacing[0] * attentionStride, slab.spacing[1] * attentionStride, slab.spacing[2]],
    origin: toPatient(slab, voxelPoint(corner, corner, (slabs.slices - 1) / 2)),
    axes: slab.axes,
  };
}

/**
 * The mask of a slab's centre slice on the attention grid: 0 or 1, rows then columns.
 * @throws RefusedError `geometry-invalid` when the mask's slices or pixels do not lie on the CT's
 */
export function attentionMask(mask: Mask, slabs: Slabs, index: number): Uint8Array {
  return reduceOutline(networkOutline(mask, slabs, slabs.positions[index]!), slabs.side);
}

/**
 * The mask on the network's pixels, side x side of 0 and 1: every pixel it reaches into is 1.
 * The mask has its own grid (a sparse annotation may hold only some slices); its slice nearest to the position counts
 * when it lies within half a mask slice of it, else the answer is all zero.
 * @param position millimetres along the slice normal, as in `slabs.positions`
 * @throws RefusedError `geometry-invalid` when the mask's slices or pixels do not lie on the CT's
 */
export function networkOutline(mask: Mask, slabs: Slabs, position: number): Uint8Array {
  const axial = canonicalAxial(mask);
  const { size, spacing, axes } = axial.geometry;
  const outline = new Uint8Array(slabs.side * slabs.side);
  requireSamePlane(axial.geometry, slabs.volume);
  const onMask = toVoxel(axial.geometry, toPatient(slabs.volume, voxelPoint(0, 0, position / slabs.volume.spacing[2])));
  const slice = Math.round(onMask[2]);
  if (slice < 0 || slice >= size[2] || Math.abs(onMask[2] - slice) > 0.5 + 1e-6) return outline;
  const area = size[0] * size[1];
  const values = axial.voxels.subarray(slice * area, (slice + 1) * area);
  if (!values.some((value) => value > 0)) return outline;
  const plane = networkPlane(
    { size, spacing, axes, origin: axial.geometry.origin },
    {
      crop: slabs.side,
      pixelSpacing: slabs.plane.columns.taps || slabs.plane.rows.taps ? slabs.plane.spacing[0] : null,
    },
  );
  const onNetwork = resamplePlane(values, size[0], size[1], plane, 0);
  for (let pixel = 0; pixel < outline.length; pixel++) outline[pixel] = onNetwork[pixel]! > 1e-6 ? 1 : 0;
  return outline;
}

/** An outline on the network's pixels, reduced to the attention grid. @param side pixels a side of the outline */
export function reduceOutline(outline: Uint8Array, side: number): Uint8Array {
  const cells = attentionSide({ side });
  const target = new Uint8Array(cells * cells);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      if (outline[row * side + column] === 0) continue;
      // The cells whose centres lie within one cell of this pixel: at most two in each direction.
      const across = (column + 0.5) / attentionStride - 0.5;
      const down = (row + 0.5) / attentionStride - 0.5;
      for (let y = Math.max(0, Math.floor(down)); y <= Math.min(cells - 1, Math.ceil(down)); y++) {
        for (let x = Math.max(0, Math.floor(across)); x <= Math.min(cells - 1, Math.ceil(across)); x++) {
          target[y * cells + x] = 1;
        }
      }
    }
  }
  return target;
}

/** An annotation is drawn on the CT's own pixels; a mask of another image size or place would land elsewhere. */
function requireSamePlane(mask: Geometry, volume: Geometry): void {
  const corner = toVoxel(volume, mask.origin);
  const same =
    mask.size[0] === volume.size[0] &&
    mask.size[1] === volume.size[1] &&
    Math.abs(mask.spacing[0] - volume.spacing[0]) < 1e-3 &&
    Math.abs(mask.spacing[1] - volume.spacing[1]) < 1e-3 &&
    Math.abs(corner[0]) < 0.5 &&
    Math.abs(corner[1]) < 0.5;
  if (!same) {
    throw new RefusedError("geometry-invalid", "the mask was not drawn on the pixels of this CT series", {
      hint: "save the annotation with the size, spacing and position of the series it belongs to",
    });
  }
}
