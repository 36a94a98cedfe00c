/**
 * Deflated bytes (gzip, zlib, or bare), inflated up to a length known beforehand and never beyond it.
 *
 *     const content = inflate("zlib", compressed, columns * rows * slices * 2, "scan.mha");
 *
 * The length comes from a header, and a header can lie: before anything is allocated it is held against what
 * deflate can reach (1032 : 1), so a kilobyte can't ask for a gigabyte.
 */
import { Gunzip, Inflate, Unzlib } from "fflate";
import { RefusedError } from "../../errors.ts";

export type Compression = "gzip" | "zlib" | "deflate";

/** The best deflate can do, one bit for 258 bytes, and room for headers. */
const bestRatio = 1032;
/** Input handed over at once: what it can inflate to (16 MiB) stays bearable. */
const inputStep = 1 << 14;
/** The same where only a stream's start is wanted. */
const firstStep = 1 << 11;

/** Refuses a declared length that `compressedLength` bytes of deflate cannot reach. */
export function checkReachable(length: number, compressedLength: number, name: string): void {
  if (length > compressedLength * bestRatio + 1024) {
    throw new RefusedError(
      "file-truncated",
      `${name}: ${compressedLength} compressed bytes cannot hold the ${length} bytes its header promises`,
    );
  }
}

/**
 * Inflates from the start and hands over piece after piece until `take` returns false or the input ends, whether the
 * stream is complete or not. Throws RefusedError `file-corrupt` where it is broken.
 */
function inflatePieces(
  compression: Compression,
  compressed: Uint8Array,
  name: string,
  step: number,
  take: (piece: Uint8Array) => boolean,
): void {
  let wanted = true;
  const receive = (piece: Uint8Array) => {
    wanted &&= take(piece);
  };
  const stream =
    compression === "gzip" ? new Gunzip(receive) : compression === "zlib" ? new Unzlib(receive) : new Inflate(receive);
  try {
    for (let start = 0; start < compressed.length && wanted; start += step) {
      stream.push(compressed.subarray(start, start + step), false);
    }
  } catch (error) {
    if (!wanted) return; // what is broken lies behind what we need
    const said = error instanceof Error ? error.message : String(error);
    throw new RefusedError("file-corrupt", `${name}: its compressed data are broken (${said})`, { cause: error });
  }
}

/** What the start of a stream inflates to, about `length` bytes of it; fewer when the stream holds fewer. */
export function inflateStart(
  compression: Compression,
  compressed: Uint8Array,
  length: number,
  name: string,
): Uint8Array<ArrayBuffer> {
  const pieces: Uint8Array[] = [];
  let filled = 0;
  inflatePieces(compression, compressed, name, firstStep, (piece) => {
    pieces.push(piece);
    filled += piece.length;
    return filled < length;
  });
  const content = new Uint8Array(filled);
  let at = 0;
  for (const piece of pieces) {
    content.set(piece, at);
    at += piece.length;
  }
  return content;
}

/** Exactly `length` bytes. Throws RefusedError `file-truncated` when there are fewer. */
export async function inflate(
  compression: Compression,
  compressed: Uint8Array,
  length: number,
  name: string,
): Promise<Uint8Array<ArrayBuffer>> {
  checkReachable(length, compressed.length, name);
  const content = new Uint8Array(length);
  let filled = 0;
  const take = (piece: Uint8Array): boolean => {
    content.set(piece.subarray(0, length - filled), filled);
    filled = Math.min(length, filled + piece.length);
    return filled < length;
  };
  // The platform's own inflater is twice as fast, but what it does with a gzip file of several members varies.
  if (compression === "gzip") inflatePieces(compression, compressed, name, inputStep, take);
  else await streamPieces(compression, compressed, name, take);
  if (filled < length) throw new RefusedError("file-truncated", `${name}: ends after ${filled} of ${length} bytes`);
  return content;
}

const streamFormats = { zlib: "deflate", deflate: "deflate-raw" } as const;

/** The same as {@link inflatePieces} by the platform's stream. */
async function streamPieces(
  compression: "zlib" | "deflate",
  compressed: Uint8Array,
  name: string,
  take: (piece: Uint8Array) => boolean,
): Promise<void> {
  const stream = new DecompressionStream(streamFormats[compression]);
  const writer = stream.writable.getWriter();
  const reader = stream.readable.getReader();
  // A broken stream shows itself at the reading end; the writing end's complaint says the same.
  const ignore = () => {};
  // The stream's types want memory that isn't shared; a copy of a compressed file costs little.
  writer.write(new Uint8Array(compressed)).catch(ignore);
  writer.close().catch(ignore);
  let wanted = true;
  try {
    while (wanted) {
      const { value, done } = await reader.read();
      if (done) return;
      wanted = take(value);
    }
    await reader.cancel();
  } catch (error) {
    if (!wanted) return;
    const said = error instanceof Error ? error.message : String(error);
    throw new RefusedError("file-corrupt", `${name}: its compressed data are broken (${said})`, { cause: error });
  }
}
