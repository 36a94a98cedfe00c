/**
 * Right and wrong decisions at a threshold, with Wilson intervals.
 *
 *     const { sensitivity, specificity, accuracy } = decisionsAt(cases, 0.5);
 *     sensitivity.value; sensitivity.ci95;
 *
 * A case is called positive when its score is at or above the threshold. Wilson 1927.
 */
import { RefusedError } from "../errors.ts";
import type { Cases } from "./cases.ts";
import { twoSided, z95 } from "./gaussian.ts";

/**
 * A share of cases and its 95 % Wilson interval; null where there was no case to count. Where patients have several
 * cases, the interval is that of as many independent cases as say equally much (Rao & Scott 1992).
 */
export interface Proportion {
  readonly count: number;
  readonly of: number;
  readonly value: number | null;
  readonly ci95: readonly [number, number] | null;
}

/** @param independent how many independent cases say as much as these, where fewer do */
export function proportion(count: number, of: number, independent = of): Proportion {
  if (of === 0) return { count, of, value: null, ci95: null };
  const share = count / of;
  const square = (z95 * z95) / independent;
  const centre = (share + square / 2) / (1 + square);
  const half = (z95 / (1 + square)) * Math.sqrt((share * (1 - share)) / independent + square / (4 * independent));
  // At 0 and 1 the exact bound is 0 and 1; rounding must not move it.
  return {
    count,
    of,
    value: share,
    ci95: [count === 0 ? 0 : Math.max(0, centre - half), count === of ? 1 : Math.min(1, centre + half)],
  };
}

/** The share of cases that are right, where some belong to the same patient. @param groups the patient of each */
export function clusteredProportion(right: readonly boolean[], groups: ArrayLike<number | string>): Proportion {
  const patients = new Map<number | string, { right: number; of: number }>();
  right.forEach((one, index) => {
    const patient = patients.get(groups[index]!) ?? { right: 0, of: 0 };
    patients.set(groups[index]!, { right: patient.right + Number(one), of: patient.of + 1 });
  });
  const [count, of] = [right.filter(Boolean).length, right.length];
  if (patients.size === of) return proportion(count, of);
  const share = count / of;
  // Of one patient, or of cases that are all alike, no spread is known: each patient counts once.
  if (patients.size < 2 || count === 0 || count === of) return proportion(count, of, patients.size);
  const spread = [...patients.values()].reduce((sum, patient) => sum + (patient.right - share * patient.of) ** 2, 0);
  const variance = ((patients.size / (patients.size - 1)) * spread) / of ** 2;
  return proportion(count, of, Math.min(of, (share * (1 - share)) / variance));
}

export interface Decisions {
  readonly threshold: number;
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly trueNegatives: number;
  readonly falseNegatives: number;
  readonly accuracy: Proportion;
  readonly sensitivity: Proportion;
  readonly specificity: Proportion;
  /** Positive predictive value (precision). */
  readonly ppv: Proportion;
  /** Negative predictive value. */
  readonly npv: Proportion;
}

export function decisionsAt({ labels, scores, positives, groups }: Cases, threshold: number): Decisions {
  let truePositives = 0;
  let called = 0;
  for (let index = 0; index < labels.length; index++) {
    if (scores[index]! < threshold) continue;
    called++;
    truePositives += labels[index]!;
  }
  const falsePositives = called - truePositives;
  const falseNegatives = positives - truePositives;
  const trueNegatives = labels.length - called - falseNegatives;
  const rate = (count: number, of: number, counts: (isPositive: boolean, isCalled: boolean) => boolean): Proportion => {
    if (groups === undefined) return proportion(count, of);
    const among = [...labels.keys()].filter((index) => counts(labels[index] === 1, scores[index]! >= threshold));
    return clusteredProportion(
      among.map((index) => scores[index]! >= threshold === (labels[index] === 1)),
      among.map((index) => groups[index]!),
    );
  };
  return {
    threshold,
    truePositives,
    falsePositives,
    trueNegatives,
    falseNegatives,
    accuracy: rate(truePositives + trueNegatives, labels.length, () => true),
    sensitivity: rate(truePositives, positives, (isPositive) => isPositive),
    specificity: rate(trueNegatives, labels.length - positives, (isPositive) => !isPositive),
    ppv: rate(truePositives, called, (_, isCalled) => isCalled),
    npv: rate(trueNegatives, labels.length - called, (_, isCalled) => !isCalled),
  };
}

export interface McNemar {
  /** Cases only the first model decides rightly, and only the second. */
  readonly onlyFirst: number;
  readonly onlySecond: number;
  /** Exact binomial, two-sided, mid-p below 1000 discordant cases; the normal approximation above. */
  readonly p: number;
}

/** Do two models decide the same cases equally well? McNemar's test on who is right, mid-p (Fagerland et al. 2013). */
export function compareDecisions(
  a: { readonly cases: Cases; readonly threshold: number },
  b: { readonly cases: Cases; readonly threshold: number },
): McNemar {
  if (a.cases.labels.length !== b.cases.labels.length) {
    throw new RefusedError("scores-invalid", "a paired test needs the same cases in the same order");
  }
  let onlyFirst = 0;
  let onlySecond = 0;
  for (let index = 0; index < a.cases.labels.length; index++) {
    const label = a.cases.labels[index] === 1;
    const first = a.cases.scores[index]! >= a.threshold === label;
    const second = b.cases.scores[index]! >= b.threshold === label;
    if (first && !second) onlyFirst++;
    if (second && !first) onlySecond++;
  }
  return { onlyFirst, onlySecond, p: midP(onlyFirst, onlySecond) };
}

function midP(onlyFirst: number, onlySecond: number): number {
  const discordant = onlyFirst + onlySecond;
  if (discordant === 0) return 1;
  if (discordant >= 1000) return twoSided((onlyFirst - onlySecond) / Math.sqrt(discordant));
  const smaller = Math.min(onlyFirst, onlySecond);
  let logTerm = -discordant * Math.LN2;
  let tail = 0;
  for (let count = 0; count <= smaller; count++) {
    tail += Math.exp(logTerm) * (count === smaller ? 0.5 : 1);
    logTerm += Math.log((discordant - count) / (count + 1));
  }
  return Math.min(1, 2 * tail);
}
