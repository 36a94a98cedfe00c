/**
 * Cohorts: studies with their labels, annotations and splits, in one JSON file (src/cohort/README.md).
 *
 *     const { cohort, folder } = await readCohort("hospital/cohort.json");
 *     const complete = splitCohort(cohort, { seed: 1, validationShare: defaultValidationShare });
 *     refuseLeakage("hospital/cohort.json", complete);
 */
export { type CohortOnDisk, readCohort, relativePath, resolvePath, writeBeside, writeCohort } from "./file.ts";
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
export { defaultValidationShare, refuseLeakage, type SplitSettings, splitCohort } from "./split.ts";
