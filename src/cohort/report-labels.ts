/**
 * Labels from reports in a cohort, with their origin: what `embolens label --cohort` writes.
 *
 *     const { cohort, written } = withReportLabels(before, labels, { threshold: 0.7 });
 *
 * A report names its study by the study's id, by its StudyInstanceUID, or by the name of the study's report file. What
 * a person or another source said stays; a label of these rules that no longer reaches the threshold goes.
 */
import { RefusedError } from "../errors.ts";
import type { LabelledReport } from "../reports/index.ts";
import type { Cohort, CohortStudy, StudyLabel } from "./manifest.ts";

export interface ReportLabelSettings {
  /** Least confidence of a label that is written; uncertain reports have 0.5. */
  readonly threshold: number;
  /** Replace labels of the data set or of a simulation too; labels of persons always stay. */
  readonly replace?: boolean | undefined;
}

export interface ReportLabelResult {
  readonly cohort: Cohort;
  /** Studies whose label was written. */
  readonly written: number;
  /** Studies whose report was below the threshold, uncertain or silent. */
  readonly keptOut: number;
  /** Studies that had a label of another origin, which stays. */
  readonly kept: number;
  /** Studies without a report among those given. */
  readonly withoutReport: number;
  /** Reports that name no study of the cohort. */
  readonly withoutStudy: number;
}

const ofPersons: readonly StudyLabel["origin"][] = ["annotation", "manual"];
const longestNote = 200;

const nameOfFile = (path: string) => path.replace(/^.*\//, "").replace(/\.[^.]*$/, "");

/** @throws RefusedError "labels-invalid" when two reports name one study */
export function withReportLabels(
  cohort: Cohort,
  labels: readonly LabelledReport[],
  { threshold, replace = false }: ReportLabelSettings,
): ReportLabelResult {
  const byId = new Map<string, LabelledReport>();
  for (const label of labels) {
    if (byId.has(label.id)) {
      throw new RefusedError("labels-invalid", `two reports have the id "${label.id}"`, {
        hint: "join a report and its addenda into one text",
      });
    }
    byId.set(label.id, label);
  }
  const used = new Set<string>();
  const counts = { written: 0, keptOut: 0, kept: 0, withoutReport: 0 };
  const studies = cohort.studies.map((study): CohortStudy => {
    const names = [study.id, study.studyInstanceUID, study.report && nameOfFile(study.report)];
    const label = names.map((name) => (name ? byId.get(name) : undefined)).find((found) => found !== undefined);
    if (!label) {
      counts.withoutReport++;
      return study;
    }
    used.add(label.id);
    const origin = study.label?.origin;
    if (origin !== undefined && origin !== "report-rules" && (!replace || ofPersons.includes(origin))) {
      counts.kept++;
      return study;
    }
    if (label.confidence < threshold || label.label === "not-mentioned") {
      counts.keptOut++;
      return origin === "report-rules" ? { ...study, label: null } : study;
    }
    counts.written++;
    return { ...study, label: studyLabel(label, label.label) };
  });
  return { cohort: { ...cohort, studies }, ...counts, withoutStudy: labels.length - used.size };
}

function studyLabel(report: LabelledReport, value: StudyLabel["value"]): StudyLabel {
  const note = report.evidence.find(({ state }) => state === value)?.sentence.slice(0, longestNote);
  return { value, origin: "report-rules", confidence: report.confidence, ...(note && { note }) };
}
