/**
 * JPEG 2000 as CT uses it: one component, without loss in its transform.
 *
 *     const decoder = new Jpeg2000(loadModule);
 *     const stored = await decoder.decode(codestream, format);     // undefined: not of this form, or damaged
 *
 * Entropy decoding and wavelet transform are compiled (assembly/); here is what is done for a code block or more at once.
 * What we do not take (the irreversible transform, several components, rarer ways of ending passes) is left to the
 * general decoder, and so is every codestream we find damaged. Source: ITU-T T.800.
 */
import { type FrameFormat, frameBytes, type LoadModule } from "../codecs.ts";
import { type Coded, type Coding, readHeaders } from "./headers.ts";
import { type Address, Kernel } from "./kernel.ts";
import { readPackets } from "./packets.ts";
import {
  type CodeBlock,
  mostParts,
  type Resolution,
  regionOfTile,
  type Subband,
  tileStructure,
  tilesAcross,
  tilesDown,
} from "./structure.ts";

/** Samples of an image we take on: 4096 x 4096. */
const mostSamples = 1 << 24;
/** Precincts and code blocks of an image we take on. */
const partsLimit = 1 << 17;
/** Bit planes the compiled part has room for, and bytes of one code block. */
const mostPlanes = 24;
const longestBlock = 100_000;
/** A kernel is thrown away once its memory has grown past this. */
const memoryLimit = 64 * 1024 * 1024;

/** A code block's description takes ten words of 32 bits (assembly/block.ts). */
const blockWords = 10;

interface Tile {
  readonly left: number;
  readonly top: number;
  readonly resolutions: readonly Resolution[];
}

/** Samples of 32 bits in the kernel's memory. */
interface Plane {
  readonly at: Address;
  readonly width: number;
  readonly height: number;
}

export class Jpeg2000 {
  readonly #load: LoadModule;
  #kernel: Kernel | undefined;

  constructor(load: LoadModule) {
    this.#load = load;
  }

  /** The frame's stored values, little endian, good until the next call. */
  async decode(codestream: Uint8Array, format: FrameFormat): Promise<Uint8Array | undefined> {
    const coded = readHeaders(codestream);
    const tiles = coded && fits(coded.coding, format) ? readTiles(coded) : undefined;
    if (!coded || !tiles) return undefined;
    this.#kernel ??= new Kernel(await this.#load("jpeg2000"));
    const kernel = this.#kernel;
    kernel.clear();
    const length = frameBytes(format);
    const image = kernel.place(length);
    for (const tile of tiles) {
      kernel.clear(image + length);
      const samples = decodeTile(kernel, tile.resolutions, coded.coding);
      write(kernel, samples, coded.coding, format, image, tile);
    }
    const { bytes } = kernel;
    if (bytes.length > memoryLimit) this.#kernel = undefined;
    return bytes.subarray(image, image + length);
  }
}

/** Whether the codestream's samples are the data set's stored values as they are. */
function fits({ image, precision, signed }: Coding, format: FrameFormat): boolean {
  const { rows, columns, bitsAllocated } = format;
  const sameSize = image.right - image.left === columns && image.bottom - image.top === rows;
  const sameValues = signed === format.signed && precision <= bitsAllocated && precision > bitsAllocated - 8;
  return sameSize && sameValues && rows * columns <= mostSamples;
}

/** Every tile with its code blocks' bytes; undefined when packets are damaged or there are more than we take on. */
function readTiles({ coding, packets }: Coded): Tile[] | undefined {
  const tiles: Tile[] = [];
  let parts = 0;
  for (let index = 0; index < tilesAcross(coding) * tilesDown(coding); index++) {
    const region = regionOfTile(coding, index);
    parts += mostParts(coding, region);
    if (parts > partsLimit) return undefined;
    const resolutions = tileStructure(coding, region);
    if (!readPackets(coding, resolutions, joined(packets.get(index) ?? []))) return undefined;
    for (const { subbands } of resolutions) if (!subbands.every(decodable)) return undefined;
    tiles.push({ left: region.left - coding.image.left, top: region.top - coding.image.top, resolutions });
  }
  return tiles;
}

