/**
 * A user's own words, added to a language's table: the same form, as JSON.
 *
 *     { "mentions": [{ "kind": "pulmonary", "phrases": ["lung clot*"] }],
 *       "sections": [{ "kind": "impression", "headings": ["bottom line"] }],
 *       "modifiers": [{ "means": "negated", "reach": "forward", "phrases": ["nothing like"] }] }
 *
 * Where a phrase stands in both, the user's holds. How phrases are written: phrases.ts.
 */
import { z } from "zod";
import { RefusedError } from "../../errors.ts";
import { type CompiledLexicon, compileLexicon } from "./compile.ts";
import { type Lexicon, meanings, otherKinds, sectionKinds } from "./lexicon.ts";

const phrases = z.array(z.string().min(1)).min(1);
const kinds = ["pulmonary", "finding", "clot", "venous", "strain", "none", ...otherKinds] as const;
const states = ["present", "absent", "uncertain"] as const;

const ownWordsSchema = z.strictObject({
  abbreviations: z.record(z.string(), z.string()).default({}),
  mentions: z.array(z.strictObject({ kind: z.enum(kinds), phrases })).default([]),
  statements: z.array(z.strictObject({ kind: z.enum(kinds), state: z.enum(states), phrases })).default([]),
  sections: z.array(z.strictObject({ kind: z.enum(sectionKinds), headings: phrases })).default([]),
  modifiers: z
    .array(
      z.strictObject({
        means: z.enum(meanings),
        reach: z.enum(["forward", "backward", "both", "interpretation"]),
        within: z.int().min(0).optional(),
        tight: z.boolean().optional(),
        phrases,
      }),
    )
    .default([]),
  sites: z
    .array(z.strictObject({ site: z.enum(["pulmonary", "deep-vein", "arterial", "elsewhere"]), phrases }))
    .default([]),
});
/** A user's file of words, checked. */
export type OwnWords = z.infer<typeof ownWordsSchema>;

/** @throws RefusedError "file-corrupt" naming the place in the file that is wrong */
export function parseOwnWords(name: string, text: string): OwnWords {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new RefusedError("file-corrupt", `${name} is not JSON`, {
      cause,
      hint: "docs/labels.md shows a lexicon file",
    });
  }
  const parsed = ownWordsSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new RefusedError("file-corrupt", `${name}, ${issue?.path.join(".") || "top"}: ${issue?.message ?? "invalid"}`, {
    hint: "docs/labels.md shows a lexicon file",
  });
}

/** @throws RefusedError "file-corrupt" for a phrase that cannot be searched for */
export function withOwnWords(lexicon: Lexicon, own: OwnWords, name: string): CompiledLexicon {
  const lower = (list: readonly string[]) => list.map((phrase) => phrase.toLowerCase());
  const added: Lexicon = {
    ...lexicon,
    abbreviations: { ...lexicon.abbreviations, ...own.abbreviations },
    mentions: [...own.mentions.map((row) => ({ ...row, phrases: lower(row.phrases) })), ...lexicon.mentions],
    statements: [...own.statements.map((row) => ({ ...row, phrases: lower(row.phrases) })), ...lexicon.statements],
    // Of two rows for one heading the last one holds, of two for one phrase the first.
    sections: [...lexicon.sections, ...own.sections.map((row) => ({ ...row, headings: lower(row.headings) }))],
    modifiers: [
      ...own.modifiers.map(({ within, tight, ...row }) => ({
        ...row,
        ...(within !== undefined && { within }),
        ...(tight !== undefined && { tight }),
        phrases: lower(row.phrases),
      })),
      ...lexicon.modifiers,
    ],
    sites: [...own.sites.map((row) => ({ ...row, phrases: lower(row.phrases) })), ...lexicon.sites],
  };
  try {
    return compileLexicon(added);
  } catch (cause) {
    throw new RefusedError("file-corrupt", `${name}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}
