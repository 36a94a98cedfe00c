/**
 * Whether a scan is fit to be judged, and what its reader should know about it.
 *
 *     const warnings = judgeQuality(chest);
 *
 * What makes a diagnosis impossible has already been refused while reading (no lungs, no volume); what only weakens it
 * travels along as a warning: contrast, coverage, gaps, an opaque lung, whatever the reader mended.
 */
import type { Warning } from "../errors.ts";
import type { ChestCt } from "./chest-ct.ts";

/** A pulmonary angiogram below this is called poorly enhanced by the usual protocols. */
const poorEnhancementHu = 180;

export function judgeQuality({ volume, lungs }: Pick<ChestCt, "volume" | "lungs">): Warning[] {
  const { contrastHu, enhanced } = lungs.contrast;
  const seen = contrastHu === null ? "nothing between the lungs to judge by" : `${Math.round(contrastHu)} HU`;
  const contrast: Warning[] = [];
  if (!enhanced) {
    contrast.push({
      code: "contrast-missing",
      message: `the great vessels hold no contrast (${seen}): emboli cannot be seen, the result means nothing`,
    });
  } else if (contrastHu !== null && contrastHu < poorEnhancementHu) {
    contrast.push({
      code: "contrast-poor",
      message: `the great vessels hold little contrast (${seen}): small emboli may be missed`,
    });
  }
  return [...contrast, ...lungs.warnings, ...volume.warnings];
}
