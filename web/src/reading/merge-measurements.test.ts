import { expect, test } from "vitest";
import { isSameList, mergeMeasurements } from "./merge-measurements.ts";

const at = (id: string, x = 0) => ({
  id,
  seriesInstanceUID: "1",
  plane: "axial" as const,
  kind: "probe" as const,
  points: [[x, 0, 0]] as [[number, number, number]],
  hu: 0,
});
const ids = (list: readonly { id: string }[]) => list.map(({ id }) => id);

test("what either window added is in both", () => {
  expect(ids(mergeMeasurements([at("a")], [at("a"), at("mine")], [at("a"), at("theirs")]))).toEqual([
    "a",
    "theirs",
    "mine",
  ]);
});

test("what either window removed is gone, unless the other moved it", () => {
  expect(mergeMeasurements([at("a"), at("b")], [at("b")], [at("a")])).toEqual([]);
  expect(mergeMeasurements([at("a")], [], [at("a", 5)])).toEqual([at("a", 5)]);
  expect(mergeMeasurements([at("a")], [at("a", 5)], [])).toEqual([at("a", 5)]);
});

test("what one window moved lies where it was moved to, and what both moved where this one has it", () => {
  expect(mergeMeasurements([at("a")], [at("a")], [at("a", 5)])).toEqual([at("a", 5)]);
  expect(mergeMeasurements([at("a")], [at("a", 7)], [at("a")])).toEqual([at("a", 7)]);
  expect(mergeMeasurements([at("a")], [at("a", 7)], [at("a", 5)])).toEqual([at("a", 7)]);
});

test("lists are the same whoever kept them when", () => {
  expect(isSameList([at("a")], [{ ...at("a"), ...{ reader: "R", at: "2026-01-02T03:04:05Z" } }])).toBe(true);
  expect(isSameList([at("a")], [at("a", 1)])).toBe(false);
  expect(isSameList([at("a")], [])).toBe(false);
});
