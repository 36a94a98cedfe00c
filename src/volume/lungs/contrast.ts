/**
 * Whether contrast agent fills the great vessels, judged from the image and not from a tag.
 *
 *     const { contrastHu, enhanced } = findLungs(volume).contrast;
 *
 * Between the lungs lie heart and great vessels. Unenhanced blood has 30 to 60 HU, like muscle; in a pulmonary
 * angiogram the pulmonary trunk has 200 and more. So: soft voxels between the two lungs at the height of heart and
 * pulmonary trunk, behind the breastbone and in front of the spine, and the largest connected pool brighter than any
 * unenhanced tissue.
 */
import type { Triple } from "../geometry.ts";
import { bearableNoise, type CoarseChest, denoise } from "./coarse.ts";
import { components } from "./shapes.ts";
import { leftLung, rightLung } from "./split-left-right.ts";

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
/** Of the lungs' depth, from the front: behind the breastbone, in front of the spine. */
const depthShare = { lower: 0.1, upper: 0.55 };
/** Of the lungs' height, from the base: heart and pulmonary trunk, below collar bones and arch. */
const heightShare = { lower: 0.2, upper: 0.7 };

/** @param middle column of the body's middle */
export function judgeContrast(
  { hu: noisy, geometry: { size, spacing } }: CoarseChest,
  labels: Uint8Array,
  tissue: Uint8Array,
  middle: number,
): Contrast {
  // Noise alone would make a pool of bright voxels out of plain blood.
  const hu = denoise(noisy, size, spacing, bearableNoise.blood);
  const between = betweenLungs(labels, size, middle);
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

/** Row by row, what lies between the right and the left lung, at the depth and height of heart and pulmonary trunk. */
function betweenLungs(labels: Uint8Array, [columns, rows, slices]: Triple, middle: number): Uint8Array {
  const between = new Uint8Array(labels.length);
  const area = columns * rows;
  const base = Math.floor(labels.findIndex((label) => label > 0) / area);
  const apex = Math.floor(labels.findLastIndex((label) => label > 0) / area);
  for (let slice = 0; slice < slices; slice++) {
    const height = (slice - base) / Math.max(1, apex - base);
    if (height < heightShare.lower || height > heightShare.upper) continue;
    fillBetween(
      labels.subarray(slice * area, (slice + 1) * area),
      between.subarray(slice * area),
      columns,
      rows,
      middle,
    );
  }
  return between;
}

function fillBetween(labels: Uint8Array, between: Uint8Array, columns: number, rows: number, middle: number): void {
  const front = Math.floor(labels.findIndex((label) => label > 0) / columns);
  const back = Math.floor(labels.findLastIndex((label) => label > 0) / columns);
  if (back < 0) return;
  for (let row = 0; row < rows; row++) {
    const depth = (row - front) / Math.max(1, back - front);
    if (depth < depthShare.lower || depth > depthShare.upper) continue;
    const line = labels.subarray(row * columns, (row + 1) * columns);
    // Where one lung holds no air, the mediastinum is taken to reach as far beyond the body's middle as on the other side.
    const [right, left] = [line.lastIndexOf(rightLung), line.indexOf(leftLung)];
    const from = right < 0 && left >= 0 ? Math.round(2 * middle - left) : right;
    const to = left < 0 && right >= 0 ? Math.round(2 * middle - right) : left;
    if (from >= 0 && to > from) between.fill(1, row * columns + from + 1, row * columns + to);
  }
}

function median(values: number[]): number {
  values.sort((a, b) => a - b);
  return values[Math.floor(values.length / 2)]!;
}
