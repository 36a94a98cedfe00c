/**
 * The attention volume for a screen: every fourth voxel in-plane. A cell of the network's map is 16 pixels wide, so
 * nothing is lost to the eye, and a sixteenth is sent and drawn.
 *
 *     const view = attentionView(diagnosis.attention);      // 128 x 128 x slices for a 512 x 512 CT
 */
import { type Geometry, toPatient, voxelPoint } from "../volume/index.ts";
import type { AttentionVolume } from "./attention.ts";

const step = 4;

/** The grid of the CT that a view was made from, but for its rows and columns: a slice of it is a slice of the view. */
export const slicesOfView = ({ geometry }: AttentionVolume): Geometry => ({
  ...geometry,
  // A voxel of the view lies in the middle of its block, two of the CT's voxels from the block's first.
  origin: toPatient(geometry, voxelPoint(-1 / 2, -1 / 2, 0)),
});

/** Each voxel stands for a block of 4 x 4 and lies in the block's middle. */
export function attentionView({ geometry, voxels }: AttentionVolume): AttentionVolume {
  const [columns, rows, slices] = geometry.size;
  const thin = [Math.ceil(columns / step), Math.ceil(rows / step)] as const;
  const view = new Uint8Array(thin[0] * thin[1] * slices);
  let at = 0;
  for (let slice = 0; slice < slices; slice++) {
    for (let row = 0; row < thin[1]; row++) {
      const line = columns * (Math.min(row * step + step / 2, rows - 1) + rows * slice);
      for (let column = 0; column < thin[0]; column++) {
        view[at++] = voxels[line + Math.min(column * step + step / 2, columns - 1)]!;
      }
    }
  }
  return {
    voxels: view,
    geometry: {
      size: [thin[0], thin[1], slices],
      spacing: [geometry.spacing[0] * step, geometry.spacing[1] * step, geometry.spacing[2]],
      origin: toPatient(geometry, voxelPoint(step / 2, step / 2, 0)),
      axes: geometry.axes,
    },
  };
}
