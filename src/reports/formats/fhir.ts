/**
 * Reports from FHIR (R4, R5): DiagnosticReport resources, alone, in a Bundle, in a list, or one a line (NDJSON).
 *
 *     readFhir("reports.json", JSON.parse(text))   // { reports: [{ id: "ACC-1", text: "…" }], notes: [] }
 *
 * The text is that of `presentedForm` (text/plain, text/html, text/rtf in base64), else the narrative, else the results'
 * strings; `conclusion` is added as the impression. The id is the first identifier's value, else the resource's id.
 */
import { z } from "zod";
import { decodeReportText } from "../encoding.ts";
import { decodeBase64 } from "./base64.ts";
import type { ReadReports, ReportText } from "./source.ts";

const reportSchema = z.object({
  resourceType: z.literal("DiagnosticReport"),
  id: z.string().optional(),
  status: z.string().optional(),
  identifier: z.array(z.object({ value: z.string().optional() })).default([]),
  presentedForm: z
    .array(z.object({ contentType: z.string().optional(), data: z.string().optional(), url: z.string().optional() }))
    .default([]),
  text: z.object({ div: z.string().optional() }).optional(),
  conclusion: z.string().optional(),
  result: z.array(z.object({ reference: z.string().optional() })).default([]),
  contained: z.array(z.unknown()).default([]),
});

const observationSchema = z.object({
  resourceType: z.literal("Observation"),
  id: z.string().optional(),
  code: z.object({ text: z.string().optional() }).optional(),
  valueString: z.string(),
});

const bundleSchema = z.object({
  resourceType: z.literal("Bundle"),
  entry: z.array(z.object({ fullUrl: z.string().optional(), resource: z.unknown() })).default([]),
});

const resourceSchema = z.object({ resourceType: z.string() });

export const isFhir = (value: unknown): boolean =>
  Array.isArray(value) ? value.length > 0 && value.every(isFhir) : resourceSchema.safeParse(value).success;

const withdrawn: ReadonlySet<string> = new Set(["entered-in-error", "cancelled"]);

/** @param value a parsed JSON document, or a list of them */
export function readFhir(name: string, value: unknown): ReadReports {
  const reports: ReportText[] = [];
  const notes: string[] = [];
  const resources = flatten(value);
  const observations = new Map<string, string>();
  for (const { resource, url } of resources) {
    const parsed = observationSchema.safeParse(resource);
    if (!parsed.success) continue;
    const { id, code, valueString } = parsed.data;
    const said = code?.text ? `${code.text}: ${valueString}` : valueString;
    if (id !== undefined) observations.set(`Observation/${id}`, said);
    if (url !== undefined) observations.set(url, said);
  }
  for (const { resource } of resources) {
    const kind = resourceSchema.safeParse(resource);
    if (!kind.success || kind.data.resourceType !== "DiagnosticReport") continue;
    const parsed = reportSchema.safeParse(resource);
    if (!parsed.success) {
      notes.push(`${name}: a DiagnosticReport does not follow FHIR: ${parsed.error.issues[0]?.path.join(".") ?? ""}`);
      continue;
    }
    const report = parsed.data;
    const id = report.identifier.find(({ value: number }) => number)?.value ?? report.id ?? "";
    if (withdrawn.has(report.status ?? "")) {
      notes.push(`${name}: the report "${id}" is ${report.status} and was left out`);
      continue;
    }
    const parts = attachments(report, id, name, notes);
    if (parts.length === 0 && report.text?.div) parts.push(report.text.div);
    if (parts.length === 0) {
      const contained = report.contained.flatMap((inner) => {
        const observation = observationSchema.safeParse(inner);
        return observation.success ? [[`#${observation.data.id ?? ""}`, observation.data.valueString] as const] : [];
      });
      const known = new Map([...observations, ...contained]);
      parts.push(...report.result.flatMap(({ reference }) => known.get(reference ?? "") ?? []));
    }
    const { conclusion } = report;
    if (conclusion && !parts.some((part) => part.includes(conclusion))) parts.push(`IMPRESSION:\n${conclusion}`);
    if (parts.length === 0) notes.push(`${name}: the report "${id}" holds no text`);
    else reports.push({ id, text: parts.join("\n") });
  }
  return { reports, notes };
}

function attachments(report: z.infer<typeof reportSchema>, id: string, name: string, notes: string[]): string[] {
  return report.presentedForm.flatMap(({ contentType = "", data, url }) => {
    const isText = /^(?:text\/|application\/(?:rtf|xhtml))|^$/i.test(contentType);
    const bytes = isText && data !== undefined ? decodeBase64(data) : undefined;
    if (bytes) return [decodeReportText(bytes)];
    notes.push(
      `${name}: an attachment (${contentType || url || "no content"}) of the report "${id}" is no text and was left out`,
    );
    return [];
  });
}

function flatten(value: unknown, url?: string): { readonly resource: unknown; readonly url: string | undefined }[] {
  if (Array.isArray(value)) return value.flatMap((item: unknown) => flatten(item));
  const bundle = bundleSchema.safeParse(value);
  if (!bundle.success) return [{ resource: value, url }];
  return bundle.data.entry.flatMap(({ resource, fullUrl }) => flatten(resource, fullUrl));
}
