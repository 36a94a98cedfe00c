/**
 * A reader's mask of the clots in one study: kept for the page, written as a DICOM segmentation for the hospital, and
 * entered into the reading room's cohort, from which `embolens train stage-one` starts. What lies on the disk is told in
 * annotation-files.ts.
 */
import { existsSync } from "node:fs";
import { rename, stat } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { sliceHeight } from "../cohort/index.ts";
import { RefusedError } from "../errors.ts";
import { type Mask, readSegmentation, segmentationOn, voxelCount } from "../volume/index.ts";
import { diskFile } from "../volume/node/index.ts";
import {
  type AnnotationFiles,
  type AnnotationRecord,
  annotationFile,
  readAnnotation,
  unpackMask,
  writeAnnotation,
} from "./annotation-files.ts";
import { addToCohort, removeFromCohort } from "./cohort-sync.ts";
import type { Library } from "./library.ts";
import { type IfMatch, inTurn, preconditionHolds, requirePrecondition } from "./preconditions.ts";
import type { AnnotationDocument, Study } from "./records.ts";
import type { KeptVolume, VolumeCache } from "./volume-cache.ts";

export interface NewAnnotation {
  /** The mask, compressed with gzip: one byte a voxel of the CT, 0 or 1. */
  readonly packed: Uint8Array;
  /** Indices of the CT's slices that were looked at, ascending. */
  readonly slices: readonly number[];
  readonly reader: string;
  /** The series it was painted on; the one that is judged, where the call does not say. */
  readonly seriesInstanceUID?: string | undefined;
}

export interface SavedAnnotation {
  readonly study: Study;
  readonly version: string;
}

/**
 * Keeps an annotation in place of the one that its reader has seen.
 * @throws RefusedError where another came in between, where series, mask or slices are not those of the CT, or where
 * voxels are set on a slice that was not looked at
 */
export function keepAnnotation(
  library: Library,
  volumes: VolumeCache,
  id: string,
  { packed, slices: named, reader, seriesInstanceUID }: NewAnnotation,
  seen: IfMatch,
): Promise<SavedAnnotation> {
  return inTurn(library, id, async () => {
    const study = library.get(id);
    const before = await readAnnotation(library, id);
    const slices = [...new Set(named)].sort((a, b) => a - b);
    // A call that is sent again because its answer was lost meets its own work, and nobody else's.
    const isRepeated = before && !preconditionHolds(seen, before) && (await isKept(before, packed, { slices, reader }));
    if (!isRepeated) requirePrecondition(seen, before, true);
    const volume = await volumes.get(study);
    const { geometry } = volume;
    checkSeries(seriesInstanceUID, volume);
    const mask: Mask = { geometry, voxels: await unpackMask(packed, voxelCount(geometry)) };
    checkSlices(mask, slices);
    const at = new Date().toISOString();
    await store(library, study, volume, mask, { slices, reader, at });
    const saved = await library.update(id, ({ warnings }) => ({
      annotatedSlices: slices,
      annotated: { reader, at },
      warnings: warnings.filter((warning) => !isAboutAnnotation(warning)),
    }));
    return { study: saved, version: (await readAnnotation(library, id))!.version };
  });
}

/** Whether what is sent is what is kept, by the same reader. */
async function isKept(
  { packed, record }: AnnotationFiles,
  sent: Uint8Array,
  { slices, reader }: Pick<AnnotationDocument, "slices" | "reader">,
): Promise<boolean> {
  if (record?.reader !== reader || String(record.slices) !== String(slices)) return false;
  const kept = await promisify(gunzip)(packed);
  const again = await promisify(gunzip)(sent, { maxOutputLength: kept.length + 1 }).catch(() => undefined);
  return again?.equals(kept) ?? false;
}

