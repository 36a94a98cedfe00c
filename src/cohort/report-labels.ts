/**
 * Labels from reports in a cohort, with their origin: what `embolens label --cohort` writes.
 *
 *     const { cohort, written } = withReportLabels(before, labels, { threshold: 0.7 });
 *
 * A report names its study by the path of the study's report file, by the study's id, by its StudyInstanceUID, or by
 * the bare name of the report file where only one study and one report have it. What a person or another source said
 * stays; a label of these rules that no longer reaches the threshold goes.
 */
import { posix } from "node:path";
import { RefusedError } from "../errors.ts";
import type { LabelledReport } from "../reports/index.ts";
import type { Cohort, CohortStudy, StudyLabel } from "./manifest.ts";

export interface ReportLabelSettings {
  /** Least confidence of a label that is written; uncertain reports have 0.5. */
  readonly threshold: number;
  /** Replace labels of the data set or of a simulation too; labels of persons always stay. */
  readonly replace?: boolean | undefined;
  /** The folder whose reports' ids are paths in it, itself relative to the cohort's folder, with forward slashes. */
  readonly readFrom?: string | undefined;
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

/** @throws RefusedError "labels-invalid" when two reports name one study, or one report names two */
export function withReportLabels(
  cohort: Cohort,
  labels: readonly LabelledReport[],
  { threshold, replace = false, readFrom }: ReportLabelSettings,
): ReportLabelResult {
  const reportOf = matchReports(cohort.studies, labels, readFrom);
  const counts = { written: 0, keptOut: 0, kept: 0, withoutReport: 0 };
  const studies = cohort.studies.map((study): CohortStudy => {
    const label = reportOf.get(study);
    if (!label) {
      counts.withoutReport++;
      return study;
    }
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
  return { cohort: { ...cohort, studies }, ...counts, withoutStudy: labels.length - new Set(reportOf.values()).size };
}

/** How a report names its study: the very file, the end of its path, an identifier, the file's bare name. */
type Naming = "file" | "path" | "id" | "name";

interface Match {
  readonly study: CohortStudy;
  readonly report: LabelledReport;
  readonly by: Naming;
}

/** Of a report that would go to several studies: what each naming says more surely than. */
const outweighs: Readonly<Record<Naming, readonly Naming[]>> = {
  file: ["path", "name"],
  path: ["name"],
  id: [],
  name: [],
};

function matchReports(
  studies: readonly CohortStudy[],
  reports: readonly LabelledReport[],
  readFrom: string | undefined,
): Map<CohortStudy, LabelledReport> {
  const index = indexReports(reports, readFrom);
  const studiesOfName = new Map<string, CohortStudy[]>();
  const matches = new Map<LabelledReport, Match[]>();
  for (const study of studies) {
    if (study.report !== undefined) append(studiesOfName, bareName(study.report), study);
    const match = reportOf(study, index);
    if (match) append(matches, match.report, match);
  }
  const found = new Map<CohortStudy, LabelledReport>();
  for (const [report, all] of matches) {
    const kept = all.filter(({ by }) => !all.some((other) => outweighs[other.by].includes(by)));
    const other = kept.find(({ study }) => !isSameStudy(study, kept[0]!.study));
    if (other) {
      throw new RefusedError(
        "labels-invalid",
        `the report "${report.id}" names two studies, "${kept[0]!.study.id}" and "${other.study.id}"`,
        { hint: "read the folder that holds all reports, or a table whose ids are those of the studies" },
      );
    }
    for (const { study, by } of kept) {
      const namesakes = by === "name" ? studiesOfName.get(bareName(study.report!))! : [];
      if (namesakes.every((namesake) => isSameStudy(namesake, study))) found.set(study, report);
    }
  }
  return found;
}

/** Several series of one study may stand in a cohort, and share its report. */
const isSameStudy = (a: CohortStudy, b: CohortStudy) =>
  a === b || (a.studyInstanceUID !== undefined && a.studyInstanceUID === b.studyInstanceUID);

interface ReportIndex {
  readonly byId: ReadonlyMap<string, LabelledReport>;
  /** By the path of the file, from the cohort's folder. */
  readonly byFile: ReadonlyMap<string, LabelledReport>;
  /** By every end of the id, read as a path. */
  readonly byEnd: ReadonlyMap<string, readonly LabelledReport[]>;
}

function indexReports(reports: readonly LabelledReport[], readFrom: string | undefined): ReportIndex {
  const byId = new Map<string, LabelledReport>();
  const byFile = new Map<string, LabelledReport>();
  const byEnd = new Map<string, LabelledReport[]>();
  for (const report of reports) {
    if (byId.has(report.id)) {
      throw new RefusedError("labels-invalid", `two reports have the id "${report.id}"`, {
        hint: "join a report and its addenda into one text",
      });
    }
    byId.set(report.id, report);
    if (readFrom !== undefined) byFile.set(posix.join(readFrom, report.id), report);
    for (const end of endsOf(report.id)) append(byEnd, end, report);
  }
  return { byId, byFile, byEnd };
}

/** The report of a study by the surest naming there is. Paths agree where one is the end of the other. */
function reportOf(study: CohortStudy, { byId, byFile, byEnd }: ReportIndex): Match | undefined {
  const match = (by: Naming, report: LabelledReport | undefined) => report && { study, report, by };
  const path = study.report === undefined ? undefined : posix.normalize(study.report);
  const ends = path === undefined ? [] : endsOf(path).map((end) => [end, withoutEnding(end)]);
  for (const [at, names] of ends.entries()) {
    const file = at === 0 ? names.flatMap((name) => byFile.get(name) ?? []) : [];
    const whole = names.flatMap((name) => byId.get(name) ?? []);
    const deeper = at === 0 && whole.length === 0 ? names.flatMap((name) => byEnd.get(name) ?? []) : [];
    const isBareName = at === ends.length - 1 && (at > 0 || whole.length === 0);
    const [report, another] = file.length > 0 ? file : isBareName ? [] : [...whole, ...deeper];
    if (another) {
      throw new RefusedError(
        "labels-invalid",
        `two reports name the study "${study.id}": ${report?.id}, ${another.id}`,
        {
          hint: "join a report and its addenda into one text",
        },
      );
    }
    if (report) return match(file.length > 0 ? "file" : "path", report);
  }
  const identified = byId.get(study.id) ?? (study.studyInstanceUID && byId.get(study.studyInstanceUID));
  if (identified) return match("id", identified);
  const [report, another] = ends.at(-1)?.flatMap((name) => byEnd.get(name) ?? []) ?? [];
  return another || (ends.length > 1 && report?.id.includes("/")) ? undefined : match("name", report);
}

/** A path and what is left of it when its folders are taken away, one by one. */
const endsOf = (path: string): string[] => path.split("/").map((_, at, parts) => parts.slice(at).join("/"));
const withoutEnding = (path: string): string => path.replace(/\.[^./]*$/, "");
const bareName = (path: string): string => withoutEnding(posix.basename(path));

function append<Key, Value>(lists: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

function studyLabel(report: LabelledReport, value: StudyLabel["value"]): StudyLabel {
  const note = report.evidence.find(({ state }) => state === value)?.sentence.slice(0, longestNote);
  return { value, origin: "report-rules", confidence: report.confidence, ...(note && { note }) };
}
