import { expect, test } from "vitest";
import { makeChest } from "../../../test/chest.ts";
import { findLungs } from "./find.ts";

const coverage = (start: number, slices: number): string[] =>
  findLungs(makeChest({ start, size: [96, 96, slices] }))
    .warnings.filter(({ code }) => code === "coverage-incomplete")
    .map(({ message }) => message);

test("a scan that ends inside the lung says at which end: below, above or both", () => {
  // The lungs reach from 0 to 240 mm; slices are 4 mm apart.
  expect(coverage(-30, 75)).toEqual([]);
  expect(coverage(-30, 40)).toEqual([expect.stringMatching(/above/)]);
  expect(coverage(-30, 40)).toEqual([expect.not.stringMatching(/below/)]);
  expect(coverage(60, 60)).toEqual([expect.stringMatching(/below/)]);
  expect(coverage(60, 60)).toEqual([expect.not.stringMatching(/above/)]);
  expect(coverage(60, 20)).toEqual([expect.stringMatching(/below.* and above/)]);
});
