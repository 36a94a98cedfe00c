/** `embolens experiment`: the published experiment, end to end, on a synthetic hospital. */
import { availableParallelism } from "node:os";
import { type Command, Option } from "commander";
import { comparators, type ExperimentFiles, experimentSettings, runExperiment } from "../experiment/index.ts";
import { createRuntime } from "../graph/node/index.ts";
import { figure, pValue, textTable } from "./summary-text.ts";
import {
  abortOnInterrupt,
  type DeviceName,
  deviceOption,
  example,
  jsonOption,
  print,
  progressBar,
  type StandardOptions,
  say,
  seedOption,
  wholeNumber,
} from "./terminal.ts";

interface ExperimentOptions extends StandardOptions {
  readonly out: string;
  readonly quick?: boolean;
  readonly comparators: readonly string[];
  readonly device: DeviceName;
  readonly threads: number;
  readonly seed: number;
}

export function define(command: Command): void {
  command
    .requiredOption("--out <folder>", "where studies, runs and the report go; a folder that holds this run goes on")
    .option("--quick", "the same in small, in minutes: to see the machinery, not the result")
    .addOption(
      new Option("--comparators <names...>", "which of the peers take part")
        .choices([...comparators, "none"])
        .default([...comparators], comparators.join(" ")),
    )
    .addOption(
      new Option("--threads <number>", "studies made and, on the CPU, networks trained at once")
        .argParser(wholeNumber(1, 64))
        .default(Math.min(4, availableParallelism())),
    );
  seedOption(command);
  jsonOption(deviceOption(command)).action(async (options: ExperimentOptions) => {
    const files = await experiment(options);
    print(options, { ...files.results, report: files.report, model: files.model }, () => describe(files));
  });
  example(command, "embolens experiment --out experiment --quick", "embolens experiment --out experiment-full");
}

async function experiment(options: ExperimentOptions): Promise<ExperimentFiles> {
  const { out, quick, device, threads, seed } = options;
  const some = comparators.filter((name) => options.comparators.includes(name));
  const settings = { ...experimentSettings[quick ? "quick" : "full"], seed, comparators: some };
  const without = some.length < comparators.length ? ` --comparators ${some.join(" ") || "none"}` : "";
  return runExperiment({
    ...{ out, settings, threads },
    runtime: await createRuntime({ device }),
    command: `embolens experiment --out ${out}${quick ? " --quick" : ""}${without} --seed ${seed}`,
    onProgress: progressBar(),
    onStep: ({ name, number, of, seconds, found, secondsLeft }) =>
      say(
        found
          ? `${number}/${of} ${name}: there already`
          : `${number}/${of} ${name}: ${minutes(seconds)}; about ${minutes(secondsLeft)} left`,
      ),
    signal: abortOnInterrupt(),
  });
}

const minutes = (seconds: number): string =>
  seconds < 90 ? `${seconds.toFixed(0)} s` : `${(seconds / 60).toFixed(0)} min`;

function describe({ results, report, model }: ExperimentFiles): string {
  return [
    textTable([
      ["arm", "AUC", "95 % CI", "accuracy"],
      ...results.patients.models.map(({ name, auc, ci95, accuracy }) => [
        name,
        figure(auc),
        ci95 ? `${figure(ci95[0])} to ${figure(ci95[1])}` : "-",
        figure(accuracy),
      ]),
    ]),
    textTable([
      ["the paper says", "here", "difference", "p"],
      ...results.claims.map(({ claim, holds, difference, p }) => [
        claim,
        holds ? "yes" : "no",
        figure(difference),
        pValue(p),
      ]),
    ]),
    `report: ${report}\nmodel:  ${model}\n${results.notice}`,
  ].join("\n\n");
}
