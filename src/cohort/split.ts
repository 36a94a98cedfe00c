/**
 * Who trains, who validates, who tests.
 *
 *     const cohort = splitCohort((await readCohort(file)).cohort, { seed: 1, validationShare: 0.2, testShare: 0 });
 *     refuseLeakage("cohort.json", cohort);
 *
 * docs/method.md#stage-i: 80/20 by study. Studies of one patient share anatomy, so patients are kept whole where they
 * are known.
 *
 * A patient's place between 0 and 1 follows from the seed and the patient alone, and a split is a part of that line:
 * whatever else a cohort holds, and however its labels change, a patient falls to the same side. Shares are therefore
 * kept on average, not to the study; only where a split would get none of a stratum with enough patients does the
 * nearest patient move over.
 */
import { posix } from "node:path";
import { RefusedError } from "../errors.ts";
import { Random } from "../random.ts";
import { type Identity, patientIdentity, recordIdentities, studyIdentity } from "./identity.ts";
import { type Cohort, type CohortStudy, labelValues, type Split } from "./manifest.ts";
import type { StudyRecord } from "./store/prepared.ts";

export interface SplitSettings {
  readonly seed: number;
  /** Share of the patients without a split that go to validation. */
  readonly validationShare: number;
  /** Share of the patients without a split that are set apart for testing. */
  readonly testShare: number;
}

export const defaultValidationShare = 0.2;

/** What keeps two studies of a cohort in one split. */
function identitiesOf(study: CohortStudy): Identity[] {
  const { studyInstanceUID, seriesInstanceUID = "", series } = study;
  return [
    ...patientIdentity(study),
    ...studyIdentity(studyInstanceUID),
    // One folder may hold several studies.
    { kind: "series", key: `series ${posix.normalize(series)} ${studyInstanceUID ?? ""} ${seriesInstanceUID}` },
  ];
}

/** Studies that must stay together, for people: a patient. */
interface Patient {
  readonly studies: readonly CohortStudy[];
  /** Where the patient stands between 0 and 1. */
  readonly place: number;
  /** Whether the split was drawn here and can still move. */
  readonly drawn: boolean;
  split: Split;
}

/** Studies in groups that have an identity in common, directly or through others. */
function groupByPatient(studies: readonly CohortStudy[]): CohortStudy[][] {
  const above = new Map<string, string>();
  const top = (key: string): string => {
    const next = above.get(key);
    return next === undefined ? key : top(next);
  };
  const keysOf = (study: CohortStudy) => identitiesOf(study).map(({ key }) => key);
  for (const study of studies) {
    const [first, ...others] = keysOf(study).map(top);
    for (const other of others) if (top(other) !== top(first!)) above.set(top(other), top(first!));
  }
  const groups = new Map<string, CohortStudy[]>();
  for (const study of studies) {
    const key = top(keysOf(study)[0]!);
    groups.set(key, [...(groups.get(key) ?? []), study]);
  }
  return [...groups.values()];
}

/** What the draw depends on beside the seed: the patient; the study's own UID or name where no patient is known. */
function drawingKey(studies: readonly CohortStudy[]): string {
  const patients = studies.flatMap((study) => patientIdentity(study).map(({ key }) => key));
  const own = studies.map(({ id, studyInstanceUID }) =>
    studyInstanceUID === undefined ? `study ${id}` : `uid ${studyInstanceUID}`,
  );
  return (patients.length > 0 ? patients : own).sort()[0]!;
}

/** What every split needs some of: the label, and whether emboli are outlined. Undefined where the label says nothing. */
function stratum(studies: readonly CohortStudy[]): string | undefined {
  const value = labelValues.find((value) => studies.some((study) => study.label?.value === value));
  if (value === undefined || value === "uncertain") return undefined;
  return `${value} ${studies.some((study) => study.annotations.length > 0) ? "annotated" : "plain"}`;
}

/** Where on the line from 0 to 1 each split lies. Test lies at the far end, so that asking for one leaves validation. */
function partsOf({ validationShare, testShare }: SplitSettings): [Split, number, number][] {
  const parts: [Split, number, number][] = [
    ["train", validationShare, 1 - testShare],
    ["validation", 0, validationShare],
    ["test", 1 - testShare, 1],
  ];
  return parts.filter(([, from, to]) => to > from);
}

