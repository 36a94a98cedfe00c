/**
 * DICOM's run-length encoding of one monochrome frame.
 *
 *     const stored = decodeRle(frame, { rows: 512, columns: 512, bytesPerValue: 2 });   // little endian
 *
 * A frame is a header of 16 words and one PackBits segment for each byte of a value, the most significant first.
 * Source: DICOM PS3.5 annex G.
 */
import { RefusedError } from "../../errors.ts";

const headerLength = 64;

/** Throws RefusedError `file-corrupt` or `pixel-data-truncated`. */
export function decodeRle(
  frame: Uint8Array,
  size: { readonly rows: number; readonly columns: number; readonly bytesPerValue: number },
): Uint8Array<ArrayBuffer> {
  const { bytesPerValue } = size;
  const count = size.rows * size.columns;
  if (frame.length < headerLength) throw new RefusedError("pixel-data-truncated", "its RLE frame ends in its header");
  const header = new DataView(frame.buffer, frame.byteOffset, headerLength);
  const segments = header.getUint32(0, true);
  if (segments !== bytesPerValue) {
    throw new RefusedError("file-corrupt", `its RLE frame has ${segments} segments instead of ${bytesPerValue}`);
  }
  const stored = new Uint8Array(count * bytesPerValue);
  for (let segment = 0; segment < segments; segment++) {
    const start = header.getUint32(4 + 4 * segment, true);
    const end = segment + 1 < segments ? header.getUint32(8 + 4 * segment, true) : frame.length;
    if (start < headerLength || start > end || end > frame.length) {
      throw new RefusedError("pixel-data-truncated", `its RLE segment ${segment + 1} lies outside the frame`);
    }
    const filled = unpack(frame, start, end, stored, bytesPerValue - 1 - segment, bytesPerValue);
    if (filled < count) {
      throw new RefusedError(
        "pixel-data-truncated",
        `its RLE segment ${segment + 1} holds ${filled} of ${count} values`,
      );
    }
  }
  return stored;
}

/** PackBits from `start` to `end` into every `stride`-th byte of `stored`; returns how many it filled. */
function unpack(
  frame: Uint8Array,
  start: number,
  end: number,
  stored: Uint8Array,
  first: number,
  stride: number,
): number {
  let target = first;
  let source = start;
  while (source < end && target < stored.length) {
    const control = frame[source++]!;
    if (control < 128) {
      const stop = Math.min(source + control + 1, end);
      for (; source < stop && target < stored.length; source++, target += stride) stored[target] = frame[source]!;
    } else if (control > 128 && source < end) {
      const value = frame[source++]!;
      const stop = Math.min(target + (257 - control) * stride, stored.length);
      for (; target < stop; target += stride) stored[target] = value;
    }
  }
  return Math.floor((target - first) / stride);
}
