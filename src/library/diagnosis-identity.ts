/**
 * Which diagnosis of a study a reader's verdict is about.
 *
 *     const shown = study.verdicts.filter((verdict) => isOnDiagnosis(verdict, study));
 */
import { createHash } from "node:crypto";
import type { DiagnosisDocument, Study } from "./records.ts";

/**
 * Which diagnosis it is: the same for the same slabs of the same series by the same model, so that a diagnosis that had to
 * be made again is the one that readers have judged.
 */
export function diagnosisIdOf({ seriesInstanceUID, slabs, model }: DiagnosisDocument): string {
  const heights = slabs.map(({ index, zMillimetres }) => [index, zMillimetres]);
  const what = JSON.stringify([seriesInstanceUID, model.sha256, heights]);
  return createHash("sha256").update(what).digest("base64url").slice(0, 22);
}

/** Whether a verdict is about what the study's present diagnosis found. */
export function isOnDiagnosis(verdict: Study["verdicts"][number], { diagnosisId, diagnosed }: Study): boolean {
  if (verdict.slab === null) return true;
  if (verdict.diagnosisId !== null && diagnosisId !== null) return verdict.diagnosisId === diagnosisId;
  // Of an earlier version, which knew no more than the time.
  return diagnosed === null || verdict.at >= diagnosed;
}