/**
 * Gives every study without a split one. Studies that have a split keep it, and the patient's other studies follow.
 * Depends on the seed and the studies, not on their order in the file.
 */
export function splitCohort(cohort: Cohort, settings: SplitSettings): Cohort {
  const parts = partsOf(settings);
  const patients = groupByPatient(cohort.studies).map((studies): Patient => {
    const place = new Random(settings.seed, "split", drawingKey(studies)).uniform();
    const given = studies.find(({ split }) => split !== null)?.split ?? undefined;
    const [drawn] = parts.find(([, from, to]) => place >= from && place < to) ?? parts[0]!;
    return { studies, place, drawn: given === undefined, split: given ?? drawn };
  });
  const strata = new Map<string, Patient[]>();
  for (const patient of patients) {
    const key = stratum(patient.studies);
    if (key !== undefined) strata.set(key, [...(strata.get(key) ?? []), patient]);
  }
  for (const members of strata.values()) fillEmptySplits(members, parts);
  const splitOf = new Map(patients.flatMap(({ studies, split }) => studies.map(({ id }) => [id, split])));
  const studies = cohort.studies.map((study) => ({ ...study, split: study.split ?? splitOf.get(study.id)! }));
  return { ...cohort, studies };
}

/**
 * Moves the nearest drawn patient into a split that has none of a stratum. It comes from one that has more, or, where
 * there are only two patients, from test: training and validation come first.
 */
function fillEmptySplits(members: readonly Patient[], parts: readonly [Split, number, number][]): void {
  if (members.length < 2) return;
  for (const [split, from, to] of parts) {
    if (members.some((member) => member.split === split)) continue;
    const count = (own: Split) => members.filter((member) => member.split === own).length;
    const giving = new Set(parts.flatMap(([own]) => (count(own) > 1 || own === "test" ? [own] : [])));
    const distance = ({ place }: Patient) => Math.max(from - place, place - to, 0);
    const [nearest] = members
      .filter(({ drawn, split: own }) => drawn && giving.has(own))
      .sort((a, b) => distance(a) - distance(b) || a.place - b.place);
    if (nearest) nearest.split = split;
  }
}

interface InSplit {
  readonly id: string;
  readonly split: Split | null;
}

/**
 * Refuses a cohort in which a patient, a study or a series stands in two splits.
 *
 * @param wayOut what to do about two studies
 * @throws RefusedError "split-leakage", naming the studies
 */
export function refuseLeakage(
  source: string,
  cohort: Cohort,
  wayOut: (one: CohortStudy, other: CohortStudy) => string = () =>
    'put both into one split, or set "split" to null and let prepare choose',
): void {
  refuseTwoSplits(source, cohort.studies, identitiesOf, wayOut);
}

/**
 * Refuses to learn from a store in which a patient or a CT stands in two splits. The store may have been made by an
 * earlier version, or its preparation may have been stopped in the middle.
 *
 * @throws RefusedError "split-leakage", naming the studies
 */
export function refuseStoreLeakage(folder: string, records: readonly StudyRecord[]): void {
  const identities = (record: StudyRecord): Identity[] => [
    ...recordIdentities(record),
    { kind: "CT", key: `content ${record.content}` },
  ];
  refuseTwoSplits(
    folder,
    records,
    identities,
    () => "in the cohort file put both into one split, or leave one of them out, and run embolens prepare again",
  );
}

function refuseTwoSplits<T extends InSplit>(
  source: string,
  studies: readonly T[],
  identities: (study: T) => readonly Identity[],
  wayOut: (one: T, other: T) => string,
): void {
  const first = new Map<string, T>();
  for (const study of studies) {
    if (study.split === null) continue;
    for (const { kind, key } of identities(study)) {
      const other = first.get(key);
      if (other === undefined) first.set(key, study);
      else if (other.split !== study.split) {
        throw new RefusedError(
          "split-leakage",
          `${source}: "${other.id}" (${other.split}) and "${study.id}" (${study.split}) are the same ${kind}: ` +
            "what is learned from one would be tested on the other",
          { hint: wayOut(other, study) },
        );
      }
    }
  }
}
