/**
 * The cohort: which studies there are, what is known of each, and which part it plays.
 *
 *     const cohort = parseCohort("cohort.json", JSON.parse(text));
 *     const positives = cohort.studies.filter((study) => study.label?.value === "present");
 *
 * One JSON document, made to be read and compared by people:
 *
 *     {
 *       "format": "embolens-cohort", "version": 1, "name": "synthetic hospital, seed 1",
 *       "studies": [{
 *         "id": "A1-0007", "studyInstanceUID": "1.2.3", "patient": "P12", "hospital": "A1", "series": "dicom/A1-0007",
 *         "label": { "value": "present", "origin": "report-rules", "confidence": 0.93 },
 *         "annotations": [{ "mask": "masks/A1-0007.nii.gz", "slices": [-212.5, -202.5] }],
 *         "split": "train"
 *       }]
 *     }
 *
 * Paths are relative to the cohort file and use forward slashes; absolute ones are followed too.
 */
import { z } from "zod";
import { RefusedError } from "../errors.ts";
import { type Geometry, toPatient, voxelPoint } from "../volume/geometry.ts";

/** What a study's label says: pulmonary embolism is present, absent, or the source leaves it open. */
export const labelValues = ["present", "absent", "uncertain"] as const;
export type LabelValue = (typeof labelValues)[number];

/**
 * Who said so: radiologists' masks (`annotation`), the report through the rules of `embolens label` (`report-rules`), a
 * person judging the study as a whole (`manual`), the publishers of a data set (`data-set`), or the program that made
 * the study (`simulation`).
 */
export const labelOrigins = ["annotation", "report-rules", "manual", "data-set", "simulation"] as const;
export type LabelOrigin = (typeof labelOrigins)[number];

export const splits = ["train", "validation", "test"] as const;
export type Split = (typeof splits)[number];

const path = z.string().min(1);

export const labelSchema = z.strictObject({
  value: z.enum(labelValues),
  origin: z.enum(labelOrigins),
  /** How sure the origin was, 0 to 1. */
  confidence: z.number().min(0).max(1).optional(),
  /** The words or the file the label rests on, for people. */
  note: z.string().optional(),
});
export type StudyLabel = z.infer<typeof labelSchema>;

const slicePositions = z.array(z.number()).min(1);

/**
 * What somebody marked on some slices. Slices are named by the z coordinate of their centre ({@link sliceHeight}), in
 * millimetres, so that no order of files or direction of reading can shift them.
 */
export const annotationSchema = z
  .strictObject({
    /** NIfTI, NRRD, MHA or DICOM SEG; voxels > 0 are embolus. null where only slices were judged, not outlined. */
    mask: path.nullable(),
    /** The slices that were looked at; on a looked-at slice, no mask means no embolus. "all": every slice of the mask. */
    slices: z.union([z.literal("all"), slicePositions]),
    /** Without a mask: which of the slices looked at show an embolus. */
    positiveSlices: z.array(z.number()).optional(),
    annotator: z.string().optional(),
  })
  .refine((annotation) => annotation.mask !== null || annotation.positiveSlices !== undefined, {
    path: ["positiveSlices"],
    message: "is required where there is no mask",
  })
  .refine((annotation) => annotation.mask === null || annotation.positiveSlices === undefined, {
    path: ["positiveSlices"],
    message: "contradicts the mask: give one of the two",
  })
  .refine((annotation) => annotation.mask !== null || annotation.slices !== "all", {
    path: ["slices"],
    message: 'must list slices where there is no mask; "all" means the slices of the mask',
  });
export type Annotation = z.infer<typeof annotationSchema>;

export const cohortStudySchema = z.strictObject({
  /** Unique in the cohort; also its folder's name in the prepared store. */
  id: z
    .string()
    .max(128)
    .regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]*$/, "may hold letters, digits, dots, dashes and underscores only"),
  studyInstanceUID: z.string().min(1).optional(),
  /** Which series of the folder, where it holds several; else the rule of `embolens inspect` chooses. */
  seriesInstanceUID: z.string().min(1).optional(),
  /** Whose study it is; studies of one patient stay in one split. null where unknown. */
  patient: z.string().min(1).nullable(),
  hospital: z.string().min(1).nullable(),
  /** Folder, file or zip of the CT. */
  series: path,
  /** Text of the radiology report. */
  report: path.optional(),
  label: labelSchema.nullable(),
  annotations: z.array(annotationSchema),
  split: z.enum(splits).nullable(),
});
export type CohortStudy = z.infer<typeof cohortStudySchema>;

