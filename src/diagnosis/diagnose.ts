/**
 * A study's diagnosis: what the network says, where it looked, and what to know about the scan.
 *
 *     const detector = await loadDetector(model, runtime);
 *     const { document, attention } = await diagnose(await openChestCt(sources, { decoder }), detector);
 *
 * The same code runs in the browser, with onnxruntime-web as the runtime and Web Workers as the decoder. `document` is
 * diagnosis.json as it stands; `attention` lies on the CT's grid.
 */
import type { Warning } from "../errors.ts";
import { type OperatingPoint, researchNotice } from "../model/index.ts";
import { toPatient, voxelPoint } from "../volume/index.ts";
import { type AttentionVolume, attentionPeaks, resampleToVolume } from "./attention.ts";
import type { ChestCt } from "./chest-ct.ts";
import type { Decision } from "./decision.ts";
import { type Detector, type DetectorOptions, Stopwatch } from "./detector.ts";
import { judgeQuality, type Quality } from "./quality.ts";

export interface SlabFinding {
  /** From 0, from the feet to the head. */
  readonly index: number;
  /** Patient z of the centre slice, at the centre of the network's square. */
  readonly zMillimetres: number;
  readonly probability: number;
  /** Where the network looked hardest, patient coordinates; null where it looked nowhere. */
  readonly attentionPeakMillimetres: readonly [number, number, number] | null;
}

/** diagnosis.json. */
export interface DiagnosisDocument {
  readonly notice: string;
  readonly studyInstanceUID: string;
  readonly seriesInstanceUID: string;
  /** That the study shows pulmonary embolism, 0 to 1. For research only where the decision is indeterminate. */
  readonly probability: number;
  readonly decision: Decision;
  /** Why the decision is indeterminate, the weightiest reason first; empty otherwise. */
  readonly indeterminateBecause: readonly Warning[];
  readonly contrast: Quality["contrast"];
  readonly operatingPoint: OperatingPoint;
  readonly slabs: readonly SlabFinding[];
  /** Patient z of the lungs' base and apex. */
  readonly lungRangeMillimetres: readonly [number, number];
  /** What to know about the scan; the reasons of an indeterminate decision come first. */
  readonly warnings: readonly Warning[];
  readonly model: { readonly name: string; readonly sha256: string; readonly preset: string };
  /** Seconds of each phase, and of all together. */
  readonly seconds: Readonly<Record<string, number>>;
}

export interface Diagnosis {
  readonly document: DiagnosisDocument;
  readonly attention: AttentionVolume;
}

/** A chest, of whose series only the names are needed. */
export type NamedChest = Omit<ChestCt, "series"> & {
  readonly series: Pick<ChestCt["series"], "studyInstanceUid" | "seriesInstanceUid">;
};

/**
 * @param detector must come from a model that was read from a file, whose checksum the diagnosis names
 * @throws FailedError out-of-memory, device-failed, interrupted
 */
export async function diagnose(
  chest: NamedChest,
  detector: Detector,
  options: DetectorOptions = {},
): Promise<Diagnosis> {
  const { series, lungs, volume } = chest;
  const { model } = detector;
  const { indeterminateBecause, warnings, contrast } = judgeQuality(chest);
  const findings = await detector.judge(chest, options);
  const watch = new Stopwatch();
  const attention = resampleToVolume(findings.attention);
  const peaks = attentionPeaks(findings.attention);
  watch.lap("attention");
  const operatingPoint = model.operatingPoints[0]!;
  const seconds = { ...chest.seconds, ...findings.seconds, ...watch.seconds };
  const { positions, volume: grid } = findings.attention;
  const middle = [(volume.geometry.size[0] - 1) / 2, (volume.geometry.size[1] - 1) / 2] as const;
  const slabs = positions.map((position, index): SlabFinding => {
    const centre = toPatient(grid, voxelPoint(middle[0], middle[1], position / grid.spacing[2]));
    const peak = peaks[index] ?? null;
    return {
      index,
      zMillimetres: rounded(centre[2], 3),
      probability: findings.sections[index]!,
      attentionPeakMillimetres: peak && [rounded(peak[0], 3), rounded(peak[1], 3), rounded(peak[2], 3)],
    };
  });
  const side = findings.probability >= operatingPoint.threshold ? "positive" : "negative";
  return {
    attention,
    document: {
      notice: researchNotice,
      studyInstanceUID: series.studyInstanceUid,
      seriesInstanceUID: series.seriesInstanceUid,
      probability: findings.probability,
      decision: indeterminateBecause.length > 0 ? "indeterminate" : side,
      indeterminateBecause,
      contrast,
      operatingPoint,
      slabs,
      lungRangeMillimetres: lungs.rangeMillimetres,
      warnings,
      model: { name: model.name, sha256: model.sha256, preset: model.preset },
      seconds: Object.fromEntries(
        Object.entries({ ...seconds, total: Object.values(seconds).reduce((sum, value) => sum + value, 0) }).map(
          ([phase, value]) => [phase, rounded(value, 3)],
        ),
      ),
    },
  };
}

const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));
