import { expect, test } from "vitest";
import { makeChest } from "../../test/chest.ts";
import type { Warning } from "../errors.ts";
import { findLungs } from "../volume/index.ts";
import { judgeQuality } from "./quality.ts";

const volume = makeChest({ blood: 300 });
const lungs = findLungs(volume);

const codesAt = (contrastHu: number, warnings: readonly Warning[] = []): string[] =>
  judgeQuality({
    volume: { ...volume, warnings },
    lungs: { ...lungs, contrast: { contrastHu, enhanced: true } },
  }).warnings.map(({ code }) => code);

test("enhancement below 180 HU is poor, 180 HU is not", () => {
  expect(codesAt(179)).toEqual(["contrast-poor"]);
  expect(codesAt(120)).toEqual(["contrast-poor"]);
  expect(codesAt(180)).toEqual([]);
});

test("what the reader warned of travels along with the diagnosis", () => {
  const warning: Warning = { code: "slices-uneven", message: "slices lie up to 1 mm from their places" };
  expect(codesAt(300, [warning])).toEqual(["slices-uneven"]);
});
