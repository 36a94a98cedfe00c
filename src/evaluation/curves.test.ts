import fc from "fast-check";
import { expect, test } from "vitest";
import { type Cases, scoredCases } from "./cases.ts";
import { averagePrecision, precisionRecallCurve, rocCurve } from "./curves.ts";
import { areaUnderCurve } from "./delong.ts";
import { chooseOperatingPoint } from "./operating-point.ts";

const tied: fc.Arbitrary<Cases<"validation">> = fc
  .array(fc.record({ label: fc.boolean(), score: fc.integer({ min: -4, max: 4 }) }), { minLength: 2, maxLength: 50 })
  .filter((rows) => new Set(rows.map(({ label }) => label)).size === 2)
  .map((rows) =>
    scoredCases(
      "validation",
      rows.map(({ label }) => label),
      rows.map(({ score }) => score),
    ),
  );

test("the trapezoids under the ROC curve sum to the Mann-Whitney area, ties included", () => {
  fc.assert(
    fc.property(tied, (cases) => {
      const curve = rocCurve(cases);
      let area = 0;
      for (let index = 1; index < curve.length; index++) {
        const [from, to] = [curve[index - 1]!, curve[index]!];
        area += ((to.falsePositiveRate - from.falsePositiveRate) * (from.sensitivity + to.sensitivity)) / 2;
      }
      expect(area).toBeCloseTo(areaUnderCurve(cases).auc, 12);
      expect(curve.at(-1)).toMatchObject({ falsePositiveRate: 1, sensitivity: 1 });
    }),
  );
});

test("average precision is the mean, over positives, of the precision at their own score", () => {
  fc.assert(
    fc.property(tied, ({ labels, scores, ...rest }) => {
      const own = [...scores].flatMap((score, index) => {
        if (!labels[index]) return [];
        const called = [...scores.keys()].filter((other) => scores[other]! >= score);
        return [called.filter((other) => labels[other]).length / called.length];
      });
      const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
      expect(averagePrecision({ labels, scores, ...rest })).toBeCloseTo(mean, 12);
    }),
  );
});

test("precision and recall at a worked example", () => {
  const cases = scoredCases("test", [1, 0, 1, 1, 0], [0.9, 0.8, 0.8, 0.4, 0.1]);
  expect(precisionRecallCurve(cases)).toEqual([
    { threshold: 0.9, recall: 1 / 3, precision: 1 },
    { threshold: 0.8, recall: 2 / 3, precision: 2 / 3 },
    { threshold: 0.4, recall: 1, precision: 3 / 4 },
    { threshold: 0.1, recall: 1, precision: 3 / 5 },
  ]);
  expect(averagePrecision(cases)).toBeCloseTo((1 + 2 / 3 + 3 / 4) / 3, 12);
});

test("the point of sensitivity >= .95 is the highest threshold that reaches it", () => {
  fc.assert(
    fc.property(tied, fc.double({ min: 0.05, max: 1, noNaN: true }), (cases, atLeast) => {
      const sensitivity = (threshold: number) =>
        [...cases.scores].filter((score, index) => cases.labels[index] && score >= threshold).length / cases.positives;
      const { threshold, chosenOn } = chooseOperatingPoint(cases, { rule: "sensitivity", atLeast });
      expect(sensitivity(threshold)).toBeGreaterThanOrEqual(atLeast);
      expect(chosenOn.sensitivity).toBe(sensitivity(threshold));
      for (const higher of cases.scores.filter((score) => score > threshold)) {
        expect(sensitivity(higher)).toBeLessThan(atLeast);
      }
    }),
  );
});

test("no threshold has a larger Youden index than the chosen one", () => {
  fc.assert(
    fc.property(tied, (cases) => {
      const { chosenOn } = chooseOperatingPoint(cases, { rule: "youden" });
      const best = Math.max(...rocCurve(cases).map((point) => point.sensitivity - point.falsePositiveRate));
      expect(chosenOn.sensitivity + chosenOn.specificity - 1).toBeCloseTo(Math.max(best, 0), 12);
    }),
  );
});

test("a threshold can't be chosen on test cases: the types refuse it", () => {
  const cases = scoredCases("test", [0, 1], [0, 1]);
  // @ts-expect-error operating points are chosen on validation cases only
  const point = chooseOperatingPoint(cases, { rule: "youden" });
  expect(point.threshold).toBe(1);
});
