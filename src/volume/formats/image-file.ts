/**
 * A volume or a mask from one file: NIfTI (.nii, .nii.gz), NRRD, MetaImage (.mha). The format is told from the bytes.
 *
 *     const volume = await readImageFile(source);
 *     const mask = await readMask(annotation);          // 1 wherever the file isn't 0
 *
 * Voxels are taken as Hounsfield units: none of these formats says what its numbers mean.
 */
import { RefusedError, type Warning } from "../../errors.ts";
import type { Geometry } from "../geometry.ts";
import type { ByteSource } from "../source.ts";
import type { Mask, Volume } from "../volume.ts";
import { inflate } from "./inflate.ts";
import { inflateStart } from "./inflate-chunks.ts";
import { isMetaImage, parseMetaImage } from "./metaimage.ts";
import { type ImageHeader, isNifti, niftiHeaderLength, parseNifti } from "./nifti.ts";
import { isNrrd, parseNrrd } from "./nrrd.ts";
import { longestTextHeader, numbers, textHeaderLength, textLines } from "./text-header.ts";
import { bytesPerValue, toMask, toVoxels, type ValueFormat } from "./values.ts";

export type ImageFormat = "nifti" | "nrrd" | "metaimage";

type Encoding = "raw" | "gzip" | "zlib" | "ascii" | "hex";

/** A file whose header has been read and whose image has not. */
export interface ImageFile {
  readonly source: ByteSource;
  readonly format: ImageFormat;
  readonly geometry: Geometry;
  readonly header: ImageHeader;
  readonly encoding: Encoding;
  /** The file as a whole is gzipped. */
  readonly gzipped: boolean;
}

const isGzip = (head: Uint8Array): boolean => head[0] === 0x1f && head[1] === 0x8b;

/** Reads the header, or returns undefined when the file is of none of these formats. Throws RefusedError. */
export async function openImageFile(source: ByteSource): Promise<ImageFile | undefined> {
  const start = await source.read(0, Math.min(source.size, textHeaderLength));
  const gzipped = isGzip(start);
  const head = gzipped
    ? inflateStart("gzip", start, niftiHeaderLength, source.name)
    : isNrrd(start) || isMetaImage(start)
      ? await wholeHeader(source, start)
      : start;
  const { name } = source;
  if (isNifti(head)) {
    const header = parseNifti(head, name);
    return { source, format: "nifti", geometry: header.grid.geometry, header, encoding: "raw", gzipped };
  }
  if (gzipped) return undefined;
  const rescale = { slope: 1, intercept: 0 };
  if (isNrrd(head)) {
    const { encoding, ...header } = parseNrrd(head, name);
    return {
      source,
      format: "nrrd",
      geometry: header.grid.geometry,
      header: { ...header, rescale },
      encoding,
      gzipped,
    };
  }
  if (isMetaImage(head)) {
    const { encoding, ...header } = parseMetaImage(head, name);
    return {
      source,
      format: "metaimage",
      geometry: header.grid.geometry,
      header: { ...header, rescale },
      encoding,
      gzipped,
    };
  }
  return undefined;
}

/** A text header to its end: writers put DICOM tags of every slice into it. */
async function wholeHeader(source: ByteSource, start: Uint8Array): Promise<Uint8Array> {
  const ends = (head: Uint8Array) =>
    textLines(head, (line) => line === "" || /^\s*ElementDataFile\s*=/.test(line)) !== undefined;
  let head = start;
  while (!ends(head) && head.length < Math.min(source.size, longestTextHeader)) {
    head = await source.read(0, Math.min(source.size, head.length * 8));
  }
  return head;
}

/** Whether a file called so is taken for one of these formats even when its bytes are not. */
export const looksLikeImageFile = (name: string): boolean => /\.(nii|nii\.gz|nrrd|mha)$/i.test(name);

/** The image's bytes, decompressed, in the file's own type. */
async function imageBytes(file: ImageFile): Promise<{ content: Uint8Array; format: ValueFormat }> {
  const { source, header, encoding, gzipped } = file;
  const { dataStart, dataLength, format } = header;
  const { name } = source;
  if (gzipped) {
    const whole = await inflate("gzip", await source.read(), dataStart + dataLength, name);
    return { content: whole.subarray(dataStart, dataStart + dataLength), format };
  }
  switch (encoding) {
    case "raw": {
      if (source.size < dataStart + dataLength) {
        throw new RefusedError("file-truncated", `${name}: ends ${dataStart + dataLength - source.size} bytes early`);
      }
      const content = await source.read(dataStart, dataStart + dataLength);
      // Values may be turned into the machine's byte order in place: never in somebody's larger buffer.
      return { content: content.byteLength === content.buffer.byteLength ? content : new Uint8Array(content), format };
    }
    case "gzip":
    case "zlib":
      return { content: await inflate(encoding, await source.read(dataStart), dataLength, name), format };
    case "hex":
      return { content: hexBytes(await source.read(dataStart), dataLength, name), format };
    case "ascii":
      return asciiValues(await source.read(dataStart), dataLength / bytesPerValue[format.type], name);
  }
}

