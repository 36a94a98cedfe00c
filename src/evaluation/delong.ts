/**
 * The area under the ROC curve, its variance, and the paired test between two models.
 *
 *     const { auc, variance, ci95 } = areaUnderCurve(cases);
 *     const { difference, z, p } = compareAreas(ours, theirs);   // the same cases, scored twice
 *
 * DeLong et al. 1988 in the fast form of Sun & Xu 2014 (docs/method.md#statistics). Their midrank differences T_Z(X) -
 * T_X(X) count, for a positive x, the negatives below it plus half of those level with it; two binary searches in the
 * sorted negatives give that number directly, in O(n log n) for all cases.
 *
 * Where a patient has several cases, variances and covariances are those of Obuchowski 1997 (Biometrics 53:567): a
 * patient's cases count together. With a case a patient these are DeLong's.
 */
import { RefusedError } from "../errors.ts";
import { type Cases, sortedScores } from "./cases.ts";
import { twoSided, z95 } from "./gaussian.ts";

/** V10 and V01: each case's share of the other class that it is ranked rightly against, in the order of the cases. */
export interface Placements {
  readonly auc: number;
  readonly positives: Float64Array;
  readonly negatives: Float64Array;
  /** Number of the patient of each positive and of each negative, where patients have several cases. */
  readonly groups: { readonly positives: Uint32Array; readonly negatives: Uint32Array } | undefined;
}

/** How many of `sorted` lie below `value`, plus half of those equal to it. */
function midCount(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  const below = low;
  high = sorted.length;
  // Ties are rare or long: look at the next one before searching.
  if (sorted[low] === value) {
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sorted[middle]! <= value) low = middle + 1;
      else high = middle;
    }
  }
  return (below + low) / 2;
}

export function placements(cases: Cases): Placements {
  const above = sortedScores(cases, 1);
  const below = sortedScores(cases, 0);
  const positives = new Float64Array(above.length);
  const negatives = new Float64Array(below.length);
  let p = 0;
  let n = 0;
  let sum = 0;
  cases.scores.forEach((score, index) => {
    if (cases.labels[index]) {
      const count = midCount(below, score);
      sum += count;
      positives[p++] = count / below.length;
    } else {
      negatives[n++] = 1 - midCount(above, score) / above.length;
    }
  });
  // Counts are multiples of a half, so their sum is exact and the area doesn't depend on the order of the cases.
  const { groups, labels } = cases;
  const ofClass = (label: 0 | 1) => groups!.filter((_, index) => labels[index] === label);
  return {
    auc: sum / (above.length * below.length),
    positives,
    negatives,
    groups: groups && { positives: ofClass(1), negatives: ofClass(0) },
  };
}

/** Sample covariance (ddof 1) of two rows; null for fewer than two values. */
function covariance(a: Float64Array, b: Float64Array): number | null {
  if (a.length < 2) return null;
  const meanA = a.reduce((sum, value) => sum + value, 0) / a.length;
  const meanB = b.reduce((sum, value) => sum + value, 0) / b.length;
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += (a[index]! - meanA) * (b[index]! - meanB);
  return sum / (a.length - 1);
}

/** How far a patient's placements lie above or below what the area promises them, summed by patient. */
function surpluses(placed: Float64Array, groups: Uint32Array, auc: number, patients: number): Float64Array {
  const sums = new Float64Array(patients);
  placed.forEach((value, index) => {
    sums[groups[index]!]! += value - auc;
  });
  return sums;
}

/** Obuchowski's covariance of two areas over the same cases; null with fewer than two patients in a class. */
function clusteredCovariance(a: Placements, b: Placements, groups: NonNullable<Placements["groups"]>): number | null {
  const present = [new Set(groups.positives), new Set(groups.negatives)] as const;
  if (present.some(({ size }) => size < 2)) return null;
  const patients = 1 + [...groups.positives, ...groups.negatives].reduce((most, group) => Math.max(most, group), 0);
  const [m, n] = [a.positives.length, a.negatives.length];
  const [a10, b10] = [a, b].map(({ positives, auc }) => surpluses(positives, groups.positives, auc, patients));
  const [a01, b01] = [a, b].map(({ negatives, auc }) => surpluses(negatives, groups.negatives, auc, patients));
  const products = (x: Float64Array, y: Float64Array) => x.reduce((sum, value, group) => sum + value * y[group]!, 0);
  const all = new Set([...present[0], ...present[1]]).size;
  const share = (count: number) => count / (count - 1);
  return (
    (share(present[0].size) * products(a10!, b10!)) / m ** 2 +
    (share(present[1].size) * products(a01!, b01!)) / n ** 2 +
    (share(all) * (products(a10!, b01!) + products(b10!, a01!))) / (m * n)
  );
}

