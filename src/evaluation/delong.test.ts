import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Random } from "../random.ts";
import { rescored, scoredCases } from "./cases.ts";
import { areaCovariance, areasAndComparisons, areaUnderCurve, compareAreas, placements } from "./delong.ts";

const labels = [1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0];
const a = scoredCases("test", labels, [0.9, 0.8, 0.7, 0.6, 0.55, 0.7, 0.54, 0.53, 0.52, 0.4, 0.3, 0.6]);
const b = scoredCases("test", labels, [0.5, 0.9, 0.4, 0.7, 0.7, 0.6, 0.2, 0.5, 0.1, 0.3, 0.7, 0.05]);

/** Scores from few values, so that ties are common; at least two cases of each class. */
const tiedCases = fc
  .array(fc.record({ label: fc.boolean(), a: fc.integer({ min: 0, max: 6 }), b: fc.integer({ min: 0, max: 6 }) }), {
    minLength: 4,
    maxLength: 40,
  })
  .filter((rows) => {
    const positives = rows.filter(({ label }) => label).length;
    return positives >= 2 && rows.length - positives >= 2;
  })
  .map((rows) => {
    const truth = rows.map(({ label }) => label);
    return {
      a: scoredCases(
        "test",
        truth,
        rows.map((row) => row.a / 6),
      ),
      b: scoredCases(
        "test",
        truth,
        rows.map((row) => row.b / 6),
      ),
    };
  });

const kernel = (positive: number, negative: number) => (positive > negative ? 1 : positive === negative ? 0.5 : 0);

/** DeLong 1988 by definition: every pair looked at. */
function byDefinition(first: ReturnType<typeof scoredCases>, second: ReturnType<typeof scoredCases>) {
  const of = (cases: typeof first, label: number) =>
    Array.from(cases.scores).filter((_, i) => cases.labels[i] === label);
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const covariance = (x: number[], y: number[]) =>
    x.reduce((sum, value, i) => sum + (value - mean(x)) * (y[i]! - mean(y)), 0) / (x.length - 1);
  const components = (cases: typeof first) => {
    const [positives, negatives] = [of(cases, 1), of(cases, 0)];
    return {
      v10: positives.map((x) => mean(negatives.map((y) => kernel(x, y)))),
      v01: negatives.map((y) => mean(positives.map((x) => kernel(x, y)))),
    };
  };
  const [one, two] = [components(first), components(second)];
  return {
    auc: mean(one.v10),
    covariance: covariance(one.v10, two.v10) / one.v10.length + covariance(one.v01, two.v01) / one.v01.length,
  };
}

test("the values of docs/method.md#statistics come out to 1e-9", () => {
  expect(areaUnderCurve(a).auc).toBeCloseTo(0.8857142857142857, 10);
  expect(areaUnderCurve(a).variance).toBeCloseTo(0.0092857142857, 10);
  expect(areaUnderCurve(b).auc).toBeCloseTo(0.8142857142857143, 10);
  expect(areaUnderCurve(b).variance).toBeCloseTo(0.01622448979592, 10);
  expect(areaCovariance(placements(a), placements(b))).toBeCloseTo(-0.00076530612245, 10);
  const { difference, z, p } = compareAreas(a, b);
  expect(difference).toBeCloseTo(0.0714285714286, 10);
  expect(z).toBeCloseTo(0.4343722, 7);
  expect(p).toBeCloseTo(0.6640182, 7);
});

test("area, variance and covariance are those of the definition, ties included", () => {
  fc.assert(
    fc.property(tiedCases, ({ a, b }) => {
      const own = byDefinition(a, a);
      const area = areaUnderCurve(a);
      expect(area.auc).toBeCloseTo(own.auc, 12);
      expect(area.variance).toBeCloseTo(own.covariance, 12);
      expect(areaCovariance(placements(a), placements(b))).toBeCloseTo(byDefinition(a, b).covariance, 12);
    }),
  );
});

