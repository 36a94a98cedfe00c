/**
 * The air inside the body: what is left when the room, the table, blankets and padding are taken away.
 *
 *     const { tissue, innerAir } = findBody(coarse);
 *
 * Body: the largest part of soft tissue and bone after thin things (table shells, wires, lines) are opened away. Air
 * outside: in each slice, whatever is not body and connected with the border of the image or of the field of view,
 * unless it looks like lung, for in a tight field of view the lung itself is cut by the border. Foam of a table has
 * lung's HU too, but lies on one side of the body, while a cut lung has body on two sides and more.
 */
import type { Triple } from "../geometry.ts";
import { type CoarseChest, paddingHu } from "./coarse.ts";
import { components, dilate, erode, select } from "./shapes.ts";

export interface Body {
  /** 1 in tissue of the body. */
  readonly tissue: Uint8Array;
  /** 1 in air-holding voxels inside the body: lungs, airways, bowel gas. */
  readonly innerAir: Uint8Array;
}

/** Between lung and soft tissue; a block half lung (-850) and half muscle (50) holds -400. */
export const tissueHu = -400;
const openingMillimetres = 3.5;
/** What holds mostly lung: neither room air (-1000) nor tissue. */
const lungLike = { lower: -960, upper: -500 };
/** A lung cut by the border: at least 10 cm^2, ... */
const smallestCutLung = 1000;
/** ... and on average tissue in this many of the four directions. */
const cutLungSides = 1.75;

export function findBody({ hu, geometry: { size, spacing } }: CoarseChest): Body {
  const dense = select(hu.length, (voxel) => hu[voxel]! > tissueHu);
  const core = erode(dense, size, spacing, openingMillimetres);
  const parts = components(core, size);
  const largest = Math.max(0, ...parts.volumes);
  // A tight crop can cut the body into chest wall and mediastinum.
  const kept = select(hu.length, (voxel) => core[voxel] === 1 && parts.volumes[parts.labels[voxel]!]! >= 0.1 * largest);
  const grown = dilate(kept, size, spacing, openingMillimetres);
  const tissue = select(hu.length, (voxel) => grown[voxel] === 1 && dense[voxel] === 1);
  const innerAir = insideAir(hu, size, tissue, spacing[0] * spacing[1]);
  return { tissue, innerAir };
}

function insideAir(hu: Int16Array, size: Triple, tissue: Uint8Array, pixelArea: number): Uint8Array {
  const [columns, rows] = size;
  const area = columns * rows;
  const open = select(hu.length, (voxel) => tissue[voxel] === 0 && hu[voxel]! > paddingHu);
  const parts = components(open, size, true);
  const sides = tissueSides(tissue, size);
  const touching = new Uint8Array(parts.volumes.length);
  const lungVoxels = new Int32Array(parts.volumes.length);
  const sideSums = new Int32Array(parts.volumes.length);
  for (let voxel = 0; voxel < open.length; voxel++) {
    const label = parts.labels[voxel]!;
    if (label === 0) continue;
    const column = voxel % columns;
    const row = Math.floor((voxel % area) / columns);
    const atBorder = column === 0 || row === 0 || column === columns - 1 || row === rows - 1;
    if (atBorder || besidePadding(hu, voxel, columns)) touching[label] = 1;
    if (hu[voxel]! > lungLike.lower && hu[voxel]! < lungLike.upper) lungVoxels[label]!++;
    sideSums[label]! += sides[voxel]!;
  }
  const outside = parts.volumes.map((volume, label) => {
    const looksLikeLung =
      volume * pixelArea > smallestCutLung &&
      lungVoxels[label]! > 0.5 * volume &&
      sideSums[label]! > cutLungSides * volume;
    return touching[label] === 1 && !looksLikeLung;
  });
  return select(hu.length, (voxel) => open[voxel] === 1 && !outside[parts.labels[voxel]!] && hu[voxel]! <= tissueHu);
}

/** Whether one of the four neighbours in the slice lies outside the scanner's field of view. */
const besidePadding = (hu: Int16Array, voxel: number, columns: number): boolean =>
  hu[voxel - 1]! <= paddingHu ||
  hu[voxel + 1]! <= paddingHu ||
  hu[voxel - columns]! <= paddingHu ||
  hu[voxel + columns]! <= paddingHu;

/** In how many of the four directions within its slice a voxel has tissue: 4 deep inside, 1 in the table below. */
function tissueSides(tissue: Uint8Array, [columns, rows, slices]: Triple): Uint8Array {
  const sides = new Uint8Array(tissue.length);
  const look = (start: number, step: number, count: number) => {
    let seen = 0;
    for (let index = 0, voxel = start; index < count; index++, voxel += step) {
      sides[voxel]! += seen;
      if (tissue[voxel] === 1) seen = 1;
    }
  };
  for (let slice = 0; slice < slices; slice++) {
    const start = slice * columns * rows;
    for (let row = 0; row < rows; row++) {
      look(start + row * columns, 1, columns);
      look(start + row * columns + columns - 1, -1, columns);
    }
    for (let column = 0; column < columns; column++) {
      look(start + column, columns, rows);
      look(start + column + (rows - 1) * columns, -columns, rows);
    }
  }
  return sides;
}
