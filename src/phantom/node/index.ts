/**
 * The synthetic hospital on disk: DICOM series, masks, reports, cohort file.
 *
 *     const { cohort, studies } = await makeHospital("hospital", settings, { onProgress, signal });
 */
export {
  type HospitalOptions,
  type HospitalSettings,
  type MadeHospital,
  makeHospital,
  planHospital,
} from "./hospital.ts";
export type { PhantomStudyRecord, StudyPlan } from "./write-study.ts";
