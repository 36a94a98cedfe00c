/**
 * What a tile is divided into: resolutions, their subbands, precincts and code blocks.
 *
 *     const { resolutions } = tileStructure(coding, regionOfTile(coding, 0));
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

/** More precincts and code blocks than an image we take on is divided into. */
const mostParts = 1 << 17;

export const tilesAcross = ({ image, tiles }: Coding): number =>
  Math.ceil((image.right - tiles.left) / (tiles.right - tiles.left));
export const tilesDown = ({ image, tiles }: Coding): number =>
  Math.ceil((image.bottom - tiles.top) / (tiles.bottom - tiles.top));

export function regionOfTile(coding: Coding, tile: number): Region {
  const { image, tiles } = coding;
  const across = tilesAcross(coding);
  const left = tiles.left + (tile % across) * (tiles.right - tiles.left);
  const top = tiles.top + Math.floor(tile / across) * (tiles.bottom - tiles.top);
  return {
    left: Math.max(left, image.left),
    top: Math.max(top, image.top),
    right: Math.min(left + tiles.right - tiles.left, image.right),
    bottom: Math.min(top + tiles.bottom - tiles.top, image.bottom),
  };
}

/** Each number by `divide`, and the same for all four. */
const each = ({ left, top, right, bottom }: Region, x: (v: number) => number, y: (v: number) => number): Region => ({
  left: x(left),
  top: y(top),
  right: x(right),
  bottom: y(bottom),
});

/** Undefined when there is too much of it. */
export function tileStructure(coding: Coding, tile: Region): Resolution[] | undefined {
  let parts = 0;
  const resolutions: Resolution[] = [];
  for (let index = 0; index <= coding.levels; index++) {
    const halvings = coding.levels - index;
    const scale = (value: number) => Math.ceil(value / 2 ** halvings);
    const region = each(tile, scale, scale);
    const subbands = subbandsOf(coding, tile, index);
    const precincts: Precinct[] = [];
    const exponents = coding.precincts[index]!;
    const [width, height] = [2 ** exponents.width, 2 ** exponents.height];
    const empty = region.left >= region.right || region.top >= region.bottom;
    const columns = empty ? 0 : Math.ceil(region.right / width) - Math.floor(region.left / width);
    const rows = empty ? 0 : Math.ceil(region.bottom / height) - Math.floor(region.top / height);
    parts += columns * rows;
    if (parts > mostParts) return undefined;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const left = (Math.floor(region.left / width) + column) * width;
        const top = (Math.floor(region.top / height) + row) * height;
        const own = { left, top, right: left + width, bottom: top + height };
        const bands = subbands.map((subband) => precinctBand(coding, subband, own));
        for (const { blocks } of bands) parts += blocks.length;
        if (parts > mostParts) return undefined;
        precincts.push({
          left: Math.max(left * 2 ** halvings, tile.left),
          top: Math.max(top * 2 ** halvings, tile.top),
          bands,
        });
      }
    }
    resolutions.push({ region, subbands, precincts });
  }
  return resolutions;
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
  const left = Math.max(own.left, region.left);
  const top = Math.max(own.top, region.top);
  const right = Math.min(own.right, region.right);
  const bottom = Math.min(own.bottom, region.bottom);
  const width = Math.min(2 ** coding.blockWidth, own.right - own.left);
  const height = Math.min(2 ** coding.blockHeight, own.bottom - own.top);
  const blocks: CodeBlock[] = [];
  const empty = left >= right || top >= bottom;
  const across = empty ? 0 : Math.ceil(right / width) - Math.floor(left / width);
  const down = empty ? 0 : Math.ceil(bottom / height) - Math.floor(top / height);
  if (across * down > mostParts)
    return { blocks: Array(mostParts + 1), across, inclusion: new TagTree(0, 0), emptyPlanes: new TagTree(0, 0) };
  for (let row = 0; row < down; row++) {
    for (let column = 0; column < across; column++) {
      const blockLeft = (Math.floor(left / width) + column) * width;
      const blockTop = (Math.floor(top / height) + row) * height;
      const x = Math.max(blockLeft, left);
      const y = Math.max(blockTop, top);
      blocks.push({
        x: x - region.left,
        y: y - region.top,
        width: Math.min(blockLeft + width, right) - x,
        height: Math.min(blockTop + height, bottom) - y,
        emptyPlanes: 0,
        passes: 0,
        pieces: [],
        lengthBits: 3,
      });
    }
  }
  subband.blocks.push(...blocks);
  return { blocks, across, inclusion: new TagTree(across, down), emptyPlanes: new TagTree(across, down) };
}
