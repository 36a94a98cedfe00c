/** `embolens import-weights <file>`: a model of public weights. */
import { basename } from "node:path";
import { type Command, Option } from "commander";
import { UsageError } from "../errors.ts";
import { openTensorFile } from "../graph/index.ts";
import {
  type ImportedWeights,
  importWeights,
  type ModelKind,
  modelKinds,
  type PresetName,
  presetNames,
} from "../model/index.ts";
import { readModelFile, writeModelFile } from "../model/node/index.ts";
import { openPaths } from "../volume/node/index.ts";
import { example, jsonOption, print, type StandardOptions, seedOption } from "./terminal.ts";

interface ImportWeightsOptions extends StandardOptions {
  readonly kind: ModelKind;
  readonly preset: PresetName;
  readonly out: string;
  readonly name?: string;
  readonly data?: string;
  readonly seed: number;
}

interface ImportWeightsResult extends Omit<ImportedWeights, "model"> {
  readonly file: string;
  readonly sha256: string;
  readonly kind: ModelKind;
  readonly preset: PresetName;
}

export function define(command: Command): void {
  seedOption(
    jsonOption(command)
      .argument("<file>", "a PyTorch checkpoint (.pt, .pth) or safetensors; nothing in it is executed")
      .addOption(
        new Option("--kind <kind>", "which network the weights are of").choices(modelKinds).makeOptionMandatory(),
      )
      .addOption(new Option("--preset <name>", "the network's size").choices(presetNames).default("paper"))
      .requiredOption("--out <file>", "the model to write, .safetensors")
      .option("--name <text>", "the model's name (default: the file's)")
      .option("--data <text>", "what the weights were trained on, for the model's provenance"),
  )
    .addHelpText(
      "after",
      `
Names are torchvision's for stage-one and those of the released checkpoints for penet and cnn3d (its I3D trunk). A head
of another task is drawn afresh and named. Three colour channels are spread over the slices of a slab.`,
    )
    .action(async (file: string, options: ImportWeightsOptions) => {
      print(options, await run(file, options), describe);
    });
  example(command, "embolens import-weights resnet18.pth --kind stage-one --out start.safetensors");
}

async function run(path: string, options: ImportWeightsOptions): Promise<ImportWeightsResult> {
  const { kind, preset, out, seed } = options;
  const [source, ...others] = await openPaths([path]);
  if (!source || others.length > 0) throw new UsageError("option-invalid", `${path}: a folder where a file is needed`);
  const { model, ...report } = await importWeights(await openTensorFile(source), kind, {
    preset,
    name: options.name ?? basename(path),
    data: options.data ?? "not said when the weights were imported",
    seed,
  });
  await writeModelFile(out, model);
  const { sha256 } = await readModelFile(out);
  return { file: out, sha256, kind, preset, ...report };
}

function describe({ file, kind, preset, loaded, ignored, notes }: ImportWeightsResult): string {
  const others = ignored.filter((name) => !name.endsWith(".num_batches_tracked"));
  const counters = ignored.length - others.length;
  return [
    `${loaded.length} tensors loaded into a ${kind} model of preset ${preset}`,
    ...notes,
    ...(others.length > 0 ? [`left out: ${others.join(", ")}`] : []),
    ...(counters > 0 ? [`left out: ${counters} counters of batches seen (num_batches_tracked)`] : []),
    `written to ${file}`,
  ].join("\n");
}
