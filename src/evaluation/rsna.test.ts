import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type Exam,
  type ExamLabel,
  examLabels,
  examLogLoss,
  examWeights,
  imageWeight,
  inconsistencies,
} from "./rsna.ts";

const exam = (said: readonly ExamLabel[], images: readonly number[]): Exam => ({
  labels: Object.fromEntries(examLabels.map((label) => [label, said.includes(label) ? 1 : 0])) as Exam["labels"],
  images,
});

test("a coin's loss is ln 2, whatever the weights", () => {
  const coin: Exam = {
    labels: Object.fromEntries(examLabels.map((label) => [label, 0.5])) as Exam["labels"],
    images: [0.5, 0.5],
  };
  expect(examLogLoss([{ truth: exam(["left", "rvLvRatioBelowOne"], [1, 0]), prediction: coin }])).toBeCloseTo(Math.LN2);
});

test("an image weighs its exam's share of positive images", () => {
  const truth = exam(["negative"], [1, 0, 0, 0]);
  const prediction = { ...truth, images: [0.8, 0.1, 0.1, 0.1] };
  const weight = imageWeight / 4;
  const all = Object.values(examWeights).reduce((sum, value) => sum + value, 0) + 4 * weight;
  expect(examLogLoss([{ truth, prediction }])).toBeCloseTo((-weight * (Math.log(0.8) + 3 * Math.log(0.9))) / all, 10);
});

test("a sure wrong answer costs much and stays finite; no exam is refused", () => {
  const loss = examLogLoss([{ truth: exam(["negative"], [0]), prediction: exam(["central"], [0]) }]);
  expect(loss).toBeGreaterThan(5);
  expect(Number.isFinite(loss)).toBe(true);
  expect(() => examLogLoss([])).toThrow(/no exam/);
});

test.each<[string, Exam, number]>([
  ["an ordinary positive exam is consistent", exam(["left", "rvLvRatioBelowOne"], [1, 0]), 0],
  ["a negative exam is consistent", exam(["negative"], [0, 0]), 0],
  ["an indeterminate exam is consistent", exam(["indeterminate"], [0, 0]), 0],
  ["a positive image without a ratio is not", exam(["left"], [1]), 1],
  ["two ratios are not", exam(["left", "rvLvRatioBelowOne", "rvLvRatioAtLeastOne"], [1]), 1],
  ["a positive image without a side is not", exam(["rvLvRatioBelowOne"], [1]), 1],
  ["both chronic kinds are not", exam(["left", "rvLvRatioBelowOne", "chronic", "acuteAndChronic"], [1]), 1],
  ["a positive image in a negative exam is not", exam(["left", "rvLvRatioBelowOne", "negative"], [1]), 1],
  ["neither negative nor indeterminate is not", exam([], [0]), 1],
  ["both negative and indeterminate is not", exam(["negative", "indeterminate"], [0]), 1],
  ["a side without a positive image is not", exam(["negative", "left"], [0]), 1],
])("%s", (_, prediction, broken) => {
  expect(inconsistencies(prediction)).toHaveLength(broken);
});

test("the loss is least at the truth", () => {
  const probability = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.array(probability, { minLength: 9, maxLength: 9 }), probability, (values, image) => {
      const truth = exam(["right", "chronic", "rvLvRatioAtLeastOne"], [1, 0]);
      const labels = Object.fromEntries(examLabels.map((label, index) => [label, values[index]!])) as Exam["labels"];
      const loss = examLogLoss([{ truth, prediction: { labels, images: [image, 1 - image] } }]);
      expect(loss).toBeGreaterThanOrEqual(examLogLoss([{ truth, prediction: truth }]));
    }),
  );
});
