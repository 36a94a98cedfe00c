/**
 * Whether contrast agent fills the great vessels, judged from the image and not from a tag.
 *
 *     const { contrastHu, enhanced } = findLungs(volume).contrast;
 *
 * Between the lungs lie heart and great vessels. Unenhanced blood has 30 to 60 HU, like muscle; in a pulmonary
 * angiogram the pulmonary trunk has 200 and more. So: soft voxels between the two lungs, in front of the spine, and
 * the largest connected pool brighter than any unenhanced tissue.
 */
import type { CoarseChest } from "./coarse.ts";
import { components } from "./shapes.ts";
import { leftLung, rightLung } from "./sides.ts";

export interface Contrast {
  /** Median HU of the largest bright pool between the lungs; without one, of the soft tissue there. null: nothing seen. */
  readonly contrastHu: number | null;
  readonly enhanced: boolean;
}

const softTissue = { lower: 0, upper: 900 };
/** Above unenhanced blood (60) and muscle (70), below the poorest usable enhancement. */
const brightHu = 120;
/** A pulmonary trunk alone holds 20 ml and more; calcified valves, stents and leads far less. */
const poolMillilitres = 10;
/** Share of the lungs' depth, from the front, that is in front of the spine. */
const frontShare = 0.6;

export function judgeContrast(
  { hu, geometry: { size, spacing } }: CoarseChest,
  labels: Uint8Array,
  tissue: Uint8Array,
): Contrast {
  const between = betweenLungs(labels, size);
  const soft: number[] = [];
  const bright = new Uint8Array(hu.length);
  for (let voxel = 0; voxel < hu.length; voxel++) {
    if (between[voxel] === 0 || tissue[voxel] === 0) continue;
    const value = hu[voxel]!;
    if (value < softTissue.lower || value > softTissue.upper) continue;
    soft.push(value);
    if (value > brightHu) bright[voxel] = 1;
  }
  if (soft.length === 0) return { contrastHu: null, enhanced: false };
  const parts = components(bright, size);
  const largest = parts.volumes.reduce((best, volume, label) => (volume > parts.volumes[best]! ? label : best), 0);
  const millilitres = (parts.volumes[largest]! * spacing[0] * spacing[1] * spacing[2]) / 1000;
  if (millilitres < poolMillilitres) return { contrastHu: median(soft), enhanced: false };
  const pool: number[] = [];
  for (let voxel = 0; voxel < hu.length; voxel++) if (parts.labels[voxel] === largest) pool.push(hu[voxel]!);
  return { contrastHu: median(pool), enhanced: true };
}

/** Row by row, what lies between the right and the left lung, in the front part of their depth. */
function betweenLungs(labels: Uint8Array, [columns, rows, slices]: readonly [number, number, number]): Uint8Array {
  const between = new Uint8Array(labels.length);
  for (let slice = 0; slice < slices; slice++) {
    const start = slice * columns * rows;
    const bounds: { row: number; from: number; to: number }[] = [];
    let front = rows;
    let back = -1;
    for (let row = 0; row < rows; row++) {
      let from = -1;
      let to = columns;
      for (let column = 0; column < columns; column++) {
        const label = labels[start + row * columns + column]!;
        if (label === 0) continue;
        front = Math.min(front, row);
        back = row;
        if (label === rightLung) from = Math.max(from, column);
        if (label === leftLung) to = Math.min(to, column);
      }
      if (from >= 0 && to < columns && from < to) bounds.push({ row, from, to });
    }
    const limit = front + frontShare * (back - front);
    for (const { row, from, to } of bounds) {
      if (row > limit) continue;
      between.fill(1, start + row * columns + from + 1, start + row * columns + to);
    }
  }
  return between;
}

function median(values: number[]): number {
  values.sort((a, b) => a - b);
  return values[Math.floor(values.length / 2)]!;
}
