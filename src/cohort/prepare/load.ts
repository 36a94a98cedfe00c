/**
 * A cohort's study from its files: the CT with its lungs, and the annotations laid on it.
 *
 *     const { chest, annotations } = await loadStudy(study, folder, { decoder });
 *     const prepared = prepareStudy(chest.volume, annotations, preprocessing, chest.lungs);
 */
import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { relative } from "node:path";
import { type ChestCt, toChestCt } from "../../diagnosis/index.ts";
import { FailedError, RefusedError } from "../../errors.ts";
import {
  type ByteSource,
  type Geometry,
  type ReadOptions,
  readMask,
  readSegmentation,
  type Series,
  scanStudy,
  segmentationOn,
} from "../../volume/index.ts";
import { diskFile, openPaths } from "../../volume/node/index.ts";
import { resolvePath } from "../file.ts";
import { type Annotation, type CohortStudy, sliceHeight } from "../manifest.ts";
import type { LoadedAnnotation } from "./annotations.ts";

export interface LoadedStudy {
  readonly chest: ChestCt;
  readonly annotations: readonly LoadedAnnotation[];
}

/** @param folder the cohort file's @throws RefusedError and FailedError of reading */
export async function loadStudy(study: CohortStudy, folder: string, options: ReadOptions): Promise<LoadedStudy> {
  const scanned = await scanStudy(await openPaths([resolvePath(folder, study.series)]), options);
  const chest = await toChestCt({ ...scanned, series: ownSeries(study, scanned.series) }, options);
  const annotations: LoadedAnnotation[] = [];
  for (const annotation of study.annotations) {
    annotations.push(await loadAnnotation(annotation, folder, chest.volume.geometry));
  }
  return { chest, annotations };
}

/** A file of a format without identifiers is a study of its own. */
const studyOf = ({ studyInstanceUid, files }: Series): string => studyInstanceUid || (files[0] ?? "");

/**
 * The series that belong to a study of the cohort. A folder may hold other studies, or a path may point at another
 * patient's: the label of one must not go to the CT of the other because its series shows more of the lungs.
 *
 * @throws RefusedError "series-none" where the files are another study's; "cohort-invalid" where nothing says which of
 *   several studies is meant
 */
function ownSeries(study: CohortStudy, found: readonly Series[]): Series[] {
  const { series: path, studyInstanceUID, seriesInstanceUID } = study;
  const unnamed = found.every(({ studyInstanceUid }) => studyInstanceUid === "");
  const ofStudy = found.filter(
    ({ studyInstanceUid }) => studyInstanceUID === undefined || unnamed || studyInstanceUid === studyInstanceUID,
  );
  if (ofStudy.length === 0 && found.length > 0) {
    const others = named(found.map(studyOf));
    throw new RefusedError("series-none", `${path} holds no study ${studyInstanceUID} but ${others}`, {
      hint: `correct "series" or "studyInstanceUID" of "${study.id}" in the cohort file`,
    });
  }
  const ofSeries = ofStudy.filter(
    ({ seriesInstanceUid }) => seriesInstanceUID === undefined || seriesInstanceUid === seriesInstanceUID,
  );
  if (ofSeries.length === 0 && seriesInstanceUID !== undefined) {
    throw new RefusedError("series-none", `${path} holds no series ${seriesInstanceUID}`, {
      hint: "embolens inspect lists the series of a folder",
    });
  }
  const studies = new Set(ofSeries.filter(({ accepted }) => accepted).map(studyOf));
  if (studies.size > 1) {
    throw new RefusedError("cohort-invalid", `${path} holds ${studies.size} studies: ${named([...studies])}`, {
      hint: `give "${study.id}" a "studyInstanceUID" in the cohort file, or name the file or folder of its own CT`,
    });
  }
  return ofSeries;
}

/** The first few names of a list. */
function named(names: readonly string[]): string {
  const different = [...new Set(names)];
  const more = different.length > 3 ? ` and ${different.length - 3} more` : "";
  return `${different.slice(0, 3).join(", ")}${more}`;
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
 * What a study is prepared from, in a hash: its DICOM identity, names and sizes of the CT's files, the annotations and the masks' bytes. A
 * later run prepares a study again when it changed.
 */
export async function sourceFingerprint(study: CohortStudy, folder: string): Promise<string> {
  const root = resolvePath(folder, study.series);
  const { studyInstanceUID = null, seriesInstanceUID = null, annotations } = study;
  const hash = createHash("sha256").update(JSON.stringify([studyInstanceUID, seriesInstanceUID, annotations]));
  for (const { name, size } of await openPaths([root])) hash.update(JSON.stringify([relative(root, name), size]));
  for (const { mask } of study.annotations) {
    if (mask !== null) hash.update(await (await fileSource(resolvePath(folder, mask))).read());
  }
  return hash.digest("hex");
}
