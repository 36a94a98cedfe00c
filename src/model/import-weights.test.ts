import { describe, expect, it } from "vitest";
import { encodeSafetensors, type NamedTensor, openSafetensors } from "../graph/index.ts";
import { bytes } from "../volume/index.ts";
import {
  importWeights,
  inflateRgbStem,
  initialWeights,
  type ModelKind,
  presetDescription,
  weightShapes,
} from "./index.ts";

const options = { preset: "tiny", name: "imported", data: "pictures", seed: 3 } as const;

/** A file of a network's own weights after a change to its tensors. */
async function fileOf(kind: ModelKind, change: (tensors: Map<string, NamedTensor>) => void = () => {}) {
  const description = presetDescription(kind, "tiny", "source");
  const weights = initialWeights(description, 8);
  const tensors = new Map(
    [...weightShapes(description)].map(([name, shape]) => [
      name,
      { name, type: "F32", shape, values: weights.get(name)! } as NamedTensor,
    ]),
  );
  change(tensors);
  const content = Buffer.concat([...encodeSafetensors([...tensors.values()])]);
  return { weights, file: await openSafetensors(bytes("weights.safetensors", content)) };
}

const tensor = (name: string, shape: readonly number[]): NamedTensor => ({
  name,
  type: "F32",
  shape,
  values: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, at) => Math.sin(at)),
});

