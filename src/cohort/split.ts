/**
 * Who trains, who validates, who tests.
 *
 *     const cohort = splitCohort(await readCohort(file).cohort, { seed: 1 });   // 80/20, by patient, stratified
 *     refuseLeakage("cohort.json", cohort);
 *
 * SPEC 2: 80/20 by study. Studies of one patient share anatomy, so patients are kept whole where they are known.
 */
import { RefusedError } from "../errors.ts";
import { Random } from "../random.ts";
import { type Cohort, type CohortStudy, labelValues, type Split } from "./manifest.ts";

export interface SplitSettings {
  readonly seed: number;
  /** Share of the studies without a split that go to validation. */
  readonly validationShare: number;
}

export const defaultValidationShare = 0.2;

/** Patient numbers are a hospital's own, so a patient is both together. */
function patientOf(study: CohortStudy): string {
  return study.patient === null ? `study ${study.id}` : `patient ${study.hospital ?? ""} ${study.patient}`;
}

function groupByPatient(studies: readonly CohortStudy[]): Map<string, CohortStudy[]> {
  const groups = new Map<string, CohortStudy[]>();
  for (const study of studies) {
    const key = patientOf(study);
    const group = groups.get(key);
    if (group) group.push(study);
    else groups.set(key, [study]);
  }
  return groups;
}

/** What is kept in proportion between the splits: the label, and whether emboli are outlined. */
function stratum(studies: readonly CohortStudy[]): string {
  const value = labelValues.find((value) => studies.some((study) => study.label?.value === value)) ?? "unlabelled";
  return `${value} ${studies.some((study) => study.annotations.length > 0) ? "annotated" : "plain"}`;
}

/**
 * Gives every study without a split one: train or validation. Studies that have a split keep it, and the patient's
 * other studies follow. Depends on the seed and the studies, not on their order in the file.
 */
export function splitCohort(cohort: Cohort, { seed, validationShare }: SplitSettings): Cohort {
  const chosen = new Map<string, Split>();
  const strata = new Map<string, string[]>();
  for (const [patient, studies] of groupByPatient(cohort.studies)) {
    const given = studies.find((study) => study.split !== null)?.split;
    if (given) {
      chosen.set(patient, given);
      continue;
    }
    const key = stratum(studies);
    strata.set(key, [...(strata.get(key) ?? []), patient]);
  }
  for (const [key, patients] of strata) {
    const shuffled = new Random(seed, "split", key).shuffle(patients.sort());
    const validation = Math.round(shuffled.length * validationShare);
    for (const [index, patient] of shuffled.entries()) chosen.set(patient, index < validation ? "validation" : "train");
  }
  const studies = cohort.studies.map((study) => ({
    ...study,
    split: study.split ?? chosen.get(patientOf(study)) ?? "train",
  }));
  return { ...cohort, studies };
}

/**
 * Refuses a cohort in which a patient, a study or a series stands in two splits.
 *
 * @throws RefusedError "split-leakage", naming the studies
 */
export function refuseLeakage(source: string, cohort: Cohort): void {
  const first = new Map<string, CohortStudy>();
  for (const study of cohort.studies) {
    if (study.split === null) continue;
    const identities: readonly (readonly [string, string])[] = [
      ...(study.patient === null ? [] : [["the same patient", patientOf(study)] as const]),
      ...(study.studyInstanceUID === undefined ? [] : [["the same study", `uid ${study.studyInstanceUID}`] as const]),
      ["the same series", `series ${study.series} ${study.seriesInstanceUID ?? ""}`],
    ];
    for (const [what, identity] of identities) {
      const other = first.get(identity);
      if (other === undefined) first.set(identity, study);
      else if (other.split !== study.split) {
        throw new RefusedError(
          "split-leakage",
          `${source}: "${other.id}" (${other.split}) and "${study.id}" (${study.split}) are ${what}: ` +
            "what is learned from one would be tested on the other",
          { hint: 'put both into one split, or set "split" to null and let prepare choose' },
        );
      }
    }
  }
}
