/**
 * Where to call a study positive. A point is chosen on validation cases and carried to the test, never chosen there:
 * `chooseOperatingPoint` takes `Cases<"validation">` only.
 *
 *     const point = chooseOperatingPoint(validation, { rule: "sensitivity", atLeast: 0.95 });
 *     const decisions = decisionsAt(test, point.threshold);
 */
import type { Cases } from "./cases.ts";
import { rocCurve } from "./curves.ts";

export type OperatingRule =
  /** The highest threshold that reaches a sensitivity: rule-out. */
  | { readonly rule: "sensitivity"; readonly atLeast: number }
  /** The largest sensitivity + specificity - 1 (Youden 1950); among equals the more sensitive. */
  | { readonly rule: "youden" };

export interface ChosenOperatingPoint {
  readonly rule: OperatingRule;
  /** At or above it, a study is called positive. */
  readonly threshold: number;
  /** What it was chosen from, and what it gave there. */
  readonly chosenOn: {
    readonly cases: number;
    readonly positives: number;
    readonly sensitivity: number;
    readonly specificity: number;
  };
}

export function chooseOperatingPoint(validation: Cases<"validation">, rule: OperatingRule): ChosenOperatingPoint {
  // The first point calls nobody positive; every later one is a score that occurs.
  const curve = rocCurve(validation).slice(1);
  const chosen =
    rule.rule === "sensitivity"
      ? curve.find(({ sensitivity }) => sensitivity >= rule.atLeast)!
      : curve.reduce((best, point) => (youden(point) >= youden(best) ? point : best));
  return {
    rule,
    threshold: chosen.threshold,
    chosenOn: {
      cases: validation.labels.length,
      positives: validation.positives,
      sensitivity: chosen.sensitivity,
      specificity: 1 - chosen.falsePositiveRate,
    },
  };
}

const youden = (point: { readonly sensitivity: number; readonly falsePositiveRate: number }): number =>
  point.sensitivity - point.falsePositiveRate;
