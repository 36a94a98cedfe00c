/**
 * Whether a scan is fit to be decided on, and what its reader should know about it.
 *
 *     const { indeterminateBecause, warnings, contrast } = judgeQuality(chest);
 *
 * What makes a diagnosis impossible has already been refused while reading (no lungs, no volume). What leaves nothing to
 * decide on makes it indeterminate: no contrast in the pulmonary arteries, lungs that are not whole in the scan, missing
 * slices. What only weakens it travels along as a warning: a poor bolus, an opaque lung, whatever the reader mended.
 */
import type { Warning } from "../errors.ts";
import type { ChestCt } from "./chest-ct.ts";

/**
 * Enhancement of the pulmonary arteries, in HU. Wittram (AJR 2007;188:1255-1261, "How I do it: CT pulmonary angiography")
 * gives 93 HU as the least at which acute emboli stand out against blood and 211 HU for chronic ones: below 100 HU nothing
 * is decided, and below 180 HU small and old emboli may be missed.
 */
export const contrastLimits = { indeterminateBelowHu: 100, poorBelowHu: 180 } as const;

/**
 * How much lung may be cut off before nothing is decided, as shares of the lungs' largest axial section: in the lowest or
 * highest slice (some 3 cm of an ordinary lung), and on the border of the image over all slices.
 */
export const coverageLimits = { end: 0.3, sides: 0.5 } as const;

/** Warnings of the reader that say that parts of the scan are not there. */
const gaps: ReadonlySet<string> = new Set(["slices-missing", "gaps-interpolated"]);

export interface Quality {
  /** Why nothing can be decided, the weightiest reason first; empty where something can. */
  readonly indeterminateBecause: readonly Warning[];
  /** All there is to know, reasons first. */
  readonly warnings: readonly Warning[];
  readonly contrast: {
    /** Median HU of the blood between the lungs that is brightest; null where there is nothing to measure. */
    readonly greatVesselsHu: number | null;
  };
}

export function judgeQuality({ volume, lungs }: Pick<ChestCt, "volume" | "lungs">): Quality {
  const { contrastHu, enhanced } = lungs.contrast;
  const measured = contrastHu === null ? "nothing between the lungs to measure" : `${Math.round(contrastHu)} HU`;
  const { below, above, sides } = lungs.coverage;
  const reasons: Warning[] = [];
  const warnings: Warning[] = [];
  if (!enhanced || contrastHu === null || contrastHu < contrastLimits.indeterminateBelowHu) {
    reasons.push({
      code: "contrast-missing",
      message: `the great vessels hold no contrast (${measured}): emboli cannot be seen`,
    });
  } else if (contrastHu < contrastLimits.poorBelowHu) {
    warnings.push({
      code: "contrast-poor",
      message: `the great vessels hold little contrast (${measured}): small emboli may be missed`,
    });
  }
  const isCut = Math.max(below, above) > coverageLimits.end || sides > coverageLimits.sides;
  const isGap = ({ code }: Warning) => gaps.has(code);
  const isCoverage = ({ code }: Warning) => code === "coverage-incomplete";
  const [cut, uncut] = isCut
    ? [lungs.warnings.filter(isCoverage), lungs.warnings.filter((one) => !isCoverage(one))]
    : [[], lungs.warnings];
  reasons.push(...cut, ...volume.warnings.filter(isGap));
  return {
    indeterminateBecause: reasons,
    warnings: [...reasons, ...warnings, ...uncut, ...volume.warnings.filter((one) => !isGap(one))],
    contrast: { greatVesselsHu: contrastHu === null ? null : Math.round(contrastHu) },
  };
}
