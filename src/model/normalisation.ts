/**
 * What the networks' settings say about batch normalisation.
 *
 * Where the paper is silent, Keras's defaults hold (docs/method.md#where-the-paper-is-silent); weights trained
 * elsewhere bring their own epsilon.
 */
import { z } from "zod";

export const normalisationSchema = z.strictObject({
  /** Added to the variance. Keras 1e-3, PyTorch 1e-5. */
  epsilon: z.number().positive().max(0.1),
  /** The share of the old running statistics that stays at each step. Keras .99; PyTorch's "momentum .1" is .9 here. */
  momentum: z.number().min(0).max(1),
});

export type NormalisationSettings = z.infer<typeof normalisationSchema>;

export const kerasNormalisation: NormalisationSettings = { epsilon: 1e-3, momentum: 0.99 };
/** What torchvision's and most public PyTorch weights were trained with. */
export const torchNormalisation: NormalisationSettings = { epsilon: 1e-5, momentum: 0.9 };
