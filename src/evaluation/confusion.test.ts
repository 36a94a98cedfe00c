import fc from "fast-check";
import { expect, test } from "vitest";
import { scoredCases } from "./cases.ts";
import { clusteredProportion, compareDecisions, decisionsAt, proportion } from "./confusion.ts";

/** scipy.stats.binomtest(...).proportion_ci(method="wilson"). */
test.each([
  [0, 10, 0, 0.27753279986288926],
  [10, 10, 0.7224672001371109, 1],
  [1, 10, 0.017876213095072896, 0.4041500267952385],
  [7, 9, 0.4525889691069889, 0.9367748928821533],
  [5, 12, 0.1932603136587566, 0.6804886874504502],
  [173, 517, 0.2953006991687643, 0.37638442285054724],
  [9999, 10000, 0.9994337311025987, 0.9999823473263989],
])("Wilson's interval of %d in %d", (count, of, low, high) => {
  const { ci95 } = proportion(count, of);
  expect(ci95![0]).toBeCloseTo(low, 10);
  expect(ci95![1]).toBeCloseTo(high, 10);
});

test("a share of nothing has no value and no interval", () => {
  expect(proportion(0, 0)).toEqual({ count: 0, of: 0, value: null, ci95: null });
});

test("a share over patients with several cases is as sure as that many independent cases are", () => {
  const right = [true, true, false, true, false, false, true, true];
  const twice = right.flatMap((one) => [one, one]);
  const patients = twice.map((_, index) => Math.floor(index / 2));
  const [alone, copied] = [proportion(5, 8), clusteredProportion(twice, patients)];
  expect(copied).toMatchObject({ count: 10, of: 16, value: 0.625 });
  // Eight patients less the one whose mean was taken from them.
  expect(copied.ci95).toEqual(proportion(10, 16, 7).ci95);
  expect(copied.ci95![1] - copied.ci95![0]).toBeGreaterThan(alone.ci95![1] - alone.ci95![0]);
  expect(clusteredProportion(right, [...right.keys()])).toEqual(alone);
  expect(clusteredProportion([true, true, true, true], ["a", "a", "b", "b"]).ci95).toEqual(proportion(4, 4, 2).ci95);
  expect(clusteredProportion([], [])).toEqual(proportion(0, 0));
});

test("rates of cases that share patients have the intervals of their patients", () => {
  const labels = [1, 1, 1, 1, 0, 0, 0, 0];
  const cases = scoredCases(
    "test",
    labels,
    [0.9, 0.8, 0.1, 0.9, 0.2, 0.7, 0.1, 0.3],
    "scores",
    [1, 1, 2, 2, 3, 3, 4, 4],
  );
  const { sensitivity, specificity, accuracy } = decisionsAt(cases, 0.5);
  expect(sensitivity).toEqual(clusteredProportion([true, true, false, true], [1, 1, 2, 2]));
  expect(specificity).toEqual(clusteredProportion([true, false, true, true], [3, 3, 4, 4]));
  expect(accuracy.value).toBe(0.75);
});

test("counts are those of the definition at any threshold, the threshold itself included", () => {
  const row = fc.record({ label: fc.integer({ min: 0, max: 1 }), score: fc.integer({ min: 0, max: 10 }) });
  fc.assert(
    fc.property(fc.array(row, { minLength: 2 }), fc.integer({ min: -1, max: 11 }), (rows, threshold) => {
      fc.pre(new Set(rows.map(({ label }) => label)).size === 2);
      const cases = scoredCases(
        "test",
        rows.map(({ label }) => label),
        rows.map(({ score }) => score),
      );
      const count = (label: number, called: boolean) =>
        rows.filter((row) => row.label === label && row.score >= threshold === called).length;
      const decisions = decisionsAt(cases, threshold);
      expect(decisions).toMatchObject({
        truePositives: count(1, true),
        falsePositives: count(0, true),
        trueNegatives: count(0, false),
        falseNegatives: count(1, false),
      });
      expect(decisions.accuracy.value).toBeCloseTo((count(1, true) + count(0, false)) / rows.length, 12);
      expect(decisions.ppv.of + decisions.npv.of).toBe(rows.length);
    }),
  );
});

/** 2 cdf(x) - pmf(x) of scipy.stats.binom(b + c, .5). */
test.each([
  [10, 3, 0.05737304687500002],
  [5, 5, 1],
  [1, 12, 0.0018310546874999983],
  [0, 4, 0.0625],
  [600, 500, 0.002564772797753159],
])("McNemar's mid-p with %d and %d discordant cases", (first, second, p) => {
  const labels = [...Array(first + second + 3).keys()].map((index) => Number(index % 2 === 0));
  const right = labels;
  const wrong = labels.map((label) => 1 - label);
  const choose = (index: number, rightUntil: number, after: boolean) =>
    index < rightUntil === after ? right[index]! : wrong[index]!;
  const a = labels.map((_, index) => (index >= first + second ? right[index]! : choose(index, first, true)));
  const b = labels.map((_, index) => (index >= first + second ? right[index]! : choose(index, first, false)));
  const found = compareDecisions(
    { cases: scoredCases("test", labels, a), threshold: 0.5 },
    { cases: scoredCases("test", labels, b), threshold: 0.5 },
  );
  expect(found).toMatchObject({ onlyFirst: first, onlySecond: second });
  expect(Math.abs(found.p - p)).toBeLessThan(first + second < 1000 ? 1e-12 : 2e-4);
});
