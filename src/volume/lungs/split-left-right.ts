/**
 * Which part of the lungs is left and which is right.
 *
 *     const labels = splitSides(lung, geometry, bodyMiddle);   // 0 outside, 1 right, 2 left
 *
 * The two lungs often touch in front of the heart at a coarse grid. They are eroded until they come apart and grown
 * back from the two cores, each voxel to the core it is reached from first.
 */
import type { Geometry } from "../geometry.ts";
import { components, select, squaredDistances } from "./shapes.ts";

export const rightLung = 1;
export const leftLung = 2;

const erosions = [0, 3, 6, 9, 12, 16, 20];
/** A core smaller than this share of the other is a lobe or a crumb, not the other lung. */
const smallestShare = 0.12;

/** @param lung 1 in lung; its grid is canonically oriented, so columns grow to the patient's left */
export function splitSides(lung: Uint8Array, { size, spacing }: Geometry, bodyMiddle: number): Uint8Array {
  let depth: Float32Array | undefined;
  const erodedBy = (radius: number) => {
    if (radius === 0) return lung;
    const outside = () => select(lung.length, (voxel) => lung[voxel] === 0);
    depth ??= squaredDistances(outside(), size, spacing, erosions.at(-1)! + 0.1);
    const squared = depth;
    return select(lung.length, (voxel) => lung[voxel] === 1 && squared[voxel]! > radius * radius);
  };
  for (const erosion of erosions) {
    const core = erodedBy(erosion);
    const parts = components(core, size);
    const middles = columnMeans(parts.labels, parts.volumes.length, size[0]);
    const ordered = parts.volumes
      .map((_, label) => label)
      .slice(1)
      .sort((a, b) => parts.volumes[b]! - parts.volumes[a]!);
    const [first, ...others] = ordered;
    if (first === undefined) break;
    const apart = (label: number) => Math.abs(middles[label]! - middles[first]!) * spacing[0] > 60;
    const second = others.find(
      (label) => apart(label) && parts.volumes[label]! > smallestShare * parts.volumes[first]!,
    );
    if (second === undefined) continue;
    const middle = (middles[first]! + middles[second]!) / 2;
    const sideOf = middles.map((column) => (column < middle ? rightLung : leftLung));
    const seeds = new Uint8Array(lung.length);
    for (let voxel = 0; voxel < lung.length; voxel++)
      if (core[voxel] === 1) seeds[voxel] = sideOf[parts.labels[voxel]!]!;
    return growSeeds(seeds, lung, size, middle);
  }
  // One lung only (the other opaque or outside the field of view), or two that don't come apart.
  const parts = components(lung, size);
  const middles = columnMeans(parts.labels, parts.volumes.length, size[0]);
  const wide = parts.volumes.map((_, label) => spansMiddle(parts.labels, label, size[0], bodyMiddle));
  const labels = new Uint8Array(lung.length);
  for (let voxel = 0; voxel < lung.length; voxel++) {
    const label = parts.labels[voxel]!;
    if (label === 0) continue;
    const column = wide[label] ? voxel % size[0] : middles[label]!;
    labels[voxel] = column < bodyMiddle ? rightLung : leftLung;
  }
  return labels;
}

/** Whether at least a quarter of a part lies on either side. */
function spansMiddle(labels: Int32Array, label: number, columns: number, middle: number): boolean {
  let left = 0;
  let right = 0;
  for (let voxel = 0; voxel < labels.length; voxel++) {
    if (labels[voxel] !== label || label === 0) continue;
    if (voxel % columns < middle) right++;
    else left++;
  }
  return Math.min(left, right) > 0.25 * (left + right);
}

function columnMeans(labels: Int32Array, count: number, columns: number): number[] {
  const sums = new Float64Array(count);
  const counts = new Float64Array(count);
  for (let voxel = 0; voxel < labels.length; voxel++) {
    const label = labels[voxel]!;
    if (label === 0) continue;
    sums[label]! += voxel % columns;
    counts[label]!++;
  }
  return Array.from(sums, (sum, label) => (counts[label]! > 0 ? sum / counts[label]! : 0));
}

function growSeeds(
  seeds: Uint8Array,
  lung: Uint8Array,
  [columns, rows, slices]: readonly [number, number, number],
  middle: number,
): Uint8Array {
  const area = columns * rows;
  const labels = seeds.slice();
  const queue = new Int32Array(lung.length);
  let tail = 0;
  for (let voxel = 0; voxel < labels.length; voxel++) if (labels[voxel] !== 0) queue[tail++] = voxel;
  for (let head = 0; head < tail; head++) {
    const voxel = queue[head]!;
    const label = labels[voxel]!;
    const visit = (neighbour: number) => {
      if (lung[neighbour] === 0 || labels[neighbour] !== 0) return;
      labels[neighbour] = label;
      queue[tail++] = neighbour;
    };
    const column = voxel % columns;
    const inSlice = voxel % area;
    if (column > 0) visit(voxel - 1);
    if (column < columns - 1) visit(voxel + 1);
    if (inSlice >= columns) visit(voxel - columns);
    if (inSlice < area - columns) visit(voxel + columns);
    if (voxel >= area) visit(voxel - area);
    if (voxel < area * (slices - 1)) visit(voxel + area);
  }
  // Small parts without a core of their own go by where they lie.
  for (let voxel = 0; voxel < lung.length; voxel++) {
    if (lung[voxel] === 1 && labels[voxel] === 0) labels[voxel] = voxel % columns < middle ? rightLung : leftLung;
  }
  return labels;
}
