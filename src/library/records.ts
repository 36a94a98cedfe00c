/**
 * What a reading room holds, as it lies on the disk and travels to the page: studies, diagnoses, verdicts, measurements
 * and annotations. Free of Node, since the page reads it through src/service/schema.ts.
 */
import { z } from "zod";
import { decisions } from "../diagnosis/decision.ts";

export const codedMessage = z.object({ code: z.string(), message: z.string() });

const tripleSchema = z.tuple([z.number(), z.number(), z.number()]);

/** A grid in the patient, as the header of a binary body carries it (src/volume/geometry.ts). */
export const gridSchema = z.object({
  size: tripleSchema,
  spacing: tripleSchema,
  origin: tripleSchema,
  axes: z.tuple([tripleSchema, tripleSchema, tripleSchema]),
});

/** diagnosis.json as `embolens diagnose` writes it; further fields pass through. */
export const diagnosisSchema = z.looseObject({
  studyInstanceUID: z.string(),
  seriesInstanceUID: z.string(),
  probability: z.number().min(0).max(1),
  decision: z.enum(decisions),
  /** Files of earlier versions decided whatever the scan was. */
  indeterminateBecause: z.array(codedMessage).default([]),
  contrast: z.object({ greatVesselsHu: z.number().nullable() }).optional(),
  notice: z.string(),
  operatingPoint: z.looseObject({ name: z.string(), threshold: z.number(), chosenOn: z.string() }),
  slabs: z.array(
    z.looseObject({
      index: z.int(),
      zMillimetres: z.number(),
      probability: z.number().min(0).max(1),
      attentionPeakMillimetres: tripleSchema.nullable(),
    }),
  ),
  lungRangeMillimetres: z.tuple([z.number(), z.number()]),
  warnings: z.array(codedMessage),
  model: z.looseObject({ name: z.string(), sha256: z.string(), preset: z.string() }),
  seconds: z.record(z.string(), z.number()),
});
export type DiagnosisDocument = z.infer<typeof diagnosisSchema>;

export const studyStates = ["waiting", "running", "done", "refused", "failed"] as const;

/** Who did it, as typed. */
export const readerSchema = z.string().trim().min(1).max(120);

export const verdictSchema = z.object({
  /** The slab the verdict is about; null for the study as a whole. */
  slab: z.int().nullable(),
  verdict: z.enum(["confirmed", "rejected"]),
  reader: readerSchema,
  note: z.string().max(2000).default(""),
  at: z.iso.datetime(),
  /** The diagnosis it was given on; null where there was none, or an earlier version took it. */
  diagnosisId: z.string().nullable().default(null),
});
export type Verdict = z.infer<typeof verdictSchema>;
export const newVerdictSchema = verdictSchema.omit({ at: true, diagnosisId: true });
export type NewVerdict = z.infer<typeof newVerdictSchema>;

/** Nothing that is scanned lies further out, in millimetres, and no CT has such values, in HU. */
const bounded = z.number().min(-100_000).max(100_000);
/** In the patient, millimetres. */
const placeSchema = z.tuple([bounded, bounded, bounded]);

const measurementBase = {
  /** Told apart by among those of one reader. */
  id: z.string().regex(/^[\w-]{1,64}$/, "expected letters, digits, - and _"),
  /** The series it was made on; empty where the CT names none. */
  seriesInstanceUID: z.string().max(64),
  /** The plane it was drawn in, and is shown in. */
  plane: z.enum(["axial", "coronal", "sagittal"]),
};

/** What a reader measures: a length between two points, or the CT's value at one. */
export const newMeasurementSchema = z.discriminatedUnion("kind", [
  z.object({ ...measurementBase, kind: z.literal("length"), points: z.tuple([placeSchema, placeSchema]) }),
  z.object({
    ...measurementBase,
    kind: z.literal("probe"),
    points: z.tuple([placeSchema]),
    /** HU at the point, as its reader saw it. */
    hu: bounded,
  }),
]);
export type NewMeasurement = z.infer<typeof newMeasurementSchema>;

