/**
 * Cohorts: studies with their labels, annotations and splits, in one JSON file (src/cohort/README.md).
 *
 *     const { cohort, folder } = await readCohort("hospital/cohort.json");
 *     const complete = splitCohort(cohort, { seed: 1, validationShare: defaultValidationShare, testShare: 0 });
 *     refuseLeakage("hospital/cohort.json", complete);
 */
export {
  type CohortOnDisk,
  makeFolder,
  readCohort,
  relativePath,
  resolvePath,
  writeAtomic,
  writeCohort,
} from "./file.ts";
export { type Identity, type IdentityKind, recordIdentities } from "./identity.ts";
export { type DataSet, dataSets, type Importer, importers } from "./import/index.ts";
export type { Imported, ImportOptions } from "./import/options.ts";
export {
  type Annotation,
  type Cohort,
  type CohortStudy,
  type LabelOrigin,
  type LabelValue,
  labelOrigins,
  labelValues,
  parseCohort,
  type Split,
  type StudyLabel,
  sliceHeight,
  splits,
} from "./manifest.ts";
export type { LoadedAnnotation } from "./prepare/annotations.ts";
export { type FailedStudy, type PrepareReport, type PrepareRequest, prepareCohort } from "./prepare/cohort.ts";
export { type LoadedStudy, loadStudy } from "./prepare/load.ts";
export { prepareStudy } from "./prepare/study.ts";
export { type ReportLabelResult, type ReportLabelSettings, withReportLabels } from "./report-labels.ts";
export { defaultValidationShare, refuseLeakage, refuseStoreLeakage, type SplitSettings, splitCohort } from "./split.ts";
export { type FeatureShape, FeatureStore, type StudyFeatures } from "./store/features.ts";
export type { AnnotatedSlice, PreparedStudy, SlabStack, StudyFacts, StudyRecord } from "./store/prepared.ts";
export { PreparedStore, storeHash } from "./store/store.ts";
