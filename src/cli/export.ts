/** `embolens export <model> --onnx FILE`: an inference graph for any ONNX runtime. */
import type { Command } from "commander";
import { createRuntime } from "../graph/node/index.ts";
import { exportModel, type ModelKind } from "../model/index.ts";
import { readModelFile, writeExport } from "../model/node/index.ts";
import { example, jsonOption, print, type StandardOptions } from "./terminal.ts";

interface ExportOptions extends StandardOptions {
  readonly onnx: string;
}

interface ExportResult {
  readonly file: string;
  readonly bytes: number;
  readonly kind: ModelKind;
  readonly modelSha256: string;
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly outputs: Readonly<Record<string, readonly number[]>>;
}

export function define(command: Command): void {
  jsonOption(command)
    .argument("<model>", "a model file, .safetensors")
    .requiredOption("--onnx <file>", "the graph to write, .onnx")
    .addHelpText(
      "after",
      `
The graph takes grey levels as bytes; its metadata say how to make them: "embolens" holds window, spacing, crop, slab
layout, operating points and provenance as JSON, "layout" says what goes in and comes out. Research use, not a medical
device.`,
    )
    .action(async (path: string, options: ExportOptions) => {
      print(options, await run(path, options), describe);
    });
  example(command, "embolens export model.safetensors --onnx model.onnx");
}

async function run(path: string, { onnx }: ExportOptions): Promise<ExportResult> {
  const model = await readModelFile(path);
  const exported = await exportModel(model, await createRuntime({ device: "cpu" }));
  await writeExport(onnx, exported);
  const shapes = (tensors: typeof exported.inputs) =>
    Object.fromEntries([...tensors].map(([name, { shape }]) => [name, shape]));
  return {
    file: onnx,
    bytes: exported.bytes.length,
    kind: model.kind,
    modelSha256: model.sha256,
    inputs: shapes(exported.inputs),
    outputs: shapes(exported.outputs),
  };
}

function describe({ file, bytes, kind, inputs, outputs }: ExportResult): string {
  const list = (tensors: ExportResult["inputs"]) =>
    Object.entries(tensors)
      .map(([name, shape]) => `${name} [${shape.join(", ")}]`)
      .join(", ");
  return [
    `${kind} model as ONNX, ${(bytes / 1e6).toFixed(1)} MB`,
    `in:  ${list(inputs)}`,
    `out: ${list(outputs)}`,
    `written to ${file}`,
  ].join("\n");
}
