/**
 * The synthetic hospital on disk: DICOM series, masks, reports, cohort file.
 *
 *     const { cohort, studies } = await makeHospital("hospital", settings, { onProgress, signal });
 */
export {
  type HospitalSettings,
  type MadeHospital,
  type MakingOptions,
  makeHospital,
  planHospital,
} from "./hospital.ts";
export type { StudyPlan, StudyRecord } from "./write-study.ts";
