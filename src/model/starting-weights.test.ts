import { describe, expect, it } from "vitest";
import { encodeSafetensors, type NamedTensor } from "../graph/index.ts";
import { bytes } from "../volume/index.ts";
import {
  frozenBy,
  initialWeights,
  type ModelKind,
  modelTensors,
  presetDescription,
  startingWeights,
  weightShapes,
  weightsUnder,
} from "./index.ts";

const modelOf = (kind: ModelKind) => {
  const description = presetDescription(kind, "tiny", "another hospital's");
  const training = [
    { program: "embolens 0.1.0", data: "12 studies", studies: 12, positives: 6, seed: 4, settings: {}, metrics: {} },
  ].map((one) => ({ ...one, seen: { salt: "0".repeat(32), trained: "AAAAAAAA", validated: "" } }));
  return { ...description, training, weights: initialWeights(description, 8) };
};

const fileOf = (kind: ModelKind) => {
  const model = modelOf(kind);
  const { tensors, metadata } = modelTensors(model);
  return { model, source: bytes("model.safetensors", Buffer.concat([...encodeSafetensors(tensors, metadata)])) };
};

const request = { description: presetDescription("stage-one", "tiny", "new"), network: "stage-one", seed: 1 } as const;
const twoStages = {
  ...request,
  network: "stage-two",
  description: presetDescription("two-stage", "tiny", "new"),
} as const;

describe("weights to start from", () => {
  it("are the stage that is trained of a two-stage model, with the record of whom it has learned from", async () => {
    const { model, source } = fileOf("two-stage");
    const one = await startingWeights(source, request);
    expect(one.weights).toEqual(weightsUnder(model.weights, "stage_one"));
    expect(one.training).toEqual(model.training);
    expect(one.drawn).toEqual([]);
    const two = await startingWeights(source, twoStages);
    expect(two.weights).toEqual(weightsUnder(model.weights, "stage_two"));
    expect(two.normalisation).toEqual(model.kind === "two-stage" && model.stageTwo.normalisation);
  });

  it("are public ones by their authors' names, with PyTorch's batch norm and the head drawn afresh", async () => {
    const { description } = request;
    const tensors = [...weightShapes(description)].map(([name, shape]): NamedTensor => {
      const own = name === "conv1.weight" ? [4, 3, 7, 7] : name.startsWith("fc.") ? [1000, ...shape.slice(1)] : shape;
      return { name, type: "F32", shape: own, values: new Float32Array(own.reduce((a, b) => a * b, 1)).fill(0.5) };
    });
    const start = await startingWeights(bytes("resnet18.pth", Buffer.concat([...encodeSafetensors(tensors)])), request);
    expect(start.normalisation).toEqual({ epsilon: 1e-5, momentum: 0.9 });
    expect(start.drawn).toEqual(["fc.weight", "fc.bias"]);
    expect(start.notes.join(" ")).toMatch(/3 colour channels spread over 5 slices.*drawn afresh/);
    expect(start.training).toMatchObject([{ program: "resnet18.pth", seen: null }]);
  });

  it("are refused from a model of another network, which is named", async () => {
    await expect(startingWeights(fileOf("penet").source, request)).rejects.toMatchObject({
      code: "model-kind",
      message: expect.stringContaining("a penet model holds no weights of stage-one"),
    });
    await expect(startingWeights(fileOf("stage-one").source, twoStages)).rejects.toMatchObject({ code: "model-kind" });
  });

  it("say where they were trained on another pre-processing", async () => {
    const { description } = request;
    const preprocessing = { ...description.preprocessing, sliceSpacing: 5 };
    const start = await startingWeights(fileOf("stage-one").source, {
      ...request,
      description: { ...description, preprocessing },
    });
    expect(start.notes.join(" ")).toContain("another pre-processing");
  });
});

it("a frozen layer holds all parameters under its name and no other's, and must exist", () => {
  const parameters = ["conv1.weight", "layer1.0.conv1.weight", "layer10.weight"];
  expect(parameters.filter(frozenBy(["layer1", "conv1.weight"], parameters))).toEqual(parameters.slice(0, 2));
  expect(() => frozenBy(["layer9"], parameters)).toThrow(/no layer "layer9"/);
});
