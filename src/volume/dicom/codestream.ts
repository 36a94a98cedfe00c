/**
 * What a compressed image says about its own size, read before a decoder is let near it.
 *
 *     checkCodestream("jpeg-2000", frame, format);   // throws when it isn't a 512 x 512 image with one component
 *
 * Its own precision and sign are what its values have, whatever the data set says beside it.
 *
 * A decoder allocates what the codestream claims. Held against rows and columns first, a lie can't cost memory.
 * Sources: ITU-T T.81 annex B (JPEG), T.87 annex C (JPEG-LS), T.800 annex A (JPEG 2000).
 */
import { RefusedError } from "../../errors.ts";
import type { Rescale } from "../formats/values.ts";
import type { CodecName } from "./codecs.ts";
import type { StoredFormat } from "./hounsfield/table.ts";

interface CodestreamSize {
  readonly rows: number;
  readonly columns: number;
  readonly components: number;
  readonly precision: number;
  /** Only JPEG 2000 says so. */
  readonly signed: boolean;
}

/** More tiles than a slice is ever cut into. */
const mostTiles = 4096;

/**
 * The format of the values that come out of the codestream: bits in two's complement where either side says signed.
 * Throws RefusedError `file-corrupt`.
 */
export function checkCodestream<Format extends StoredFormat>(
  codec: CodecName,
  codestream: Uint8Array,
  format: Format,
): Format {
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
  return { ...format, bitsStored: precision, highBit: precision - 1, signed: format.signed || size.signed };
}

/** No CT slice is without anything below this, in HU: air, or fat at the least. */
const always = -50;

/**
 * The same format, but with 12 bits where signed 16-bit values show that they are 12 bits in two's complement without
 * their sign: none reaches beyond 12 bits, and only with the sign is there anything lighter than water.
 */
export function withLostSign(values: Uint8Array, format: StoredFormat, { slope, intercept }: Rescale): StoredFormat {
  if (!format.signed || format.bitsStored !== 16 || format.bitsAllocated !== 16) return format;
  let lowest = 4096;
  let lowestNegative = 4096;
  for (let at = 0; at + 1 < values.length; at += 2) {
    const value = values[at]! | (values[at + 1]! << 8);
    if (value > 4095) return format;
    if (value < lowest) lowest = value;
    if (value > 2047 && value < lowestNegative) lowestNegative = value;
  }
  const withSign = (lowestNegative - 4096) * slope + intercept;
  const lost = lowestNegative < 4096 && lowest * slope + intercept > always && withSign < always;
  return lost ? { ...format, bitsStored: 12, highBit: 11 } : format;
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
      return {
        precision: bytes[at + 4]!,
        rows: word(at + 5),
        columns: word(at + 7),
        components: bytes[at + 9]!,
        signed: false,
      };
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
  const depth = view.getUint8(42);
  return { rows, columns, components: view.getUint16(40), precision: (depth & 0x7f) + 1, signed: depth > 0x7f };
}

/** A bare codestream starts with SOC and SIZ; inside the boxes of a JP2 file it comes within the first kilobytes. */
export function codestreamStart(bytes: Uint8Array): number | undefined {
  for (let at = 0; at + 4 <= Math.min(bytes.length, 4096); at++) {
    if (bytes[at] === 0xff && bytes[at + 1] === 0x4f && bytes[at + 2] === 0xff && bytes[at + 3] === 0x51) return at;
  }
  return undefined;
}
