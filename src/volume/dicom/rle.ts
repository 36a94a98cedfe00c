/**
 * DICOM's run-length encoding of one monochrome frame.
 *
 *     const stored = decodeRle(frame, format, room);   // little endian
 *
 * A frame is a header of 16 words and one PackBits segment for each byte of a value, the most significant first.
 * Source: DICOM PS3.5 annex G.
 */
import { RefusedError } from "../../errors.ts";
import type { Room } from "../source.ts";
import { type FrameFormat, frameBytes } from "./codecs.ts";

const headerLength = 64;

/**
 * The stored values, in memory of `room`. Throws RefusedError `file-corrupt` or `pixel-data-truncated`.
 */
export function decodeRle(frame: Uint8Array, format: FrameFormat, room: Room): Uint8Array {
  const bytesPerValue = format.bitsAllocated / 8;
  const count = format.rows * format.columns;
  if (frame.length < headerLength) throw new RefusedError("pixel-data-truncated", "its RLE frame ends in its header");
  const header = new DataView(frame.buffer, frame.byteOffset, headerLength);
  const segments = header.getUint32(0, true);
  if (segments !== bytesPerValue) {
    throw new RefusedError("file-corrupt", `its RLE frame has ${segments} segments instead of ${bytesPerValue}`);
  }
  const stored = room(frameBytes(format));
  for (let segment = 0; segment < segments; segment++) {
    const start = header.getUint32(4 + 4 * segment, true);
    const end = segment + 1 < segments ? header.getUint32(8 + 4 * segment, true) : frame.length;
    if (start < headerLength || start > end || end > frame.length) {
      throw new RefusedError("pixel-data-truncated", `its RLE segment ${segment + 1} lies outside the frame`);
    }
    const filled = unpack(frame.subarray(start, end), stored, bytesPerValue - 1 - segment, bytesPerValue);
    if (filled < count) {
      throw new RefusedError(
        "pixel-data-truncated",
        `its RLE segment ${segment + 1} holds ${filled} of ${count} values`,
      );
    }
  }
  return stored;
}

/** PackBits into every `stride`-th byte of `stored` from `first` on; returns how many it filled. */
function unpack(packed: Uint8Array, stored: Uint8Array, first: number, stride: number): number {
  let target = first;
  let source = 0;
  while (source < packed.length && target < stored.length) {
    const control = packed[source++]!;
    if (control < 128) {
      const stop = Math.min(target + (control + 1) * stride, stored.length, target + (packed.length - source) * stride);
      for (; target < stop; target += stride) stored[target] = packed[source++]!;
    } else if (control > 128 && source < packed.length) {
      const value = packed[source++]!;
      const stop = Math.min(target + (257 - control) * stride, stored.length);
      for (; target < stop; target += stride) stored[target] = value;
    }
  }
  return Math.floor((target - first) / stride);
}
