/**
 * Losses, one value a sample, and the drop-out mask.
 *
 *     mean(crossEntropy(logits, labels)); mean(binaryCrossEntropy(logits, targets)); mean(focalLoss(logits, targets, 2))
 *
 * All take logits and stay finite for any of them.
 */
import { UsageError } from "../../errors.ts";
import { constant, requireType, showShape, type Tensor } from "../tensor.ts";
import { reshape, sum } from "./arrangement.ts";
import { add, alike, cast, equal, exp, multiply, negate, softplus, subtract } from "./elementwise.ts";
import { logSoftmax } from "./linear.ts";

/** 1 at the class of each label, 0 elsewhere. @param labels int32 [n], 0 to classes - 1 @returns [n, classes] */
export function oneHot(labels: Tensor, classes: number): Tensor {
  requireType("oneHot", labels, "int32");
  const every = constant(
    Int32Array.from({ length: classes }, (_, index) => index),
    [1, classes],
  );
  return cast(equal(reshape(labels, [labels.size, 1]), every), "float32");
}

/** -log of the probability softmax gives the right class. @param labels int32 [n] @returns [n] */
export function crossEntropy(logits: Tensor, labels: Tensor): Tensor {
  if (logits.rank !== 2 || labels.rank !== 1 || labels.shape[0] !== logits.shape[0]) {
    throw new UsageError(
      "shape-mismatch",
      `crossEntropy: logits ${showShape(logits.shape)} and labels ${showShape(labels.shape)}`,
    );
  }
  return negate(sum(multiply(logSoftmax(logits), oneHot(labels, logits.shape[1]!)), [1]));
}

function requireAlike(name: string, logits: Tensor, targets: Tensor): void {
  if (!alike(logits, targets)) {
    throw new UsageError(
      "shape-mismatch",
      `${name}: logits ${showShape(logits.shape)} and targets ${showShape(targets.shape)}`,
    );
  }
}

/** Binary cross-entropy of sigmoid(logits), element by element. @param targets 0 to 1, shaped as the logits */
export function binaryCrossEntropy(logits: Tensor, targets: Tensor): Tensor {
  requireAlike("binaryCrossEntropy", logits, targets);
  return subtract(softplus(logits), multiply(logits, targets));
}

/** (1 - p)^gamma times the cross-entropy, p the probability of the right answer. Lin et al. 2017. @param targets 0 or 1 */
export function focalLoss(logits: Tensor, targets: Tensor, gamma: number): Tensor {
  requireAlike("focalLoss", logits, targets);
  // With s = 1 for a positive target and -1 for a negative one, 1 - p = sigmoid(-s x), whose logarithm is -softplus(s x).
  const signed = multiply(logits, subtract(multiply(targets, 2), 1));
  return multiply(exp(multiply(softplus(signed), -gamma)), softplus(negate(signed)));
}

/** Multiplies by a mask of 0 and 1 / (1 - rate), which enters as an input; broadcasts. */
export function dropout(x: Tensor, mask: Tensor): Tensor {
  return multiply(x, mask);
}

/** a + (b - a) * share. */
export function blend(a: Tensor, b: Tensor, share: number): Tensor {
  return add(multiply(a, 1 - share), multiply(b, share));
}
