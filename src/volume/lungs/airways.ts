/**
 * The trachea and the main bronchi, so that they are not taken for lung and don't tie the two lungs together.
 *
 *     const airways = findAirways(coarse, innerAir, tissue);   // 1 in the lumen and its wall
 *
 * The trachea is a chain of small, round, air-filled spots near the midline over at least 2 cm. From there the lumen is
 * grown through ever denser air until it breaks out into the lung; the last step before that is kept.
 */
import type { CoarseChest } from "./coarse.ts";
import { components, dilate, select } from "./shapes.ts";

const spotMillimetres2 = { lower: 50, upper: 800 };
const lumenHu = -890;
const chainMillimetres = 20;
/** Trachea, carina and main bronchi hold 40 to 100 ml. */
const largestMillilitres = 120;
/** A step of 10 HU that adds more than this has reached the lung. */
const breakoutMillilitres = 12;
const wallMillimetres = 3.5;

export function findAirways(
  { hu, geometry: { size, spacing } }: CoarseChest,
  innerAir: Uint8Array,
  tissue: Uint8Array,
): Uint8Array {
  const seeds = trachea(hu, size, spacing, innerAir, tissue);
  if (seeds.length === 0) return new Uint8Array(hu.length);
  const millilitres = (spacing[0] * spacing[1] * spacing[2]) / 1000;
  let kept: Uint8Array | undefined;
  let keptVolume = 0;
  for (let threshold = -980; threshold <= -840; threshold += 10) {
    const grown = growFrom(seeds, size, (voxel) => innerAir[voxel] === 1 && hu[voxel]! < threshold);
    const volume = grown.count * millilitres;
    if (volume === 0) continue;
    if (
      kept &&
      (volume > largestMillilitres || volume - keptVolume > Math.max(breakoutMillilitres, 0.5 * keptVolume))
    ) {
      break;
    }
    if (!kept && volume > largestMillilitres) break;
    kept = grown.mask;
    keptVolume = volume;
  }
  if (!kept) return new Uint8Array(hu.length);
  const grown = dilate(kept, size, spacing, wallMillimetres);
  return select(hu.length, (voxel) => grown[voxel] === 1 && innerAir[voxel] === 1);
}

/** Voxels reachable from the seeds through faces. */
function growFrom(
  seeds: readonly number[],
  size: readonly [number, number, number],
  open: (voxel: number) => boolean,
): { mask: Uint8Array; count: number } {
  const [columns, rows, slices] = size;
  const area = columns * rows;
  const mask = new Uint8Array(area * slices);
  const stack: number[] = [];
  let count = 0;
  const visit = (voxel: number) => {
    if (mask[voxel] !== 0 || !open(voxel)) return;
    mask[voxel] = 1;
    count++;
    stack.push(voxel);
  };
  for (const seed of seeds) visit(seed);
  for (let voxel = stack.pop(); voxel !== undefined; voxel = stack.pop()) {
    const column = voxel % columns;
    const inSlice = voxel % area;
    if (column > 0) visit(voxel - 1);
    if (column < columns - 1) visit(voxel + 1);
    if (inSlice >= columns) visit(voxel - columns);
    if (inSlice < area - columns) visit(voxel + columns);
    if (voxel >= area) visit(voxel - area);
    if (voxel < area * (slices - 1)) visit(voxel + area);
  }
  return { mask, count };
}

interface Spot {
  readonly slice: number;
  readonly column: number;
  readonly row: number;
  /** Voxels of the spot with air in them. */
  readonly lumen: readonly number[];
}

/** Lumen voxels of the longest chain of tracheal spots, from the head down. */
function trachea(
  hu: Int16Array,
  size: readonly [number, number, number],
  spacing: readonly [number, number, number],
  innerAir: Uint8Array,
  tissue: Uint8Array,
): number[] {
  const chains: { spots: Spot[] }[] = [];
  for (const spot of tracheaSpots(hu, size, spacing, innerAir, tissue)) {
    const above = chains.find(({ spots }) => {
      const last = spots.at(-1)!;
      const shift = Math.hypot((spot.column - last.column) * spacing[0], (spot.row - last.row) * spacing[1]);
      return last.slice - spot.slice === 1 && shift < 8 + spacing[2];
    });
    if (above) above.spots.push(spot);
    else chains.push({ spots: [spot] });
  }
  const longest = chains.reduce((best, { spots }) => (spots.length > best.length ? spots : best), [] as Spot[]);
  if (longest.length * spacing[2] < chainMillimetres) return [];
  return longest.flatMap(({ lumen }) => lumen);
}

/** Small round air-filled spots in the middle third of the body, slices from head to feet. */
function tracheaSpots(
  hu: Int16Array,
  size: readonly [number, number, number],
  spacing: readonly [number, number, number],
  innerAir: Uint8Array,
  tissue: Uint8Array,
): Spot[] {
  const [columns, rows] = size;
  const area = columns * rows;
  const pixelArea = spacing[0] * spacing[1];
  const parts = components(innerAir, size, true);
  const members = new Map<number, number[]>();
  for (let voxel = 0; voxel < innerAir.length; voxel++) {
    const label = parts.labels[voxel]!;
    if (label === 0 || parts.volumes[label]! * pixelArea > spotMillimetres2.upper) continue;
    const known = members.get(label);
    if (known) known.push(voxel);
    else members.set(label, [voxel]);
  }
  const spots: Spot[] = [];
  for (const voxels of members.values()) {
    if (voxels.length * pixelArea < spotMillimetres2.lower) continue;
    const slice = Math.floor(voxels[0]! / area);
    const at = voxels.map((voxel) => [voxel % columns, Math.floor((voxel % area) / columns)] as const);
    const across = at.map(([column]) => column);
    const down = at.map(([, row]) => row);
    const width = (Math.max(...across) - Math.min(...across) + 1) * spacing[0];
    const height = (Math.max(...down) - Math.min(...down) + 1) * spacing[1];
    if (width > 2.5 * height || height > 2.5 * width) continue;
    const lumen = voxels.filter((voxel) => hu[voxel]! < lumenHu);
    if (lumen.length === 0) continue;
    const column = across.reduce((sum, value) => sum + value, 0) / across.length;
    const row = down.reduce((sum, value) => sum + value, 0) / down.length;
    const { lower, upper } = tissueExtent(tissue, columns, rows, slice);
    const share = (column - lower) / Math.max(1, upper - lower);
    if (share < 0.33 || share > 0.67) continue;
    spots.push({ slice, column, row, lumen });
  }
  return spots.sort((a, b) => b.slice - a.slice);
}

/** First and last column with tissue in a slice. */
function tissueExtent(tissue: Uint8Array, columns: number, rows: number, slice: number) {
  let lower = columns;
  let upper = -1;
  const start = slice * columns * rows;
  for (let pixel = 0; pixel < columns * rows; pixel++) {
    if (tissue[start + pixel] === 0) continue;
    const column = pixel % columns;
    if (column < lower) lower = column;
    if (column > upper) upper = column;
  }
  return { lower, upper };
}
