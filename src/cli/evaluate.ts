/** `embolens evaluate <model> <cohort|store>`: metrics and a report page. */
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type Command, Option } from "commander";
import { PreparedStore, prepareCohort, type Split, splits } from "../cohort/index.ts";
import { createRuntime } from "../graph/node/index.ts";
import type { LoadedModel } from "../model/index.ts";
import { readModelFile } from "../model/node/index.ts";
import { evaluateModel, leftOutText, type ModelEvaluation } from "../results/report/index.ts";
import { summaryText } from "./summary-text.ts";
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
} from "./terminal.ts";

interface EvaluateOptions extends StandardOptions {
  readonly out: string;
  readonly split?: Split;
  readonly device: DeviceName;
  readonly seed: number;
}

export function define(command: Command): void {
  jsonOption(deviceOption(command))
    .argument("<model>", "model file")
    .argument("<studies>", "cohort file (JSON), which is prepared first, or a prepared store")
    .requiredOption("--out <folder>", "where report.html, results.json and scores.csv go")
    .addOption(
      new Option("--split <name>", "whose studies (default: test; without test studies, those of all splits)").choices(
        splits,
      ),
    )
    .addHelpText(
      "after",
      `
Patients that the model has learned from or was chosen on are left out, as far as its file says who they are.`,
    );
  seedOption(command).action(async (file: string, studies: string, options: EvaluateOptions) => {
    const model = await readModelFile(file);
    const signal = abortOnInterrupt();
    const onProgress = progressBar();
    const evaluation = await evaluateModel({
      ...{ model, split: options.split, out: options.out, seed: options.seed, onProgress, signal },
      store: await storeOf(studies, model, options, signal),
      runtime: await createRuntime({ device: options.device }),
    });
    print(options, evaluation, describe);
  });
  example(
    command,
    "embolens evaluate runs/stage-two/model.safetensors hospital/cohort.json --out evaluation",
    "embolens evaluate runs/stage-two/model.safetensors other-hospital/cohort.json --out elsewhere",
  );
}

/** The prepared store itself, or one made beside the report of the cohort's studies. */
async function storeOf(
  studies: string,
  { preprocessing }: LoadedModel,
  { out, seed }: EvaluateOptions,
  signal: AbortSignal,
): Promise<PreparedStore> {
  if (existsSync(join(studies, "zarr.json"))) return PreparedStore.open(studies);
  const store = join(out, "store");
  const workers = Math.min(8, availableParallelism());
  const request = { cohort: studies, out: store, preprocessing, workers, seed, signal };
  const { failed } = await prepareCohort({ ...request, onProgress: progressBar() });
  for (const { id, code, message } of failed) say(`skipped ${id}: ${message} [${code}]`);
  return PreparedStore.open(store);
}

function describe(evaluation: ModelEvaluation): string {
  const { summary, report, notice, attentionHits: hits, caution } = evaluation;
  return [
    summaryText(summary),
    "",
    ...(hits ? [`attention peaks on the embolus: ${hits.count} of ${hits.of}`] : []),
    leftOutText(evaluation),
    ...(caution === null ? [] : [`warning: ${caution}`]),
    `report: ${report}`,
    notice,
  ].join("\n");
}
