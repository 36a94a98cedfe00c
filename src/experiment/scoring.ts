/**
 * Scores the trained networks on held-out slabs and studies.
 *
 *     const slabs = await scoreHeldOutSlabs(request);             // both stage I networks on validation and test slabs
 *     const patients = patientScores(records, { proposed: scores, … });
 */
import { z } from "zod";
import type { PreparedStore, StudyRecord } from "../cohort/index.ts";
import { clusteredProportion } from "../evaluation/index.ts";
import type { Runtime } from "../graph/index.ts";
import type { ModelOf } from "../model/index.ts";
import type { OnProgress } from "../progress.ts";
import { assertHeldOut, heldOutSlabs, scoreSlabs } from "../training/index.ts";
import type { AttentionArm } from "./arms.ts";
import type { Truth } from "./hospital.ts";
import { chanceHitRate, localise, markedStudies, type PeakLocation } from "./localisation.ts";
import { type Localisation, type Part, type PatientScore, slabScoreSchema } from "./results.ts";

export const scoredSlabSchema = z.strictObject({
  ...slabScoreSchema.shape,
  /** Whether the attention's peak lies on the embolus; null on negatives. */
  hits: z.strictObject({ with: z.boolean().nullable(), without: z.boolean().nullable() }),
  /** Share of places in the body at which a peak would be a hit; null on negatives. */
  blind: z.number().nullable(),
});
export type ScoredSlab = z.infer<typeof scoredSlabSchema>;

export type StageOneModels = Readonly<Record<AttentionArm, ModelOf<"stage-one">>>;

export interface HeldOutScoring {
  readonly store: PreparedStore;
  readonly models: StageOneModels;
  /** Studies whose annotated slabs are validation's, and test's. */
  readonly records: Readonly<Record<Part, readonly StudyRecord[]>>;
  readonly seed: number;
  readonly runtime: Runtime;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** @throws RefusedError `studies-seen` where a network has seen a test study's patient */
export async function scoreHeldOutSlabs(request: HeldOutScoring): Promise<ScoredSlab[]> {
  const { store, models, records, seed, runtime, onProgress, signal } = request;
  const scored: ScoredSlab[] = [];
  const test = records.test.filter(({ split }) => split === "test");
  for (const model of [models.with, models.without]) await assertHeldOut(model, test);
  for (const part of ["validation", "test"] as const) {
    const slabs = heldOutSlabs(records[part], part, seed);
    const score = (arm: AttentionArm) => scoreSlabs({ store, model: models[arm], slabs, runtime, onProgress, signal });
    const [guided, free] = [await score("with"), await score("without")];
    for (const [index, { slab, mask, probability, hit }] of guided.entries()) {
      const onEmbolus = slab.positive ? mask : null;
      scored.push({
        part,
        study: slab.study,
        slice: slab.slice,
        label: slab.positive ? 1 : 0,
        scores: { with: probability, without: free[index]!.probability },
        hits: onEmbolus ? { with: hit, without: free[index]!.hit } : { with: null, without: null },
        blind:
          onEmbolus &&
          chanceHitRate(await store.stageOneSlices(slab.study, slab.slice, 1), onEmbolus, store.preprocessing.crop),
      });
    }
  }
  return scored;
}

export function localisationOf(
  slabs: readonly ScoredSlab[],
  looked: Readonly<Record<AttentionArm, readonly PeakLocation[]>>,
  truths: ReadonlyMap<string, Truth>,
  tolerance: number,
): Localisation {
  const positives = slabs.filter(({ part, blind }) => part === "test" && blind !== null);
  const hit = (arm: AttentionArm) =>
    clusteredProportion(
      positives.map(({ hits }) => hits[arm] === true),
      positives.map(({ study }) => study),
    );
  const found = (arm: AttentionArm) => localise(markedStudies(looked[arm], truths), { tolerance });
  const [guided, free] = [found("with"), found("without")];
  return {
    slabHits: { with: hit("with"), without: hit("without") },
    chance: positives.reduce((sum, { blind }) => sum + blind!, 0) / Math.max(1, positives.length),
    studyHits: { with: guided.studyHits, without: free.studyHits },
    freeResponse: { with: guided.freeResponse, without: free.freeResponse },
    tolerance,
  };
}

/** What the arms say of each study. @param columns by arm, then by study */
export function patientScores(
  records: readonly StudyRecord[],
  columns: Readonly<Record<string, ReadonlyMap<string, number>>>,
): PatientScore[] {
  return records.map(({ id, split, label }) => ({
    part: split === "test" ? "test" : "validation",
    study: id,
    label: label?.value === "present" ? 1 : 0,
    scores: Object.fromEntries(Object.entries(columns).map(([arm, scores]) => [arm, scores.get(id)!])),
  }));
}
