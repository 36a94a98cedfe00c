/**
 * Whom a model is judged on: the labelled studies asked for, without those of patients it has learned from or was
 * chosen on; and how that is said to a reader.
 *
 *     const { studies, leftOut, record } = await unseenStudies(model, records, "test");
 */
import type { IdentityKind, Split, StudyRecord } from "../../cohort/index.ts";
import { RefusedError } from "../../errors.ts";
import type { Model } from "../../model/index.ts";
import { overlapWithTraining, type SeenAmong, type SeenOptions, type SeenStudy } from "../../training/index.ts";

export interface UnseenStudies {
  /** Whose studies were asked for; null: of every split. */
  readonly split: Split | null;
  readonly studies: readonly StudyRecord[];
  readonly record: SeenAmong["record"];
  readonly leftOut: readonly SeenStudy[];
}

/**
 * @param asked undefined: the test studies; where there are none, those of every split, as far as the model's file says
 *   whom it has seen
 * @throws RefusedError `data-insufficient` without studies to choose from, `studies-seen` where none of them is unseen,
 *   `one-class` where those left have one label
 */
export async function unseenStudies(
  model: Pick<Model, "name" | "training">,
  records: readonly StudyRecord[],
  asked: Split | undefined,
  options: SeenOptions = {},
): Promise<UnseenStudies> {
  const labelled = records.filter(({ label }) => label?.value === "present" || label?.value === "absent");
  const isRecorded = model.training.every(({ seen }) => seen !== null);
  const hasTest = labelled.some(({ split }) => split === "test");
  const split = asked ?? (hasTest || !isRecorded ? "test" : null);
  const candidates = split === null ? labelled : labelled.filter((study) => study.split === split);
  if (candidates.length === 0) throw nobody(split, labelled.length > 0 && !isRecorded);
  const { record, studies: leftOut } = await overlapWithTraining(model, candidates, records, options);
  const gone = new Set(leftOut.map(({ id }) => id));
  const studies = candidates.filter(({ id }) => !gone.has(id));
  const whose = ofSplit(split);
  if (studies.length === 0) {
    throw new RefusedError("studies-seen", `${model.name} has seen the patients of all ${gone.size} studies ${whose}`, {
      hint:
        split !== "test" && hasTest
          ? "leave out --split: the cohort has test studies"
          : "judge it on a cohort of other patients, or train it again with a test split set apart (embolens prepare " +
            "--test-share 0.2); figures on its validation studies are in the run's metrics.jsonl",
    });
  }
  if (gone.size > 0 && new Set(studies.map(({ label }) => label?.value)).size === 1) {
    const { value } = studies[0]!.label!;
    throw new RefusedError(
      "one-class",
      `${model.name} has seen the patients of ${gone.size} of ${candidates.length} studies ${whose}; in the others emboli are all ${value}`,
      { hint: "a ROC curve needs positive and negative studies of patients that the model has not seen" },
    );
  }
  return { split, studies, record, leftOut };
}

function nobody(split: Split | null, couldTakeAll: boolean): RefusedError {
  return new RefusedError("data-insufficient", `no study ${ofSplit(split)} is labelled present or absent`, {
    hint: couldTakeAll
      ? "name another split with --split; the model's file does not say whom it has seen, so they cannot be told apart"
      : "name another split with --split",
  });
}

const ofSplit = (split: Split | null): string => (split === null ? "of the cohort" : `of the split "${split}"`);

/** What a reader of the figures must know about where they come from. */
export function cautionOf(split: Split | null, record: SeenAmong["record"]): string | null {
  if (record === "complete") return null;
  const unknown =
    `The model's file does not say whom it has learned from${record === "partial" ? " in every training" : ""} ` +
    "(weights imported from elsewhere, or a file of an earlier version): that it has seen these very patients cannot be excluded.";
  switch (split) {
    case "validation":
      return `${unknown} If it was trained on this cohort, epoch and thresholds were chosen on these studies.`;
    case "train":
      return `${unknown} If it was trained on this cohort, these figures say nothing of other patients.`;
    default:
      return unknown;
  }
}

const partNames = { training: "trained on", validation: "chosen on, with its thresholds" } as const;
const kindNames: Readonly<Record<IdentityKind, string>> = {
  patient: "patient number and hospital",
  study: "StudyInstanceUID",
  CT: "the voxels of the CT",
  series: "the series",
  name: "hospital and the study's id in the cohort",
};

/** How many studies were left out for each reason. */
function reasonsOf(leftOut: readonly SeenStudy[]): [part: string, by: string, count: number][] {
  const counts = new Map<string, [string, string, number]>();
  for (const { part, by } of leftOut) {
    const key = `${part} ${by}`;
    counts.set(key, [partNames[part], kindNames[by], (counts.get(key)?.[2] ?? 0) + 1]);
  }
  return [...counts.values()].sort((a, b) => b[2] - a[2]);
}

/** Who was left out and why, in a sentence or two. */
export function leftOutText({ split, record, leftOut }: Pick<UnseenStudies, "split" | "record" | "leftOut">): string {
  if (leftOut.length > 0) {
    const reasons = reasonsOf(leftOut).map(([part, by, count]) => `${count} it was ${part}, recognised by ${by}`);
    return (
      `${leftOut.length} labelled studies ${ofSplit(split)} were left out, because the model has seen their patients: ` +
      `${reasons.join("; ")}.${split === "test" ? " A test study whose patient was learned from tests nothing: see how it came to be in both." : ""}`
    );
  }
  return record === "missing"
    ? "No study could be left out."
    : "No study had to be left out: the model's file names none of their patients among those it was trained or chosen on.";
}

export const leftOutTable = (leftOut: readonly SeenStudy[]) => ({
  caption: "Studies of patients that the model has seen, which were not judged.",
  head: ["the model was", "recognised by", "studies"],
  rows: reasonsOf(leftOut).map(([part, by, count]) => [part, by, String(count)]),
});
