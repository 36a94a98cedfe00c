/**
 * The transfer syntaxes we read, and how each stores its data set and its pixels.
 *
 *     transferSyntaxes.get("1.2.840.10008.1.2.4.90")   // { name: "JPEG 2000 lossless", pixels: "jpeg-2000" }
 *
 * Source: DICOM PS3.5 section 10 and annex A, PS3.6 annex A.
 */
import type { CodecName } from "./codecs.ts";

export interface TransferSyntax {
  readonly name: string;
  /** How pixels are stored: as they are, by run lengths, or as a codec's codestreams. */
  readonly pixels: "native" | "rle" | CodecName;
  readonly bigEndian?: true;
  /** The whole data set is deflated. */
  readonly deflated?: true;
}

export const transferSyntaxes: ReadonlyMap<string, TransferSyntax> = new Map<string, TransferSyntax>([
  ["1.2.840.10008.1.2", { name: "Implicit VR little endian", pixels: "native" }],
  ["1.2.840.10008.1.2.1", { name: "Explicit VR little endian", pixels: "native" }],
  ["1.2.840.10008.1.2.1.99", { name: "Deflated explicit VR little endian", pixels: "native", deflated: true }],
  ["1.2.840.10008.1.2.2", { name: "Explicit VR big endian", pixels: "native", bigEndian: true }],
  ["1.2.840.10008.1.2.5", { name: "RLE lossless", pixels: "rle" }],
  ["1.2.840.10008.1.2.4.50", { name: "JPEG baseline", pixels: "jpeg" }],
  ["1.2.840.10008.1.2.4.51", { name: "JPEG extended", pixels: "jpeg" }],
  ["1.2.840.10008.1.2.4.53", { name: "JPEG spectral selection", pixels: "jpeg" }],
  ["1.2.840.10008.1.2.4.55", { name: "JPEG full progression", pixels: "jpeg" }],
  ["1.2.840.10008.1.2.4.57", { name: "JPEG lossless", pixels: "jpeg" }],
  ["1.2.840.10008.1.2.4.70", { name: "JPEG lossless, first-order prediction", pixels: "jpeg" }],
  ["1.2.840.10008.1.2.4.80", { name: "JPEG-LS lossless", pixels: "jpeg-ls" }],
  ["1.2.840.10008.1.2.4.81", { name: "JPEG-LS near-lossless", pixels: "jpeg-ls" }],
  ["1.2.840.10008.1.2.4.90", { name: "JPEG 2000 lossless", pixels: "jpeg-2000" }],
  ["1.2.840.10008.1.2.4.91", { name: "JPEG 2000", pixels: "jpeg-2000" }],
  ["1.2.840.10008.1.2.4.201", { name: "HTJ2K lossless", pixels: "htj2k" }],
  ["1.2.840.10008.1.2.4.202", { name: "HTJ2K lossless, RPCL", pixels: "htj2k" }],
  ["1.2.840.10008.1.2.4.203", { name: "HTJ2K", pixels: "htj2k" }],
]);

/** GE's own, unsupported: the data set as in Implicit VR little endian, the pixels big endian. */
export const gePrivateSyntax = "1.2.840.113619.5.2";

/** Its name, or its bare identifier when we don't know it. */
export const transferSyntaxName = (uid: string): string =>
  transferSyntaxes.get(uid)?.name ?? (uid === gePrivateSyntax ? `GE's private syntax (${uid})` : uid);
