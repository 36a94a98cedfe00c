/**
 * By what two studies are known to be of one patient, also where they come from different cohort files.
 *
 *     recordIdentities(record);      // [{ kind: "patient", key: "patient A P12" }, { kind: "CT", key: "scan 9f…" }]
 *
 * Patient numbers are a hospital's own, so a patient is number and hospital together.
 */
import type { CohortStudy } from "./manifest.ts";
import type { StudyRecord } from "./store/prepared.ts";

/** What two studies have in common; `name` is the study's id in its cohort file. */
export type IdentityKind = "patient" | "study" | "CT" | "series" | "name";

export interface Identity {
  readonly kind: IdentityKind;
  /** Equal where the two studies are the same in this respect. */
  readonly key: string;
}

export const patientIdentity = ({ patient, hospital }: Pick<CohortStudy, "patient" | "hospital">): Identity[] =>
  patient === null ? [] : [{ kind: "patient", key: `patient ${hospital ?? ""} ${patient}` }];

export const studyIdentity = (uid: string | null | undefined): Identity[] =>
  uid ? [{ kind: "study", key: `uid ${uid}` }] : [];

/**
 * What is known of a prepared study beyond its store. Its name counts only where there is nothing better: other cohorts
 * have a study number 1 too.
 */
export function recordIdentities(record: StudyRecord): Identity[] {
  const known = [...patientIdentity(record), ...studyIdentity(record.studyInstanceUID)];
  const { scanContent, hospital, id } = record;
  const scan: Identity[] = scanContent === null ? [] : [{ kind: "CT", key: `scan ${scanContent}` }];
  return [...(known.length > 0 ? known : [{ kind: "name", key: `name ${hospital ?? ""} ${id}` } as const]), ...scan];
}
