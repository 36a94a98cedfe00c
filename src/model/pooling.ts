/**
 * The naive alternatives to stage II that the paper rejects: the mean or the maximum of the slabs' probabilities.
 *
 *     const probability = pooledProbability(probabilities, "max");
 */
import { UsageError } from "../errors.ts";

export type Pooling = "mean" | "max";

/** A study's probability from its slabs' or windows'. @param probabilities at least one, 0 to 1 */
export function pooledProbability(probabilities: ArrayLike<number>, pooling: Pooling): number {
  const values = Array.from(probabilities);
  if (values.length === 0) throw new UsageError("option-invalid", "there are no slab probabilities to pool");
  switch (pooling) {
    case "mean":
      return values.reduce((sum, value) => sum + value, 0) / values.length;
    case "max":
      return values.reduce((most, value) => Math.max(most, value));
  }
}
