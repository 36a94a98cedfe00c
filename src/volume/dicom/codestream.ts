/**
 * What a compressed image says about its own size, read before a decoder is let near it.
 *
 *     checkCodestream("jpeg-2000", frame, format);   // throws when it isn't a 512 x 512 image with one component
 *
 * A decoder allocates what the codestream claims. Held against rows and columns first, a lie can't cost memory.
 * Sources: ITU-T T.81 annex B (JPEG), T.87 annex C (JPEG-LS), T.800 annex A (JPEG 2000).
 */
import { RefusedError } from "../../errors.ts";
import type { CodecName, FrameFormat } from "./codecs.ts";

interface CodestreamSize {
  readonly rows: number;
  readonly columns: number;
  readonly components: number;
  readonly precision: number;
}

/** More tiles than a slice is ever cut into. */
const mostTiles = 4096;

/** Throws RefusedError `file-corrupt`. */
export function checkCodestream(codec: CodecName, codestream: Uint8Array, format: FrameFormat): void {
  const jpegFamily = codec === "jpeg" || codec === "jpeg-ls";
  const size = jpegFamily ? jpegSize(codestream, codec) : jpeg2000Size(codestream);
  if (!size) throw new RefusedError("file-corrupt", `its pixel data are no ${codec} image`);
  const { rows, columns, components, precision } = size;
  if (rows !== format.rows || columns !== format.columns || components !== 1) {
    throw new RefusedError(
      "file-corrupt",
      `its ${codec} image is ${columns} x ${rows} x ${components}, not ${format.columns} x ${format.rows} x 1`,
    );
  }
  if (precision < 2 || precision > format.bitsAllocated) {
    throw new RefusedError("file-corrupt", `its ${codec} image has ${precision} bits in ${format.bitsAllocated}`);
  }
}

/** Start-of-frame markers: C0 to CF but for the three that are not, and JPEG-LS's F7. */
const isFrameHeader = (marker: number, codec: CodecName): boolean =>
  codec === "jpeg-ls"
    ? marker === 0xf7
    : marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

function jpegSize(bytes: Uint8Array, codec: CodecName): CodestreamSize | undefined {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return undefined;
  const word = (at: number) => (bytes[at]! << 8) | bytes[at + 1]!;
  for (let at = 2; at + 9 < bytes.length; ) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at++; // fill byte
      continue;
    }
    if (isFrameHeader(marker, codec)) {
      return { precision: bytes[at + 4]!, rows: word(at + 5), columns: word(at + 7), components: bytes[at + 9]! };
    }
    if (marker === 0xda) return undefined;
    at += 2 + word(at + 2);
  }
  return undefined;
}

function jpeg2000Size(bytes: Uint8Array): CodestreamSize | undefined {
  const start = codestreamStart(bytes);
  if (start === undefined || start + 48 > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + start);
  const [right, bottom, left, top] = [8, 12, 16, 20].map((at) => view.getUint32(at)) as [
    number,
    number,
    number,
    number,
  ];
  const [tileWidth, tileHeight] = [view.getUint32(24), view.getUint32(28)];
  if (tileWidth === 0 || tileHeight === 0) return undefined;
  const columns = right - left;
  const rows = bottom - top;
  if (Math.ceil(columns / tileWidth) * Math.ceil(rows / tileHeight) > mostTiles) return undefined;
  return { rows, columns, components: view.getUint16(40), precision: (view.getUint8(42) & 0x7f) + 1 };
}

/** A bare codestream starts with SOC and SIZ; inside the boxes of a JP2 file it comes within the first kilobytes. */
export function codestreamStart(bytes: Uint8Array): number | undefined {
  for (let at = 0; at + 4 <= Math.min(bytes.length, 4096); at++) {
    if (bytes[at] === 0xff && bytes[at + 1] === 0x4f && bytes[at + 2] === 0xff && bytes[at + 3] === 0x51) return at;
  }
  return undefined;
}