test("scores turned around give one minus the area and the same variance; a growing function changes nothing", () => {
  fc.assert(
    fc.property(tiedCases, ({ a }) => {
      const turned = areaUnderCurve(
        rescored(
          a,
          a.scores.map((score) => -score),
        ),
      );
      const bent = areaUnderCurve(
        rescored(
          a,
          a.scores.map((score) => Math.exp(3 * score) - 7),
        ),
      );
      const straight = areaUnderCurve(a);
      expect(turned.auc).toBeCloseTo(1 - straight.auc, 12);
      expect(turned.variance).toBeCloseTo(straight.variance!, 12);
      expect(bent).toEqual(straight);
    }),
  );
});

test("the test is antisymmetric, and a model against itself differs by nothing with p = 1", () => {
  fc.assert(
    fc.property(tiedCases, ({ a, b }) => {
      const there = compareAreas(a, b);
      const back = compareAreas(b, a);
      expect(back.difference).toBeCloseTo(-there.difference, 12);
      if (there.z !== null) expect(back.z).toBeCloseTo(-there.z, 9);
      expect(compareAreas(a, a)).toMatchObject({ difference: 0, z: 0, p: 1 });
    }),
  );
});

describe("where patients have several cases", () => {
  /** Cases of `patients` patients, scored by something of the patient and something of the case. */
  function sample(trial: number, patients: number, cases: number, shared: number) {
    const random = new Random(6, "patients", trial);
    const groups: number[] = [];
    const truth: number[] = [];
    const scores: [number[], number[]] = [[], []];
    for (let patient = 0; patient < patients; patient++) {
      const own = [random.normal(), random.normal()];
      const ill = random.chance(0.5);
      for (let index = 0; index < cases; index++) {
        const label = Number(random.chance(ill ? 0.9 : 0.1));
        groups.push(patient);
        truth.push(label);
        scores.forEach((column, model) => {
          column.push(label + shared * own[model]! + random.normal());
        });
      }
    }
    const [one, other] = scores.map((column) => scoredCases("test", truth, column, "scores", groups));
    return { one: one!, other: other! };
  }

  test("of whom each has one, areas, variances and tests are DeLong's", () => {
    fc.assert(
      fc.property(tiedCases, ({ a, b }) => {
        const alone = Uint32Array.from(a.labels.keys());
        const grouped = [a, b].map((cases) => ({ ...cases, groups: alone }));
        expect(areaUnderCurve(grouped[0]!).variance).toBeCloseTo(areaUnderCurve(a).variance!, 12);
        expect(areaCovariance(placements(grouped[0]!), placements(grouped[1]!))).toBeCloseTo(
          areaCovariance(placements(a), placements(b))!,
          12,
        );
      }),
    );
  });

  test("cases copied within their patient leave the interval as it was", () => {
    const twice = (values: ArrayLike<number>) => Array.from(values).flatMap((value) => [value, value]);
    const names = Array.from(a.labels.keys());
    const copied = scoredCases("test", twice(a.labels), twice(a.scores), "scores", twice(names));
    expect(areaUnderCurve(copied).auc).toBeCloseTo(areaUnderCurve(a).auc, 12);
    expect(areaUnderCurve(copied).variance).toBeCloseTo(areaUnderCurve(a).variance!, 12);
    expect(areaUnderCurve({ ...copied, groups: undefined }).variance!).toBeLessThan(0.6 * areaUnderCurve(a).variance!);
  });

  test("the variance is that of the area over many samples, and the test finds a difference where none is in 5 %", () => {
    const trials = 400;
    const areas: number[] = [];
    let [variance, naive, found, foundNaively] = [0, 0, 0, 0];
    for (let trial = 0; trial < trials; trial++) {
      const { one, other } = sample(trial, 40, 8, 1);
      const { auc, variance: own } = areaUnderCurve(one);
      areas.push(auc);
      variance += own! / trials;
      naive += areaUnderCurve({ ...one, groups: undefined }).variance! / trials;
      found += Number(compareAreas(one, other).p! < 0.05);
      foundNaively += Number(compareAreas({ ...one, groups: undefined }, { ...other, groups: undefined }).p! < 0.05);
    }
    const mean = areas.reduce((sum, auc) => sum + auc, 0) / trials;
    const truth = areas.reduce((sum, auc) => sum + (auc - mean) ** 2, 0) / (trials - 1);
    expect(variance / truth).toBeGreaterThan(0.8);
    expect(variance / truth).toBeLessThan(1.25);
    expect(naive / truth).toBeLessThan(0.7);
    expect(found / trials).toBeLessThan(0.09);
    expect(foundNaively / trials).toBeGreaterThan(0.1);
  });

  test("a single patient has an area and no variance", () => {
    const single = scoredCases("test", [0, 1, 0, 1], [1, 2, 3, 4], "scores", ["p", "p", "p", "p"]);
    expect(areaUnderCurve(single)).toEqual({ auc: 0.75, variance: null, ci95: null });
  });
});

