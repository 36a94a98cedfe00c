/**
 * A cohort's study from its files: the CT with its lungs, and the annotations laid on it.
 *
 *     const { chest, annotations } = await loadStudy(study, folder, { decoder });
 *     const prepared = prepareStudy(chest.volume, annotations, preprocessing, chest.lungs);
 */
import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { relative } from "node:path";
import { type Chest, chestOf } from "../../diagnosis/index.ts";
import { FailedError, RefusedError } from "../../errors.ts";
import {
  type ByteSource,
  type Geometry,
  type ReadOptions,
  readMask,
  readSegmentation,
  scanStudy,
  segmentationOn,
} from "../../volume/index.ts";
import { diskFile, openPaths } from "../../volume/node/index.ts";
import { resolvePath } from "../file.ts";
import { type Annotation, type CohortStudy, sliceHeight } from "../manifest.ts";
import type { LoadedAnnotation } from "./annotations.ts";

export interface LoadedStudy {
  readonly chest: Chest;
  readonly annotations: readonly LoadedAnnotation[];
}

/** @param folder the cohort file's @throws RefusedError and FailedError of reading */
export async function loadStudy(study: CohortStudy, folder: string, options: ReadOptions): Promise<LoadedStudy> {
  const scanned = await scanStudy(await openPaths([resolvePath(folder, study.series)]), options);
  const wanted = study.seriesInstanceUID;
  const series = scanned.series.filter(({ seriesInstanceUid }) => wanted === undefined || seriesInstanceUid === wanted);
  if (series.length === 0) {
    throw new RefusedError("series-none", `${study.series} holds no series ${wanted}`, {
      hint: "embolens inspect lists the series of a folder",
    });
  }
  const chest = await chestOf({ ...scanned, series }, options);
  const annotations: LoadedAnnotation[] = [];
  for (const annotation of study.annotations) {
    annotations.push(await loadAnnotation(annotation, folder, chest.volume.geometry));
  }
  return { chest, annotations };
}

async function fileSource(path: string): Promise<ByteSource> {
  try {
    return diskFile(path, (await stat(path)).size);
  } catch (cause) {
    throw new FailedError("file-missing", `there is no mask ${path}`, { cause });
  }
}

async function loadAnnotation(annotation: Annotation, folder: string, ct: Geometry): Promise<LoadedAnnotation> {
  const { mask: path, slices, positiveSlices } = annotation;
  if (path === null) return { mask: null, slices, positiveSlices };
  const source = await fileSource(resolvePath(folder, path));
  const head = await source.read(128, Math.min(source.size, 132));
  if (String.fromCharCode(...head) !== "DICM") return { mask: await readMask(source), slices };
  const { mask, slices: framed } = segmentationOn(ct, await readSegmentation(source));
  // A segmentation holds the slices that were looked at and no others.
  return { mask, slices: slices === "all" ? framed.map((slice) => sliceHeight(ct, slice)) : slices };
}

/**
 * What a study is prepared from, in a hash: names and sizes of the CT's files, the annotations and the masks' bytes. A
 * later run prepares a study again when it changed.
 */
export async function sourceFingerprint(study: CohortStudy, folder: string): Promise<string> {
  const root = resolvePath(folder, study.series);
  const hash = createHash("sha256").update(JSON.stringify([study.seriesInstanceUID ?? null, study.annotations]));
  for (const { name, size } of await openPaths([root])) hash.update(JSON.stringify([relative(root, name), size]));
  for (const { mask } of study.annotations) {
    if (mask !== null) hash.update(await (await fileSource(resolvePath(folder, mask))).read());
  }
  return hash.digest("hex");
}
