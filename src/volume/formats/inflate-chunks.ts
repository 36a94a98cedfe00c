/**
 * Inflating step by step in this thread, where a stream may be incomplete or have several members (gzip).
 *
 *     const header = inflateStart("gzip", firstBytes, 540, "scan.nii.gz");
 *
 * The other ways in are in inflate.ts.
 */
import { Gunzip, Inflate, Unzlib } from "fflate";
import { RefusedError } from "../../errors.ts";

export type Compression = "gzip" | "zlib" | "deflate";

/** Input handed over at once: what it can inflate to (16 MiB) stays bearable. */
const inputStep = 1 << 14;
/** The same where only a stream's start is wanted; each step costs 128 KiB of fresh memory. */
const firstStep = 1 << 11;

/**
 * Inflates from the start and hands over piece after piece until `take` returns false or the input ends, whether the
 * stream is complete or not. Throws RefusedError `file-corrupt` where it is broken.
 */
export function inflatePieces(
  compression: Compression,
  compressed: Uint8Array,
  name: string,
  take: (piece: Uint8Array) => boolean,
  step = inputStep,
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
  const take = (piece: Uint8Array): boolean => {
    pieces.push(piece);
    filled += piece.length;
    return filled < length;
  };
  inflatePieces(compression, compressed, name, take, firstStep);
  const content = new Uint8Array(filled);
  let at = 0;
  for (const piece of pieces) {
    content.set(piece, at);
    at += piece.length;
  }
  return content;
}
