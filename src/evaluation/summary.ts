/**
 * Everything one asks about models that scored the same cases, in one JSON-ready object: what `embolens roc` and
 * `embolens evaluate` print and the experiment's Table 1 is made of.
 *
 *     const { models, comparisons } = summarise([{ name: "proposed", cases }, { name: "PENet", cases: other }]);
 */

import { brierScore, reliability } from "./calibration.ts";
import { areProbabilities, type Cases } from "./cases.ts";
import { type Decisions, decisionsAt, type Proportion } from "./confusion.ts";
import { averagePrecision } from "./curves.ts";
import { type AreaComparison, areasAndComparisons } from "./delong.ts";
import type { ChosenOperatingPoint } from "./operating-point.ts";

export interface ScoredModel {
  readonly name: string;
  readonly cases: Cases;
  /** Points chosen on validation cases, to be reported on these. */
  readonly operatingPoints?: readonly ChosenOperatingPoint[];
}

/** Rates at one threshold; each rate is null where it has no case to count. */
export interface Rates {
  readonly threshold: number;
  readonly accuracy: number | null;
  readonly sensitivity: number | null;
  readonly specificity: number | null;
  readonly ppv: number | null;
  readonly npv: number | null;
  readonly confusion: Pick<Decisions, "truePositives" | "falsePositives" | "trueNegatives" | "falseNegatives">;
  /** 95 % Wilson intervals; by patient where patients have several cases. */
  readonly intervals: Readonly<Record<RateName, readonly [number, number] | null>>;
}

const rateNames = ["accuracy", "sensitivity", "specificity", "ppv", "npv"] as const;
export type RateName = (typeof rateNames)[number];

export interface ModelSummary extends Rates {
  readonly name: string;
  readonly n: number;
  readonly positives: number;
  /** Fewer than n where patients have several cases, which intervals and tests then take into account. */
  readonly patients: number;
  readonly auc: number;
  readonly variance: number | null;
  readonly ci95: readonly [number, number] | null;
  readonly averagePrecision: number;
  /** Null unless all scores lie in [0, 1], as is the calibration error. */
  readonly brier: number | null;
  readonly expectedCalibrationError: number | null;
  readonly operatingPoints: readonly (Rates & Pick<ChosenOperatingPoint, "rule" | "chosenOn">)[];
}

export interface Summary {
  readonly models: readonly ModelSummary[];
  readonly comparisons: readonly (AreaComparison & { readonly a: string; readonly b: string })[];
}

export function ratesAt(cases: Cases, threshold: number): Rates {
  const decisions = decisionsAt(cases, threshold);
  const { truePositives, falsePositives, trueNegatives, falseNegatives } = decisions;
  const each = <T>(take: (proportion: Proportion) => T) =>
    Object.fromEntries(rateNames.map((name) => [name, take(decisions[name])])) as Record<RateName, T>;
  return {
    threshold,
    ...each(({ value }) => value),
    confusion: { truePositives, falsePositives, trueNegatives, falseNegatives },
    intervals: each(({ ci95 }) => ci95),
  };
}

/** @param threshold where accuracy and the other rates are taken, default .5 */
export function summarise(models: readonly ScoredModel[], threshold = 0.5): Summary {
  const { areas, comparisons } = areasAndComparisons(models);
  return {
    models: models.map(({ name, cases, operatingPoints = [] }) => {
      const calibrated = areProbabilities(cases);
      return {
        name,
        n: cases.labels.length,
        positives: cases.positives,
        patients: cases.groups === undefined ? cases.labels.length : new Set(cases.groups).size,
        ...areas.get(name)!,
        ...ratesAt(cases, threshold),
        averagePrecision: averagePrecision(cases),
        brier: calibrated ? brierScore(cases) : null,
        expectedCalibrationError: calibrated ? reliability(cases).expectedError : null,
        operatingPoints: operatingPoints.map(({ rule, chosenOn, threshold }) => ({
          rule,
          chosenOn,
          ...ratesAt(cases, threshold),
        })),
      };
    }),
    comparisons,
  };
}
