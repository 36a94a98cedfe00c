/**
 * DICOM's run-length encoding of one monochrome frame.
 *
 *     const planes = unpackRle(frame, format, room);        // all high bytes, then all low bytes
 *
 * A frame is a header of 16 words and one PackBits segment for each byte of a value, the most significant first.
 * Source: DICOM PS3.5 annex G.
 */
import { RefusedError } from "../../errors.ts";
import type { Allocate } from "../source.ts";
import { type FrameFormat, frameBytes } from "./codecs.ts";

const headerLength = 64;

/**
 * A plane of rows x columns bytes for each byte of a value, most significant first, one behind the other in memory of
 * `room`. Throws RefusedError `file-corrupt` or `pixel-data-truncated`.
 */
export function unpackRle(frame: Uint8Array, format: FrameFormat, room: Allocate): Uint8Array {
  const bytesPerValue = format.bitsAllocated / 8;
  const count = format.rows * format.columns;
  if (frame.length < headerLength) throw new RefusedError("pixel-data-truncated", "its RLE frame ends in its header");
  const header = new DataView(frame.buffer, frame.byteOffset, headerLength);
  const segments = header.getUint32(0, true);
  if (segments !== bytesPerValue) {
    throw new RefusedError("file-corrupt", `its RLE frame has ${segments} segments instead of ${bytesPerValue}`);
  }
  const memory = room(frameBytes(format));
  for (let segment = 0; segment < segments; segment++) {
    const start = header.getUint32(4 + 4 * segment, true);
    const end = segment + 1 < segments ? header.getUint32(8 + 4 * segment, true) : frame.length;
    if (start < headerLength || start > end || end > frame.length) {
      throw new RefusedError("pixel-data-truncated", `its RLE segment ${segment + 1} lies outside the frame`);
    }
    const plane = memory.subarray(segment * count, (segment + 1) * count);
    const filled = unpack(frame.subarray(start, end), plane);
    if (filled < count) {
      throw new RefusedError(
        "pixel-data-truncated",
        `its RLE segment ${segment + 1} holds ${filled} of ${count} values`,
      );
    }
  }
  return memory;
}

/** From here on the platform fills and copies faster than a loop does. */
const longRun = 24;

/** PackBits; returns how many bytes it filled. */
function unpack(packed: Uint8Array, plane: Uint8Array): number {
  let target = 0;
  let source = 0;
  while (source < packed.length && target < plane.length) {
    const control = packed[source++]!;
    if (control < 128) {
      const length = Math.min(control + 1, plane.length - target, packed.length - source);
      const stop = target + length;
      if (length >= longRun) {
        plane.set(packed.subarray(source, source + length), target);
        source += length;
        target = stop;
      } else while (target < stop) plane[target++] = packed[source++]!;
    } else if (control > 128 && source < packed.length) {
      const value = packed[source++]!;
      const stop = Math.min(target + 257 - control, plane.length);
      if (stop - target >= longRun) {
        plane.fill(value, target, stop);
        target = stop;
      } else while (target < stop) plane[target++] = value;
    }
  }
  return target;
}
