import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as web from "onnxruntime-web";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Runtime } from "../graph/index.ts";
import { createRuntime } from "../graph/node/index.ts";
import {
  cnn3dInference,
  exportModel,
  initialWeights,
  type LoadedModel,
  type ModelKind,
  type ModelOf,
  penetInference,
  presetDescription,
  stageOneInference,
  stageTwoInference,
} from "./index.ts";

const python = "/usr/bin/python3";
const hasOnnx = (() => {
  try {
    execFileSync(python, ["-c", "import onnx"], { stdio: "ignore" });
    return true;
  } catch {
    console.warn("Python's onnx is not installed: exported graphs are not held against its checker");
    return false;
  }
})();

/** Random weights whose running statistics are not the neutral ones, so that folding them matters. */
function modelOf(kind: ModelKind, seed = 1): LoadedModel {
  const description = presetDescription(kind, "tiny", "test");
  const weights = new Map(
    [...initialWeights(description, seed)].map(([name, values]) => {
      const shift = name.endsWith("running_mean") ? 0.1 : name.endsWith("running_var") ? 0.3 : 0;
      return [name, values.map((value, at) => value + shift * Math.cos(at))] as const;
    }),
  );
  return { ...description, weights, sha256: "0".repeat(64) };
}

const pixels = (size: number): Uint8Array =>
  Uint8Array.from({ length: size }, (_, at) => (at * at * 7 + at * 31) % 256);

/** What our own inference says of the same bytes. */
async function ours(
  model: LoadedModel,
  runtime: Runtime,
  input: Uint8Array,
): Promise<Record<string, ArrayLike<number>>> {
  switch (model.kind) {
    case "stage-one": {
      return { ...(await (await stageOneInference(model, runtime)).run(input)) };
    }
    case "two-stage": {
      const one = await (await stageOneInference(model, runtime)).run(input);
      const probability = await (await stageTwoInference(model, runtime)).run(one.features);
      return { probability: [probability], slab_probabilities: one.probabilities, attention: one.attention };
    }
    case "penet":
      return { ...(await (await penetInference(model as ModelOf<"penet">, runtime)).run(input)) };
    case "cnn3d": {
      const { probability, attention } = await (await cnn3dInference(model as ModelOf<"cnn3d">, runtime)).run(input);
      return { probability: [probability], attention };
    }
  }
}

const largestOf = (values: ArrayLike<number>): number => Math.max(...Array.from(values, Math.abs));

/** A model whose maps have something to show: random weights may leave attention to nothing. */
async function showing(kind: ModelKind, runtime: Runtime) {
  for (let seed = 1; seed <= 20; seed++) {
    const model = modelOf(kind, seed);
    const exported = await exportModel(model, runtime);
    const input = pixels([...exported.inputs.values()][0]!.shape.reduce((a, b) => a * b));
    const expected = await ours(model, runtime, input);
    if (Object.values(expected).every((values) => largestOf(values) > 0)) return { exported, input, expected };
  }
  throw new Error(`no ${kind} with attention among twenty`);
}

describe("an exported model", () => {
  let runtime: Runtime;
  let folder: string;
  beforeAll(async () => {
    runtime = await createRuntime({ device: "cpu", threads: 1 });
    folder = mkdtempSync(join(tmpdir(), "export-"));
    web.env.wasm.numThreads = 1;
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(["stage-one", "two-stage", "penet", "cnn3d"] as const)(
    "of kind %s gives in onnxruntime-web what ours gives, its weights constant and its batch norm folded",
    async (kind) => {
      const { exported, input, expected } = await showing(kind, runtime);
      expect(exported.inputs.size).toBe(1);
      const [name, signature] = [...exported.inputs][0]!;
      const session = await web.InferenceSession.create(exported.bytes);
      const results = await session.run({ [name]: new web.Tensor("uint8", input, signature.shape) });
      expect(Object.keys(results).sort()).toEqual(Object.keys(expected).sort());
      for (const [output, values] of Object.entries(expected)) {
        const actual = results[output]!.data as Float32Array;
        expect(actual.length).toBe(values.length);
        const largest = largestOf(values);
        actual.forEach((value, at) => {
          expect(Math.abs(value - values[at]!) / largest, `${output}[${at}]`).toBeLessThan(1e-4);
        });
      }
      await session.release();
    },
  );

  it.skipIf(!hasOnnx)("passes Python's ONNX checker and says in its metadata how its input is made", async () => {
    const model = modelOf("two-stage");
    const path = join(folder, "two-stage.onnx");
    writeFileSync(path, (await exportModel(model, runtime)).bytes);
    const script = `
import json, sys, collections, onnx
model = onnx.load(sys.argv[1])
onnx.checker.check_model(model, full_check=True)
print(json.dumps({"metadata": {p.key: p.value for p in model.metadata_props},
  "operations": collections.Counter(node.op_type for node in model.graph.node),
  "inputs": [i.name for i in model.graph.input]}))
`;
    const { metadata, operations, inputs } = JSON.parse(execFileSync(python, ["-c", script, path]).toString());
    const { weights: _, sha256, ...description } = model;
    expect(JSON.parse(metadata.embolens)).toEqual(description);
    expect(metadata.model_sha256).toBe(sha256);
    expect(metadata.notice).toMatch(/not a medical device/);
    expect(metadata.layout).toContain("slabs: uint8");
    expect(inputs).toEqual(["slabs"]);
    // What is left are the four of stage II, which follow a scan and not a convolution.
    expect(operations.BatchNormalization ?? 0).toBeLessThanOrEqual(4);
  });

  it("of stage I takes any number of slabs", async () => {
    const model = modelOf("stage-one");
    const session = await web.InferenceSession.create((await exportModel(model, runtime)).bytes);
    const input = pixels(3 * 5 * 64 * 64);
    const { probabilities } = await session.run({ slabs: new web.Tensor("uint8", input, [3, 5, 64, 64]) });
    const expected = (await ours(model, runtime, input)).probabilities!;
    expect(Array.from(probabilities!.data as Float32Array, (value) => value.toFixed(4))).toEqual(
      Array.from(expected, (value) => value.toFixed(4)),
    );
    await session.release();
  });
});
