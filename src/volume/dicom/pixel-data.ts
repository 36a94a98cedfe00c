/**
 * Where each frame's bytes lie in a file, and reading just those.
 *
 *     const frames = new PixelData(object);
 *     const job = await frames.job(0, fractional);      // ready for a decoder
 *
 * Encapsulated frames are found by walking the fragments; a single frame may be cut into any number of them, and
 * offset tables are used only where several frames are. Source: DICOM PS3.5 annex A.4.
 */
import { RefusedError } from "../../errors.ts";
import type { Allocate } from "../source.ts";
import { frameBytes } from "./codecs.ts";
import type { FrameJob } from "./frame.ts";
import type { StoredFormat } from "./hounsfield/table.ts";
import type { DicomObject, PixelStorage } from "./image.ts";
import { type TransferSyntax, transferSyntaxes, transferSyntaxName } from "./transfer-syntax.ts";

interface Fragment {
  /** Byte of the file at which the fragment's item tag stands, and its value. */
  readonly item: number;
  readonly start: number;
  readonly end: number;
}

const itemTag = 0xe000fffe;
const sequenceEndTag = 0xe0ddfffe;
/** More fragments than any encapsulated series has. */
const mostFragments = 200_000;

/** Sides beyond this are no CT slice. */
const largestMatrix = 8192;

/**
 * The format of an object's frames, or why they can't be decoded. Throws RefusedError
 * `transfer-syntax-unsupported`, `pixel-data-missing` or `file-corrupt`.
 */
export function storedFormat(object: DicomObject): {
  readonly pixels: PixelStorage;
  readonly syntax: TransferSyntax;
  readonly format: StoredFormat;
} {
  const { pixels, source, transferSyntax } = object;
  const syntax = transferSyntaxes.get(transferSyntax);
  if (!syntax) {
    throw new RefusedError(
      "transfer-syntax-unsupported",
      `${source.name}: its transfer syntax, ${transferSyntaxName(transferSyntax) || "not given"}, is none we read; convert it, for instance with gdcmconv --raw`,
    );
  }
  if (!pixels) throw new RefusedError("pixel-data-missing", `${source.name}: holds no pixel data`);
  const { rows, columns, bitsAllocated, bitsStored, highBit, signed, padding } = pixels;
  if (rows < 1 || columns < 1 || rows > largestMatrix || columns > largestMatrix) {
    throw new RefusedError("file-corrupt", `${source.name}: a matrix of ${columns} x ${rows} is no CT slice`);
  }
  if (bitsAllocated !== 8 && bitsAllocated !== 16) {
    throw new RefusedError("file-corrupt", `${source.name}: ${bitsAllocated} bits a pixel are none a CT slice has`);
  }
  if (bitsStored < 1 || bitsStored > bitsAllocated || highBit < bitsStored - 1 || highBit >= bitsAllocated) {
    throw new RefusedError(
      "file-corrupt",
      `${source.name}: ${bitsStored} bits ending at bit ${highBit} do not lie within ${bitsAllocated}`,
    );
  }
  const bigEndian = syntax.bigEndian === true;
  return { pixels, syntax, format: { rows, columns, bitsAllocated, bitsStored, highBit, bigEndian, signed, padding } };
}

/** Refuses native pixel data that end before the last frame does. */
export function checkLength(object: DicomObject): void {
  const { pixels, syntax, format } = storedFormat(object);
  if (syntax.pixels !== "native") return;
  const wanted = frameBytes(format) * object.frames.length;
  const there = Math.min(
    pixels.length ?? 0,
    pixels.deflatedFrom === undefined ? object.source.size - pixels.start : Number.POSITIVE_INFINITY,
  );
  if (there < wanted) {
    throw new RefusedError(
      "pixel-data-truncated",
      `${object.source.name}: ${Math.max(there, 0)} of ${wanted} bytes of pixel data are there`,
    );
  }
}

export class PixelData {
  readonly #object: DicomObject;
  #fragments: Promise<readonly (readonly Fragment[])[]> | undefined;

  constructor(object: DicomObject) {
    this.#object = object;
  }

