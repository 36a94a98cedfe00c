import { expect, test } from "vitest";
import { scoredCases } from "./cases.ts";
import { summarise } from "./summary.ts";

const codeOf = (work: () => unknown): string | undefined => {
  try {
    work();
    return undefined;
  } catch (error) {
    return (error as { code: string }).code;
  }
};

test("cases of one class, NaN, infinite scores, foreign labels and unequal lengths are refused by name", () => {
  expect(codeOf(() => scoredCases("test", [1, 1], [0.1, 0.2]))).toBe("one-class");
  expect(codeOf(() => scoredCases("test", [], []))).toBe("one-class");
  expect(codeOf(() => scoredCases("test", [0, 1], [0.1, Number.NaN]))).toBe("scores-invalid");
  expect(codeOf(() => scoredCases("test", [0, 1], [0.1, Number.POSITIVE_INFINITY]))).toBe("scores-invalid");
  expect(codeOf(() => scoredCases("test", [0, 2], [0.1, 0.2]))).toBe("labels-invalid");
  expect(codeOf(() => scoredCases("test", [0, 1], [0.1]))).toBe("scores-invalid");
});

test("scores beyond [0, 1] are ranked, and have no Brier score", () => {
  const summary = summarise([{ name: "logit", cases: scoredCases("test", [0, 1, 0, 1], [-3, 2, 1, 5]) }]);
  expect(summary.models[0]).toMatchObject({ auc: 1, brier: null, expectedCalibrationError: null, accuracy: 0.75 });
  expect(summary.comparisons).toEqual([]);
});

test("the summary is plain JSON", () => {
  const labels = [0, 1, 0, 1, 1];
  const summary = summarise([
    { name: "a", cases: scoredCases("test", labels, [0.1, 0.8, 0.3, 0.4, 0.9]) },
    { name: "b", cases: scoredCases("test", labels, [0.2, 0.1, 0.6, 0.4, 0.7]) },
  ]);
  expect(JSON.parse(JSON.stringify(summary))).toEqual(summary);
});
