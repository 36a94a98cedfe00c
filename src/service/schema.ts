/**
 * What the reading room's page and its server say to each other. The page imports this file and nothing else of the
 * service; the OpenAPI description is made from it. What is stored is described in src/library/records.ts.
 */
import { z } from "zod";
import { codedMessage, diagnosisSchema, measurementSchema, studySchema, verdictSchema } from "../library/records.ts";

export * from "../library/records.ts";

export const verdictListSchema = z.object({ verdicts: z.array(verdictSchema) });
export const measurementListSchema = z.object({ measurements: z.array(measurementSchema) });

export const worklistSchema = z.object({ studies: z.array(studySchema) });
export const studyDetailSchema = z.object({ study: studySchema, diagnosis: diagnosisSchema.nullable() });

export const uploadResultSchema = z.object({
  /** New studies, and known ones that got further images. */
  studies: z.array(studySchema),
  /** How many images each known study got. */
  added: z.array(z.object({ id: z.string(), images: z.int() })).default([]),
  refused: z.array(z.object({ file: z.string(), code: z.string(), message: z.string() })),
});

/** How one signs in: by name and password, or by a token. */
export const signInSchema = z.union([
  z.object({ name: z.string().max(120), password: z.string().max(512) }),
  z.object({ token: z.string().max(512) }),
]);
export type SignIn = z.infer<typeof signInSchema>;
export const sessionSchema = z.object({
  /** Whether the reading room asks who one is. */
  asks: z.boolean(),
  /** `signsAs` is the name on his verdicts; null where he types it. */
  caller: z.object({ name: z.string(), role: z.string(), signsAs: z.string().nullable() }).nullable(),
  /** Whether an OpenID provider signs people in. */
  openid: z.boolean(),
});
export type Session = z.infer<typeof sessionSchema>;

export const readySchema = z.object({ status: z.string() });

export const errorSchema = z.object({ error: codedMessage.extend({ hint: z.string().optional() }) });

/** The response headers in which a binary body's grid travels, and who annotated which slices when, as JSON. */
export const gridHeader = "embolens-grid";
export const annotationHeader = "embolens-annotation";
/** The response header that says which series a CT is, as JSON. */
export const seriesHeader = "embolens-series";

export const researchUse = "Research use, not a medical device.";