/** A grid tells series apart only by its size: two of one study often have the same. */
function checkSeries(painted: string | undefined, { series }: KeptVolume): void {
  if (painted === undefined || painted === series.seriesInstanceUid) return;
  throw new RefusedError(
    "annotation-invalid",
    "the annotation was painted on another series than the one that is judged by now",
    { hint: "open the study again, and annotate the series that it shows" },
  );
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
  annotation: AnnotationDocument,
): Promise<void> {
  const { slices, reader } = annotation;
  const { seriesInstanceUid: seriesInstanceUID } = series;
  const file = await writeAnnotation(library, id, series, mask, annotation);
  const positive = mask.voxels.includes(1);
  await addToCohort(library, {
    id,
    ...(studyInstanceUID === "" ? {} : { studyInstanceUID }),
    ...(seriesInstanceUID === "" ? {} : { seriesInstanceUID }),
    patient: patient.id || null,
    hospital: hospital || null,
    series: `studies/${id}/images`,
    label: { value: positive ? "present" : "absent", origin: "annotation" },
    annotations: [
      {
        mask: `studies/${id}/annotation/${file}`,
        slices: slices.map((slice) => sliceHeight(geometry, slice)),
        annotator: reader,
      },
    ],
    split: null,
  });
}

export interface StoredAnnotation {
  readonly mask: Mask;
  readonly record: AnnotationRecord | undefined;
  readonly version: string;
}

/** @throws RefusedError where nobody annotated the study */
export function keptAnnotation(library: Library, volumes: VolumeCache, id: string): Promise<StoredAnnotation> {
  return inTurn(library, id, async () => {
    const study = library.get(id);
    const found = await readAnnotation(library, id);
    if (!found) throw notAnnotated();
    const { geometry } = await volumes.get(study);
    const voxels = await unpackMask(found.packed, voxelCount(geometry));
    return { mask: { geometry, voxels }, record: found.record, version: found.version };
  });
}

const notAnnotated = () => new RefusedError("annotation-missing", "nobody has annotated this study");

/** Its path. @throws RefusedError where there is none */
export async function keptSegmentation(library: Library, id: string): Promise<string> {
  const path = library.path(id, "annotation", annotationFile.segmentation);
  if (existsSync(path)) return path;
  const kept = await readAnnotation(library, id);
  if (!kept) throw notAnnotated();
  const why = kept.record?.noSegmentation === undefined ? "" : `: ${kept.record.noSegmentation}`;
  throw new RefusedError("study-unknown", `the study has no DICOM images a segmentation could refer to${why}`);
}

/** Whether a study's warning tells of its annotation, so that another diagnosis leaves it standing. */
export const isAboutAnnotation = ({ code }: Study["warnings"][number]): boolean => code === "annotation-invalid";

/**
 * Sees to it that a study's annotation fits the CT that is shown, after further images came or another series was
 * judged: painted on the same series, it is carried over to the new grid; else it is set aside and the study says so.
 * @param seriesInstanceUID of the series that is judged
 */
export function resampleAnnotation(
  library: Library,
  volumes: VolumeCache,
  id: string,
  seriesInstanceUID: string | null,
): Promise<void> {
  return inTurn(library, id, async () => {
    const study = { ...library.get(id), seriesInstanceUID };
    const record = (await readAnnotation(library, id))?.record;
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
      annotated: null,
      warnings: [...warnings, { code: "annotation-invalid", message }],
    }));
  });
}

/** An annotation that doesn't say what it was painted on is believed to fit. */
function fits({ seriesInstanceUID, grid }: AnnotationRecord, volume: KeptVolume): boolean {
  const { size, spacing, origin, axes } = volume.geometry;
  const same = grid === undefined || JSON.stringify(grid) === JSON.stringify({ size, spacing, origin, axes });
  return same && (seriesInstanceUID ?? volume.series.seriesInstanceUid) === volume.series.seriesInstanceUid;
}

/** The mask on a grid of the same series that has more slices; undefined where it cannot be found on it. */
async function carriedOver(library: Library, id: string, { geometry }: KeptVolume) {
  const path = library.path(id, "annotation", annotationFile.segmentation);
  const found = await stat(path).catch(() => undefined);
  if (!found) return undefined;
  try {
    return segmentationOn(geometry, await readSegmentation(diskFile(path, found.size)));
  } catch (error) {
    if (error instanceof RefusedError) return undefined;
    throw error;
  }
}
