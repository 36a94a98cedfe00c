import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Lungs, Volume } from "../volume/index.ts";
import { contrastLimits, coverageLimits, judgeQuality } from "./index.ts";

const volume = { warnings: [{ code: "padding-unknown", message: "mended" }] } as unknown as Volume;
const chest = (contrastHu: number | null, enhanced: boolean, coverage: Partial<Lungs["coverage"]> = {}) => ({
  volume,
  lungs: {
    contrast: { contrastHu, enhanced },
    coverage: { below: 0, above: 0, sides: 0, ...coverage },
    warnings: [{ code: "coverage-incomplete", message: "the scan ends inside the lung" }],
  } as unknown as Lungs,
});
const codes = (list: readonly { readonly code: string }[]) => list.map(({ code }) => code);

describe("what can be decided on a scan", () => {
  it("is nothing where the great vessels hold less than 100 HU, which is given and stands first", () => {
    for (const [hu, enhanced] of [
      [40, false],
      [99, true],
      [null, false],
    ] as const) {
      const { indeterminateBecause, warnings, contrast } = judgeQuality(chest(hu, enhanced));
      expect(codes(indeterminateBecause)).toEqual(["contrast-missing"]);
      expect(codes(warnings)[0]).toBe("contrast-missing");
      expect(contrast.greatVesselsHu).toBe(hu);
    }
  });

  it("is weakened from 100 to below 180 HU and not from 180 HU on", () => {
    expect(contrastLimits).toEqual({ indeterminateBelowHu: 100, poorBelowHu: 180 });
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 900 }), (hu) => {
        const { indeterminateBecause, warnings } = judgeQuality(chest(hu, true));
        expect(indeterminateBecause).toEqual([]);
        expect(codes(warnings).includes("contrast-poor")).toBe(hu < 180);
        expect(codes(warnings)).toContain("padding-unknown");
      }),
    );
  });

  it("is nothing where more of the lungs is cut off than the stated share, at an end or at the sides", () => {
    const cuts = [{ below: 0.31 }, { above: 0.31 }, { sides: 0.51 }];
    for (const cut of cuts) {
      expect(codes(judgeQuality(chest(400, true, cut)).indeterminateBecause)).toEqual(["coverage-incomplete"]);
    }
    const slight = { below: coverageLimits.end, above: coverageLimits.end, sides: coverageLimits.sides };
    expect(judgeQuality(chest(400, true, slight)).indeterminateBecause).toEqual([]);
  });
});
