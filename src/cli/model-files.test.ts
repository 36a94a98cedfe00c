import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { encodeSafetensors } from "../graph/index.ts";
import { initialWeights, presetDescription, weightShapes } from "../model/index.ts";
import { readModelFile } from "../model/node/index.ts";

const folder = mkdtempSync(join(tmpdir(), "embolens-cli-models-"));
afterAll(() => rmSync(folder, { recursive: true }));

const embolens = (...argv: string[]) =>
  spawnSync("node", ["--import", "tsx", "src/cli/main.ts", ...argv], { encoding: "utf8" });

test("embolens import-weights makes a model of a file of weights, and embolens export an ONNX graph of that model", async () => {
  const description = presetDescription("stage-one", "tiny", "any");
  const weights = initialWeights(description, 1);
  const tensors = [...weightShapes(description)].map(([name, shape]) => ({
    name,
    type: "F32" as const,
    shape,
    values: weights.get(name)!,
  }));
  const [plain, model, onnx] = ["plain.safetensors", "model.safetensors", "model.onnx"].map((name) =>
    join(folder, name),
  );
  writeFileSync(plain!, Buffer.concat([...encodeSafetensors(tensors)]));

  const imported = embolens(
    "import-weights",
    plain!,
    "--kind",
    "stage-one",
    "--preset",
    "tiny",
    "--out",
    model!,
    "--json",
  );
  expect(imported.status, imported.stderr).toBe(0);
  const report = JSON.parse(imported.stdout);
  const read = await readModelFile(model!);
  expect(report).toMatchObject({ kind: "stage-one", preset: "tiny", drawn: [], ignored: [], sha256: read.sha256 });
  expect(read.weights).toEqual(weights);

  const exported = embolens("export", model!, "--onnx", onnx!, "--json");
  expect(exported.status, exported.stderr).toBe(0);
  expect(JSON.parse(exported.stdout)).toMatchObject({
    modelSha256: read.sha256,
    bytes: readFileSync(onnx!).length,
    inputs: { slabs: [1, 5, 64, 64] },
    outputs: { probabilities: [1], attention: [1, 4, 4], features: [1, 32, 4, 4] },
  });
});

test("embolens export writes a MONAI bundle and a Hugging Face repository, each with the graph and a card that says what it is for", () => {
  const [model, bundle, repository] = ["model.safetensors", "bundle", "repository"].map((name) => join(folder, name));
  const exported = embolens("export", model!, "--monai", bundle!, "--hugging-face", repository!, "--json");
  expect(exported.status, exported.stderr).toBe(0);
  expect(JSON.parse(exported.stdout).files).toHaveLength(6);
  const metadata = JSON.parse(readFileSync(join(bundle!, "configs/metadata.json"), "utf8"));
  expect(metadata).toMatchObject({
    intended_use: "Research use, not a medical device.",
    network_data_format: { inputs: { slabs: { dtype: "uint8", num_channels: 5, spatial_shape: [64, 64] } } },
  });
  const card = readFileSync(join(repository!, "README.md"), "utf8");
  expect(card).toMatch(/^---\nlicense: apache-2.0\n/);
  expect(card).toContain("Research use, not a medical device.");
  expect(readFileSync(join(repository!, "model.safetensors"))).toEqual(readFileSync(model!));
  expect(readFileSync(join(repository!, "model.onnx"))).toEqual(readFileSync(join(bundle!, "models/model.onnx")));
  expect(embolens("export", model!).status).toBe(2);
});

test("weights of another network exit with 3 and name what is missing", () => {
  const path = join(folder, "other.safetensors");
  writeFileSync(
    path,
    Buffer.concat([...encodeSafetensors([{ name: "w", type: "F32", shape: [1], values: Float32Array.of(1) }])]),
  );
  const { status, stderr } = embolens(
    "import-weights",
    path,
    "--kind",
    "penet",
    "--out",
    join(folder, "no.safetensors"),
  );
  expect(status).toBe(3);
  expect(stderr).toMatch(/not in the file: in_conv\.0\.weight.*and \d+ more \[tensor-missing\]/);
});
