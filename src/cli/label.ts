/** `embolens label <reports>`: labels from report text, how they agree with a truth, and into a cohort. */
import { stat } from "node:fs/promises";
import { type Command, Option } from "commander";
import type { ReportLabelResult } from "../cohort/index.ts";
import { FailedError } from "../errors.ts";
import type { Proportion } from "../evaluation/index.ts";
import {
  type Agreement,
  comparedAttributes,
  compareLabels,
  decidingEvidence,
  type LabelledReport,
  labelReport,
  labelTable,
  parseTruth,
  reportLabels,
  reviewPage,
  sampleForReview,
} from "../reports/index.ts";
import { lexiconFor, readReports } from "../reports/node/index.ts";
import { say } from "./progress-bar.ts";
import { textTable } from "./summary-text.ts";
import {
  abortOnInterrupt,
  example,
  jsonOption,
  numberBetween,
  print,
  progressBar,
  type StandardOptions,
} from "./terminal.ts";

interface LabelOptions extends StandardOptions {
  readonly idColumn: string;
  readonly textColumn: readonly string[];
  readonly language: string;
  readonly lexicon?: string;
  readonly review?: string;
  readonly evaluate?: string;
  readonly cohort?: string;
  readonly threshold: number;
  readonly replace?: boolean;
  readonly out?: string;
}

/** What `--json` prints. */
export interface LabelResult {
  readonly notice: string;
  readonly reports: readonly LabelledReport[];
  /** How many reports got no label, by the reason: `language`, as they are not in English. */
  readonly notRead: Readonly<Record<NonNullable<LabelledReport["notRead"]>, number>>;
  /** What was left out of the input and why; ids that are empty or stand for several reports. */
  readonly notes: readonly string[];
  readonly agreement?: Agreement;
  readonly cohort?: Omit<ReportLabelResult, "cohort"> & { readonly file: string };
}

const linesShown = 20;
const reviewed = 100;

/** `--text-column findings,impression`, or the option twice. */
const columnNames = (value: string, before: readonly string[] | undefined): string[] => [
  ...(before ?? []),
  ...value.split(",").map((name) => name.trim()),
];

export function define(command: Command): void {
  jsonOption(command)
    .argument(
      "<reports>",
      "a table (.csv, .tsv, .xlsx, .jsonl), HL7 v2, FHIR or DICOM SR messages, or a folder of .txt files and messages",
    )
    .option("--id-column <name>", "the table's column of identifiers", "id")
    .option(
      "--text-column <names>",
      "the table's column of report texts, or several (findings,impression) (default: text)",
      columnNames,
    )
    .addOption(new Option("--language <tag>", "the language of the reports").choices(["en", "de"]).default("en"))
    .option("--lexicon <file>", "words of your own, added to the language's (docs/labels.md)")
    .option("--review <file>", `write a page with ${reviewed} reports to check by hand, the least certain first`)
    .option(
      "--evaluate <column>",
      "compare the labels with this column (present, absent, uncertain, not-mentioned; 1, 0; empty: not compared)",
    )
    .option("--cohort <file>", "write the labels into this cohort, with their origin and confidence")
    .option("--threshold <number>", "least confidence of a label that goes into the cohort", numberBetween(0, 1), 0.9)
    .option("--replace", "in the cohort, replace a data set's or simulation's labels too; persons' labels always stay")
    .option("--out <file>", "write the table of labels to this file instead of the terminal")
    .addHelpText(
      "after",
      `
Says what a radiology report (English, or German with --language de) states of pulmonary embolism: present, absent, uncertain or not mentioned; acute
or chronic, level, side, examination quality, right-heart strain, emboli of other kinds; and the words that say so.
How, and how well: docs/labels.md. Research use, not a medical device.`,
    )
    .action(async (path: string, options: LabelOptions) => {
      const result = await label(path, options);
      print(options, result, (shown) => describe(shown, options));
    });
  example(
    command,
    "embolens label reports.csv --id-column accession --text-column report > labels.csv",
    "embolens label checked.csv --evaluate truth",
    "embolens label oru.hl7 --review review.html --out labels.csv",
    "embolens label reports/ --cohort hospital/cohort.json --threshold 0.8",
  );
}

async function label(path: string, options: LabelOptions): Promise<LabelResult> {
  const onProgress = progressBar();
  const signal = abortOnInterrupt();
  const lexicon = await lexiconFor(options.language, options.lexicon);
  const { reports: texts, notes } = await readReports(path, {
    id: options.idColumn,
    text: options.textColumn,
    truth: options.evaluate,
    onProgress,
    signal,
  });
  // A hundred thousand reports' evidence would fill the memory, and the table shows one sentence a report.
  const needsAllEvidence = options.json === true || options.evaluate !== undefined || options.review !== undefined;
  const reports = texts.map(({ id, text }, index): LabelledReport => {
    signal.throwIfAborted();
    if ((index + 1) % 500 === 0)
      onProgress({ label: "labelling", done: index + 1, total: texts.length, unit: "reports" });
    const report: LabelledReport = { id, ...labelReport(text, lexicon) };
    if (needsAllEvidence) return report;
    const deciding = decidingEvidence(report);
    return { ...report, evidence: deciding ? [deciding] : [] };
  });
  for (const note of notes.slice(0, linesShown)) say(note);
  if (notes.length > linesShown) say(`and ${notes.length - linesShown} more: --json lists all`);
  const unread = reports.filter(({ notRead }) => notRead === "language");
  if (unread.length > 0) say(describeUnread(unread, reports.length, options.language));
  const agreement =
    options.evaluate === undefined
      ? undefined
      : compareLabels(
          texts.flatMap(({ id, truth = "", attributes }, at) =>
            truth.trim() === "" ? [] : [{ truth: parseTruth(path, id, truth), label: reports[at]!, attributes }],
          ),
        );
  const cohort = options.cohort === undefined ? undefined : await intoCohort(options.cohort, path, reports, options);
  if (options.out !== undefined) await writeOut(options.out, labelTable(reports));
  if (options.review !== undefined) {
    const page = reviewPage(sampleForReview(reports, reviewed), new Map(texts.map(({ id, text }) => [id, text])));
    await writeOut(options.review, page);
    say(`${options.review}: ${Math.min(reviewed, reports.length)} reports to check`);
  }
  return {
    notice: "Research use, not a medical device.",
    reports,
    notRead: { language: unread.length },
    notes,
    ...(agreement && { agreement }),
    ...(cohort && { cohort }),
  };
}

