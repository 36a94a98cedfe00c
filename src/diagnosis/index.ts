/**
 * The diagnosis room: a study becomes a diagnosis. Files are read and the series chosen, the scan's quality is judged,
 * the network sees its slabs, and what it found is laid back on the CT.
 *
 *     const chest = await openChestCt(sources, { decoder });
 *     const detector = await loadDetector(model, runtime);
 *     const { document, attention } = await diagnose(chest, detector);
 */
export { type AttentionField, type AttentionVolume, attentionPeaks, cellPoint, resampleToVolume } from "./attention.ts";
export { attentionView, slicesOfView } from "./attention-view.ts";
export { type ChestCt, openChestCt, toChestCt } from "./chest-ct.ts";
export { type Decision, decisions } from "./decision.ts";
export {
  type Detector,
  type DetectorOptions,
  type DetectorOutput,
  loadDetector,
  studyKinds,
} from "./detector.ts";
export {
  type Diagnosis,
  type DiagnosisDocument,
  diagnose,
  type NamedChest,
  type SlabFinding,
} from "./diagnose.ts";
export { networkStack } from "./network-stack.ts";
export { contrastLimits, coverageLimits, judgeQuality, type Quality } from "./quality.ts";
export { windowSlices, windowStarts } from "./windows.ts";
