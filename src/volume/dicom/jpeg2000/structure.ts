/**
 * What a tile is divided into: resolutions, their subbands, precincts and code blocks.
 *
 *     const resolutions = tileStructure(coding, regionOfTile(coding, 0));
 *
 * Source: ITU-T T.800 annex B.5 to B.7.
 */
import type { Coding, Region } from "./headers.ts";
import { TagTree } from "./tag-tree.ts";

export interface CodeBlock {
  /** Its place in its subband. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Most significant bit planes that hold nothing. */
  emptyPlanes: number;
  passes: number;
  /** Its coded bytes, a piece from each packet that has some. */
  readonly pieces: Uint8Array[];
  /** Bits a piece's length takes, before those its passes add (B.10.7.1). */
  lengthBits: number;
}

/** The part of a precinct that lies in one subband. */
export interface PrecinctBand {
  readonly blocks: readonly CodeBlock[];
  readonly across: number;
  readonly inclusion: TagTree;
  readonly emptyPlanes: TagTree;
}

export interface Precinct {
  /** Where it begins on the reference grid. */
  readonly left: number;
  readonly top: number;
  readonly bands: readonly PrecinctBand[];
}

export interface Subband {
  readonly region: Region;
  /** 0: low in both directions, 1: high horizontally, 2: vertically, 3: in both. */
  readonly orientation: number;
  /** Bit planes a coefficient may have (E.1.1). */
  readonly planes: number;
  readonly blocks: CodeBlock[];
}

export interface Resolution {
  readonly region: Region;
  readonly subbands: readonly Subband[];
  readonly precincts: readonly Precinct[];
}

export const tilesAcross = ({ image, tiles }: Coding): number =>
  Math.ceil((image.right - tiles.left) / (tiles.right - tiles.left));
export const tilesDown = ({ image, tiles }: Coding): number =>
  Math.ceil((image.bottom - tiles.top) / (tiles.bottom - tiles.top));

export function regionOfTile(coding: Coding, tile: number): Region {
  const { image, tiles } = coding;
  const across = tilesAcross(coding);
  const left = tiles.left + (tile % across) * (tiles.right - tiles.left);
  const top = tiles.top + Math.floor(tile / across) * (tiles.bottom - tiles.top);
  const right = left + tiles.right - tiles.left;
  return intersection({ left, top, right, bottom: top + tiles.bottom - tiles.top }, image);
}

const each = ({ left, top, right, bottom }: Region, x: (v: number) => number, y: (v: number) => number): Region => ({
  left: x(left),
  top: y(top),
  right: x(right),
  bottom: y(bottom),
});

/** Cells of a grid of `width` x `height`, anchored at 0, that a region touches. */
function cells({ left, top, right, bottom }: Region, width: number, height: number): Region[] {
  const touched: Region[] = [];
  if (left >= right || top >= bottom) return touched;
  for (let y = Math.floor(top / height) * height; y < bottom; y += height) {
    for (let x = Math.floor(left / width) * width; x < right; x += width) {
      touched.push({ left: x, top: y, right: x + width, bottom: y + height });
    }
  }
  return touched;
}

const regionOfResolution = ({ levels }: Coding, tile: Region, resolution: number): Region => {
  const scale = (value: number) => Math.ceil(value / 2 ** (levels - resolution));
  return each(tile, scale, scale);
};

/** At least as many precincts and code blocks as a tile has. */
export function mostParts(coding: Coding, tile: Region): number {
  let parts = 0;
  for (const [resolution, precinct] of coding.precincts.entries()) {
    const { left, top, right, bottom } = regionOfResolution(coding, tile, resolution);
    const along = (length: number, block: number, precinct: number) =>
      Math.ceil(length / 2 ** Math.min(block, precinct)) + Math.ceil(length / 2 ** precinct) + 2;
    const across = along(right - left, coding.blockWidth, precinct.width);
    parts += across * along(bottom - top, coding.blockHeight, precinct.height);
  }
  return parts;
}

export function tileStructure(coding: Coding, tile: Region): Resolution[] {
  return coding.precincts.map((exponents, index) => {
    const region = regionOfResolution(coding, tile, index);
    const subbands = subbandsOf(coding, tile, index);
    const scale = 2 ** (coding.levels - index);
    const precincts = cells(region, 2 ** exponents.width, 2 ** exponents.height).map((own) => ({
      left: Math.max(own.left * scale, tile.left),
      top: Math.max(own.top * scale, tile.top),
      bands: subbands.map((subband) => precinctBand(coding, subband, own)),
    }));
    return { region, subbands, precincts };
  });
}

function subbandsOf({ levels, exponents, guardBits }: Coding, tile: Region, resolution: number): Subband[] {
  const orientations = resolution === 0 ? [0] : [1, 2, 3];
  const level = resolution === 0 ? levels : levels - resolution + 1;
  return orientations.map((orientation) => {
    const halved = (high: number) => (value: number) =>
      Math.ceil((value - (high === 0 ? 0 : 2 ** (level - 1))) / 2 ** level);
    return {
      region: each(tile, halved(orientation & 1), halved(orientation >> 1)),
      orientation,
      planes: exponents[resolution === 0 ? 0 : 3 * (resolution - 1) + orientation]! + guardBits - 1,
      blocks: [],
    };
  });
}

function precinctBand(coding: Coding, subband: Subband, precinct: Region): PrecinctBand {
  const { region, orientation } = subband;
  const halve = (value: number) => (orientation === 0 ? value : value / 2);
  const own = each(precinct, halve, halve);
  const inside = intersection(own, region);
  const width = Math.min(2 ** coding.blockWidth, own.right - own.left);
  const height = Math.min(2 ** coding.blockHeight, own.bottom - own.top);
  const blocks = cells(inside, width, height).map((cell) => {
    const { left, top, right, bottom } = intersection(cell, inside);
    return {
      ...{ x: left - region.left, y: top - region.top, width: right - left, height: bottom - top },
      ...{ emptyPlanes: 0, passes: 0, pieces: [], lengthBits: 3 },
    };
  });
  subband.blocks.push(...blocks);
  const across = blocks.length === 0 ? 0 : Math.ceil(inside.right / width) - Math.floor(inside.left / width);
  const down = across === 0 ? 0 : blocks.length / across;
  return { blocks, across, inclusion: new TagTree(across, down), emptyPlanes: new TagTree(across, down) };
}

const intersection = (a: Region, b: Region): Region => ({
  left: Math.max(a.left, b.left),
  top: Math.max(a.top, b.top),
  right: Math.min(a.right, b.right),
  bottom: Math.min(a.bottom, b.bottom),
});
