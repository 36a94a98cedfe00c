import fc from "fast-check";
import { expect, test } from "vitest";
import { cumulative, erfc, quantile, twoSided, upperTail, z95 } from "./gaussian.ts";

/** mpmath, 30 digits. */
const references: readonly (readonly [number, number])[] = [
  [0, 1],
  [0.1, 0.887537083981715],
  [0.5, 0.4795001221869535],
  [1, 0.15729920705028513],
  [1.5, 0.033894853524689274],
  [2, 0.004677734981047266],
  [2.39, 0.0007249363295808059],
  [2.41, 0.0006537984174353506],
  [3, 2.209049699858544e-5],
  [5, 1.537459794428035e-12],
  [10, 2.088487583762545e-45],
  [26, 5.663192408856143e-296],
];

test.each(references)("erfc(%d) has twelve right digits", (x, value) => {
  expect(Math.abs(erfc(x) / value - 1)).toBeLessThan(1e-12);
  expect(Math.abs(erfc(-x) - (2 - value))).toBeLessThan(1e-15);
});

test.each([
  [0.975, 1.9599639845400543],
  [0.5, 0],
  [0.9, 1.2815515655446004],
  [0.6, 0.2533471031357998],
  [0.001, -3.0902323061678136],
  [1e-10, -6.361340902404057],
  [1e-300, -37.0470962993612],
])("the quantile of %d has twelve right digits", (probability, z) => {
  expect(Math.abs(quantile(probability) - z)).toBeLessThan(1e-12 * Math.max(1, Math.abs(z)));
});

test("the quantile inverts the distribution, and both tails make one", () => {
  fc.assert(
    fc.property(fc.double({ min: -8, max: 8, noNaN: true }), (z) => {
      expect(cumulative(z) + upperTail(z)).toBeCloseTo(1, 14);
      expect(Math.abs(quantile(cumulative(Math.min(z, 5))) - Math.min(z, 5))).toBeLessThan(1e-9);
      expect(twoSided(z)).toBeCloseTo(2 * upperTail(Math.abs(z)), 14);
    }),
  );
  expect(z95).toBeCloseTo(1.959963984540054, 14);
});
