/**
 * Intervals by resampling whole patients: for measures without a formula, and where a patient has several studies.
 *
 *     const { ci95 } = bootstrap({ groups: patientOfCase, labels, seed: 1 }, (indices) =>
 *       areaUnderCurve(subset(cases, indices)).auc,
 *     );
 *
 * Percentile bootstrap (Efron 1979). A patient is drawn with all of their cases or not at all.
 */
import { Random } from "../random.ts";

export interface BootstrapOptions {
  /** The patient of each case; cases of one patient stay together. */
  readonly groups: readonly (string | number)[];
  /**
   * When given, patients with positive cases, with negative ones and with both are drawn apart, so that every replicate
   * has as many of each.
   */
  readonly labels?: ArrayLike<number>;
  readonly seed: number;
  /** Default 2000. */
  readonly replicates?: number;
}

export interface BootstrapInterval {
  readonly ci95: readonly [number, number];
  readonly standardError: number;
  /** Replicates in which the measure was defined. */
  readonly replicates: number;
}

/**
 * @param measure of the cases with these indices; NaN where it isn't defined (one class drawn, say), which is left out
 */
export function bootstrap(options: BootstrapOptions, measure: (indices: Uint32Array) => number): BootstrapInterval {
  const { groups, labels, seed, replicates = 2000 } = options;
  const casesOf = new Map<string | number, number[]>();
  groups.forEach((group, index) => {
    const members = casesOf.get(group);
    if (members) members.push(index);
    else casesOf.set(group, [index]);
  });
  const pools = new Map<number, number[][]>();
  for (const members of casesOf.values()) {
    const stratum = new Set(members.map((index) => labels?.[index])).size > 1 ? -1 : (labels?.[members[0]!] ?? 0);
    const pool = pools.get(stratum);
    if (pool) pool.push(members);
    else pools.set(stratum, [members]);
  }
  const values: number[] = [];
  for (let replicate = 0; replicate < replicates; replicate++) {
    const random = new Random(seed, "bootstrap", replicate);
    const drawn: number[] = [];
    for (const pool of pools.values()) {
      for (let draw = 0; draw < pool.length; draw++) drawn.push(...random.pick(pool));
    }
    const value = measure(Uint32Array.from(drawn));
    if (!Number.isNaN(value)) values.push(value);
  }
  const sorted = Float64Array.from(values).sort();
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return {
    ci95: [percentile(sorted, 0.025), percentile(sorted, 0.975)],
    standardError: Math.sqrt(variance),
    replicates: values.length,
  };
}

/** Linear interpolation between order statistics (type 7 of Hyndman & Fan 1996). NaN of nothing. */
export function percentile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const low = Math.floor(place);
  const below = sorted[low];
  if (below === undefined) return Number.NaN;
  const above = sorted[Math.min(low + 1, sorted.length - 1)]!;
  return below + (above - below) * (place - low);
}
