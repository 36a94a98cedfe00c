/**
 * Whom a training has seen, as a model file says it: no patient by name, but enough to recognise one.
 *
 *     model.training.every(({ seen }) => seen !== null);      // the file knows of every patient it has learned from
 *
 * Each patient, study and CT is a short keyed hash (training/training-cohort.ts computes and compares them). Whoever knows a
 * patient's hospital and number can ask whether the model has seen that patient, and nobody can read a number out of the
 * file; but numbers from a small range can be tried one after the other.
 */
import { z } from "zod";

/** Bytes of a hash: among 100,000 of them, a stranger is taken for one of them once in three billion times. */
export const digestBytes = 6;
/** The same in base64, which then needs no padding. */
const digestLetters = (digestBytes * 4) / 3;

const digestsSchema = z
  .string()
  .regex(/^[A-Za-z0-9+/]*$/, "is not base64")
  .refine(({ length }) => length % digestLetters === 0, "ends inside a hash");

export const trainingCohortDigestSchema = z.strictObject({
  /** Goes into every hash, so that the lists of two trainings on different data cannot be laid side by side. */
  salt: z.string().regex(/^[0-9a-f]{32}$/),
  /** Hashes of those whose studies were trained on, in base64, sorted, one behind the other. */
  trained: digestsSchema,
  /** Of those on whose studies epoch and thresholds were chosen. */
  validated: digestsSchema,
});
export type TrainingCohortDigest = z.infer<typeof trainingCohortDigestSchema>;

/** The hashes of a list. */
export function digestsOf(list: string): ReadonlySet<string> {
  const count = list.length / digestLetters;
  return new Set(Array.from({ length: count }, (_, at) => list.slice(at * digestLetters, (at + 1) * digestLetters)));
}