/** Covariance of two areas over the same cases; null with fewer than two cases, or patients, in a class. */
export function areaCovariance(a: Placements, b: Placements): number | null {
  if (a.groups !== undefined) return clusteredCovariance(a, b, a.groups);
  const ofPositives = covariance(a.positives, b.positives);
  const ofNegatives = covariance(a.negatives, b.negatives);
  if (ofPositives === null || ofNegatives === null) return null;
  return ofPositives / a.positives.length + ofNegatives / a.negatives.length;
}

export interface Auc {
  readonly auc: number;
  /** Null where a class has a single case, as is the interval. */
  readonly variance: number | null;
  /** AUC +- 1.96 standard errors, clipped to [0, 1]. */
  readonly ci95: readonly [number, number] | null;
}

function areaOf(placed: Placements): Auc {
  const { auc } = placed;
  const variance = areaCovariance(placed, placed);
  if (variance === null) return { auc, variance, ci95: null };
  const half = z95 * Math.sqrt(variance);
  return { auc, variance, ci95: [Math.max(0, auc - half), Math.min(1, auc + half)] };
}

export const areaUnderCurve = (cases: Cases): Auc => areaOf(placements(cases));

export interface AreaComparison {
  /** First area minus second. */
  readonly difference: number;
  readonly ci95: readonly [number, number] | null;
  /** Null, as p is, where the difference has no variance but isn't zero, or where a class has a single case. */
  readonly z: number | null;
  /** Two-sided. */
  readonly p: number | null;
}

/**
 * The paired DeLong test between models that scored the same cases in the same order.
 *
 * @throws RefusedError `scores-invalid` when the labels differ
 */
export function compareAreas(a: Cases, b: Cases): AreaComparison {
  if (a.labels.length !== b.labels.length || a.labels.some((label, index) => label !== b.labels[index])) {
    throw new RefusedError("scores-invalid", "a paired test needs the same cases in the same order");
  }
  return comparePlacements(placements(a), placements(b));
}

export function comparePlacements(a: Placements, b: Placements): AreaComparison {
  const difference = a.auc - b.auc;
  const [ofA, ofB, between] = [areaCovariance(a, a), areaCovariance(b, b), areaCovariance(a, b)];
  if (ofA === null || ofB === null || between === null) return { difference, ci95: null, z: null, p: null };
  // Rounding can leave a variance of -1e-19 between models that rank alike.
  const variance = Math.max(0, ofA + ofB - 2 * between);
  const half = z95 * Math.sqrt(variance);
  const ci95 = [difference - half, difference + half] as const;
  if (variance <= 1e-14 * (ofA + ofB)) {
    return Math.abs(difference) < 1e-12 ? { difference, ci95, z: 0, p: 1 } : { difference, ci95, z: null, p: null };
  }
  const z = difference / Math.sqrt(variance);
  return { difference, ci95, z, p: twoSided(z) };
}

/** Every model's area, and every pair's test, over the same cases: each model is ranked once. */
export function areasAndComparisons<Name extends string>(
  models: readonly { readonly name: Name; readonly cases: Cases }[],
): {
  readonly areas: ReadonlyMap<Name, Auc>;
  readonly comparisons: readonly (AreaComparison & { readonly a: Name; readonly b: Name })[];
} {
  const placed = models.map(({ name, cases }) => ({ name, placed: placements(cases) }));
  return {
    areas: new Map(placed.map(({ name, placed }) => [name, areaOf(placed)])),
    comparisons: placed.flatMap((a, index) =>
      placed.slice(index + 1).map((b) => ({ a: a.name, b: b.name, ...comparePlacements(a.placed, b.placed) })),
    ),
  };
}
