import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { afterAll, describe, expect, it } from "vitest";
import { diagnose, loadDetector, openChestCt } from "../../src/diagnosis/index.ts";
import { createRuntime } from "../../src/graph/node/index.ts";
import {
  exportModel,
  initialWeights,
  type LoadedModel,
  type ModelKind,
  presetDescription,
} from "../../src/model/index.ts";
import { ctSeries } from "../../src/volume/dicom-write/index.ts";
import { bytes, type Preprocessing } from "../../src/volume/index.ts";
import { nodeDecoder } from "../../src/volume/node/index.ts";
import { makeChest } from "../chest.ts";

const python = "/usr/bin/python3";
const script = new URL("../../docs/examples/onnx_reference.py", import.meta.url).pathname;
const hasLibraries = (() => {
  try {
    execFileSync(python, ["-c", "import numpy, onnx, pydicom"], { stdio: "ignore" });
    return true;
  } catch {
    console.warn("Python's numpy, onnx and pydicom are not installed: docs/examples/onnx_reference.py is not run");
    return false;
  }
})();
const folder = mkdtempSync(join(tmpdir(), "onnx-reference-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** NumPy's file of uint8 (NEP 1): magic, version, header, values. */
function readNpy(path: string): { readonly shape: number[]; readonly values: Uint8Array } {
  const content = readFileSync(path);
  const start = 10 + content.readUInt16LE(8);
  const header = content.subarray(10, start).toString("latin1");
  expect(header).toContain("'descr': '|u1'");
  const [, shape] = /'shape': \(([^)]*)\)/.exec(header)!;
  const sizes = shape!.split(",").filter((size) => size.trim() !== "");
  return { shape: sizes.map(Number), values: new Uint8Array(content.subarray(start)) };
}

function modelOf(kind: ModelKind, change: Partial<Preprocessing>): LoadedModel {
  const plain = presetDescription(kind, "tiny", "reference");
  const description = { ...plain, preprocessing: { ...plain.preprocessing, ...change } };
  return { ...description, weights: initialWeights(description, 3), sha256: "0".repeat(64) };
}

const wholePixels = { pixelSpacing: null };
const released = { pixelSpacing: null, fieldOfView: 40, slices: "native" } as const;

describe.skipIf(!hasLibraries)("the Python reference in the docs", () => {
  it.each<[string, ModelKind, Partial<Preprocessing>]>([
    ["a two-stage model", "two-stage", {}],
    ["a two-stage model on the scanner's own pixels", "two-stage", wholePixels],
    ["PENet", "penet", {}],
    ["PENet as it was released", "penet", released],
    ["a 3-D CNN", "cnn3d", {}],
  ])("rebuilds the probability that diagnose gives by %s, from the same DICOM files", async (_, kind, change) => {
    const own = join(folder, `${kind}-${Object.keys(change).length}`);
    mkdirSync(join(own, "ct"), { recursive: true });
    // Pixels of another size along each axis, a slice spacing that is no multiple of anything, the head first.
    const volume = makeChest({ spacing: [3.7, 3.9, 4.3], size: [101, 97, 69], blood: 350 });
    const files = ctSeries(volume, { seed: 1, name: "reference", instanceOrder: "descending", signed: true });
    for (const { fileName, bytes: content } of files) writeFileSync(join(own, "ct", fileName), content);

    const runtime = await createRuntime({ device: "cpu" });
    const model = modelOf(kind, change);
    const decoder = nodeDecoder();
    const chest = await openChestCt(
      files.map(({ fileName, bytes: content }) => bytes(fileName, content)),
      { decoder },
    );
    const detector = await loadDetector(model, runtime);
    const { document } = await diagnose(chest, detector);
    await detector.release();
    await decoder.close();
    const [graph, json, input] = ["model.onnx", "diagnosis.json", "input.npy"].map((name) => join(own, name));
    writeFileSync(graph!, (await exportModel(model, runtime)).bytes);
    writeFileSync(json!, JSON.stringify(document));

    execFileSync(python, [script, graph!, join(own, "ct"), json!, "--input", input!]);
    const { shape, values } = readNpy(input!);
    const session = await InferenceSession.create(graph!);
    const [name] = session.inputNames;
    const count = kind === "penet" ? shape[0]! : 1;
    const size = values.length / count;
    const scores: number[] = [];
    for (let part = 0; part < count; part++) {
      const dims = kind === "penet" ? [1, ...shape.slice(1)] : shape;
      const fed = new Tensor("uint8", values.subarray(part * size, (part + 1) * size), dims);
      const outputs = await session.run({ [name!]: fed });
      scores.push(Number((outputs.probability ?? outputs.probabilities)!.data[0]));
    }
    expect(Math.abs(Math.max(...scores) - document.probability)).toBeLessThan(1e-4);
    // Random weights that ignore what they are shown would pass by saying the same of everything.
    expect(Math.max(...scores)).not.toBeCloseTo(0.5, 6);
  });
});