const mostMeasurements = 200;
/** All measurements of one reader in one study. */
export const newMeasurementListSchema = z.object({
  measurements: z
    .array(newMeasurementSchema)
    .max(mostMeasurements)
    .refine((list) => new Set(list.map(({ id }) => id)).size === list.length, {
      error: "expected another id for each measurement",
    }),
});

export const measurementSchema = newMeasurementSchema.and(
  z.object({
    reader: readerSchema,
    /** When it was drawn or last moved. */
    at: z.iso.datetime(),
  }),
);
export type Measurement = z.infer<typeof measurementSchema>;

/** What is known of an annotation beside its mask. */
export const annotationDocumentSchema = z.object({
  /** Slices that were looked at, as indices of the CT, ascending. */
  slices: z.array(z.int().min(0)),
  reader: z.string(),
  at: z.iso.datetime(),
  /** What it was painted on; unknown in the oldest ones, empty where the CT names none. */
  seriesInstanceUID: z.string().optional(),
});
export type AnnotationDocument = z.infer<typeof annotationDocumentSchema>;

export const studySchema = z.object({
  id: z.string(),
  studyInstanceUID: z.string(),
  /** The series that was judged; null before the diagnosis. */
  seriesInstanceUID: z.string().nullable(),
  patient: z.object({ name: z.string(), id: z.string() }),
  /** ISO date of the study, or null where the images do not say. */
  date: z.string().nullable(),
  description: z.string(),
  hospital: z.string(),
  images: z.int(),
  received: z.iso.datetime(),
  state: z.enum(studyStates),
  progress: z.object({ label: z.string(), done: z.number(), total: z.number(), unit: z.string() }).nullable(),
  /** Why it was refused or failed. */
  reason: codedMessage.nullable(),
  /** When its diagnosis was made; null where it has none, or an earlier version made it. */
  diagnosed: z.iso.datetime().nullable().default(null),
  /** Which diagnosis it is; the same where the same was found again. */
  diagnosisId: z.string().nullable().default(null),
  /** How often the diagnosis of these images has failed. */
  tries: z.int().min(0).default(0),
  probability: z.number().nullable(),
  decision: z.enum(decisions).nullable(),
  warnings: z.array(codedMessage),
  verdicts: z.array(verdictSchema),
  /** Slices with an annotation, as indices of the CT; empty where nobody annotated. */
  annotatedSlices: z.array(z.int()),
  /** Who saved that annotation and when; null where nobody did, or an earlier version kept it. */
  annotated: annotationDocumentSchema.pick({ reader: true, at: true }).nullable().default(null),
  /** Of all readers; missing in studies of earlier versions. */
  measurements: z.array(measurementSchema).default([]),
});
export type Study = z.infer<typeof studySchema>;

/** What the server-sent events carry: a study that changed, or the id of one that went. */
export const eventSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("study"), study: studySchema }),
  z.object({ type: z.literal("removed"), id: z.string() }),
]);
export type ServiceEvent = z.infer<typeof eventSchema>;

/** What is wrong with a reading room as a whole, or with what lies on the disk of a study. */
export const problemSchema = z.object({
  code: z.enum([
    "study-restored",
    "study-rebuilt",
    "study-set-aside",
    "cohort-damaged",
    "cohort-unwritable",
    "diagnosis-damaged",
    "model-unloadable",
    "folder-unwritable",
  ]),
  /** The study it is about; null where it is about the whole room. */
  study: z.string().nullable(),
  message: z.string(),
  hint: z.string().optional(),
});
export type Problem = z.infer<typeof problemSchema>;

export const healthSchema = z.object({
  /** "degraded": it works, and somebody should look at the problems; "failing": nothing can be saved. */
  status: z.enum(["ok", "degraded", "failing"]),
  studies: z.int(),
  problems: z.array(problemSchema),
});
export type Health = z.infer<typeof healthSchema>;
