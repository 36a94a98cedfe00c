/**
 * `embolens prepare <cohort> --out STORE`: studies to slabs, once, for training.
 */
import { availableParallelism } from "node:os";
import { type Command, Option } from "commander";
import { type PrepareReport, prepareCohort } from "../cohort/index.ts";
import { cnn3dPresets, type PresetName, penetPresets, presetNames, twoStagePresets } from "../model/index.ts";
import type { Preprocessing } from "../volume/index.ts";
import {
  abortOnInterrupt,
  example,
  jsonOption,
  numberBetween,
  print,
  progressBar,
  type StandardOptions,
  say,
  seedOption,
  wholeNumber,
} from "./terminal.ts";

interface PrepareOptions extends StandardOptions {
  readonly out: string;
  readonly preset: PresetName;
  readonly for: Network;
  readonly workers: number;
  readonly testShare?: number;
  readonly seed: number;
}

/** More would leave too few to learn from. */
const largestTestShare = 0.5;

const networks = ["two-stage", "penet", "cnn3d"] as const;
type Network = (typeof networks)[number];

const presetsOf: Readonly<Record<Network, Readonly<Record<PresetName, { readonly preprocessing: Preprocessing }>>>> = {
  "two-stage": twoStagePresets,
  penet: penetPresets,
  cnn3d: cnn3dPresets,
};

export function define(command: Command): void {
  seedOption(jsonOption(command))
    .argument("<cohort>", "cohort file (JSON)")
    .requiredOption("--out <store>", "folder of the store; an existing one is completed")
    .addOption(new Option("--preset <name>", "size of what the network sees").choices(presetNames).default("small"))
    .addOption(new Option("--for <network>", "whose pre-processing").choices(networks).default("two-stage"))
    .option("--workers <number>", "studies at the same time", wholeNumber(1, 64), Math.min(8, availableParallelism()))
    .option(
      "--test-share <share>",
      "share of patients without a split that is set apart for testing (default: 0)",
      numberBetween(0, largestTestShare),
    )
    .action(async (cohort: string, options: PrepareOptions) => {
      const { out, preset, workers, testShare, seed } = options;
      const { preprocessing } = presetsOf[options.for][preset];
      const request = { cohort, out, preprocessing, workers, testShare, seed };
      const report = await prepareCohort({ ...request, onProgress: progressBar(), signal: abortOnInterrupt() });
      const { drawing } = report;
      const given = command.getOptionValueSource("seed") === "cli" ? seed : drawing.seed;
      if (given !== drawing.seed) say(unheeded("--seed", given, drawing.seed));
      if (testShare !== undefined && testShare !== drawing.testShare) {
        say(unheeded("--test-share", testShare, drawing.testShare));
      }
      print(options, report, describe);
    });
  example(
    command,
    "embolens prepare hospital/cohort.json --out store",
    "embolens prepare hospital/cohort.json --out store-penet --for penet",
    "embolens prepare rsna/cohort.json --out store --test-share 0.2",
  );
}

/** A store keeps to what it first drew with, or studies would change sides. */
function unheeded(option: string, given: number, kept: number): string {
  return `${option} ${given} changes nothing: this store draws splits with ${kept}; another store would draw with ${given}`;
}

function describe({ store, prepared, kept, failed, removed, splits, seconds }: PrepareReport): string {
  const lines = [
    `${store}: ${prepared} studies prepared, ${kept} there already, in ${seconds.toFixed(1)} s`,
    `train ${splits.train}, validation ${splits.validation}, test ${splits.test}`,
  ];
  const { foreign, failed: unreadable } = removed;
  if (foreign > 0) lines.push(`${foreign} studies were removed from the store, because this cohort does not hold them`);
  if (unreadable > 0)
    lines.push(`${unreadable} studies were removed from the store, because they could not be prepared`);
  if (failed.length > 0) lines.push(`${failed.length} studies were skipped:`);
  return [...lines, ...failed.map(({ id, code, message }) => `  ${id}: ${message} [${code}]`)].join("\n");
}
