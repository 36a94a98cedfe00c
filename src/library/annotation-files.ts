/**
 * The files of a reader's annotation, as they are written and read back:
 *
 *     annotation/mask.gz            the mask on the CT's grid, one byte a voxel
 *     annotation/annotation.json    which slices of which series were looked at, by whom, when
 *     annotation/segmentation.dcm   the same as a DICOM object that refers to the CT's images; or, where there are none
 *     annotation/mask.nii.gz        such as it can refer to, the mask as NIfTI and the reason in annotation.json
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { z } from "zod";
import { writeAtomic } from "../cohort/index.ts";
import { RefusedError } from "../errors.ts";
import { writeSegmentation } from "../results/dicom/segmentation.ts";
import { isUnreferable, sourceSeries } from "../results/dicom/source-series.ts";
import { writeNifti } from "../results/index.ts";
import type { Mask, Series } from "../volume/index.ts";
import { replaceAnnotation } from "./annotation-folder.ts";
import { readIntact, writeChecksums } from "./checksums.ts";
import type { Library } from "./library.ts";
import { type Current, versionOf } from "./preconditions.ts";
import { type AnnotationDocument, annotationDocumentSchema, gridSchema } from "./records.ts";

const recordSchema = annotationDocumentSchema.extend({
  grid: gridSchema.optional(),
  /** Why no DICOM segmentation was written. */
  noSegmentation: z.string().optional(),
});
export type AnnotationRecord = z.infer<typeof recordSchema>;

export const annotationFile = {
  mask: "mask.gz",
  record: "annotation.json",
  segmentation: "segmentation.dcm",
  nifti: "mask.nii.gz",
} as const;

export interface AnnotationFiles extends Current {
  /** The mask, compressed with gzip. */
  readonly packed: Uint8Array;
  /** Undefined where its file cannot be read. */
  readonly record: AnnotationRecord | undefined;
  /** Whether the mask is not as it was written. */
  readonly isDamaged: boolean;
}

/** Undefined where nobody annotated. To be read in the study's turn: while one is replaced there is none. */
export async function readAnnotation(library: Library, id: string): Promise<AnnotationFiles | undefined> {
  const folder = library.path(id, "annotation");
  if (!existsSync(folder)) return undefined;
  const file = (name: string) => readFile(join(folder, name)).catch(() => undefined);
  const intact = await readIntact(folder, annotationFile.mask).catch(() => undefined);
  const packed = intact ?? (await file(annotationFile.mask)) ?? new Uint8Array();
  const text = String((await file(annotationFile.record)) ?? "");
  const record = parseRecord(text);
  const by = record ? `${record.reader} saved an annotation of this study at ${record.at}` : "the study is annotated";
  const isDamaged = !intact || !(await promisify(gunzip)(packed).then(Boolean, () => false));
  return { packed, record, isDamaged, version: versionOf(packed, text), last: by };
}

function parseRecord(text: string): AnnotationRecord | undefined {
  try {
    return recordSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/**
 * Writes an annotation in place of an earlier one.
 * @param commit what has to follow from it
 */
export async function writeAnnotation(
  library: Library,
  id: string,
  series: Series,
  mask: Mask,
  { slices, reader, at }: AnnotationDocument,
  commit: () => Promise<void>,
): Promise<void> {
  const { size, spacing, origin, axes } = mask.geometry;
  const { seriesInstanceUid: seriesInstanceUID } = series;
  const { segmentation, noSegmentation } = await asSegmentation(series, mask, { slices, reader, at });
  const record = { slices, reader, at, seriesInstanceUID, grid: { size, spacing, origin, axes }, noSegmentation };
  const write = async (folder: string) => {
    await writeAtomic(join(folder, annotationFile.mask), await promisify(gzip)(mask.voxels));
    await writeAtomic(join(folder, annotationFile.record), JSON.stringify(record));
    if (segmentation) await writeAtomic(join(folder, annotationFile.segmentation), segmentation);
    else {
      const description = "embolens annotation: 1 is embolus";
      await writeNifti(join(folder, annotationFile.nifti), { ...mask, description });
    }
    await writeChecksums(folder);
  };
  await replaceAnnotation(library.path(id), write, commit);
}

/** The reason instead where the CT has no images that the object could refer to. */
export async function asSegmentation(
  series: Series,
  mask: Mask,
  { slices, reader, at }: AnnotationDocument,
): Promise<{ readonly segmentation?: Uint8Array; readonly noSegmentation?: string }> {
  try {
    const source = await sourceSeries(series);
    const description = { label: "Embolus", by: reader, at: new Date(at) };
    return { segmentation: writeSegmentation(mask, slices, source, description) };
  } catch (error) {
    if (!isUnreferable(error)) throw error;
    return { noSegmentation: error.message };
  }
}

/** @throws RefusedError where the bytes are no mask of a CT of so many voxels */
export async function unpackMask(packed: Uint8Array, voxels: number): Promise<Uint8Array> {
  try {
    const mask = await promisify(gunzip)(packed, { maxOutputLength: voxels + 1 });
    if (mask.length === voxels && mask.every((value) => value <= 1)) return new Uint8Array(mask);
  } catch {
    // Not gzip, or longer than the CT: refused below like every other body that is no mask.
  }
  throw new RefusedError(
    "annotation-invalid",
    `the body is not a mask of the CT: ${voxels} bytes of 0 and 1, compressed with gzip`,
  );
}
