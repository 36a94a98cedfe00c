/** The labelled sentences and reports beside this file; README.md says what their columns mean. */
import { readFileSync } from "node:fs";
import { parse } from "csv-parse/sync";
import { z } from "zod";
import {
  type CompiledLexicon,
  type LabelledReport,
  labelReport,
  type ReportLabel,
  reportLabels,
} from "../../src/reports/index.ts";

const rowSchema = z.object({
  id: z.string(),
  truth: z.enum(reportLabels),
  acuity: z.string().default(""),
  location: z.string().default(""),
  side: z.string().default(""),
  quality: z.string().default(""),
  strain: z.string().default(""),
  other: z.string().default(""),
  text: z.string(),
});
export type CorpusRow = z.infer<typeof rowSchema>;

export function readCorpus(name: string): CorpusRow[] {
  const rows: unknown = parse(readFileSync(new URL(name, import.meta.url)), { columns: true });
  return z.array(rowSchema).parse(rows);
}

const shortReportSchema = z.object({ language: z.string(), text: z.string() });

/** Reports of a few words, in English shorthand and in eight other languages. */
export function readShortReports(): z.infer<typeof shortReportSchema>[] {
  const rows: unknown = parse(readFileSync(new URL("short-reports.csv", import.meta.url)), { columns: true });
  return z.array(shortReportSchema).parse(rows);
}

export const attributes = ["acuity", "location", "side", "quality", "strain", "other"] as const;

/** The attributes of a label in the corpus's words. */
export function attributesOf(label: ReportLabel): Record<(typeof attributes)[number], string> {
  return {
    acuity: label.acuity ?? "",
    location: label.location ?? "",
    side: label.side ?? "",
    quality: label.quality,
    strain: label.rightHeartStrain,
    other: label.otherEmboli.map(({ kind, state }) => `${kind} ${state}`).join("; ") || "none",
  };
}

export function labelCorpus(
  rows: readonly CorpusRow[],
  lexicon?: CompiledLexicon,
): { readonly truth: CorpusRow["truth"]; readonly label: LabelledReport }[] {
  return rows.map(({ id, truth, text }) => ({ truth, label: { id, ...labelReport(text, lexicon) } }));
}

/** Share of rows whose attribute is right, of those that state it and whose label is right. */
export function attributeShare(rows: readonly CorpusRow[], attribute: (typeof attributes)[number]): number {
  const judged = rows
    .map((row) => ({ row, label: labelReport(row.text) }))
    .filter(({ row, label }) => row[attribute] !== "" && label.label === row.truth);
  return judged.filter(({ row, label }) => attributesOf(label)[attribute] === row[attribute]).length / judged.length;
}
