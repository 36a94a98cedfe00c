/**
 * What the store keeps of one study: two stacks of slices and the outlines, in the network's own 0..255.
 *
 * Slabs are cut from the stacks as they are asked for. Fifty stage II slabs of 5 slices, every fourth slice, are 250
 * slices when written out and 200 when kept once, and only a stack serves random stage I slabs, PENet's windows of 24
 * and the 3-D network's whole chest alike.
 */
import { z } from "zod";
import type { Geometry } from "../../volume/geometry.ts";
import { patientPoint } from "../../volume/geometry.ts";
import { labelSchema, splits } from "../manifest.ts";

/** Slices in 0..255 on a regular grid, columns fastest. */
export interface SlabStack {
  readonly geometry: Geometry;
  readonly voxels: Uint8Array;
}

/** A slice somebody looked at, by its index in the stage I stack. */
export interface AnnotatedSlice {
  readonly slice: number;
  readonly positive: boolean;
  /** The embolus on it, crop x crop, 0 or 1; all 0 on a negative slice; null where it was judged but not outlined. */
  readonly outline: Uint8Array | null;
}

export interface PreparedStudy {
  /** The lungs' range and every annotated slice with its neighbours, resampled to the slice spacing of stage I. */
  readonly stageOne: SlabStack;
  /** The lungs' range, resampled to the slice count of stage II. */
  readonly scan: SlabStack;
  readonly annotated: readonly AnnotatedSlice[];
  /** What was wrong with the study and was tolerated. */
  readonly warnings: readonly string[];
}

const triple = z.tuple([z.number(), z.number(), z.number()]);

const geometrySchema = z
  .strictObject({ size: triple, spacing: triple, origin: triple, axes: z.tuple([triple, triple, triple]) })
  .transform(({ origin, ...rest }): Geometry => ({ ...rest, origin: patientPoint(...origin) }));

/** What is known of a study without opening its pixels: the attributes of its group. */
export const recordSchema = z.strictObject({
  format: z.literal("embolens-prepared-study"),
  version: z.literal(1),
  id: z.string(),
  patient: z.string().nullable(),
  hospital: z.string().nullable(),
  /** As the cohort or the CT's own files name it; null where neither does, and in records of earlier versions. */
  studyInstanceUID: z.string().nullable().default(null),
  label: labelSchema.nullable(),
  split: z.enum(splits).nullable(),
  /** What the study was prepared from: a fingerprint of its files, or null where it came from memory. */
  source: z.string().nullable(),
  /** SHA-256 of the stacks and outlines. */
  content: z.string(),
  /** SHA-256 of the scan alone, the same however the study is annotated; null in records of earlier versions. */
  scanContent: z.string().nullable().default(null),
  stageOne: geometrySchema,
  scan: geometrySchema,
  annotated: z.array(
    z.strictObject({
      slice: z.int().min(0),
      positive: z.boolean(),
      /** Index of its outline in the array of outlines, or null. */
      outline: z.int().min(0).nullable(),
    }),
  ),
  warnings: z.array(z.string()),
});
export type StudyRecord = z.infer<typeof recordSchema>;

/** What the cohort says of a study; may change without the pixels being prepared again. */
export type StudyFacts = Pick<StudyRecord, "id" | "patient" | "hospital" | "label" | "split"> & {
  readonly studyInstanceUID?: string | null | undefined;
};