  /**
   * The work of decoding frame `index`. Throws RefusedError.
   * @param room where its bytes are read to; the job is good until the next one is read there
   */
  async job(index: number, room?: Allocate): Promise<FrameJob> {
    const { pixels, syntax, format } = storedFormat(this.#object);
    const { source, frames } = this.#object;
    const { slope, intercept } = frames[index]!;
    const length = frameBytes(format);
    const common = {
      name: source.name,
      pixels: syntax.pixels,
      format,
      rescale: { slope: slope ?? 1, intercept: intercept ?? 0 },
    };
    if (syntax.pixels !== "native") {
      return { ...common, stored: await this.#encapsulated(pixels, index, room), inflated: undefined };
    }
    checkLength(this.#object);
    const start = pixels.start + index * length;
    if (pixels.deflatedFrom !== undefined) {
      const from = pixels.deflatedFrom;
      const stored = await source.read(from, source.size, room);
      return { ...common, stored, inflated: { start: start - from, end: start - from + length } };
    }
    return { ...common, stored: await source.read(start, start + length, room), inflated: undefined };
  }

  async #encapsulated(pixels: PixelStorage, index: number, room: Allocate | undefined): Promise<Uint8Array> {
    const { source, frames } = this.#object;
    if (frames.length === 1) return onlyFrame(await source.read(pixels.start, source.size, room), source.name);
    this.#fragments ??= framesOfFragments(this.#object, pixels.start);
    const parts = (await this.#fragments)[index]!;
    return joined(await Promise.all(parts.map(({ start, end }) => source.read(start, end))));
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (only && parts.length === 1) return only;
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** All fragments behind the offset table, joined. `value` is the pixel data element's value and what follows it. */
function onlyFrame(value: Uint8Array, name: string): Uint8Array {
  const view = new DataView(value.buffer, value.byteOffset, value.length);
  const parts: Uint8Array[] = [];
  let at = 0;
  for (let fragment = 0; at + 8 <= value.length; fragment++) {
    const tag = view.getUint32(at, true);
    const length = view.getUint32(at + 4, true);
    if (tag === sequenceEndTag) break;
    if (tag !== itemTag) throw new RefusedError("file-corrupt", `${name}: its pixel data are not in fragments`);
    if (at + 8 + length > value.length) {
      throw new RefusedError("pixel-data-truncated", `${name}: ends within its compressed pixel data`);
    }
    if (fragment > 0) parts.push(value.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  if (parts.length === 0) throw new RefusedError("pixel-data-truncated", `${name}: holds no compressed image`);
  return joined(parts);
}

/** The fragments of each frame: by offset table where one is, else one a frame. */
async function framesOfFragments(object: DicomObject, pixelStart: number): Promise<readonly (readonly Fragment[])[]> {
  const { source, frames } = object;
  const items: Fragment[] = [];
  for (let at = pixelStart; at + 8 <= source.size; ) {
    const head = await source.read(at, at + 8);
    const view = new DataView(head.buffer, head.byteOffset, head.length);
    const tag = view.getUint32(0, true);
    const end = at + 8 + view.getUint32(4, true);
    if (tag === sequenceEndTag) break;
    if (tag !== itemTag) throw new RefusedError("file-corrupt", `${source.name}: its pixel data are not in fragments`);
    if (end > source.size || items.length > mostFragments) {
      throw new RefusedError("pixel-data-truncated", `${source.name}: ends within its compressed pixel data`);
    }
    items.push({ item: at, start: at + 8, end });
    at = end;
  }
  const [table, ...fragments] = items;
  if (!table || fragments.length < frames.length) {
    throw new RefusedError(
      "pixel-data-truncated",
      `${source.name}: holds ${fragments.length} compressed images for ${frames.length} frames`,
    );
  }
  if (fragments.length === frames.length) return fragments.map((fragment) => [fragment]);
  const starts = await frameStarts(object, table, fragments);
  const cut: Fragment[][] = frames.map(() => []);
  let frame = 0;
  for (const fragment of fragments) {
    while (frame + 1 < starts.length && fragment.item >= starts[frame + 1]!) frame++;
    cut[frame]!.push(fragment);
  }
  if (cut.some((parts, index) => parts[0]?.item !== starts[index])) {
    throw new RefusedError("file-corrupt", `${source.name}: its offset table points beside its fragments`);
  }
  return cut;
}

/** The item at which each frame starts: by offset table, or else by the markers every JPEG-like image starts with. */
async function frameStarts(
  { source, frames }: DicomObject,
  table: Fragment,
  fragments: readonly Fragment[],
): Promise<readonly number[]> {
  const offsets = await source.read(table.start, table.end);
  if (offsets.length >= 4 * frames.length) {
    const view = new DataView(offsets.buffer, offsets.byteOffset, offsets.length);
    const first = fragments[0]!.item;
    return frames.map((_, index) => first + view.getUint32(4 * index, true));
  }
  const starts: number[] = [];
  for (const { item, start, end } of fragments) {
    const [first, second] = await source.read(start, Math.min(end, start + 2));
    if (first === 0xff && (second === 0xd8 || second === 0x4f)) starts.push(item);
  }
  if (starts.length !== frames.length) {
    throw new RefusedError("file-corrupt", `${source.name}: does not say which fragments make a frame`);
  }
  return starts;
}
