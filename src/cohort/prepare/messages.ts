/**
 * What the preparing process and its workers say to each other.
 */
import { z } from "zod";
import { errorCodes } from "../../errors.ts";
import { cohortStudySchema } from "../manifest.ts";

export const assignmentSchema = z.strictObject({
  /** Folder of the store. */
  store: z.string(),
  /** Folder of the cohort file. */
  folder: z.string(),
  study: cohortStudySchema,
  /** Fingerprint of what the study is prepared from. */
  source: z.string(),
});
export type Assignment = z.infer<typeof assignmentSchema>;

const codes = z.custom<keyof typeof errorCodes | "defect">(
  (value) => value === "defect" || (typeof value === "string" && value in errorCodes),
);

/** null: the study is in the store. */
export const answerSchema = z.strictObject({
  failure: z.strictObject({ code: codes, message: z.string() }).nullable(),
});
export type Answer = z.infer<typeof answerSchema>;
