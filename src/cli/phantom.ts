/** `embolens phantom`: a synthetic hospital on disk. */
import { type Command, InvalidArgumentError } from "commander";
import { UsageError } from "../errors.ts";
import { type EmbolusLevel, embolusLevels } from "../phantom/index.ts";
import { type MadeHospital, makeHospital } from "../phantom/node/index.ts";
import {
  abortOnInterrupt,
  example,
  jsonOption,
  numberBetween,
  print,
  progressBar,
  type StandardOptions,
  seedOption,
  wholeNumber,
} from "./terminal.ts";

interface PhantomOptions extends StandardOptions {
  readonly out: string;
  readonly studies: number;
  readonly prevalence: number;
  readonly hospitals: number;
  readonly annotated: number;
  readonly annotationSpacing: number;
  readonly testShare: number;
  readonly confounder: number;
  readonly columns?: number;
  readonly sliceSpacing?: number;
  readonly largestEmbolus?: readonly EmbolusLevel[];
  readonly threads?: number;
  readonly seed: number;
}

export function define(command: Command): void {
  command
    .requiredOption("--out <folder>", "where to write dicom/, masks/, reports/, reports.csv and cohort.json")
    .option("--studies <number>", "how many studies", wholeNumber(1, 9999), 20)
    .option("--prevalence <share>", "share of studies with emboli", numberBetween(0, 1), 0.35)
    .option("--hospitals <number>", "how many hospitals they come from", wholeNumber(1, 26), 4)
    .option(
      "--annotated <share>",
      "share of studies annotated on slices; the others have a label",
      numberBetween(0, 1),
      0.5,
    )
    .option("--annotation-spacing <mm>", "between annotated slices", numberBetween(0.1, 100), 10)
    .option("--test-share <share>", "share of studies set apart for testing", numberBetween(0, 1), 0.2)
    .option(
      "--confounder <strength>",
      "how closely leads on the chest follow the label in annotated studies, 0 to 1",
      numberBetween(0, 1),
      0,
    )
    .option("--columns <number>", "pixels a side, with --slice-spacing: one grid for all", wholeNumber(64, 1024))
    .option("--slice-spacing <mm>", "millimetres between slices, with --columns", numberBetween(0.5, 10))
    .option(
      "--largest-embolus <places>",
      `where the largest embolus of a study may lie, of ${embolusLevels.join(",")} (default: anywhere)`,
      places,
    )
    .option("--threads <number>", "studies made at once", wholeNumber(1, 64));
  seedOption(command);
  jsonOption(command);
  example(
    command,
    "embolens phantom --out hospital --studies 40 --prevalence 0.35 --hospitals 4 --seed 1",
    "embolens inspect hospital/dicom",
    "embolens label hospital/reports.csv --evaluate truth",
  );
  command.action(async (options: PhantomOptions) => {
    const { columns, sliceSpacing } = options;
    if ((columns === undefined) !== (sliceSpacing === undefined)) {
      throw new UsageError("option-conflict", "--columns and --slice-spacing go together", {
        hint: "give both or none",
      });
    }
    const made = await makeHospital(
      options.out,
      {
        seed: options.seed,
        studies: options.studies,
        prevalence: options.prevalence,
        hospitals: options.hospitals,
        annotated: options.annotated,
        annotationSpacing: options.annotationSpacing,
        test: options.testShare,
        confounder: options.confounder,
        grid: columns !== undefined && sliceSpacing !== undefined ? { columns, sliceSpacing } : undefined,
        largestEmbolus: options.largestEmbolus,
      },
      { threads: options.threads, onProgress: progressBar(), signal: abortOnInterrupt() },
    );
    print(options, summary(made), describe);
  });
}

/** Reads a list of places in the arteries, separated by commas. */
function places(text: string): EmbolusLevel[] {
  return text.split(",").map((word) => {
    const level = embolusLevels.find((each) => each === word.trim());
    if (level === undefined) throw new InvalidArgumentError(`expected a list of ${embolusLevels.join(",")}`);
    return level;
  });
}

function summary({ cohort, studies }: MadeHospital) {
  const count = (wanted: (study: MadeHospital["studies"][number]) => boolean) => studies.filter(wanted).length;
  return {
    cohort,
    studies: studies.length,
    positive: count(({ positive }) => positive),
    annotated: count(({ annotated }) => annotated),
    test: count(({ test }) => test),
    emboli: studies.reduce((sum, { emboli }) => sum + emboli.length, 0),
    slices: studies.reduce((sum, { slices }) => sum + slices, 0),
    notice: "Synthetic: no patient exists. Research use, not a medical device.",
  };
}

function describe(made: ReturnType<typeof summary>): string {
  return [
    `${made.cohort}: ${made.studies} studies of ${made.slices} slices, ${made.positive} with emboli (${made.emboli} in all)`,
    `${made.annotated} annotated on slices, ${made.test} for testing`,
    made.notice,
  ].join("\n");
}
