/**
 * Where a network looked, and how that is compared with what a radiologist marked.
 *
 *     const attention = normaliseByMaximum(weightedMap(features, weights));     // [n, 24, 24], 0 to 1
 *     const loss = mean(subtract(1, continuousDice(attention, mask, 1)));
 *
 * The attention is Grad-CAM (Selvaraju et al. 2017; equations 1 and 2 of the paper); the comparison is the continuous
 * Dice coefficient (Shamir et al. 2019), which lets a map in [0, 1] agree fully with a binary mask.
 */
import {
  add,
  constant,
  divide,
  gradients,
  greater,
  max,
  mean,
  multiply,
  relu,
  reshape,
  sign,
  stopGradient,
  sum,
  type Tensor,
  where,
} from "../graph/index.ts";

/** ReLU(sum_k alpha_k f_k). @param features [n, k, ...] @param weights [k] or [n, k] @returns [n, ...] */
export function weightedMap(features: Tensor, weights: Tensor): Tensor {
  const positions = features.shape.slice(2).map(() => 1);
  const wide = reshape(weights, [weights.rank === 1 ? 1 : weights.shape[0]!, features.shape[1]!, ...positions]);
  return relu(sum(multiply(features, wide), [1]));
}

/**
 * Grad-CAM weights for any head: the mean over all positions of the score's derivative by each feature.
 * @param score [n], each sample's own @param features [n, k, ...], from which the score was computed @returns [n, k]
 */
export function gradientWeights(score: Tensor, features: Tensor): Tensor {
  const [derivative] = gradients(sum(score), [features]);
  return mean(
    derivative!,
    features.shape.slice(2).map((_, axis) => axis + 2),
  );
}

/** Each sample's map divided by its own maximum; a map of zeros stays one. @param map [n, ...], not negative */
export function normaliseByMaximum(map: Tensor): Tensor {
  const over = map.shape.map((_, axis) => axis).slice(1);
  const highest = max(map, over, { keep: true });
  return divide(
    map,
    where(
      greater(highest, 0),
      highest,
      constant(
        Float32Array.of(1),
        highest.shape.map(() => 1),
      ),
    ),
  );
}

/** a / b, and `otherwise` where b is not positive, without a division by zero in the derivative. */
function ratio(a: Tensor, b: Tensor, otherwise: number): Tensor {
  const isPositive = greater(b, 0);
  return where(isPositive, divide(a, where(isPositive, b, 1)), otherwise);
}

/**
 * Continuous Dice: (2 sum(AM) + s) / (c sum(M) + sum(A) + s), c = sum(AM) / sum(M sign(A)), or 1 where nothing of A
 * lies in M. Two empty maps agree fully.
 * @param attention [n, ...], 0 to 1 @param mask the same shape, 0 or 1
 * @param smooth s; 0 is the definition, 1 lets an empty mask teach that there is nothing to look at
 * @returns [n], 0 to 1
 */
export function continuousDice(attention: Tensor, mask: Tensor, smooth: number): Tensor {
  const over = attention.shape.map((_, axis) => axis).slice(1);
  const shared = sum(multiply(attention, mask), over);
  const covered = sum(multiply(mask, stopGradient(sign(attention))), over);
  const agreement = add(multiply(shared, 2), smooth);
  const extent = add(add(multiply(ratio(shared, covered, 1), sum(mask, over)), sum(attention, over)), smooth);
  return ratio(agreement, extent, 1);
}
