import fc from "fast-check";
import { expect, test } from "vitest";
import { Random } from "../random.ts";
import { bootstrap, percentile } from "./bootstrap.ts";
import { brierScore, plattScaling, reliability } from "./calibration.ts";
import { scoredCases, subset } from "./cases.ts";
import { areaUnderCurve } from "./delong.ts";

test("Brier score and reliability bins at a worked example", () => {
  const cases = scoredCases("test", [1, 0, 1, 0], [1, 0.25, 0.5, 0.3]);
  expect(brierScore(cases)).toBeCloseTo((0 + 0.0625 + 0.25 + 0.09) / 4, 12);
  const { bins, expectedError } = reliability(cases, 2);
  expect(bins[0]).toMatchObject({ lower: 0, upper: 0.5, meanProbability: 0.275, observed: { count: 0, of: 2 } });
  expect(bins[1]).toMatchObject({ lower: 0.5, upper: 1, meanProbability: 0.75, observed: { count: 2, of: 2 } });
  expect(expectedError).toBeCloseTo(0.5 * 0.275 + 0.5 * 0.25, 12);
});

test("every case lies in one bin, and the mean Brier score lies between 0 and 1", () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 2 }),
      fc.integer({ min: 1, max: 20 }),
      (scores, binCount) => {
        const cases = scoredCases(
          "test",
          scores.map((_, index) => index % 2),
          scores,
        );
        const { bins, expectedError } = reliability(cases, binCount);
        expect(bins.reduce((sum, { observed }) => sum + observed.of, 0)).toBe(scores.length);
        for (const { meanProbability, lower, upper } of bins) {
          if (meanProbability === null) continue;
          expect(meanProbability).toBeGreaterThanOrEqual(lower - 1e-12);
          expect(meanProbability).toBeLessThanOrEqual(upper + 1e-12);
        }
        expect(expectedError).toBeLessThanOrEqual(1);
        expect(brierScore(cases)).toBeLessThanOrEqual(1);
      },
    ),
  );
});

test("scores that aren't probabilities have no calibration", () => {
  expect(() => brierScore(scoredCases("test", [0, 1], [0.2, 1.5]))).toThrow(/probabilities/);
});

test("Platt scaling finds the logistic curve that the labels were drawn from", () => {
  const random = new Random(11, "platt");
  const scores = Array.from({ length: 20_000 }, () => random.normal(0, 2));
  const labels = scores.map((score) => random.chance(1 / (1 + Math.exp(-(1.5 * score - 0.7)))));
  const { slope, intercept, apply } = plattScaling(scoredCases("validation", labels, scores));
  expect(slope).toBeCloseTo(1.5, 1);
  expect(intercept).toBeCloseTo(-0.7, 1);
  expect(apply(0)).toBeCloseTo(1 / (1 + Math.exp(0.7)), 1);
});

test("Platt scaling of perfectly separable scores stays finite and keeps their order", () => {
  const { slope, apply } = plattScaling(scoredCases("validation", [0, 0, 1, 1], [-400, -1, 1, 900]));
  expect(Number.isFinite(slope)).toBe(true);
  expect(apply(-400)).toBeLessThan(apply(1));
  expect(apply(900)).toBeLessThanOrEqual(1);
});

test("the bootstrap's interval of an area agrees with DeLong's where every patient has one case", () => {
  const random = new Random(2, "bootstrap test");
  const labels = Array.from({ length: 200 }, (_, index) => Number(index % 3 === 0));
  const cases = scoredCases(
    "test",
    labels,
    labels.map((label) => random.normal(1.2 * label)),
  );
  const measure = (indices: Uint32Array) => areaUnderCurve(subset(cases, indices)).auc;
  const groups = labels.map((_, index) => index);
  const found = bootstrap({ groups, labels, seed: 1, replicates: 500 }, measure);
  const delong = areaUnderCurve(cases);
  expect(found.standardError).toBeCloseTo(Math.sqrt(delong.variance!), 2);
  expect(found.ci95[0]).toBeCloseTo(delong.ci95![0], 1);
  expect(bootstrap({ groups, labels, seed: 1, replicates: 500 }, measure)).toEqual(found);
  expect(bootstrap({ groups, labels, seed: 2, replicates: 500 }, measure)).not.toEqual(found);
});

test("a patient with cases of both classes leaves every replicate with both", () => {
  const labels = [0, 1, 0, 0, 0];
  const cases = scoredCases("test", labels, [0.3, 0.8, 0.1, 0.5, 0.2]);
  const groups = ["p1", "p1", "p2", "p3", "p4"];
  const found = bootstrap(
    { groups, labels, seed: 1, replicates: 200 },
    (indices) => areaUnderCurve(subset(cases, indices)).auc,
  );
  expect(found.replicates).toBe(200);
});

test("a patient's cases are drawn together, and repeating every case under one patient doesn't narrow the interval", () => {
  const groups = Array.from({ length: 60 }, (_, index) => index % 20);
  const values = groups.map((group) => group);
  const mean = (indices: Uint32Array) => {
    for (const group of new Set(Array.from(indices, (index) => groups[index]))) {
      expect(indices.filter((index) => groups[index] === group).length % 3).toBe(0);
    }
    return indices.reduce((sum, index) => sum + values[index]!, 0) / indices.length;
  };
  const together = bootstrap({ groups, seed: 4, replicates: 300 }, mean);
  const apart = bootstrap({ groups: groups.map((_, index) => index), seed: 4, replicates: 300 }, (indices) =>
    indices.reduce((sum, index) => sum + values[index]! / indices.length, 0),
  );
  expect(together.standardError).toBeGreaterThan(1.4 * apart.standardError);
});

test("percentiles interpolate between order statistics", () => {
  expect(percentile(Float64Array.of(1, 2, 4), 0.5)).toBe(2);
  expect(percentile(Float64Array.of(1, 2, 4), 0.75)).toBe(3);
  expect(percentile(Float64Array.of(), 0.5)).toBeNaN();
});