describe("importing weights", () => {
  it.each(["stage-one", "two-stage", "penet", "cnn3d"] as const)(
    "takes over every tensor of a whole %s",
    async (kind) => {
      const { weights, file } = await fileOf(kind);
      const { model, loaded, drawn, ignored, notes } = await importWeights(file, kind, options);
      expect(model.weights).toEqual(weights);
      expect(loaded).toEqual([...weights.keys()]);
      expect([drawn, ignored, notes]).toEqual([[], [], []]);
      expect(model.training[0]).toMatchObject({ program: "weights.safetensors", data: "pictures", seen: null });
    },
  );

  it("spreads a colour stem over the slices, draws a head of other classes afresh, and says both", async () => {
    const { file, weights } = await fileOf("stage-one", (tensors) => {
      tensors.set("conv1.weight", tensor("conv1.weight", [4, 3, 7, 7]));
      tensors.set("fc.weight", tensor("fc.weight", [1000, 32]));
      tensors.set("fc.bias", tensor("fc.bias", [1000]));
      tensors.set("bn1.num_batches_tracked", {
        name: "bn1.num_batches_tracked",
        type: "I64",
        shape: [],
        values: BigInt64Array.of(5n),
      });
    });
    const { model, drawn, ignored, notes } = await importWeights(file, "stage-one", options);
    expect(drawn).toEqual(["fc.weight", "fc.bias"]);
    expect(ignored).toEqual(["fc.weight", "fc.bias", "bn1.num_batches_tracked"]);
    expect(notes.join(" ")).toMatch(
      /conv1.weight: 3 colour channels spread over 5 slices.*fc.weight, fc.bias: drawn afresh/,
    );
    expect(model.weights.get("conv1.weight")!.length).toBe(4 * 5 * 49);
    expect(model.weights.get("layer1.0.conv1.weight")).toEqual(weights.get("layer1.0.conv1.weight"));
    expect(model.kind === "stage-one" && model.stageOne.normalisation.epsilon).toBe(1e-5);
  });

  it("gives for slices that are all alike what the colour stem gave for a normalised grey picture", () => {
    const shape = [2, 3, 3, 3];
    const filter = tensor("", shape).values as Float32Array;
    const picture = Array.from({ length: 9 }, (_, at) => 0.5 + 0.4 * Math.cos(at));
    const [means, deviations] = [
      [0.485, 0.456, 0.406],
      [0.229, 0.224, 0.225],
    ] as const;
    const stem = inflateRgbStem(filter, shape, 5);
    for (let output = 0; output < 2; output++) {
      let expected = 0;
      let actual = -stem.shift[output]!;
      picture.forEach((grey, tap) => {
        for (let colour = 0; colour < 3; colour++) {
          expected += (filter[(output * 3 + colour) * 9 + tap]! * (grey - means[colour]!)) / deviations[colour]!;
        }
        for (let slice = 0; slice < 5; slice++) actual += stem.filter[(output * 5 + slice) * 9 + tap]! * grey;
      });
      expect(actual).toBeCloseTo(expected, 4);
    }
  });

  it("loads an I3D trunk into the 3D CNN, leaves its classifier out and draws the rest", async () => {
    const { file } = await fileOf("cnn3d", (tensors) => {
      for (const name of [...tensors.keys()]) if (/^(conv_lstm|dense|fc)\./.test(name)) tensors.delete(name);
      tensors.set("logits.conv3d.bias", tensor("logits.conv3d.bias", [400]));
    });
    const { drawn, ignored } = await importWeights(file, "cnn3d", options);
    expect(drawn).toContain("conv_lstm.kernel");
    expect(ignored).toEqual(["logits.conv3d.bias"]);
  });

  it("loads PENet's Kinetics weights by the name it had then, and draws the classifier of 600 actions afresh", async () => {
    const { file, weights } = await fileOf("penet", (tensors) => {
      for (const [name, values] of [...tensors]) {
        tensors.delete(name);
        const former = name.replace("penet_blocks", "xnet_blocks");
        tensors.set(former, { ...values, name: former });
      }
      tensors.set("classifier.fc.weight", tensor("classifier.fc.weight", [600, 16]));
      tensors.set("classifier.fc.bias", tensor("classifier.fc.bias", [600]));
    });
    const { model, drawn, ignored } = await importWeights(file, "penet", options);
    expect(drawn).toEqual(["classifier.fc.weight", "classifier.fc.bias"]);
    expect(ignored).toEqual(["classifier.fc.weight", "classifier.fc.bias"]);
    for (const [name, values] of weights) if (!drawn.includes(name)) expect(model.weights.get(name)).toEqual(values);
  });

  it("gives PENet's weights of its own size the pre-processing they were released with", async () => {
    const kind = presetDescription("penet", "paper", "source");
    const tensors = [...weightShapes(kind)].map(([name, shape]) => tensor(name, shape));
    const file = await openSafetensors(bytes("penet.safetensors", Buffer.concat([...encodeSafetensors(tensors)])));
    const { model } = await importWeights(file, "penet", { ...options, preset: "paper" });
    expect(model.preprocessing).toMatchObject({
      ...{ fieldOfView: 208, crop: 192, pixelSpacing: null, slices: "native", window: { lower: -100, upper: 900 } },
    });
  });

  it.each<[string, ModelKind, (tensors: Map<string, NamedTensor>) => void, string, RegExp]>([
    [
      "a missing tensor",
      "stage-one",
      (all) => all.delete("layer2.0.bn1.weight"),
      "tensor-missing",
      /layer2\.0\.bn1\.weight/,
    ],
    [
      "a part of a head whose other part fits",
      "penet",
      (all) => all.delete("classifier.fc.bias"),
      "tensor-missing",
      /classifier\.fc\.bias/,
    ],
    [
      "an extra tensor",
      "penet",
      (all) => all.set("extra.weight", tensor("extra.weight", [2])),
      "tensor-unexpected",
      /extra\.weight/,
    ],
    [
      "another width",
      "stage-one",
      (all) => all.set("layer1.0.conv1.weight", tensor("layer1.0.conv1.weight", [8, 4, 3, 3])),
      "tensor-mismatch",
      /8 x 4 x 3 x 3 where the tiny preset of stage-one needs 4 x 4 x 3 x 3/,
    ],
  ])("refuses %s and names it", async (_, kind, change, code, message) => {
    const { file } = await fileOf(kind, change);
    await expect(importWeights(file, kind, options)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });
});
