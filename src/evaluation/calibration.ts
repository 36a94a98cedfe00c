/**
 * Do probabilities mean what they say? Brier score, reliability by bins, and Platt's recalibration.
 *
 *     brierScore(test);
 *     const { bins, expectedError } = reliability(test);
 *     const recalibrate = plattScaling(validation);   // fitted on validation, applied to the test
 *
 * Brier 1950; Platt 1999 with the targets and the guarded Newton steps of Lin, Lin and Weng 2007.
 */
import { RefusedError } from "../errors.ts";
import { areProbabilities, type Cases } from "./cases.ts";
import { type Proportion, proportion } from "./confusion.ts";

function requireProbabilities(cases: Cases): void {
  if (!areProbabilities(cases)) {
    throw new RefusedError("scores-invalid", "calibration needs probabilities from 0 to 1", {
      hint: "fit plattScaling on validation scores first",
    });
  }
}

/** Mean squared distance of the probability from the truth, 0 (perfect) to 1. */
export function brierScore(cases: Cases): number {
  requireProbabilities(cases);
  let sum = 0;
  for (let index = 0; index < cases.labels.length; index++) sum += (cases.scores[index]! - cases.labels[index]!) ** 2;
  return sum / cases.labels.length;
}

export interface ReliabilityBin {
  /** Probabilities in [lower, upper), the last bin closed. */
  readonly lower: number;
  readonly upper: number;
  /** Null in an empty bin. */
  readonly meanProbability: number | null;
  /** How many of the bin's cases were positive. */
  readonly observed: Proportion;
}

export interface Reliability {
  readonly bins: readonly ReliabilityBin[];
  /** Expected calibration error: mean distance between said and seen, weighted by the bins' cases. */
  readonly expectedError: number;
}

/** Equal-width bins. @param binCount 1 or more */
export function reliability(cases: Cases, binCount = 10): Reliability {
  requireProbabilities(cases);
  const counts = new Float64Array(binCount);
  const positives = new Float64Array(binCount);
  const sums = new Float64Array(binCount);
  for (let index = 0; index < cases.labels.length; index++) {
    const bin = Math.min(binCount - 1, Math.floor(cases.scores[index]! * binCount));
    counts[bin]!++;
    positives[bin]! += cases.labels[index]!;
    sums[bin]! += cases.scores[index]!;
  }
  let expectedError = 0;
  const bins = Array.from({ length: binCount }, (_, bin) => {
    const count = counts[bin]!;
    expectedError += Math.abs(sums[bin]! - positives[bin]!) / cases.labels.length;
    return {
      lower: bin / binCount,
      upper: (bin + 1) / binCount,
      meanProbability: count === 0 ? null : sums[bin]! / count,
      observed: proportion(positives[bin]!, count),
    };
  });
  return { bins, expectedError };
}

export interface PlattScaling {
  /** probability = 1 / (1 + exp(-(slope x score + intercept))). */
  readonly slope: number;
  readonly intercept: number;
  readonly apply: (score: number) => number;
}

const sigmoid = (x: number): number => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));

/** The logistic curve that fits validation scores best; scores may be logits or anything that grows with suspicion. */
export function plattScaling(validation: Cases<"validation">): PlattScaling {
  const { labels, scores, positives } = validation;
  const negatives = labels.length - positives;
  const targets = Float64Array.from(labels, (label) =>
    label ? (positives + 1) / (positives + 2) : 1 / (negatives + 2),
  );
  const loss = (slope: number, intercept: number) => {
    let sum = 0;
    for (let index = 0; index < scores.length; index++) {
      const x = slope * scores[index]! + intercept;
      // log(1 + exp(x)) - target x, without overflow
      sum += Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))) - targets[index]! * x;
    }
    return sum;
  };
  let slope = 0;
  let intercept = Math.log((positives + 1) / (negatives + 1));
  let current = loss(slope, intercept);
  for (let iteration = 0; iteration < 100; iteration++) {
    let [a, b, c, gradientSlope, gradientIntercept] = [1e-12, 0, 1e-12, 0, 0];
    for (let index = 0; index < scores.length; index++) {
      const score = scores[index]!;
      const probability = sigmoid(slope * score + intercept);
      const curvature = probability * (1 - probability);
      a += score * score * curvature;
      b += score * curvature;
      c += curvature;
      gradientSlope += score * (probability - targets[index]!);
      gradientIntercept += probability - targets[index]!;
    }
    if (Math.abs(gradientSlope) < 1e-9 && Math.abs(gradientIntercept) < 1e-9) break;
    const determinant = a * c - b * b;
    const stepSlope = -(c * gradientSlope - b * gradientIntercept) / determinant;
    const stepIntercept = -(a * gradientIntercept - b * gradientSlope) / determinant;
    let size = 1;
    while (size > 1e-10 && !(loss(slope + size * stepSlope, intercept + size * stepIntercept) <= current)) size /= 2;
    if (size <= 1e-10) break;
    slope += size * stepSlope;
    intercept += size * stepIntercept;
    current = loss(slope, intercept);
  }
  return { slope, intercept, apply: (score) => sigmoid(slope * score + intercept) };
}
