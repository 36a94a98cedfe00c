/**
 * Losses, one value a sample, and the drop-out mask.
 *
 *     mean(crossEntropy(logits, labels)); mean(binaryCrossEntropy(logits, targets)); mean(focalLoss(logits, targets, 2))
 *
 * All take logits and stay finite for any finite ones.
 */
import { UsageError } from "../../errors.ts";
import { constant, formatShape, requireType, sameShape, type Tensor } from "../tensor.ts";
import { cast, equal, exp, greater, multiply, negate, softplus, subtract, where } from "./elementwise.ts";
import { logSoftmax } from "./linear.ts";
import { reshape, sum } from "./shape-ops.ts";

/** Whether each label is each class: bool [n, classes]. */
function hits(name: string, labels: Tensor, classes: number): Tensor {
  requireType(name, labels, "int32");
  const every = constant(
    Int32Array.from({ length: classes }, (_, index) => index),
    [1, classes],
  );
  return equal(reshape(labels, [labels.size, 1]), every);
}

/** 1 at the class of each label, 0 elsewhere. @param labels int32 [n], 0 to classes - 1 @returns [n, classes] */
export function oneHot(labels: Tensor, classes: number): Tensor {
  return cast(hits("oneHot", labels, classes), "float32");
}

/**
 * -log of the probability softmax gives the right class. Classes whose logit is minus infinity are out of the choice.
 * @param labels int32 [n], 0 to classes - 1; the loss of any other label is not a number, which stops a training step
 * @returns [n]
 */
export function crossEntropy(logits: Tensor, labels: Tensor): Tensor {
  if (logits.rank !== 2 || labels.rank !== 1 || labels.shape[0] !== logits.shape[0]) {
    throw new UsageError(
      "shape-mismatch",
      `crossEntropy: logits ${formatShape(logits.shape)} and labels ${formatShape(labels.shape)}`,
    );
  }
  const isRight = hits("crossEntropy", labels, logits.shape[1]!);
  const losses = negate(sum(where(isRight, logSoftmax(logits), 0), [1]));
  return where(greater(sum(cast(isRight, "float32"), [1]), 0), losses, Number.NaN);
}

function requireAlike(name: string, logits: Tensor, targets: Tensor): void {
  if (!sameShape(logits.shape, targets.shape)) {
    throw new UsageError(
      "shape-mismatch",
      `${name}: logits ${formatShape(logits.shape)} and targets ${formatShape(targets.shape)}`,
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