function hexBytes(text: Uint8Array, length: number, name: string): Uint8Array {
  if (text.length < 2 * length) throw new RefusedError("file-truncated", `${name}: ends before its image does`);
  const content = new Uint8Array(length);
  let digits = 0;
  for (let index = 0; index < text.length && digits < 2 * length; index++) {
    const character = text[index]!;
    if (character <= 0x20) continue;
    const digit = Number.parseInt(String.fromCharCode(character), 16);
    if (Number.isNaN(digit)) throw new RefusedError("file-corrupt", `${name}: its image is not hexadecimal`);
    const at = digits >> 1;
    content[at] = content[at]! * 16 + digit;
    digits++;
  }
  if (digits < 2 * length) throw new RefusedError("file-truncated", `${name}: ends before its image does`);
  return content;
}

function asciiValues(text: Uint8Array, count: number, name: string): { content: Uint8Array; format: ValueFormat } {
  if (text.length < 2 * count - 1) throw new RefusedError("file-truncated", `${name}: ends before its image does`);
  const values = new Float64Array(count);
  const decoder = new TextDecoder("latin1");
  let filled = 0;
  // Piece by piece, cut at white space, so that the text is never in memory as millions of strings.
  for (let start = 0; start < text.length && filled < count; ) {
    let end = Math.min(start + (1 << 16), text.length);
    while (end < text.length && text[end]! > 0x20) end++;
    for (const value of numbers(decoder.decode(text.subarray(start, end)))) {
      if (Number.isNaN(value)) throw new RefusedError("file-corrupt", `${name}: its image is not numbers`);
      if (filled < count) values[filled++] = value;
    }
    start = end;
  }
  if (filled < count) throw new RefusedError("file-truncated", `${name}: ends before its image does`);
  if (values.every((value) => Number.isInteger(value) && value >= -32768 && value <= 32767)) {
    return { content: new Uint8Array(Int16Array.from(values).buffer), format: nativeFormat("int16") };
  }
  return { content: new Uint8Array(values.buffer), format: nativeFormat("float64") };
}

const nativeFormat = (type: "int16" | "float64"): ValueFormat => ({
  type,
  littleEndian: new Uint8Array(new Uint16Array([1]).buffer)[0] === 1,
});

/** Every CT holds some air; numbers without any are labels, or were never rescaled. */
const surelyAir = -200;

/** The volume of an opened file. Throws RefusedError. */
export async function loadImageFile(file: ImageFile): Promise<Volume> {
  const { content, format } = await imageBytes(file);
  const { header, geometry, source } = file;
  const voxels = header.grid.arrange(toVoxels(content, format, header.rescale));
  const warnings: Warning[] = [];
  if (!voxels.some((value) => value < surelyAir)) {
    warnings.push({
      code: "rescale-missing",
      message: `${source.name}: holds no air, so its values may not be Hounsfield units`,
    });
  }
  return { geometry, voxels, warnings };
}

async function open(source: ByteSource): Promise<ImageFile> {
  const file = await openImageFile(source);
  if (file) return file;
  throw new RefusedError("format-unknown", `${source.name}: neither NIfTI nor NRRD nor MetaImage`);
}

/** The volume in a NIfTI, NRRD or MetaImage file. Throws RefusedError. */
export async function readImageFile(source: ByteSource): Promise<Volume> {
  return loadImageFile(await open(source));
}

/**
 * The mask in such a file: 1 wherever its value is not 0 or, given `labels`, is one of them. On the grid a volume of
 * the same header gets. Throws RefusedError.
 */
export async function readMask(source: ByteSource, labels?: readonly number[]): Promise<Mask> {
  const file = await open(source);
  const { content, format } = await imageBytes(file);
  const mask = toMask(content, format, labels && new Set(labels));
  return { geometry: file.geometry, voxels: file.header.grid.arrange(mask) };
}
