/** `embolens export <model> --onnx FILE`: an inference graph for any ONNX runtime, alone or in others' packages. */
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import { makeFolder, writeAtomic } from "../cohort/index.ts";
import { UsageError } from "../errors.ts";
import { createRuntime } from "../graph/node/index.ts";
import { exportModel, type ModelKind } from "../model/index.ts";
import { readModelFile, writeExport } from "../model/node/index.ts";
import { huggingFaceRepository, monaiBundle } from "../results/index.ts";
import { example, jsonOption, print, type StandardOptions } from "./terminal.ts";

interface ExportOptions extends StandardOptions {
  readonly onnx?: string;
  readonly monai?: string;
  readonly huggingFace?: string;
}

interface ExportResult {
  readonly files: readonly string[];
  readonly bytes: number;
  readonly kind: ModelKind;
  readonly modelSha256: string;
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly outputs: Readonly<Record<string, readonly number[]>>;
}

export function define(command: Command): void {
  jsonOption(command)
    .argument("<model>", "a model file, .safetensors")
    .option("--onnx <file>", "the graph to write, .onnx")
    .option("--monai <folder>", "a MONAI bundle: metadata.json, README, the graph")
    .option("--hugging-face <folder>", "a repository for the Hugging Face hub: model card, weights, the graph")
    .addHelpText(
      "after",
      `
The graph takes grey levels as bytes; its metadata say how to make them: "embolens" holds window, spacing, crop, slab
layout, operating points and provenance as JSON, "layout" says what goes in and comes out, "steps" how the input is made,
as docs/examples/onnx_reference.py does it in Python. Research use, not a medical device.`,
    )
    .action(async (path: string, options: ExportOptions) => {
      print(options, await run(path, options), describe);
    });
  example(
    command,
    "embolens export model.safetensors --onnx model.onnx",
    "embolens export model.safetensors --monai bundle --hugging-face repository",
  );
}

async function run(path: string, { onnx, monai, huggingFace }: ExportOptions): Promise<ExportResult> {
  if (onnx === undefined && monai === undefined && huggingFace === undefined) {
    throw new UsageError("option-invalid", "nothing to write: name --onnx, --monai or --hugging-face");
  }
  const model = await readModelFile(path);
  const exported = await exportModel(model, await createRuntime({ device: "cpu" }));
  const files: string[] = [];
  if (onnx !== undefined) {
    await writeExport(onnx, exported);
    files.push(onnx);
  }
  const packages = [
    ...(monai === undefined
      ? []
      : monaiBundle(model, exported).map(([name, content]) => [join(monai, name), content] as const)),
    ...(huggingFace === undefined
      ? []
      : huggingFaceRepository(model, exported, await readFile(path)).map(
          ([name, content]) => [join(huggingFace, name), content] as const,
        )),
  ];
  for (const [file, content] of packages) {
    await makeFolder(dirname(file));
    await writeAtomic(file, content);
    files.push(file);
  }
  const shapes = (tensors: typeof exported.inputs) =>
    Object.fromEntries([...tensors].map(([name, { shape }]) => [name, shape]));
  return {
    files,
    bytes: exported.bytes.length,
    kind: model.kind,
    modelSha256: model.sha256,
    inputs: shapes(exported.inputs),
    outputs: shapes(exported.outputs),
  };
}

function describe({ files, bytes, kind, inputs, outputs }: ExportResult): string {
  const list = (tensors: ExportResult["inputs"]) =>
    Object.entries(tensors)
      .map(([name, shape]) => `${name} [${shape.join(", ")}]`)
      .join(", ");
  return [
    `${kind} model as ONNX, ${(bytes / 1e6).toFixed(1)} MB`,
    `in:  ${list(inputs)}`,
    `out: ${list(outputs)}`,
    `written: ${files.join(", ")}`,
  ].join("\n");
}
