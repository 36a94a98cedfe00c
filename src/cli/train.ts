/**
 * `embolens train stage-one|stage-two|penet|cnn3d <store> --out RUN`: trains, and goes on where a run was stopped.
 */
import { type Command, Option } from "commander";
import { PreparedStore } from "../cohort/index.ts";
import { UsageError } from "../errors.ts";
import { createRuntime } from "../graph/node/index.ts";
import {
  cnn3dPresets,
  type PresetName,
  penetPresets,
  presetDescription,
  presetNames,
  requireKind,
  type StartingWeights,
  startingWeights,
  type TrainedNetwork,
  trainedNetworks,
  twoStagePresets,
  withNormalisationOf,
} from "../model/index.ts";
import { readModelFile } from "../model/node/index.ts";
import {
  cnn3dRecipes,
  penetRecipes,
  requireSamePreprocessing,
  stageOneRecipes,
  stageTwoRecipes,
  type TrainingResult,
  trainCnn3d,
  trainPenet,
  trainStageOne,
  trainStageTwo,
} from "../training/index.ts";
import type { Preprocessing } from "../volume/index.ts";
import { openPaths } from "../volume/node/index.ts";
import {
  abortOnInterrupt,
  type DeviceName,
  deviceOption,
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

interface TrainOptions extends StandardOptions {
  readonly out: string;
  readonly preset: PresetName;
  readonly epochs?: number;
  readonly attentionWeight?: number;
  readonly stageOne?: string;
  readonly weights?: string;
  readonly freeze?: string;
  readonly checkpointMinutes: number;
  readonly seed: number;
  readonly device: DeviceName;
}

const networks = trainedNetworks;
type Network = TrainedNetwork;

export function define(command: Command): void {
  deviceOption(seedOption(jsonOption(command)))
    .argument("<network>", networks.join(", "))
    .argument("<store>", "prepared store")
    .requiredOption("--out <run>", "folder of the run; the same command goes on where it was stopped")
    .addOption(new Option("--preset <name>", "sizes and recipe").choices(presetNames).default("small"))
    .option("--stage-one <model>", "stage-two: the trained stage I")
    .option("--weights <file>", "start from a model, a PyTorch checkpoint or safetensors in place of drawn weights")
    .option("--freeze <layers>", "parameters that stay as they are: conv1,bn1,layer1")
    .option("--epochs <number>", "instead of the recipe's", wholeNumber(1, 10_000))
    .option("--attention-weight <number>", "stage-one: lambda; 0 trains without attention", numberBetween(0, 1000))
    .option("--checkpoint-minutes <number>", "between checkpoints within an epoch", numberBetween(0.01, 1440), 10)
    .action(async (network: string, store: string, options: TrainOptions) => {
      const result = await train(known(network), store, options);
      print(options, { model: result.model, best: result.best, epochs: result.epochs.length }, () => describe(result));
    });
  example(
    command,
    "embolens train stage-one store --out runs/stage-one",
    "embolens train stage-one store --out runs/without --attention-weight 0",
    "embolens train stage-one store --out runs/transfer --weights resnet18.pth --preset paper --freeze conv1,bn1",
    "embolens train stage-two store --out runs/two-stage --stage-one runs/stage-one/model.safetensors",
  );
}

function known(network: string): Network {
  const found = networks.find((name) => name === network);
  if (found === undefined) throw new UsageError("option-invalid", `"${network}" is none of ${networks.join(", ")}`);
  return found;
}

function preprocessingOf(network: Network, preset: PresetName): Preprocessing {
  if (network === "penet") return penetPresets[preset].preprocessing;
  return network === "cnn3d" ? cnn3dPresets[preset].preprocessing : twoStagePresets[preset].preprocessing;
}

/** The weights to start from, with what was done to them said. */
async function startOf(
  network: Network,
  { preprocessing }: PreparedStore,
  { weights, preset, seed }: TrainOptions,
): Promise<StartingWeights | undefined> {
  if (weights === undefined) return undefined;
  const [source, ...others] = await openPaths([weights]);
  if (!source || others.length > 0)
    throw new UsageError("option-invalid", `${weights}: a folder where a file is needed`);
  const kind = network === "stage-two" ? "two-stage" : network;
  const description = { ...presetDescription(kind, preset, network), preprocessing };
  const start = await startingWeights(source, { network, description, seed });
  say(`${start.loaded.length} tensors taken from ${start.file}`);
  for (const note of start.notes) say(note);
  return start;
}

async function train(network: Network, folder: string, options: TrainOptions): Promise<TrainingResult> {
  const { preset, seed, out, checkpointMinutes, attentionWeight, epochs, stageOne } = options;
  if (attentionWeight !== undefined && network !== "stage-one") {
    throw new UsageError("option-conflict", "--attention-weight is an option of stage-one only");
  }
  if ((stageOne !== undefined) !== (network === "stage-two")) {
    throw new UsageError(
      "option-conflict",
      "--stage-one names the trained stage I that stage-two needs, and only that",
    );
  }
  const store = await PreparedStore.open(folder);
  requireSamePreprocessing(store, preprocessingOf(network, preset));
  const start = await startOf(network, store, options);
  const runtime = await createRuntime({ device: options.device });
  say(runtime.reason);
  const freeze = options.freeze?.split(",").map((layer) => layer.trim());
  const shared = { store, out, runtime, seed, preset, checkpointMinutes, start, freeze };
  const request = { ...shared, onProgress: progressBar(), signal: abortOnInterrupt() };
  const changed = epochs === undefined ? {} : { epochs };
  switch (network) {
    case "stage-one": {
      const weighted = attentionWeight === undefined ? {} : { attentionWeight };
      const recipe = { ...stageOneRecipes[preset], ...changed, ...weighted };
      return trainStageOne({
        ...request,
        network: withNormalisationOf(twoStagePresets[preset].stageOne, start),
        recipe,
      });
    }
    case "stage-two": {
      const trained = requireKind(await readModelFile(stageOne ?? ""), "stage-one");
      const recipe = { ...stageTwoRecipes[preset], ...changed };
      return trainStageTwo({
        ...request,
        network: withNormalisationOf(twoStagePresets[preset].stageTwo, start),
        recipe,
        stageOne: trained,
      });
    }
    case "penet":
      return trainPenet({
        ...request,
        network: penetPresets[preset].penet,
        recipe: { ...penetRecipes[preset], ...changed },
      });
    case "cnn3d":
      return trainCnn3d({
        ...request,
        network: withNormalisationOf(cnn3dPresets[preset].cnn3d, start),
        recipe: { ...cnn3dRecipes[preset], ...changed },
      });
  }
}

function describe({ model, best, epochs }: TrainingResult): string {
  const figures = Object.entries(best.validation)
    .flatMap(([name, value]) => (value === null ? [] : [`${name} ${value.toFixed(3)}`]))
    .join(", ");
  return `${model}: best of ${epochs.length} epochs is ${best.epoch}, on validation ${figures}`;
}
