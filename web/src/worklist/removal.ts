/** What is asked before a study is removed: it names the readers' work that goes with it. */
import type { Study } from "../../../src/service/schema.ts";

export function removalQuestion({ annotatedSlices, verdicts }: Pick<Study, "annotatedSlices" | "verdicts">): string {
  const slices = annotatedSlices.length;
  const readers = [...new Set(verdicts.map(({ reader }) => reader))].join(", ");
  const work = [
    ...(slices === 0 ? [] : [`an annotation of ${slices} ${slices === 1 ? "slice" : "slices"}`]),
    ...(verdicts.length === 0
      ? []
      : [`${verdicts.length} ${verdicts.length === 1 ? "verdict" : "verdicts"} (${readers})`]),
  ];
  const question = "Remove this study and its diagnosis from the reading room?";
  return work.length === 0 ? question : `${question} Lost with it: ${work.join(" and ")}.`;
}
