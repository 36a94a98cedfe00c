/**
 * `embolens prepare <cohort> --out STORE`: studies to slabs, once, for training.
 */
import { availableParallelism } from "node:os";
import { type Command, Option } from "commander";
import { type PrepareReport, prepareCohort } from "../cohort/index.ts";
import { cnn3dPresets, type PresetName, penetPresets, presetNames, twoStagePresets } from "../model/index.ts";
import type { Preprocessing } from "../volume/index.ts";
import {
  example,
  interruption,
  jsonOption,
  print,
  progressBar,
  type StandardOptions,
  seedOption,
  wholeNumber,
} from "./terminal.ts";

interface PrepareOptions extends StandardOptions {
  readonly out: string;
  readonly preset: PresetName;
  readonly for: Network;
  readonly workers: number;
  readonly seed: number;
}

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
    .action(async (cohort: string, options: PrepareOptions) => {
      const { out, preset, workers, seed } = options;
      const { preprocessing } = presetsOf[options.for][preset];
      const request = { cohort, out, preprocessing, workers, seed };
      const report = await prepareCohort({ ...request, onProgress: progressBar(), signal: interruption() });
      print(options, report, describe);
    });
  example(
    command,
    "embolens prepare hospital/cohort.json --out store",
    "embolens prepare hospital/cohort.json --out store-penet --for penet",
  );
}

function describe({ store, prepared, kept, failed, foreign, splits, seconds }: PrepareReport): string {
  const lines = [
    `${store}: ${prepared} studies prepared, ${kept} there already, in ${seconds.toFixed(1)} s`,
    `train ${splits.train}, validation ${splits.validation}, test ${splits.test}`,
  ];
  if (foreign > 0) lines.push(`${foreign} studies of the store are not in this cohort`);
  if (failed.length > 0) lines.push(`${failed.length} studies were skipped:`);
  return [...lines, ...failed.map(({ id, code, message }) => `  ${id}: ${message} [${code}]`)].join("\n");
}
