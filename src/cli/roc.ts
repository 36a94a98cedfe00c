/** `embolens roc <scores.csv>`: AUC, intervals and paired tests from anybody's scores. */
import type { Command } from "commander";
import { UsageError } from "../errors.ts";
import {
  areaUnderCurve,
  bootstrap,
  chooseOperatingPoint,
  type Summary,
  scoredCases,
  subset,
  summarise,
} from "../evaluation/index.ts";
import { ofSplit, readScores, requireDisjoint, type ScoreFile } from "../evaluation/node/index.ts";
import { summaryText } from "./summary-text.ts";
import { example, jsonOption, numberBetween, print, type StandardOptions, seedOption } from "./terminal.ts";

interface RocOptions extends StandardOptions {
  readonly label?: string;
  readonly models?: string[];
  readonly compare?: string;
  readonly threshold: number;
  readonly validation?: string;
  readonly split?: string;
  readonly seed: number;
}

/** The summary, and for each model an interval that respects patients with several cases. */
export type RocResult = Summary & {
  readonly patientBootstrap?: Readonly<Record<string, { readonly ci95: readonly [number, number] }>>;
};

export function define(command: Command): void {
  jsonOption(command)
    .argument("<scores.csv>", "a row a case: a column of labels, a column of scores a model; id and patient if known")
    .option("--label <column>", 'the column that is 1 for positive and 0 for negative cases (default: "label")')
    .option("--models <columns...>", "the columns of scores (default: all others but id, study, patient, split)")
    .option("--compare <model>", "test the others against this model only (default: every pair)")
    .option("--threshold <number>", "where accuracy and rates are taken", numberBetween(-1e300, 1e300), 0.5)
    .option(
      "--validation <scores.csv>",
      'the same models\' scores on validation cases, to choose operating points from (default: the rows whose split is "validation")',
    )
    .option("--split <name>", 'whose rows are reported, where a column "split" tells them apart (default: "test")');
  seedOption(command).action(async (path: string, options: RocOptions) => {
    const result = await roc(path, options);
    print(options, result, summaryText);
  });
  example(command, "embolens roc scores.csv --label pe", "embolens roc scores.csv --compare radiologist --json");
}

async function roc(path: string, options: RocOptions): Promise<RocResult> {
  const { label, models, compare } = options;
  const file = await readScores(path, { label, models });
  if (compare !== undefined && !file.models.some(({ name }) => name === compare)) {
    throw new UsageError("option-invalid", `--compare: no model is called "${compare}"`, {
      hint: `there are: ${file.models.map(({ name }) => name).join(", ")}`,
    });
  }
  const reported = reportedRows(file, options.split);
  const validation = await validationRows(file, reported, options);
  if (validation) requireDisjoint(validation, reported);
  const { patients, labels } = reported;
  const scored = reported.models.map(({ name, scores }) => ({
    name,
    cases: scoredCases("test", labels, scores, name, patients),
    operatingPoints: validation ? operatingPoints(validation, name) : [],
  }));
  const { models: summaries, comparisons } = summarise(scored, options.threshold);
  const repeated = patients !== undefined && new Set(patients).size < patients.length;
  return {
    models: summaries,
    comparisons: comparisons.filter(({ a, b }) => compare === undefined || a === compare || b === compare),
    ...(repeated && {
      patientBootstrap: Object.fromEntries(
        scored.map(({ name, cases }) => [
          name,
          bootstrap(
            { groups: patients, labels, seed: options.seed },
            (indices) => areaUnderCurve(subset(cases, indices)).auc,
          ),
        ]),
      ),
    }),
  };
}

/** All rows, or the test set's where a column tells several splits apart. */
function reportedRows(file: ScoreFile, split: string | undefined): ScoreFile {
  if (split === undefined && new Set(file.splits).size < 2) return file;
  if (file.splits === undefined) {
    throw new UsageError("option-invalid", `--split: ${file.name} has no column "split"`);
  }
  return ofSplit(file, split ?? "test");
}

async function validationRows(
  file: ScoreFile,
  reported: ScoreFile,
  { validation, label }: RocOptions,
): Promise<ScoreFile | undefined> {
  if (validation !== undefined) {
    const own = await readScores(validation, { label, models: file.models.map(({ name }) => name) });
    return new Set(own.splits).size > 1 ? ofSplit(own, "validation") : own;
  }
  const there = reported !== file && file.splits?.includes("validation") && !reported.splits?.includes("validation");
  return there ? ofSplit(file, "validation") : undefined;
}

function operatingPoints(file: ScoreFile, model: string) {
  const { scores } = file.models.find(({ name }) => name === model)!;
  const cases = scoredCases("validation", file.labels, scores, model);
  return [
    chooseOperatingPoint(cases, { rule: "youden" }),
    chooseOperatingPoint(cases, { rule: "sensitivity", atLeast: 0.95 }),
  ];
}
