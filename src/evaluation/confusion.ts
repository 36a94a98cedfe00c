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
import { twoSided, z95 } from "./normal.ts";

/** A share of cases and its 95 % Wilson interval; null where there was no case to count. */
export interface Proportion {
  readonly count: number;
  readonly of: number;
  readonly value: number | null;
  readonly ci95: readonly [number, number] | null;
}

export function proportion(count: number, of: number): Proportion {
  if (of === 0) return { count, of, value: null, ci95: null };
  const share = count / of;
  const square = (z95 * z95) / of;
  const centre = (share + square / 2) / (1 + square);
  const half = (z95 / (1 + square)) * Math.sqrt((share * (1 - share)) / of + square / (4 * of));
  // At 0 and 1 the exact bound is 0 and 1; rounding must not move it.
  return {
    count,
    of,
    value: share,
    ci95: [count === 0 ? 0 : Math.max(0, centre - half), count === of ? 1 : Math.min(1, centre + half)],
  };
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

export function decisionsAt({ labels, scores, positives }: Cases, threshold: number): Decisions {
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
  return {
    threshold,
    truePositives,
    falsePositives,
    trueNegatives,
    falseNegatives,
    accuracy: proportion(truePositives + trueNegatives, labels.length),
    sensitivity: proportion(truePositives, positives),
    specificity: proportion(trueNegatives, labels.length - positives),
    ppv: proportion(truePositives, called),
    npv: proportion(trueNegatives, labels.length - called),
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
