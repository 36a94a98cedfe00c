import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { compareComparators } from "../../bench/golden/comparators.ts";
import { tolerance } from "../../bench/golden/compare.ts";
import { expand, Graph, numElements, openSafetensors, type Shape, writeModel } from "../graph/index.ts";
import { createRuntime } from "../graph/node/index.ts";
import { bytes } from "../volume/index.ts";
import {
  cnn3dTraining,
  Dropout,
  i3dTrunk,
  kerasNormalisation,
  paperCnn3d,
  paperPenet,
  penet,
  penetTraining,
  pooledProbability,
  presetDescription,
  weightShapes,
} from "./index.ts";

const golden = (name: string) => readFile(new URL(`../../test/golden/${name}`, import.meta.url));

/** The peers' own lists of their state: a name and a shape a line. */
async function stateList(name: string): Promise<(readonly [string, string])[]> {
  const lines = (await golden(name)).toString().trim().split("\n");
  return lines.map((line) => line.split(" ") as unknown as readonly [string, string]);
}

const listed = (shapes: Iterable<readonly [string, Shape]>) =>
  [...shapes].map(([name, shape]) => [name, shape.join("x")]);

const counted = (graph: Graph): number =>
  [...graph.parameters.values()].filter(({ trainable }) => trainable).reduce((sum, { tensor }) => sum + tensor.size, 0);

describe("the peers", () => {
  it("agree with their own code to 1e-4 of the largest magnitude", { timeout: 180_000 }, async () => {
    const file = await openSafetensors(bytes("comparators", await golden("comparators.safetensors")));
    const [group] = await compareComparators(file, await createRuntime({ device: "cpu" }));
    expect(group!.comparisons).toHaveLength(file.entries.size);
    for (const { name, error } of group!.comparisons) expect(error, name).toBeLessThan(tolerance);
  });
});

describe("PENet", () => {
  it("has 28,398,705 parameters under the names of its checkpoints, in their order", async () => {
    const graph = new Graph();
    penet(graph.input("x", [1, 1, 24, 192, 192]), graph, paperPenet, new Dropout());
    expect(counted(graph)).toBe(28_398_705);
    const shapes = [...graph.parameters.values()].map(({ name, tensor }) => [name, tensor.shape] as const);
    expect(listed(shapes)).toEqual(await stateList("penet-state.txt"));
  });

  it("starts at a probability of one in a hundred, every block close to its shortcut", () => {
    const graph = new Graph();
    penet(graph.input("x", [1, 1, 24, 64, 64]), graph, paperPenet, new Dropout());
    const bias = graph.parameters.get("classifier.fc.bias")!.draw()[0]!;
    expect(1 / (1 + Math.exp(-bias))).toBeCloseTo(0.01, 6);
    expect(
      graph.parameters
        .get("encoders.2.penet_blocks.3.norm3.weight")!
        .draw()
        .every((value) => value === 0),
    ).toBe(true);
  });

  it("skips its blocks in training with a chance that grows with depth up to .5 x 15/16", () => {
    const paper = presetDescription("penet", "paper", "test");
    const { masks } = penetTraining(
      { ...paper, preprocessing: { ...paper.preprocessing, crop: 32 } },
      { batch: 2, seed: 1 },
    );
    expect(masks).toHaveLength(15);
    expect(masks[0]).toMatchObject({ name: "encoders.0.penet_blocks.1.survival", rate: 0.5 / 16, kept: 1 });
    expect(masks.at(-1)).toMatchObject({ name: "encoders.3.penet_blocks.2.survival", rate: (0.5 * 15) / 16 });
  });
});

describe("the 3D CNN", () => {
  it("has I3D's trunk under the names of its checkpoints, 12,287,264 parameters without the classifier", async () => {
    const graph = new Graph();
    i3dTrunk(graph.input("x", [1, 3, 16, 64, 64]), graph, { width: 64, normalisation: kerasNormalisation });
    const shapes = [...graph.parameters.values()].map(({ name, tensor }) => [name, tensor.shape] as const);
    const list = (await stateList("i3d-state.txt")).filter(([name]) => !name.startsWith("logits."));
    expect(listed(shapes)).toEqual(list);
    const own = list.filter(([name]) => !name.includes(".running_"));
    expect(counted(graph)).toBe(own.reduce((sum, [, shape]) => sum + numElements(shape.split("x").map(Number)), 0));
    expect(counted(graph)).toBe(12_287_264);
  });

  it("makes of one channel what it makes of three that are the same", async () => {
    const outputs = await Promise.all(
      [1, 3].map(async (channels) => {
        const graph = new Graph({ seed: 6 });
        const x = graph.input("x", [1, 1, 8, 32, 32]);
        const seen = expand(x, [1, channels, 8, 32, 32]);
        const { map } = i3dTrunk(seen, graph, { width: 4, normalisation: kerasNormalisation });
        const constants = new Map([...graph.parameters.values()].map(({ name, draw }) => [name, draw()]));
        const runtime = await createRuntime({ device: "cpu", threads: 1 });
        const program = await runtime.load(writeModel({ outputs: new Map([["map", map]]), constants }));
        const { map: values } = await program.run({
          x: Float32Array.from({ length: x.size }, (_, at) => Math.sin(at)),
        });
        await program.release();
        return Array.from(values!, Number);
      }),
    );
    const largest = Math.max(...outputs[1]!);
    expect(largest).toBeGreaterThan(0);
    outputs[0]!.forEach((value, at) => {
      expect(Math.abs(value - outputs[1]![at]!) / largest).toBeLessThan(1e-4);
    });
  });

  it("drops inputs of its dense layers and of the ConvLSTM in training", () => {
    const { masks } = cnn3dTraining(presetDescription("cnn3d", "tiny", "test"), { batch: 1, seed: 1 });
    expect(masks.map(({ name }) => name)).toEqual([
      "conv_lstm.input_mask",
      "conv_lstm.recurrent_mask",
      "dense.0.mask",
      "fc.mask",
    ]);
  });

  it("takes the unpublished sizes from its settings", () => {
    const description = presetDescription("cnn3d", "tiny", "test");
    const shapes = weightShapes({ ...description, cnn3d: { ...description.cnn3d, denseUnits: [6, 3] } });
    expect(shapes.get("dense.1.weight")).toEqual([3, 6]);
    expect(shapes.get("fc.weight")).toEqual([1, 3]);
    expect(paperCnn3d.denseUnits.length).toBeGreaterThan(0);
  });
});

describe("pooling", () => {
  it("takes the mean or the maximum of the slabs' probabilities, and refuses none", () => {
    expect(pooledProbability([0.1, 0.2, 0.9], "mean")).toBeCloseTo(0.4, 12);
    expect(pooledProbability(Float32Array.of(0.25, 0.5), "max")).toBe(0.5);
    expect(() => pooledProbability([], "max")).toThrow(/no slab probabilities/);
  });
});
