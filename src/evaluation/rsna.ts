/**
 * The measures of the RSNA-STR Pulmonary Embolism Detection challenge 2020: weighted log loss over exam and image
 * labels, and the consistency rules every submission had to keep (docs/method.md#rsna-labels).
 *
 *     examLogLoss([{ truth, prediction }]);
 *     inconsistencies(prediction);   // [] when the labels fit together
 */
import { RefusedError } from "../errors.ts";

/** Weight of each exam label; an image's weight is {@link imageWeight} x its exam's share of positive images. */
export const examWeights = {
  negative: 0.0736196319,
  indeterminate: 0.09202453988,
  chronic: 0.1042944785,
  acuteAndChronic: 0.1042944785,
  central: 0.1877300613,
  left: 0.06257668712,
  right: 0.06257668712,
  rvLvRatioAtLeastOne: 0.2346625767,
  rvLvRatioBelowOne: 0.0782208589,
} as const;

export const imageWeight = 0.0736196319;

export type ExamLabel = keyof typeof examWeights;
export const examLabels = Object.keys(examWeights) as readonly ExamLabel[];

/** A value for every exam label, and one an image: truth (0 or 1) or probability. */
export interface Exam {
  readonly labels: Readonly<Record<ExamLabel, number>>;
  readonly images: ArrayLike<number>;
}

const smallest = 1e-15;

/** Binary cross-entropy; probabilities of 0 and 1 are moved by 1e-15 so that a wrong one costs 34.5, not infinity. */
function crossEntropy(truth: number, probability: number): number {
  const bounded = Math.min(1 - smallest, Math.max(smallest, probability));
  return -(truth * Math.log(bounded) + (1 - truth) * Math.log1p(-bounded));
}

function requireProbability(value: number): number {
  if (value >= 0 && value <= 1) return value;
  throw new RefusedError("scores-invalid", `an exam's probability is ${value}, not from 0 to 1`);
}

/** The challenge's loss over all exams: sum of weight x cross-entropy over sum of weights. */
export function examLogLoss(exams: readonly { readonly truth: Exam; readonly prediction: Exam }[]): number {
  let sum = 0;
  let weights = 0;
  for (const { truth, prediction } of exams) {
    if (truth.images.length !== prediction.images.length) {
      throw new RefusedError(
        "scores-invalid",
        `an exam has ${truth.images.length} images and ${prediction.images.length} predictions`,
      );
    }
    for (const label of examLabels) {
      sum += examWeights[label] * crossEntropy(truth.labels[label], requireProbability(prediction.labels[label]));
      weights += examWeights[label];
    }
    let positiveImages = 0;
    for (let image = 0; image < truth.images.length; image++) positiveImages += truth.images[image]!;
    const weight = truth.images.length === 0 ? 0 : (imageWeight * positiveImages) / truth.images.length;
    for (let image = 0; image < truth.images.length; image++) {
      sum += weight * crossEntropy(truth.images[image]!, requireProbability(prediction.images[image]!));
      weights += weight;
    }
  }
  if (weights === 0) throw new RefusedError("empty-input", "there is no exam to evaluate");
  return sum / weights;
}

/** The rules a prediction breaks when every label is decided at .5; empty when it keeps them all. */
export function inconsistencies({ labels, images }: Exam): string[] {
  const says = (label: ExamLabel) => labels[label] > 0.5;
  const among = (...names: readonly ExamLabel[]) => names.filter(says).length;
  const broken: string[] = [];
  const anyImage = Array.from(images).some((probability) => probability > 0.5);
  if (anyImage) {
    if (among("rvLvRatioAtLeastOne", "rvLvRatioBelowOne") !== 1) {
      broken.push("a positive image needs exactly one right-to-left ventricle ratio");
    }
    if (among("left", "right", "central") === 0) broken.push("a positive image needs left, right or central");
    if (says("chronic") && says("acuteAndChronic")) broken.push("chronic and acute-and-chronic exclude each other");
    if (among("negative", "indeterminate") > 0) {
      broken.push("an exam with a positive image is neither negative nor indeterminate");
    }
  } else {
    if (among("negative", "indeterminate") !== 1) {
      broken.push("an exam without a positive image is exactly one of negative and indeterminate");
    }
    const positiveOnly = examLabels.filter((label) => label !== "negative" && label !== "indeterminate");
    if (among(...positiveOnly) > 0) broken.push("an exam without a positive image has no property of an embolism");
  }
  return broken;
}
