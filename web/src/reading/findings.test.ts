import { expect, test } from "vitest";
import { findings, findingsOf, mostDoubtful, nextGuideSlice } from "./findings.ts";

const slabs = [0.1, 0.6, 0.9, 0.2, 0.7, 0.1, 0.45].map((probability, index) => ({
  index,
  probability,
  zMillimetres: index * 10,
}));

test("neighbouring positive slabs are one finding, the most probable first", () => {
  expect(findings(slabs).map(({ peak, slabs }) => [peak.index, slabs.length])).toEqual([
    [2, 2],
    [4, 1],
  ]);
  expect(findings([])).toEqual([]);
});

test("the guide leads to the next slice at least 10 mm from every annotated one", () => {
  expect(nextGuideSlice(10, new Set([10]), 2.5, 100, 1)).toBe(14);
  expect(nextGuideSlice(10, new Set([10, 16]), 2.5, 100, 1)).toBe(20);
  expect(nextGuideSlice(10, new Set([10]), 2.5, 100, -1)).toBe(6);
  expect(nextGuideSlice(98, new Set([98]), 2.5, 100, 1)).toBeUndefined();
});

test("the most doubtful slab is the one nearest to one half that nobody annotated", () => {
  expect(mostDoubtful(slabs, () => false)?.index).toBe(6);
  expect(mostDoubtful(slabs, ({ index }) => index === 6)?.index).toBe(1);
});

test("an indeterminate study has no findings, whatever its slabs", () => {
  expect(findingsOf({ decision: "indeterminate", slabs })).toEqual([]);
  expect(findingsOf({ decision: "negative", slabs })).toHaveLength(2);
  expect(findingsOf(null)).toEqual([]);
});
