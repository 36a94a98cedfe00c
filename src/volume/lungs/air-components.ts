/**
 * Gas that isn't lung: stomach, bowel, oesophagus.
 *
 *     const gas = findBowelGas(coarse, air, airways);
 *
 * Pure gas (below -940 HU) also fills bullae, and a wholly emphysematous lung is as dark. Two things tell gas in a
 * bowel from them: it is wrapped in a wall, where a bulla lies in lung, and no bronchus leads into it, where a lung lies around
 * its bronchi.
 */
import type { CoarseChest } from "./coarse.ts";
import { components, dilate, select } from "./shapes.ts";

const gasHu = -940;
const smallestMillilitres = 0.5;
/** The blurred edge of a gas pocket at this grid. */
const edgeMillimetres = 3.5;
/** Where its neighbours are looked at. */
const neighbourMillimetres = 8;
const wallHu = -250;
const wallShare = 0.55;
/** Noise and the blurred wall lift the rim of a gas pocket to this; it belongs to the gas as far as this reaches. */
const rimHu = -600;
const rimMillimetres = 7;
/** A pocket that large beside the airways is a lung, and the larger one is wherever it lies: no stomach holds as much gas. */
const lungMillilitres = { besideAirways: 300, anywhere: 1500 };

/** 1 in bowel gas and its blurred edge. @param air inside the body, airways taken out */
export function findBowelGas(
  { hu, geometry: { size, spacing } }: CoarseChest,
  air: Uint8Array,
  airways: Uint8Array,
): Uint8Array {
  const gas = select(hu.length, (voxel) => air[voxel] === 1 && hu[voxel]! < gasHu);
  const parts = components(gas, size);
  const smallest = (smallestMillilitres * 1000) / (spacing[0] * spacing[1] * spacing[2]);
  const [columns, rows] = size;
  const bounds = boundingBoxes(parts.labels, parts.volumes.length, size);
  const bowel = new Uint8Array(hu.length);
  parts.volumes.forEach((volume, label) => {
    if (label === 0 || volume < smallest) return;
    const margin = spacing.map((step) => Math.ceil((rimMillimetres + neighbourMillimetres) / step) + 1);
    const box = bounds[label]!;
    const low = [0, 1, 2].map((axis) => Math.max(0, box.low[axis]! - margin[axis]!));
    const high = [0, 1, 2].map((axis) => Math.min(size[axis]! - 1, box.high[axis]! + margin[axis]!));
    const boxSize = [0, 1, 2].map((axis) => high[axis]! - low[axis]! + 1) as [number, number, number];
    const voxelAt = (index: number) => {
      const column = low[0]! + (index % boxSize[0]);
      const row = low[1]! + (Math.floor(index / boxSize[0]) % boxSize[1]);
      const slice = low[2]! + Math.floor(index / (boxSize[0] * boxSize[1]));
      return column + columns * (row + rows * slice);
    };
    const part = new Uint8Array(boxSize[0] * boxSize[1] * boxSize[2]);
    for (let index = 0; index < part.length; index++) part[index] = parts.labels[voxelAt(index)] === label ? 1 : 0;
    const inBox = (mask: Uint8Array) => select(part.length, (index) => mask[voxelAt(index)] === 1);
    const millilitres = (volume * spacing[0] * spacing[1] * spacing[2]) / 1000;
    const near = dilate(part, boxSize, spacing, rimMillimetres);
    const bronchi = inBox(airways);
    const isBesideAirways = near.some((value, index) => value === 1 && bronchi[index] === 1);
    if (millilitres > (isBesideAirways ? lungMillilitres.besideAirways : lungMillilitres.anywhere)) return;
    // Around the gas itself, or around it with its rim: noise can lift the rim, and lung can lie close to a thin wall.
    const rim = select(part.length, (index) => near[index] === 1 && hu[voxelAt(index)]! < rimHu);
    const wallOf = (pocket: Uint8Array) => wallAround(pocket, boxSize, spacing, (index) => hu[voxelAt(index)]!);
    const [plain, withRim] = [wallOf(part), wallOf(rim)];
    if (Math.max(plain, withRim) < wallShare) return;
    const bowelGas = dilate(withRim >= wallShare ? rim : part, boxSize, spacing, edgeMillimetres);
    for (let index = 0; index < part.length; index++) {
      if (bowelGas[index] === 1 && air[voxelAt(index)] === 1) bowel[voxelAt(index)] = 1;
    }
  });
  return bowel;
}

/** The share of wall in the shell that lies between the blurred edge of a pocket and its neighbourhood. */
function wallAround(
  pocket: Uint8Array,
  size: readonly [number, number, number],
  spacing: readonly [number, number, number],
  huAt: (index: number) => number,
): number {
  const edge = dilate(pocket, size, spacing, edgeMillimetres);
  const around = dilate(pocket, size, spacing, neighbourMillimetres);
  let wall = 0;
  let neighbours = 0;
  for (let index = 0; index < pocket.length; index++) {
    if (around[index] === 0 || edge[index] === 1) continue;
    neighbours++;
    if (huAt(index) > wallHu) wall++;
  }
  return neighbours === 0 ? 0 : wall / neighbours;
}

interface Box {
  readonly low: [number, number, number];
  readonly high: [number, number, number];
}

function boundingBoxes(labels: Int32Array, count: number, size: readonly [number, number, number]): Box[] {
  const boxes: Box[] = Array.from({ length: count }, () => ({ low: [...size], high: [-1, -1, -1] }));
  for (let voxel = 0; voxel < labels.length; voxel++) {
    const label = labels[voxel]!;
    if (label === 0) continue;
    const box = boxes[label]!;
    const at = [voxel % size[0], Math.floor(voxel / size[0]) % size[1], Math.floor(voxel / (size[0] * size[1]))];
    for (const axis of [0, 1, 2] as const) {
      if (at[axis]! < box.low[axis]) box.low[axis] = at[axis]!;
      if (at[axis]! > box.high[axis]) box.high[axis] = at[axis]!;
    }
  }
  return boxes;
}
