/**
 * A reader's mask of the clots in one study: kept for the page, written as a DICOM segmentation for the hospital, and
 * entered into the reading room's cohort, from which `embolens train stage-one` starts.
 *
 *     annotation/mask.gz            the mask on the CT's grid, one byte a voxel
 *     annotation/annotation.json    which slices of which series were looked at, by whom, when
 *     annotation/segmentation.dcm   the same as a DICOM object that refers to the CT's images; or, where there are none
 *     annotation/mask.nii.gz        such as it can refer to, the mask as NIfTI and the reason in annotation.json
 *
 * What is done with one study's annotation follows one another.
 */
import { existsSync } from "node:fs";
import { readFile, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { z } from "zod";
import { sliceHeight, writeBeside } from "../cohort/index.ts";
import { RefusedError } from "../errors.ts";
import { writeSegmentation } from "../results/dicom/segmentation.ts";
import { isUnreferable, sourceSeries } from "../results/dicom/source-series.ts";
import { writeNifti } from "../results/index.ts";
import { type Mask, readSegmentation, type Series, segmentationOn, voxelCount } from "../volume/index.ts";
import { diskFile } from "../volume/node/index.ts";
import { replaceAnnotation } from "./annotation-folder.ts";
import type { KeptVolume, KeptVolumes } from "./kept.ts";
import type { Library } from "./library.ts";
import { enterIntoCohort, removeFromCohort } from "./room-cohort.ts";
import { gridSchema, type Study } from "./schema.ts";

export interface NewAnnotation {
  /** The mask, compressed with gzip: one byte a voxel of the CT, 0 or 1. */
  readonly packed: Uint8Array;
  /** Indices of the CT's slices that were looked at, ascending. */
  readonly slices: readonly number[];
  readonly reader: string;
}

const recordSchema = z.object({
  slices: z.array(z.int().min(0)),
  reader: z.string(),
  at: z.iso.datetime(),
  /** What it was painted on; unknown in the oldest ones. */
  seriesInstanceUID: z.string().optional(),
  grid: gridSchema.optional(),
  /** Why no DICOM segmentation was written. */
  noSegmentation: z.string().optional(),
});
type AnnotationRecord = z.infer<typeof recordSchema>;

const inTurn = <Result>(library: Library, id: string, work: () => Promise<Result>): Promise<Result> =>
  library.inTurn(`annotation of ${id}`, work);

const file = {
  mask: "mask.gz",
  record: "annotation.json",
  segmentation: "segmentation.dcm",
  nifti: "mask.nii.gz",
} as const;

/**
 * Keeps an annotation in place of an earlier one.
 * @throws RefusedError where mask or slices don't fit the CT, or voxels are set on a slice that was not looked at
 */
export function keepAnnotation(
  library: Library,
  volumes: KeptVolumes,
  id: string,
  { packed, slices: named, reader }: NewAnnotation,
): Promise<Study> {
  return inTurn(library, id, async () => {
    const study = library.get(id);
    const volume = await volumes.get(study);
    const { geometry } = volume;
    const mask: Mask = { geometry, voxels: await unpackMask(packed, voxelCount(geometry)) };
    const slices = [...new Set(named)].sort((a, b) => a - b);
    checkSlices(mask, slices);
    await store(library, study, volume, mask, { slices, reader, at: new Date().toISOString() });
    return library.update(id, ({ warnings }) => ({
      annotatedSlices: slices,
      warnings: warnings.filter((warning) => !isAboutAnnotation(warning)),
    }));
  });
}

function checkSlices({ geometry, voxels }: Mask, slices: readonly number[]): void {
  const [columns, rows, count] = geometry.size;
  if (slices.some((slice) => slice >= count)) {
    throw new RefusedError(
      "annotation-invalid",
      `the CT has ${count} slices; slice ${slices.at(-1)} is not one of them`,
    );
  }
  const area = columns * rows;
  const looked = new Set(slices);
  for (let slice = 0; slice < count; slice++) {
    if (looked.has(slice) || !voxels.subarray(slice * area, (slice + 1) * area).includes(1)) continue;
    throw new RefusedError(
      "annotation-invalid",
      `voxels are set on slice ${slice}, which is not among those looked at`,
    );
  }
}

/** Writes the annotation and enters it into the cohort. */
async function store(
  library: Library,
  { id, studyInstanceUID, patient, hospital }: Study,
  { geometry, series }: KeptVolume,
  mask: Mask,
  { slices, reader, at }: Pick<AnnotationRecord, "slices" | "reader" | "at">,
): Promise<void> {
  const { size, spacing, origin, axes } = geometry;
  const { seriesInstanceUid: seriesInstanceUID } = series;
  const { segmentation, noSegmentation } = await asSegmentation(series, mask, { slices, reader, at });
  const record = { slices, reader, at, seriesInstanceUID, grid: { size, spacing, origin, axes }, noSegmentation };
  await replaceAnnotation(library.path(id), async (folder) => {
    await writeBeside(join(folder, file.mask), await promisify(gzip)(mask.voxels));
    await writeBeside(join(folder, file.record), JSON.stringify(record));
    if (segmentation) await writeBeside(join(folder, file.segmentation), segmentation);
    else await writeNifti(join(folder, file.nifti), { ...mask, description: "embolens annotation: 1 is embolus" });
  });
  const positive = mask.voxels.includes(1);
  await enterIntoCohort(library, {
    id,
    ...(studyInstanceUID === "" ? {} : { studyInstanceUID }),
    ...(seriesInstanceUID === "" ? {} : { seriesInstanceUID }),
    patient: patient.id || null,
    hospital: hospital || null,
    series: `studies/${id}/images`,
    label: { value: positive ? "present" : "absent", origin: "annotation" },
    annotations: [
      {
        mask: `studies/${id}/annotation/${segmentation ? file.segmentation : file.nifti}`,
        slices: slices.map((slice) => sliceHeight(geometry, slice)),
        annotator: reader,
      },
    ],
    split: null,
  });
}

/** The reason instead where the CT has no images that the object could refer to. */
async function asSegmentation(
  series: Series,
  mask: Mask,
  { slices, reader, at }: Pick<AnnotationRecord, "slices" | "reader" | "at">,
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

/** @throws RefusedError where nobody annotated the study */
export function keptAnnotation(library: Library, volumes: KeptVolumes, id: string): Promise<Mask> {
  return inTurn(library, id, async () => {
    const { geometry } = await volumes.get(library.get(id));
    const packed = await readFile(library.path(id, "annotation", file.mask)).catch(() => undefined);
    if (!packed) throw new RefusedError("study-unknown", "nobody has annotated this study");
    return { geometry, voxels: await unpackMask(packed, voxelCount(geometry)) };
  });
}

/** Its path. @throws RefusedError where there is none */
export async function keptSegmentation(library: Library, id: string): Promise<string> {
  const path = library.path(id, "annotation", file.segmentation);
  if (existsSync(path)) return path;
  const record = await readRecord(library, id);
  if (!record) throw new RefusedError("study-unknown", "nobody has annotated this study");
  const why = record.noSegmentation === undefined ? "" : `: ${record.noSegmentation}`;
  throw new RefusedError("study-unknown", `the study has no DICOM images a segmentation could refer to${why}`);
}

/** Removes a study with its annotation; a save that was still to come finds no study. */
export function removeStudy(library: Library, id: string): Promise<void> {
  return inTurn(library, id, async () => {
    library.get(id);
    await removeFromCohort(library, id);
    await library.remove(id);
  });
}

/** Whether a study's warning tells of its annotation, so that another diagnosis leaves it standing. */
export const isAboutAnnotation = ({ code }: Study["warnings"][number]): boolean => code === "annotation-invalid";

/**
 * Sees to it that a study's annotation fits the CT that is shown, after further images came or another series was
 * judged: painted on the same series, it is carried over to the new grid; else it is set aside and the study says so.
 * @param seriesInstanceUID of the series that is judged
 */
export function fitAnnotation(
  library: Library,
  volumes: KeptVolumes,
  id: string,
  seriesInstanceUID: string | null,
): Promise<void> {
  return inTurn(library, id, async () => {
    const study = { ...library.get(id), seriesInstanceUID };
    const record = await readRecord(library, id);
    if (!record) return;
    const volume = await volumes.get(study).catch((error) => {
      // Not to be shown for the time being: what else comes decides.
      if (error instanceof RefusedError) return undefined;
      throw error;
    });
    if (!volume || fits(record, volume)) return;
    const carried =
      record.seriesInstanceUID === volume.series.seriesInstanceUid && (await carriedOver(library, id, volume));
    if (carried) {
      await store(library, study, volume, carried.mask, { ...record, slices: [...carried.slices] });
      await library.update(id, { annotatedSlices: [...carried.slices] });
      return;
    }
    await rename(library.path(id, "annotation"), library.path(id, `annotation-${record.at.replace(/\D/g, "")}`));
    await removeFromCohort(library, id);
    const message = `the annotation by ${record.reader} was painted on other images and is set aside: annotate the study again`;
    await library.update(id, ({ warnings }) => ({
      annotatedSlices: [],
      warnings: [...warnings, { code: "annotation-invalid", message }],
    }));
  });
}

async function readRecord(library: Library, id: string): Promise<AnnotationRecord | undefined> {
  try {
    return recordSchema.parse(JSON.parse(await readFile(library.path(id, "annotation", file.record), "utf8")));
  } catch {
    return undefined;
  }
}

/** An annotation that doesn't say what it was painted on is believed to fit. */
function fits({ seriesInstanceUID, grid }: AnnotationRecord, volume: KeptVolume): boolean {
  const { size, spacing, origin, axes } = volume.geometry;
  const same = grid === undefined || JSON.stringify(grid) === JSON.stringify({ size, spacing, origin, axes });
  return same && (seriesInstanceUID ?? volume.series.seriesInstanceUid) === volume.series.seriesInstanceUid;
}

/** The mask on a grid of the same series that has more slices; undefined where it cannot be found on it. */
async function carriedOver(library: Library, id: string, { geometry }: KeptVolume) {
  const path = library.path(id, "annotation", file.segmentation);
  const found = await stat(path).catch(() => undefined);
  if (!found) return undefined;
  try {
    return segmentationOn(geometry, await readSegmentation(diskFile(path, found.size)));
  } catch (error) {
    if (error instanceof RefusedError) return undefined;
    throw error;
  }
}

async function unpackMask(packed: Uint8Array, voxels: number): Promise<Uint8Array> {
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
