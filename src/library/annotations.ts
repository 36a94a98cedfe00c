/**
 * A reader's mask of the clots in one study: kept for the page, written as a DICOM segmentation for the hospital, and
 * entered into the reading room's cohort, from which `embolens train stage-one` starts. What lies on the disk is told in
 * annotation-files.ts.
 */
import { rename, stat } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { RefusedError } from "../errors.ts";
import { type Mask, patientPoint, readSegmentation, segmentationOn, voxelCount } from "../volume/index.ts";
import { diskFile } from "../volume/node/index.ts";
import {
  type AnnotationFiles,
  type AnnotationRecord,
  annotationFile,
  asSegmentation,
  readAnnotation,
  unpackMask,
  writeAnnotation,
} from "./annotation-files.ts";
import { damaged, readIntact } from "./checksums.ts";
import { syncCohort } from "./cohort-sync.ts";
import type { Library } from "./library.ts";
import { type IfMatch, inTurn, preconditionHolds, requirePrecondition } from "./preconditions.ts";
import type { AnnotationDocument, Study } from "./records.ts";
import { type KeptVolume, loadSeries, type VolumeCache } from "./volume-cache.ts";

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
    await writeAnnotation(library, id, volume.series, mask, { slices, reader, at }, async () => {
      await library.update(id, ({ warnings }) => ({
        annotatedSlices: slices,
        annotated: { reader, at },
        warnings: warnings.filter((warning) => !isAboutAnnotation(warning)),
      }));
    });
    await syncCohort(library, id);
    return { study: library.get(id), version: (await readAnnotation(library, id))!.version };
  });
}

/** Whether what is sent is what is kept, by the same reader. */
async function isKept(
  { packed, record }: AnnotationFiles,
  sent: Uint8Array,
  { slices, reader }: Pick<AnnotationDocument, "slices" | "reader">,
): Promise<boolean> {
  if (record?.reader !== reader || String(record.slices) !== String(slices)) return false;
  const kept = await promisify(gunzip)(packed).catch(() => undefined);
  if (!kept) return false;
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
    const volume = await volumes.get(study);
    const { geometry } = volume;
    const { version, record } = found;
    if (found.isDamaged) {
      // The segmentation holds the same mask.
      const again = await carriedOver(library, id, volume);
      if (!again) throw damaged(annotationFile.mask);
      return { mask: again.mask, record, version };
    }
    return { mask: { geometry, voxels: await unpackMask(found.packed, voxelCount(geometry)) }, record, version };
  });
}

const notAnnotated = () => new RefusedError("annotation-missing", "nobody has annotated this study");

/** As a DICOM object, made again from the mask where it is damaged. @throws RefusedError where there is none */
export async function keptSegmentation(library: Library, id: string): Promise<Uint8Array> {
  const folder = library.path(id, "annotation");
  const kept = await readAnnotation(library, id);
  if (!kept) throw notAnnotated();
  const { record } = kept;
  if (record?.noSegmentation !== undefined) {
    const why = record.noSegmentation;
    throw new RefusedError("study-unknown", `the study has no DICOM images a segmentation could refer to: ${why}`);
  }
  const intact = await readIntact(folder, annotationFile.segmentation).catch(() => undefined);
  if (intact) return intact;
  if (kept.isDamaged || !record?.grid) throw damaged(annotationFile.segmentation);
  const geometry = { ...record.grid, origin: patientPoint(...record.grid.origin) };
  const mask = { geometry, voxels: await unpackMask(kept.packed, voxelCount(geometry)) };
  const { segmentation } = await asSegmentation(await loadSeries(library, library.get(id)), mask, record);
  if (!segmentation) throw damaged(annotationFile.segmentation);
  return segmentation;
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
      const slices = [...carried.slices];
      await writeAnnotation(library, id, volume.series, carried.mask, { ...record, slices }, async () => {
        await library.update(id, { annotatedSlices: slices });
      });
      return syncCohort(library, id);
    }
    await rename(library.path(id, "annotation"), library.path(id, `annotation-${record.at.replace(/\D/g, "")}`));
    await syncCohort(library, id);
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
