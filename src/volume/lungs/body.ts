/**
 * The air inside the body: what is left when the room, the table, blankets and padding are taken away.
 *
 *     const { body, innerAir } = findBody(coarse);
 *
 * Body: the largest part of soft tissue and bone after thin things (table shells, wires, lines) are opened away. Air
 * outside: in each slice, whatever is not body and connected with the border of the image, unless it looks like lung:
 * in a cropped field of view the lung itself is cut by the border.
 */
import { type CoarseChest, paddingHu } from "./coarse.ts";
import { components, dilate, erode } from "./shapes.ts";

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

export function findBody({ hu, geometry: { size, spacing } }: CoarseChest): Body {
  const dense = Uint8Array.from(hu, (value) => (value > tissueHu ? 1 : 0));
  const core = erode(dense, size, spacing, openingMillimetres);
  const parts = components(core, size);
  const largest = Math.max(0, ...parts.volumes);
  // A tight crop can cut the body into chest wall and mediastinum.
  const kept = Uint8Array.from(parts.labels, (label) => (label > 0 && parts.volumes[label]! >= 0.1 * largest ? 1 : 0));
  const grown = dilate(kept, size, spacing, openingMillimetres);
  const tissue = Uint8Array.from(grown, (value, voxel) => value & dense[voxel]!);
  const innerAir = insideAir(hu, size, tissue, spacing[0] * spacing[1]);
  return { tissue, innerAir };
}

function insideAir(
  hu: Int16Array,
  size: readonly [number, number, number],
  tissue: Uint8Array,
  pixelArea: number,
): Uint8Array {
  const [columns, rows] = size;
  const area = columns * rows;
  const open = Uint8Array.from(tissue, (value, voxel) => (value === 0 && hu[voxel]! > paddingHu ? 1 : 0));
  const parts = components(open, size, true);
  const touching = new Uint8Array(parts.volumes.length);
  const lungVoxels = new Int32Array(parts.volumes.length);
  for (let voxel = 0; voxel < open.length; voxel++) {
    const label = parts.labels[voxel]!;
    if (label === 0) continue;
    const column = voxel % columns;
    const row = Math.floor((voxel % area) / columns);
    if (column === 0 || row === 0 || column === columns - 1 || row === rows - 1) touching[label] = 1;
    if (hu[voxel]! > lungLike.lower && hu[voxel]! < lungLike.upper) lungVoxels[label]!++;
  }
  const outside = parts.volumes.map((volume, label) => {
    const looksLikeLung = lungVoxels[label]! > 0.5 * volume && volume * pixelArea > 1000;
    return touching[label] === 1 && !looksLikeLung;
  });
  return Uint8Array.from(open, (value, voxel) =>
    value === 1 && !outside[parts.labels[voxel]!] && hu[voxel]! <= tissueHu ? 1 : 0,
  );
}
