/** What is asked before a study is removed: it names the patient, and the readers' work that goes with it. */
import type { Study } from "../../../src/service/schema.ts";
import { formatList } from "../design/format-list.ts";

export function removalQuestion({
  patient,
  date,
  annotatedSlices,
  verdicts,
  measurements,
}: Pick<Study, "patient" | "date" | "annotatedSlices" | "verdicts" | "measurements">): string {
  const slices = annotatedSlices.length;
  const work = [
    ...(slices === 0 ? [] : [`an annotation of ${slices} ${slices === 1 ? "slice" : "slices"}`]),
    ...byReaders(verdicts, "verdict", "verdicts"),
    ...byReaders(measurements, "measurement", "measurements"),
  ];
  const who = [patient.name || "No name", patient.id, date].filter(Boolean).join(", ");
  const question = `Remove the study of ${who} and its diagnosis from the reading room?`;
  return work.length === 0 ? question : `${question} Lost with it: ${formatList(work)}.`;
}

function byReaders(done: readonly { readonly reader: string }[], one: string, many: string): string[] {
  if (done.length === 0) return [];
  const readers = [...new Set(done.map(({ reader }) => reader))].join(", ");
  return [`${done.length} ${done.length === 1 ? one : many} (${readers})`];
}
