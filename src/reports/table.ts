/**
 * Labels as a CSV table, a row a report, with the sentence that decided.
 *
 *     process.stdout.write(labelTable(labels));   // id,label,confidence,…
 */
import type { LabelledReport } from "./agreement.ts";
import type { Evidence } from "./label.ts";

const columns: readonly (readonly [title: string, cell: (report: LabelledReport) => string])[] = [
  ["id", ({ id }) => id],
  ["label", ({ label }) => label],
  ["confidence", ({ confidence }) => String(confidence)],
  ["certainty", ({ certainty }) => certainty ?? ""],
  ["acuity", ({ acuity }) => acuity ?? ""],
  ["location", ({ location }) => location ?? ""],
  ["side", ({ side }) => side ?? ""],
  ["subsegmental_only", ({ subsegmentalOnly }) => (subsegmentalOnly ? "yes" : "")],
  ["quality", ({ quality }) => quality],
  ["right_heart_strain", ({ rightHeartStrain }) => rightHeartStrain],
  ["other_emboli", ({ otherEmboli }) => otherEmboli.map(({ kind, state }) => `${kind} ${state}`).join("; ")],
  ["mention", (report) => decidingEvidence(report)?.mention ?? ""],
  ["modifier", (report) => decidingEvidence(report)?.modifier ?? ""],
  ["sentence", (report) => decidingEvidence(report)?.sentence ?? ""],
  ["not_read", ({ notRead }) => notRead ?? ""],
];

/** The evidence to show when only one can be shown: of the label's state, the impression's or addendum's first. */
export function decidingEvidence({
  label,
  evidence,
}: Pick<LabelledReport, "label" | "evidence">): Evidence | undefined {
  const agreeing = evidence.filter(({ state }) => state === label);
  return (
    agreeing.find(({ section }) => section === "addendum") ??
    agreeing.find(({ section }) => section === "impression") ??
    agreeing[0]
  );
}

/** RFC 4180, lines ended by a line feed. */
export function labelTable(reports: readonly LabelledReport[]): string {
  const rows = [columns.map(([title]) => title), ...reports.map((report) => columns.map(([, cell]) => cell(report)))];
  return `${rows.map((row) => row.map(quoted).join(",")).join("\n")}\n`;
}

const quoted = (cell: string): string => (/[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
