/**
 * Deflated bytes (gzip, zlib, or bare), inflated up to a length known beforehand and never beyond it.
 *
 *     const content = await inflate("zlib", compressed, columns * rows * slices * 2, "scan.mha");
 *
 * The length comes from a header, and a header can lie: before anything is allocated it is held against what
 * deflate can reach (1032 : 1), so a kilobyte can't ask for a gigabyte.
 */
import { RefusedError } from "../../errors.ts";
import type { Compression } from "./inflate-chunks.ts";

/** The best deflate can do, one bit for 258 bytes, and room for headers. */
const bestRatio = 1032;

/** Refuses a declared length that `compressedLength` bytes of deflate cannot reach. */
export function checkReachable(length: number, compressedLength: number, name: string): void {
  if (length > compressedLength * bestRatio + 1024) {
    throw new RefusedError(
      "file-truncated",
      `${name}: ${compressedLength} compressed bytes cannot hold the ${length} bytes its header promises`,
    );
  }
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
  // Loaded when it is needed: decoding threads start without it, and never need it.
  if (compression === "gzip") (await import("./inflate-chunks.ts")).inflatePieces(compression, compressed, name, take);
  else await streamPieces(compression, compressed, name, take);
  if (filled < length) throw new RefusedError("file-truncated", `${name}: ends after ${filled} of ${length} bytes`);
  return content;
}

const streamFormats = { zlib: "deflate", deflate: "deflate-raw" } as const;

/** Hands over piece after piece by the platform's stream until `take` returns false or the input ends. */
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