describe("where variance says nothing", () => {
  test("perfect scores have area 1, variance 0 and the interval [1, 1]", () => {
    const perfect = scoredCases("test", [0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9]);
    expect(areaUnderCurve(perfect)).toEqual({ auc: 1, variance: 0, ci95: [1, 1] });
  });

  test("a single positive has an area, and null for the variance", () => {
    const single = scoredCases("test", [0, 0, 1], [0.1, 0.3, 0.2]);
    expect(areaUnderCurve(single)).toEqual({ auc: 0.5, variance: null, ci95: null });
    expect(compareAreas(single, single)).toEqual({ difference: 0, ci95: null, z: null, p: null });
  });

  test("a sure difference without variance has no z, rather than an infinite one", () => {
    const right = scoredCases("test", [0, 0, 1, 1], [1, 2, 3, 4]);
    const wrong = scoredCases("test", [0, 0, 1, 1], [4, 3, 2, 1]);
    expect(compareAreas(right, wrong)).toMatchObject({ difference: 1, z: null, p: null });
  });

  test("models of different cases aren't compared", () => {
    const other = scoredCases("test", [1, 0, 1, 1], [1, 2, 3, 4]);
    expect(() => compareAreas(scoredCases("test", [0, 0, 1, 1], [1, 2, 3, 4]), other)).toThrow(/same cases/);
  });
});

test("the 95 % interval covers the true area in about 95 % of samples", () => {
  // Normals one deviation apart: the true area is P(Z < 1/sqrt 2) = .7602499389.
  const truth = 0.7602499389065233;
  let covered = 0;
  const trials = 1500;
  for (let trial = 0; trial < trials; trial++) {
    const random = new Random(5, "coverage", trial);
    const truthLabels = Array.from({ length: 120 }, (_, index) => Number(index < 50));
    const scores = truthLabels.map((label) => random.normal(label));
    const [low, high] = areaUnderCurve(scoredCases("test", truthLabels, scores)).ci95!;
    if (low <= truth && truth <= high) covered++;
  }
  expect(covered / trials).toBeGreaterThan(0.93);
  expect(covered / trials).toBeLessThan(0.97);
});

test("two models over 100,000 cases are ranked and compared well under a second", () => {
  const random = new Random(3, "large");
  const truth = Array.from({ length: 100_000 }, () => Number(random.chance(0.25)));
  const score = () => truth.map((label) => Math.round(1000 * (random.uniform() + 0.3 * label)) / 1300);
  const models = ["a", "b"].map((name) => ({ name, cases: scoredCases("test", truth, score(), name) }));
  const started = performance.now();
  const { areas } = areasAndComparisons(models);
  // .1 s on a quiet core; the bound is wide because timings don't decide tests, a quadratic algorithm does.
  expect(performance.now() - started).toBeLessThan(2000);
  expect(areas.get("a")!.auc).toBeGreaterThan(0.7);
});
