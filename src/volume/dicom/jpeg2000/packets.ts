/**
 * The packets of a tile: which code blocks get which bytes.
 *
 *     const complete = readPackets(coding, resolutions, bytes);
 *
 * Source: ITU-T T.800 annexes B.9, B.10 and B.12.
 */
import type { Coding } from "./headers.ts";
import type { CodeBlock, Precinct, Resolution } from "./structure.ts";
import type { Bits } from "./tag-tree.ts";

/** Bits of packet headers: behind a byte FF comes one of seven bits. */
class HeaderBits implements Bits {
  readonly #bytes: Uint8Array;
  #at: number;
  #left = 0;
  #byte = 0;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  bit(): number {
    if (this.#left === 0) {
      this.#left = this.#byte === 0xff ? 7 : 8;
      this.#byte = this.#bytes[this.#at++] ?? 0;
    }
    return (this.#byte >> --this.#left) & 1;
  }

  bits(count: number): number {
    let value = 0;
    for (let index = 0; index < count; index++) value = 2 * value + this.bit();
    return value;
  }

  /** Where the bytes behind the header begin. */
  end(): number {
    return this.#byte === 0xff ? this.#at + 1 : this.#at;
  }
}

/** More bit planes than the decoder has room for. */
const mostPlanes = 32;

/** Gives each code block its bytes; false where packets are damaged or missing. */
export function readPackets(coding: Coding, resolutions: readonly Resolution[], bytes: Uint8Array): boolean {
  let at = 0;
  for (const { precinct, layer } of packetOrder(coding, resolutions)) {
    if (at >= bytes.length) return false;
    // SOP, where an encoder wrote it.
    if (bytes[at] === 0xff && bytes[at + 1] === 0x91) at += 6;
    const bits = new HeaderBits(bytes, at);
    const found: { readonly block: CodeBlock; readonly length: number }[] = [];
    if (bits.bit() === 1 && !readHeader(bits, precinct, layer, found)) return false;
    at = bits.end();
    if (coding.eph && bytes[at] === 0xff && bytes[at + 1] === 0x92) at += 2;
    for (const { block, length } of found) {
      if (at + length > bytes.length) return false;
      block.pieces.push(bytes.subarray(at, at + length));
      at += length;
    }
  }
  return at <= bytes.length;
}

function readHeader(
  bits: HeaderBits,
  precinct: Precinct,
  layer: number,
  found: { readonly block: CodeBlock; readonly length: number }[],
): boolean {
  for (const { blocks, across, inclusion, emptyPlanes } of precinct.bands) {
    for (let index = 0; index < blocks.length; index++) {
      const block = blocks[index]!;
      const column = index % across;
      const row = (index - column) / across;
      const first = block.passes === 0;
      const included = first ? inclusion.reaches(bits, column, row, layer + 1) : bits.bit() === 1;
      if (!included) continue;
      if (first) {
        block.emptyPlanes = emptyPlanes.value(bits, column, row, mostPlanes);
        if (block.emptyPlanes > mostPlanes) return false;
      }
      const passes = readPasses(bits);
      while (bits.bit() === 1) if (++block.lengthBits > 24) return false;
      const length = bits.bits(block.lengthBits + (31 - Math.clz32(passes)));
      block.passes += passes;
      found.push({ block, length });
    }
  }
  return true;
}

/** Table B.4. */
function readPasses(bits: HeaderBits): number {
  if (bits.bit() === 0) return 1;
  if (bits.bit() === 0) return 2;
  const few = bits.bits(2);
  if (few < 3) return 3 + few;
  const more = bits.bits(5);
  return more < 31 ? 6 + more : 37 + bits.bits(7);
}

interface Packet {
  readonly precinct: Precinct;
  readonly layer: number;
}

/** All packets in the order of the progression (B.12.1). With one component, its place in the order says nothing. */
function* packetOrder({ progression, layers }: Coding, resolutions: readonly Resolution[]): Generator<Packet> {
  switch (progression) {
    case 0: // layer, resolution
      for (let layer = 0; layer < layers; layer++)
        for (const { precincts } of resolutions) for (const precinct of precincts) yield { precinct, layer };
      return;
    case 1: // resolution, layer
      for (const { precincts } of resolutions)
        for (let layer = 0; layer < layers; layer++) for (const precinct of precincts) yield { precinct, layer };
      return;
    case 2: // resolution, position
      for (const { precincts } of resolutions)
        for (const precinct of precincts) for (let layer = 0; layer < layers; layer++) yield { precinct, layer };
      return;
    default: {
      // position, resolution; sorting keeps the resolutions' order at one position
      const precincts = resolutions.flatMap((resolution) => resolution.precincts);
      precincts.sort((a, b) => a.top - b.top || a.left - b.left);
      for (const precinct of precincts) for (let layer = 0; layer < layers; layer++) yield { precinct, layer };
    }
  }
}