const codedLength = ({ pieces }: CodeBlock): number => pieces.reduce((sum, { length }) => sum + length, 0);

const decodable = ({ blocks, planes }: Subband): boolean =>
  blocks.every((block) => {
    const own = planes - block.emptyPlanes;
    const fitting = own >= 1 && own <= mostPlanes && block.passes <= 3 * own - 2;
    return block.passes === 0 || (fitting && codedLength(block) <= longestBlock);
  });

function joined(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The tile's samples, before they are moved up to where they began (annex G.1.2). */
function decodeTile(kernel: Kernel, resolutions: readonly Resolution[], coding: Coding): Plane {
  const subbands = resolutions.map((resolution) =>
    resolution.subbands.map((subband) => placed(kernel, subband.region)),
  );
  decodeBlocks(kernel, resolutions, subbands, coding);
  let [low] = subbands[0]! as [Plane];
  for (let index = 1; index < resolutions.length; index++) {
    const { region } = resolutions[index]!;
    const [highAcross, highDown, high] = subbands[index]! as [Plane, Plane, Plane];
    const whole = placed(kernel, region);
    const odd = (region.left & 1) | ((region.top & 1) << 1);
    const spare = kernel.place(kernel.run.stride(whole.width));
    const { at, width, height } = whole;
    kernel.run.synthesise(low.at, highAcross.at, highDown.at, high.at, width, height, odd, spare, at);
    low = whole;
  }
  return low;
}

function placed(kernel: Kernel, { left, top, right, bottom }: Resolution["region"]): Plane {
  const [width, height] = [Math.max(0, right - left), Math.max(0, bottom - top)];
  return { at: kernel.place(height * kernel.run.stride(width)), width, height };
}

function decodeBlocks(
  kernel: Kernel,
  resolutions: readonly Resolution[],
  planes: readonly (readonly Plane[])[],
  { style }: Coding,
): void {
  const entries = resolutions.flatMap(({ subbands }, resolution) =>
    subbands.flatMap((subband, index) =>
      subband.blocks.map((block) => ({ block, subband, plane: planes[resolution]![index]! })),
    ),
  );
  const coded = entries.filter(({ block }) => block.passes > 0);
  const starts = coded.map(({ block }) => kernel.place(codedLength(block)));
  const list = kernel.place(coded.length * blockWords * 4);
  const { bytes } = kernel;
  if (coded.length < entries.length) {
    // Where no code block writes, coefficients are zero.
    for (const { at, width, height } of planes.flat()) bytes.fill(0, at, at + height * kernel.run.stride(width));
  }
  const description = new Int32Array(bytes.buffer, list, coded.length * blockWords);
  for (const [index, { block, subband, plane }] of coded.entries()) {
    let at = starts[index]!;
    for (const piece of block.pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }
    const stride = kernel.run.stride(plane.width);
    const { x, y, width, height, passes } = block;
    const target = plane.at + y * stride + x * 4;
    const bitPlanes = subband.planes - block.emptyPlanes;
    const { orientation } = subband;
    description.set(
      [starts[index]!, at - starts[index]!, width, height, orientation, bitPlanes, passes, style, target, stride],
      index * blockWords,
    );
  }
  kernel.run.decodeBlocks(list, coded.length);
}

function write(
  kernel: Kernel,
  { at, width, height }: Plane,
  { precision, signed }: Coding,
  { columns, bitsAllocated }: FrameFormat,
  image: Address,
  { left, top }: Tile,
): void {
  const sampleBytes = bitsAllocated / 8;
  const half = 2 ** (precision - 1);
  const [base, least, most] = signed ? [0, -half, half - 1] : [half, 0, 2 * half - 1];
  const target = image + (top * columns + left) * sampleBytes;
  kernel.run.writeSamples(at, width, height, base, least, most, target, columns * sampleBytes, sampleBytes);
}