async function intoCohort(
  file: string,
  path: string,
  reports: readonly LabelledReport[],
  { threshold, replace }: LabelOptions,
) {
  // Only this branch needs the room of cohorts, with its image and store libraries.
  const { readCohort, relativePath, withReportLabels, writeCohort } = await import("../cohort/index.ts");
  const before = await readCohort(file);
  const readFrom = (await stat(path)).isDirectory() ? relativePath(before.folder, path) : undefined;
  const { cohort, ...counts } = withReportLabels(before.cohort, reports, { threshold, replace, readFrom });
  await writeCohort(file, cohort);
  return { file, ...counts };
}

async function writeOut(file: string, content: string): Promise<void> {
  const { writeAtomic } = await import("../cohort/index.ts");
  await writeAtomic(file, content).catch((cause: unknown) => {
    throw new FailedError("file-unwritable", `${file} cannot be written`, { cause });
  });
}

function describe({ reports, agreement, cohort }: LabelResult, { out, language }: LabelOptions): string {
  const blocks: string[] = [];
  if (agreement) blocks.push(describeAgreement(agreement));
  if (cohort) {
    blocks.push(
      `${cohort.file}: ${cohort.written} labels written, ${cohort.keptOut} kept out (uncertain, silent, not read or ` +
        `below the threshold), ${cohort.kept} studies keep another origin's label, ${cohort.withoutReport} have no report, ` +
        `${cohort.withoutStudy} reports have no study`,
    );
  }
  if (out !== undefined) blocks.push(`${out}: ${reports.length} reports, ${countLabels(reports, language)}`);
  return blocks.length > 0 ? blocks.join("\n\n") : labelTable(reports).trimEnd();
}

const languageNames: Readonly<Record<string, string>> = { en: "English", de: "German" };

function describeUnread(unread: readonly LabelledReport[], of: number, language: string): string {
  const more = unread.length - linesShown;
  const names = unread.slice(0, linesShown).map(({ id }) => id);
  return `not read, as they are not in ${languageNames[language] ?? language}: ${unread.length} of ${of} reports, which get no label: ${names.join(", ")}${
    more > 0 ? ` and ${more} more` : ""
  }`;
}

const countLabels = (reports: readonly LabelledReport[], language: string): string => {
  const read = reports.filter(({ notRead }) => notRead === null);
  const counts = reportLabels.map((name) => `${read.filter(({ label }) => label === name).length} ${name}`);
  const unread = reports.length - read.length;
  return [
    ...counts,
    ...(unread > 0 ? [`${unread} not read, as they are not in ${languageNames[language] ?? language}`] : []),
  ].join(", ");
};

const share = ({ count, of, value, ci95 }: Proportion): string[] =>
  value === null || ci95 === null
    ? ["-", "", `0 of ${of}`]
    : [value.toFixed(3), `${ci95[0].toFixed(3)} to ${ci95[1].toFixed(3)}`, `${count} of ${of}`];

function describeAgreement({
  reports,
  confusion,
  exact,
  sensitivity,
  specificity,
  ppv,
  npv,
  attributes,
  disagreements,
}: Agreement): string {
  const blocks = [
    `${reports} reports`,
    textTable([
      ["truth \\ label", ...reportLabels],
      ...reportLabels.map((truth) => [truth, ...reportLabels.map((found) => String(confusion[truth][found]))]),
    ]),
    textTable([
      ["", "value", "95 % (Wilson)", "count"],
      ["disease: sensitivity", ...share(sensitivity)],
      ["disease: specificity", ...share(specificity)],
      ["disease: PPV", ...share(ppv)],
      ["disease: NPV", ...share(npv)],
      ["all four labels right", ...share(exact)],
      ...comparedAttributes.flatMap((name) => {
        const right = attributes[name];
        return right ? [[`${name.replaceAll("_", " ")}, of these`, ...share(right)]] : [];
      }),
    ]),
  ];
  if (disagreements.length > 0) {
    const lines = disagreements.slice(0, linesShown).map(({ id, truth, label: found, evidence }) => {
      const shown = decidingEvidence({ label: found, evidence }) ?? evidence[0];
      return `  ${id}: truth ${truth}, label ${found}${shown ? `: ${shown.sentence}` : ": no mention"}`;
    });
    const more = disagreements.length - lines.length;
    blocks.push(["Disagreements:", ...lines, ...(more > 0 ? [`  and ${more} more: --json lists all`] : [])].join("\n"));
  }
  return blocks.join("\n\n");
}
