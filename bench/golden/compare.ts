/**
 * Holding computed tensors against reference values.
 *
 *     const comparison = compare("grad.fc.weight", actual, expected);   // { name, error: 2.1e-7 }
 */

/** The agreement asked for: of the largest magnitude in each tensor (docs/method.md#reference-values). */
export const tolerance = 1e-4;

export interface Comparison {
  readonly name: string;
  /** The worst difference, relative to the reference tensor's largest magnitude; infinite when they can't be compared. */
  readonly error: number;
}

export type GroupName =
  | "values"
  | "gradients"
  | "running statistics"
  | "after three Adam steps"
  | "area averages"
  | "probabilities";

export interface GroupComparison {
  readonly group: GroupName;
  readonly comparisons: readonly Comparison[];
  /** Where it is another than {@link tolerance}, why stands where the group is made. */
  readonly tolerance?: number;
}

type Numbers = ArrayLike<number>;

export function compare(name: string, actual: Numbers, expected: Numbers): Comparison {
  if (actual.length !== expected.length) return { name, error: Number.POSITIVE_INFINITY };
  let difference = 0;
  let magnitude = 0;
  for (let index = 0; index < expected.length; index++) {
    const distance = Math.abs(actual[index]! - expected[index]!);
    if (Number.isNaN(distance)) return { name, error: Number.POSITIVE_INFINITY };
    difference = Math.max(difference, distance);
    magnitude = Math.max(magnitude, Math.abs(expected[index]!));
  }
  if (difference === 0) return { name, error: 0 };
  return { name, error: magnitude === 0 ? Number.POSITIVE_INFINITY : difference / magnitude };
}

export function worst(comparisons: readonly Comparison[]): Comparison {
  return comparisons.reduce((left, right) => (right.error > left.error ? right : left));
}
