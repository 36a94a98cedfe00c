/**
 * Does the network look where the embolus is? The pointing game, the share of emboli that are hit, false marks a
 * study, and the free-response curve (FROC).
 *
 *     const marks = separateMarks(peaks, 15);                       // peaks of an attention map, 15 mm apart
 *     pointingGame(studies.map(({ marks, emboli }) => ({ peak: marks[0], emboli })), { tolerance: 5 });
 *     freeResponse(studies, { tolerance: 5 });
 *
 * Pointing game: Zhang et al. 2018; FROC: Bunch et al. 1978, marks and lesions counted as in LUNA16.
 */
import { RefusedError } from "../errors.ts";
import { type Proportion, proportion } from "./confusion.ts";

/** A place in the patient in millimetres; a `PatientPoint` fits. */
export type Place = readonly [number, number, number];

/** A place a model points at, and how strongly. */
export interface Mark {
  readonly place: Place;
  readonly score: number;
}

/** One embolus: the centres of the voxels it covers. */
export interface ReferenceEmbolus {
  readonly places: readonly Place[];
}

/** A study's marks beside its truth; no emboli in a negative one. */
export interface MarkedStudy {
  readonly marks: readonly Mark[];
  readonly emboli: readonly ReferenceEmbolus[];
}

export interface HitRule {
  /** How far from the nearest voxel of an embolus a mark still counts as on it, in millimetres. */
  readonly tolerance: number;
}

const squaredDistance = (a: Place, b: Place): number => (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2;

/** Keeps the strongest marks that lie at least this far apart, strongest first. @param separation in millimetres */
export function separateMarks(marks: readonly Mark[], separation: number): Mark[] {
  const kept: Mark[] = [];
  for (const mark of [...marks].sort((a, b) => b.score - a.score)) {
    if (kept.every(({ place }) => squaredDistance(place, mark.place) >= separation ** 2)) kept.push(mark);
  }
  return kept;
}

/** The emboli a place lies on, by index. */
export function emboliAt(place: Place, emboli: readonly ReferenceEmbolus[], { tolerance }: HitRule): number[] {
  const limit = tolerance ** 2;
  return emboli.flatMap(({ places }, index) =>
    places.some((voxel) => squaredDistance(voxel, place) <= limit) ? [index] : [],
  );
}

/**
 * The share of positives whose strongest place lies on an embolus. Negatives are left out; a positive without any
 * peak (an empty map) is a miss.
 */
export function pointingGame(
  cases: readonly { readonly peak: Mark | undefined; readonly emboli: readonly ReferenceEmbolus[] }[],
  rule: HitRule,
): Proportion {
  const positives = cases.filter(({ emboli }) => emboli.length > 0);
  const hits = positives.filter(({ peak, emboli }) => peak && emboliAt(peak.place, emboli, rule).length > 0);
  return proportion(hits.length, positives.length);
}

export interface FreeResponsePoint {
  /** Marks at or above it count. */
  readonly threshold: number;
  /** Share of all emboli with a mark on them. */
  readonly sensitivity: number;
  /** Marks on no embolus, over all studies, negatives included. */
  readonly falseMarksPerStudy: number;
}

/** One point a distinct score, from the highest to the lowest. @throws RefusedError `empty-input` without an embolus */
export function freeResponse(studies: readonly MarkedStudy[], rule: HitRule): FreeResponsePoint[] {
  const emboliCount = studies.reduce((sum, { emboli }) => sum + emboli.length, 0);
  if (emboliCount === 0) throw new RefusedError("empty-input", "a free-response curve needs at least one embolus");
  const marks = studies
    .flatMap((study, index) =>
      study.marks.map(({ place, score }) => ({
        score,
        hits: emboliAt(place, study.emboli, rule).map((embolus) => `${index} ${embolus}`),
      })),
    )
    .sort((a, b) => b.score - a.score);
  const found = new Set<string>();
  let falseMarks = 0;
  const curve: FreeResponsePoint[] = [];
  marks.forEach(({ score, hits }, index) => {
    if (hits.length === 0) falseMarks++;
    for (const hit of hits) found.add(hit);
    // Marks of one score come and go together.
    if (marks[index + 1]?.score === score) return;
    curve.push({
      threshold: score,
      sensitivity: found.size / emboliCount,
      falseMarksPerStudy: falseMarks / studies.length,
    });
  });
  return curve;
}

/** The sensitivity reached with at most this many false marks a study; 0 where even the first point has more. */
export function sensitivityAt(curve: readonly FreeResponsePoint[], falseMarksPerStudy: number): number {
  return curve.reduce(
    (best, point) => (point.falseMarksPerStudy <= falseMarksPerStudy ? Math.max(best, point.sensitivity) : best),
    0,
  );
}

export interface LocalisationAtThreshold {
  readonly threshold: number;
  readonly emboliHit: Proportion;
  readonly falseMarksPerStudy: number;
}

/** Emboli hit and false marks when marks at or above a threshold count. */
export function localisationAt(
  studies: readonly MarkedStudy[],
  threshold: number,
  rule: HitRule,
): LocalisationAtThreshold {
  let [hit, all, falseMarks] = [0, 0, 0];
  for (const { marks, emboli } of studies) {
    const found = new Set<number>();
    for (const { place, score } of marks) {
      if (score < threshold) continue;
      const hits = emboliAt(place, emboli, rule);
      if (hits.length === 0) falseMarks++;
      for (const embolus of hits) found.add(embolus);
    }
    hit += found.size;
    all += emboli.length;
  }
  return { threshold, emboliHit: proportion(hit, all), falseMarksPerStudy: falseMarks / Math.max(1, studies.length) };
}
