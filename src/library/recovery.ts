/**
 * What a start does with a study's folder that an earlier run, a disk or a hand has left damaged. Nothing that came in or
 * that a reader made is deleted: a record is read from its copy, or made again from the images, the diagnosis and the
 * annotation beside it; a folder that allows neither is set aside.
 *
 *     const recovered = await recoverStudy(folder, id);   // { study, problem }, or undefined
 */
import { readdir, readFile, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { studyAttributes } from "../results/dicom/study-attributes.ts";
import { scanStudy } from "../volume/index.ts";
import { openPaths } from "../volume/node/index.ts";
import { diagnosisIdOf } from "./diagnosis-identity.ts";
import { annotationDocumentSchema, diagnosisSchema, type Problem, type Study } from "./records.ts";
import { readRecord, recordFile, salvage, writeRecord } from "./study-record.ts";

/** @returns nothing where the folder holds no study that could be listed */
export async function recoverStudy(
  folder: string,
  id: string,
): Promise<{ readonly study: Study; readonly problem?: Problem } | undefined> {
  const found = await readRecord(folder);
  if (found && !found.isCopy) return { study: await withAnnotation(folder, found.study) };
  const study = found?.study ?? (await rebuilt(folder, id));
  if (!study) return undefined;
  await keepDamaged(folder);
  await writeRecord(folder, study);
  const who = study.patient.name || study.patient.id || id;
  return {
    study,
    problem: found
      ? { code: "study-restored", study: id, message: `${who}: its record was damaged and was restored from its copy` }
      : {
          code: "study-rebuilt",
          study: id,
          message: `${who}: its record and the copy were damaged; it was made again from its images, diagnosis and annotation`,
          hint: `verdicts and measurements that could not be read are missing; the damaged record is kept in studies/${id}`,
        },
  };
}

/** An annotation that was in place when the server was killed counts, though the record did not name it yet. */
async function withAnnotation(folder: string, study: Study): Promise<Study> {
  const annotation = await readJson(annotationDocumentSchema, join(folder, "annotation", "annotation.json"));
  if (!annotation || annotation.at === study.annotated?.at) return study;
  const { slices, reader, at } = annotation;
  const whole = { ...study, annotatedSlices: slices, annotated: { reader, at } };
  await writeRecord(folder, whole);
  return whole;
}

/** What is left of a record may still be read by a person. */
async function keepDamaged(folder: string): Promise<void> {
  const at = new Date().toISOString().replace(/\D/g, "");
  for (const name of Object.values(recordFile)) {
    const path = join(folder, name);
    const size = (await stat(path).catch(() => undefined))?.size ?? 0;
    if (size > 0) await rename(path, join(folder, `damaged-${at}-${name}`));
  }
}

async function rebuilt(folder: string, id: string): Promise<Study | undefined> {
  const images = join(folder, "images");
  const names = await readdir(images).catch(() => []);
  if (names.length === 0) return undefined;
  const sources = await openPaths([images]);
  const first = sources[0];
  if (!first) return undefined;
  const series = await scanStudy(sources).then(
    (scan) => scan.series,
    () => [],
  );
  const attributes = await studyAttributes(first);
  const diagnosis = await readJson(diagnosisSchema, join(folder, "diagnosis", "diagnosis.json"));
  const annotation = await readJson(annotationDocumentSchema, join(folder, "annotation", "annotation.json"));
  return {
    id,
    ...attributes,
    description: attributes.description || (series[0]?.description ?? ""),
    studyInstanceUID: diagnosis?.studyInstanceUID ?? series[0]?.studyInstanceUid ?? "",
    seriesInstanceUID: diagnosis?.seriesInstanceUID ?? null,
    images: names.length,
    received: (await stat(join(images, names[0]!))).mtime.toISOString(),
    state: diagnosis ? "done" : "waiting",
    progress: null,
    reason: null,
    diagnosed: diagnosis ? (await stat(join(folder, "diagnosis", "diagnosis.json"))).mtime.toISOString() : null,
    diagnosisId: diagnosis ? diagnosisIdOf(diagnosis) : null,
    tries: 0,
    probability: diagnosis?.probability ?? null,
    decision: diagnosis?.decision ?? null,
    warnings: diagnosis?.warnings ?? [],
    ...(await salvage(folder)),
    annotatedSlices: annotation?.slices ?? [],
    annotated: annotation ? { reader: annotation.reader, at: annotation.at } : null,
  };
}

async function readJson<Value>(schema: { parse: (value: unknown) => Value }, path: string): Promise<Value | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch {
    return undefined;
  }
}

/** Whether a folder holds nothing but what a diagnosis that ended late has written. */
export async function holdsOnlyDiagnosis(folder: string): Promise<boolean> {
  return (await readdir(folder)).every((name) => name === "diagnosis");
}
