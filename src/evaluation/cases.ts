/**
 * Cases that were scored: what is true of each, and what a model said. Every measure of this room starts here, so
 * that no measure meets a NaN or a label it can't use.
 *
 *     const test = scoredCases("test", labels, probabilities);
 *
 * The role is part of the type. Thresholds and recalibrations are fitted on `Cases<"validation">` only, so choosing
 * an operating point on the test set is a type error.
 */
import { RefusedError } from "../errors.ts";

export type Role = "validation" | "test";

export interface Cases<R extends Role = Role> {
  readonly role: R;
  /** 1 = the disease is there, 0 = it isn't; at least one of each. */
  readonly labels: Uint8Array;
  /** Finite; higher = more suspicious. */
  readonly scores: Float64Array;
  readonly positives: number;
  /**
   * Number of the patient (or study) that each case belongs to, where one has several: such cases are alike, and their
   * intervals wider than those of as many strangers. Undefined where every case stands alone.
   */
  readonly groups: Uint32Array | undefined;
}

/**
 * Checks labels and scores and binds them.
 *
 * @param name what to call the scores in an error
 * @param groups the patient of each case
 * @throws RefusedError `labels-invalid`, `scores-invalid`, `one-class`
 */
export function scoredCases<R extends Role>(
  role: R,
  labels: ArrayLike<number | boolean>,
  scores: ArrayLike<number>,
  name = "scores",
  groups?: readonly (string | number)[],
): Cases<R> {
  if (labels.length !== scores.length) {
    throw new RefusedError("scores-invalid", `${name}: ${scores.length} scores for ${labels.length} labels`);
  }
  if (groups !== undefined && groups.length !== labels.length) {
    throw new RefusedError("scores-invalid", `${name}: ${groups.length} patients for ${labels.length} labels`);
  }
  const checked = new Uint8Array(labels.length);
  const values = new Float64Array(labels.length);
  let positives = 0;
  for (let index = 0; index < labels.length; index++) {
    const label = Number(labels[index]);
    if (label !== 0 && label !== 1) {
      throw new RefusedError("labels-invalid", `${name}: the label of case ${index + 1} is ${labels[index]}`, {
        hint: "labels are 1 (positive) and 0 (negative)",
      });
    }
    const score = scores[index]!;
    if (!Number.isFinite(score)) {
      throw new RefusedError("scores-invalid", `${name}: the score of case ${index + 1} is ${score}`, {
        hint: "give every case a finite score, or leave the case out of all models",
      });
    }
    checked[index] = label;
    values[index] = score;
    positives += label;
  }
  if (positives === 0 || positives === labels.length) {
    throw new RefusedError(
      "one-class",
      `${name}: all ${labels.length} cases are ${positives ? "positive" : "negative"}`,
      {
        hint: "a ROC curve needs positive and negative cases",
      },
    );
  }
  return { role, labels: checked, scores: values, positives, groups: groups && numbered(groups) };
}

/** Names as numbers from 0 on; undefined where no two cases share one. */
function numbered(groups: readonly (string | number)[]): Uint32Array | undefined {
  const numbers = new Map<string | number, number>();
  const numbersOf = Uint32Array.from(groups, (group) => {
    const number = numbers.get(group) ?? numbers.size;
    numbers.set(group, number);
    return number;
  });
  return numbers.size < groups.length ? numbersOf : undefined;
}

/** The same cases scored by something else. */
export function rescored<R extends Role>(cases: Cases<R>, scores: ArrayLike<number>, name?: string): Cases<R> {
  return { ...scoredCases(cases.role, cases.labels, scores, name), groups: cases.groups };
}

/** Some of the cases, by index; an index may come more than once. @throws RefusedError `one-class` */
export function subset<R extends Role>(cases: Cases<R>, indices: ArrayLike<number>): Cases<R> {
  const labels = Uint8Array.from(indices, (index) => cases.labels[index]!);
  return scoredCases(
    cases.role,
    labels,
    Float64Array.from(indices, (index) => cases.scores[index]!),
    undefined,
    cases.groups && Array.from(indices, (index) => cases.groups![index]!),
  );
}

/** True when all scores can be probabilities. */
export const areProbabilities = ({ scores }: Cases): boolean => scores.every((score) => score >= 0 && score <= 1);

/** Scores of the positives, or of the negatives, ascending. */
export function sortedScores({ labels, scores }: Cases, label: 0 | 1): Float64Array {
  return scores.filter((_, index) => labels[index] === label).sort();
}
