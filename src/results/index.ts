/**
 * The results room: what leaves the program, in the forms others read. NIfTI volumes, key images, report pages, DICOM
 * objects; each is written beside and then renamed, so nobody reads half a file.
 *
 *     await writeNifti("attention.nii.gz", { geometry, voxels, scale: 1 / 255, description: "attention" });
 */

export { demonstrationModel } from "./demonstration-model.ts";
export { type DiagnoseStudiesOptions, diagnoseStudies, type StudyOutcome } from "./diagnose-studies.ts";
export { isDiagnosed, writeDiagnosis } from "./diagnosis-files.ts";
export { diagnosisObjects, type ObjectsOf, type ResultObject } from "./diagnosis-objects.ts";
export { type ResultDescription, writeParametricMap } from "./dicom/parametric-map.ts";
export { writeSecondaryCapture } from "./dicom/secondary-capture.ts";
export { type SegmentationDescription, writeSegmentation } from "./dicom/segmentation.ts";
export { isUnreferable, type SourceSeries, sourceSeries } from "./dicom/source-series.ts";
export type { ReaderContent, ReaderVerdict } from "./dicom/sr-reader-content.ts";
export { type ReportedDiagnosis, writeStructuredReport } from "./dicom/structured-report.ts";
export { type KeyImage, keyImageCount, keyImages, keySlices } from "./key-images.ts";
export { huggingFaceRepository, monaiBundle } from "./model-bundle.ts";
export { encodeNifti, type NiftiImage, writeNifti } from "./nifti.ts";