export const cohortFormat = "embolens-cohort";
export const cohortVersion = 1;

const cohortSchema = z.strictObject({
  format: z.literal(cohortFormat),
  version: z.literal(cohortVersion),
  name: z.string(),
  /** Where it comes from: the data set's citation, or the command and seed that made it. */
  description: z.string().optional(),
  studies: z.array(z.unknown()),
});

export interface Cohort {
  readonly name: string;
  readonly description?: string | undefined;
  readonly studies: readonly CohortStudy[];
}

/** The z coordinate, in millimetres LPS, of the centre of a slice: how annotations name slices. */
export function sliceHeight(geometry: Geometry, slice: number): number {
  const [columns, rows] = geometry.size;
  return toPatient(geometry, voxelPoint((columns - 1) / 2, (rows - 1) / 2, slice))[2];
}

/** `annotations[0].mask`, as one writes it. */
function fieldName(parts: readonly PropertyKey[]): string {
  return parts.map((part, at) => (typeof part === "number" ? `[${part}]` : at ? `.${String(part)}` : part)).join("");
}

function sentence(issue: z.core.$ZodIssue): string {
  const field = fieldName(issue.path);
  if (issue.code === "unrecognized_keys") {
    const keys = issue.keys.map((key) => `"${key}"`).join(", ");
    return `${field === "" ? "" : `field ${field}: `}unknown ${issue.keys.length > 1 ? "fields" : "field"} ${keys}`;
  }
  return field === "" ? issue.message : `field ${field}: ${issue.message}`;
}

function refuse(source: string, who: string, problems: readonly string[]): never {
  const more = problems.length > 3 ? ` (and ${problems.length - 3} more)` : "";
  throw new RefusedError("cohort-invalid", `${source}${who}: ${problems.slice(0, 3).join("; ")}${more}`, {
    hint: "src/cohort/README.md describes every field",
  });
}

/** How a study of unchecked content calls itself, for a message. */
function nameOf(study: unknown, index: number): string {
  const id = z.object({ id: z.string() }).safeParse(study);
  return id.success ? `, study "${id.data.id}"` : `, study number ${index + 1}`;
}

/**
 * Checks a parsed JSON document. @param source the file's name, for messages
 * @throws RefusedError "cohort-invalid", naming the study and the field
 */
export function parseCohort(source: string, document: unknown): Cohort {
  const envelope = cohortSchema.safeParse(document);
  if (!envelope.success) refuse(source, "", envelope.error.issues.map(sentence));
  const seen = new Set<string>();
  const studies = envelope.data.studies.map((candidate, index) => {
    const parsed = cohortStudySchema.safeParse(candidate);
    const who = nameOf(candidate, index);
    if (!parsed.success) refuse(source, who, parsed.error.issues.map(sentence));
    if (seen.has(parsed.data.id)) refuse(source, who, ["field id: another study has it already"]);
    seen.add(parsed.data.id);
    return parsed.data;
  });
  const { name, description } = envelope.data;
  return { name, ...(description === undefined ? {} : { description }), studies };
}

/** The JSON document of a cohort, one study a line so that differences read well. Checks what it writes. */
export function formatCohort(source: string, cohort: Cohort): string {
  const checked = parseCohort(source, { format: cohortFormat, version: cohortVersion, ...cohort });
  const head = JSON.stringify(
    { format: cohortFormat, version: cohortVersion, ...checked, studies: undefined },
    null,
    2,
  );
  const lines = checked.studies.map((study) => `    ${JSON.stringify(study)}`).join(",\n");
  return `${head.slice(0, -2)},\n  "studies": [${lines === "" ? "" : `\n${lines}\n  `}]\n}\n`;
}
