/**
 * The headers of a JPEG 2000 codestream of one component: what was coded how, and where each tile's packets are.
 *
 *     const coded = readHeaders(codestream);      // undefined: damaged, or of a form our decoder does not take
 *
 * Source: ITU-T T.800 annex A.
 */
import { codestreamStart } from "../codestream.ts";

/** How one component of an image was coded: the fields of SIZ, COD and QCD. */
export interface Coding {
  /** The image's and the first tile's place on the reference grid (B.2, B.3). */
  readonly image: Region;
  readonly tiles: Region;
  readonly precision: number;
  readonly signed: boolean;
  readonly progression: number;
  readonly layers: number;
  /** Decomposition levels. */
  readonly levels: number;
  /** Exponents of two: a code block's width and height. */
  readonly blockWidth: number;
  readonly blockHeight: number;
  /** The code block style's bits (table A.19), of which we know three. */
  readonly style: number;
  /** For each resolution the exponents of a precinct's width and height. */
  readonly precincts: readonly { readonly width: number; readonly height: number }[];
  /** Whether each packet's header ends with EPH. */
  readonly eph: boolean;
  readonly guardBits: number;
  /** For each subband, from the lowest up. */
  readonly exponents: readonly number[];
}

/** From left and top up to right and bottom, these not included. */
export interface Region {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface Coded {
  readonly coding: Coding;
  /** For each tile the bytes of its packets, part after part. */
  readonly packets: ReadonlyMap<number, readonly Uint8Array[]>;
}

const marker = { siz: 0x51, cod: 0x52, qcd: 0x5c, sot: 0x90, sod: 0x93, eoc: 0xd9 } as const;
/** Lengths of packets and tile parts, registration and comments: nothing a decoder needs. */
const passed: readonly number[] = [0x55, 0x57, 0x58, 0x63, 0x64];

/** Contexts reset with each pass, a predictable end, segmentation symbols: none changes where a pass ends. */
const knownStyles = 0x02 | 0x10 | 0x20;

export function readHeaders(bytes: Uint8Array): Coded | undefined {
  const start = codestreamStart(bytes);
  if (start === undefined) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const segments = new Map<number, DataView>();
  let at = start + 2;
  for (;;) {
    if (at + 4 > bytes.length || bytes[at] !== 0xff) return undefined;
    const code = bytes[at + 1]!;
    if (code === marker.sot) break;
    const length = view.getUint16(at + 2);
    if (length < 2 || at + 2 + length > bytes.length) return undefined;
    if (code === marker.siz || code === marker.cod || code === marker.qcd) {
      segments.set(code, new DataView(bytes.buffer, bytes.byteOffset + at + 4, length - 2));
    } else if (!passed.includes(code)) return undefined;
    at += 2 + length;
  }
  const coding = readCoding(segments.get(marker.siz), segments.get(marker.cod), segments.get(marker.qcd));
  const packets = coding && readTileParts(bytes, view, at);
  return packets && { coding, packets };
}

function readCoding(siz?: DataView, cod?: DataView, qcd?: DataView): Coding | undefined {
  if (!siz || !cod || !qcd || siz.byteLength !== 39 || cod.byteLength < 10 || qcd.byteLength < 2) return undefined;
  const [right, bottom, left, top] = [2, 6, 10, 14].map((at) => siz.getUint32(at)) as [number, number, number, number];
  const [width, height, tileLeft, tileTop] = [18, 22, 26, 30].map((at) => siz.getUint32(at)) as [
    number,
    number,
    number,
    number,
  ];
  const oneComponent = siz.getUint16(34) === 1 && siz.getUint8(37) === 1 && siz.getUint8(38) === 1;
  const tiled = tileLeft <= left && tileTop <= top && tileLeft + width > left && tileTop + height > top;
  if (!oneComponent || !tiled || right <= left || bottom <= top || Math.max(right, bottom) >= 2 ** 30) return undefined;
  const coded = cod.getUint8(0);
  const [levels, blockWidth, blockHeight] = [cod.getUint8(5), cod.getUint8(6) + 2, cod.getUint8(7) + 2];
  const style = cod.getUint8(8);
  const reversible = cod.getUint8(9) === 1 && (qcd.getUint8(0) & 31) === 0;
  const ownPrecincts = (coded & 1) !== 0;
  const lengthsFit =
    levels <= 32 && cod.byteLength === (ownPrecincts ? 11 + levels : 10) && qcd.byteLength >= 2 + 3 * levels;
  if (!reversible || !lengthsFit || (style & ~knownStyles) !== 0) return undefined;
  if (blockWidth > 10 || blockHeight > 10 || blockWidth + blockHeight > 12) return undefined;
  const precincts = Array.from({ length: levels + 1 }, (_, resolution) => {
    const exponents = ownPrecincts ? cod.getUint8(10 + resolution) : 0xff;
    return { width: exponents & 15, height: exponents >> 4 };
  });
  // A precinct of one sample cannot be halved into the subbands of a higher resolution.
  if (precincts.some(({ width, height }, resolution) => resolution > 0 && (width === 0 || height === 0))) {
    return undefined;
  }
  const depth = siz.getUint8(36);
  return {
    image: { left, top, right, bottom },
    tiles: { left: tileLeft, top: tileTop, right: tileLeft + width, bottom: tileTop + height },
    precision: (depth & 0x7f) + 1,
    signed: depth >= 0x80,
    progression: cod.getUint8(1),
    layers: cod.getUint16(2),
    levels,
    blockWidth,
    blockHeight,
    style,
    precincts,
    eph: (coded & 4) !== 0,
    guardBits: qcd.getUint8(0) >> 5,
    exponents: Array.from({ length: 1 + 3 * levels }, (_, band) => qcd.getUint8(1 + band) >> 3),
  };
}

/** The packets of every tile; undefined where a tile part is cut short or changes what the main header says. */
function readTileParts(bytes: Uint8Array, view: DataView, first: number): Map<number, Uint8Array[]> | undefined {
  const packets = new Map<number, Uint8Array[]>();
  let at = first;
  while (at + 14 <= bytes.length && bytes[at] === 0xff && bytes[at + 1] === marker.sot) {
    const tile = view.getUint16(at + 4);
    const said = view.getUint32(at + 6);
    // The last tile part may leave its length open.
    const end = said === 0 ? bytes.length : at + said;
    at += 12;
    while (at + 4 <= end && bytes[at] === 0xff && passed.includes(bytes[at + 1]!)) at += 2 + view.getUint16(at + 2);
    if (end > bytes.length || at + 2 > end || bytes[at] !== 0xff || bytes[at + 1] !== marker.sod) return undefined;
    const parts = packets.get(tile) ?? [];
    parts.push(bytes.subarray(at + 2, end));
    packets.set(tile, parts);
    at = end;
  }
  return packets;
}
