import { expect, test } from "vitest";
import { scoredCases } from "./cases.ts";
import { chooseOperatingPoint } from "./operating-point.ts";

const validation = scoredCases("validation", [1, 1, 1, 1, 0, 0, 0, 0], [0.9, 0.8, 0.7, 0.4, 0.75, 0.5, 0.3, 0.1]);

test("a sensitivity that is just reached is reached: the highest threshold with it is chosen", () => {
  const at = (atLeast: number) => chooseOperatingPoint(validation, { rule: "sensitivity", atLeast });
  expect(at(0.75)).toMatchObject({ threshold: 0.7, chosenOn: { sensitivity: 0.75, specificity: 0.75 } });
  expect(at(0.76)).toMatchObject({ threshold: 0.4, chosenOn: { sensitivity: 1 } });
  expect(at(0.25).threshold).toBe(0.9);
  expect(at(1).threshold).toBe(0.4);
});

test("of equal Youden indices the more sensitive point is chosen", () => {
  // .8 gives 2/4 - 0, .7 gives 3/4 - 1/4, .4 gives 1 - 2/4: all .5.
  expect(chooseOperatingPoint(validation, { rule: "youden" }).threshold).toBe(0.4);
});
