/**
 * The library room: what a reading room holds, on disk: studies with their images, diagnoses and readers' work, and the
 * queue of studies that wait for their diagnosis. It knows nothing of HTTP.
 *
 *     const library = await Library.open("reading-room");
 *     const { studies, refused } = await ingest(library, new VolumeCache(library), "upload", (name) => name);
 */

export { keepAnnotation, keptAnnotation, keptSegmentation, resampleAnnotation } from "./annotations.ts";
export { backUp, restore } from "./backup.ts";
export { syncCohort } from "./cohort-sync.ts";
export { DiagnosisProcess } from "./diagnosis-process.ts";
export { keptObjects, zipped } from "./dicom-objects.ts";
export { libraryHealth } from "./health.ts";
export { ingest } from "./ingest.ts";
export { type DiagnoseStudy, type DiagnosisOutcome, Jobs, judgeAgain } from "./jobs.ts";
export { keptAttention, keptDiagnosis, keptResult } from "./kept-diagnosis.ts";
export { Library } from "./library.ts";
export { type FolderLock, lockFolder } from "./lock.ts";
export { keepMeasurements, keptMeasurements, ofReader } from "./measurements.ts";
export { type Current, type IfMatch, requirePrecondition } from "./preconditions.ts";
export { removeStudyIfMatch, studyEtag } from "./reader-work.ts";
export { unwritableReason } from "./unwritable.ts";
export { keptVerdicts, recordVerdict } from "./verdicts.ts";
export { VolumeCache } from "./volume-cache.ts";
