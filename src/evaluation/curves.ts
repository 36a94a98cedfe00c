/**
 * The ROC curve and the precision-recall curve, as the steps they are.
 *
 *     rocCurve(cases);              // [{ falsePositiveRate: 0, sensitivity: 0, threshold: Infinity }, ...]
 *     averagePrecision(cases);      // area under the precision-recall steps
 *
 * Tied scores make one step: neither curve depends on the order of the cases.
 */
import { type Cases, sortedScores } from "./cases.ts";

export interface RocPoint {
  /** Cases at or above this score are called positive. Infinity at the first point. */
  readonly threshold: number;
  readonly falsePositiveRate: number;
  readonly sensitivity: number;
}

export interface PrecisionRecallPoint {
  readonly threshold: number;
  readonly recall: number;
  readonly precision: number;
}

interface Step {
  readonly threshold: number;
  readonly truePositives: number;
  readonly called: number;
}

/** One step a distinct score, from the highest to the lowest: both classes, sorted, walked down together. */
function steps(cases: Cases): Step[] {
  const found: Step[] = [];
  const positives = sortedScores(cases, 1);
  const negatives = sortedScores(cases, 0);
  let p = positives.length;
  let n = negatives.length;
  while (p > 0 || n > 0) {
    const threshold = Math.max(positives[p - 1] ?? -Infinity, negatives[n - 1] ?? -Infinity);
    while (p > 0 && positives[p - 1] === threshold) p--;
    while (n > 0 && negatives[n - 1] === threshold) n--;
    const truePositives = positives.length - p;
    found.push({ threshold, truePositives, called: truePositives + negatives.length - n });
  }
  return found;
}

/** From (0, 0) to (1, 1); one point a distinct score. */
export function rocCurve(cases: Cases): RocPoint[] {
  const negatives = cases.labels.length - cases.positives;
  return [
    { threshold: Number.POSITIVE_INFINITY, falsePositiveRate: 0, sensitivity: 0 },
    ...steps(cases).map(({ threshold, truePositives, called }) => ({
      threshold,
      falsePositiveRate: (called - truePositives) / negatives,
      sensitivity: truePositives / cases.positives,
    })),
  ];
}

/** One point a distinct score, recall ascending. */
export function precisionRecallCurve(cases: Cases): PrecisionRecallPoint[] {
  return steps(cases).map(({ threshold, truePositives, called }) => ({
    threshold,
    recall: truePositives / cases.positives,
    precision: truePositives / called,
  }));
}

/** Sum of precision times the recall gained at each step: no interpolation, so never optimistic. */
export function averagePrecision(cases: Cases): number {
  let recall = 0;
  let sum = 0;
  for (const point of precisionRecallCurve(cases)) {
    sum += (point.recall - recall) * point.precision;
    recall = point.recall;
  }
  return sum;
}
