/**
 * Which version of readers' work a call was made from, in HTTP's own terms (RFC 9110, 13.1): an `ETag` names a version,
 * `If-Match` says which one a change was made from, and `If-None-Match: *` that there was none.
 *
 *     const seen = parsePreconditions(request.headers);
 *     requirePrecondition(seen, { version, last: "Dr One saved an annotation of this study at 10:31" }, true);
 */
import type { IncomingHttpHeaders } from "node:http";
import { z } from "zod";
import type { IfMatch } from "../library/index.ts";

const entityTags = /^\s*(?:W\/)?"[^"]*"(?:\s*,\s*(?:W\/)?"[^"]*")*\s*$/;

const headersSchema = z.object({
  "if-match": z
    .string()
    .refine((header) => header === "*" || entityTags.test(header), { error: "expected versions in quotes, or *" })
    .optional(),
  "if-none-match": z.literal("*", { error: "expected *" }).optional(),
});

export function parsePreconditions(headers: IncomingHttpHeaders): IfMatch {
  const given = headersSchema.parse(headers);
  const match = given["if-match"];
  return {
    ...(match === undefined ? {} : { match: match === "*" ? "any" : strongTags(match) }),
    ...(given["if-none-match"] === undefined ? {} : { none: true }),
  };
}

/** A weak tag says "much the same", which is not enough to write over somebody's work. */
const strongTags = (header: string): string[] =>
  [...header.matchAll(/(W\/)?"([^"]*)"/g)].filter(([, weak]) => !weak).map(([, , tag]) => tag!);

export const entityTag = (version: string): string => `"${version}"`;
