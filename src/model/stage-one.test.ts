import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { tolerance, worst } from "../../bench/golden/compare.ts";
import { compareStageOne } from "../../bench/golden/stage-one.ts";
import {
  constant,
  Graph,
  gradients,
  mean,
  openSafetensors,
  type Runtime,
  reshape,
  slice,
  softmax,
  type Tensor,
  writeModel,
} from "../graph/index.ts";
import { createRuntime } from "../graph/node/index.ts";
import { Random } from "../random.ts";
import { bytes } from "../volume/index.ts";
import {
  continuousDice,
  gradientWeights,
  normaliseByMaximum,
  paperStageOne,
  paperStageOneLoss,
  presetDescription,
  type StageOneSettings,
  slabInput,
  stageOne,
  stageOneLoss,
  stageOneTraining,
  weightedMap,
} from "./index.ts";

let runtime: Runtime;
beforeAll(async () => {
  runtime = await createRuntime({ device: "cpu", threads: 1 });
});

/** Values of tensors that depend on constants, inputs given, and a graph's drawn parameters. */
async function valuesOf(
  outputs: Readonly<Record<string, Tensor>>,
  graph = new Graph(),
  inputs: Readonly<Record<string, Uint8Array | Float32Array | Int32Array>> = {},
): Promise<Record<string, number[]>> {
  const constants = new Map([...graph.parameters.values()].map(({ name, draw }) => [name, draw()]));
  const program = await runtime.load(writeModel({ outputs: new Map(Object.entries(outputs)), constants }));
  const computed = await program.run(inputs);
  await program.release();
  return Object.fromEntries(Object.entries(computed).map(([name, values]) => [name, Array.from(values, Number)]));
}

const tiny = presetDescription("stage-one", "tiny", "test");
const slabBytes = (count: number): Uint8Array => {
  const random = new Random(11, "slabs");
  return Uint8Array.from({ length: count * 5 * 64 * 64 }, () => random.integer(256));
};

describe("the continuous Dice coefficient", () => {
  const dice = async (mask: readonly number[][], attention: readonly number[][], smooth: number) => {
    const flat = (rows: readonly number[][]) => constant(rows.flat(), [1, rows.length, rows[0]!.length]);
    return (await valuesOf({ value: continuousDice(flat(attention), flat(mask), smooth) })).value![0]!;
  };

  it("is .72727 for the worked example, whose c is .6", async () => {
    const value = await dice(
      [
        [1, 1, 0],
        [0, 1, 0],
      ],
      [
        [0.8, 0.4, 0],
        [0.2, 0, 0.1],
      ],
      0,
    );
    expect(value).toBeCloseTo(0.72727, 5);
  });

  it("is 1 for a uniform map that covers the mask, whatever its height", async () => {
    expect(await dice([[1, 1, 1, 0]], [[0.5, 0.5, 0.5, 0]], 0)).toBeCloseTo(1, 6);
  });

  it("is 0 for an empty mask under a map that is not, and by s = 1 says how much of it there is", async () => {
    expect(await dice([[0, 0]], [[0.5, 1]], 0)).toBe(0);
    expect(await dice([[0, 0]], [[0.5, 1]], 1)).toBeCloseTo(1 - 1.5 / 2.5, 6);
  });

  it("is 1 for two empty maps, with finite derivatives there and where nothing of the map lies in the mask", async () => {
    const zero = constant([0, 0, 0], [1, 3]);
    const apart = constant([0, 0, 1], [1, 3]);
    const mask = constant([1, 0, 0], [1, 3]);
    const both = continuousDice(zero, zero, 0);
    const none = continuousDice(apart, mask, 0);
    const { value, first, second, third } = await valuesOf({
      value: both,
      first: gradients(mean(both), [zero])[0]!,
      second: gradients(mean(none), [apart])[0]!,
      third: gradients(mean(continuousDice(zero, mask, 0)), [zero])[0]!,
    });
    expect(value).toEqual([1]);
    for (const derivative of [first, second, third]) expect(derivative!.every(Number.isFinite)).toBe(true);
  });
});

/** Of weights whose attention is not all zero for these slabs. */
const attentionSeed = 1;

describe("attention", () => {
  it("is divided by its own maximum in each slab, and a map of zeros stays one", async () => {
    const map = constant([0, 2, 4, 0, 0, 0], [2, 1, 3]);
    const { scaled, slope } = await valuesOf({
      scaled: normaliseByMaximum(map),
      slope: gradients(mean(normaliseByMaximum(map)), [map])[0]!,
    });
    expect(scaled).toEqual([0, 0.5, 1, 0, 0, 0]);
    expect(slope!.every(Number.isFinite)).toBe(true);
  });

  it.each(["logit", "probability"] as const)(
    "of the %s in closed form is the general gradient's",
    async (attentionScore) => {
      const graph = new Graph({ seed: attentionSeed });
      const slabs = graph.input("slabs", [2, 5, 64, 64], "uint8");
      const settings: StageOneSettings = { ...tiny.stageOne, attentionScore };
      const { logits, features, attention } = stageOne(slabInput(slabs), graph, settings);
      const score = attentionScore === "logit" ? logits : softmax(logits);
      const alpha = gradientWeights(reshape(slice(score, { 1: [1, 2] }), [2]), features);
      const general = normaliseByMaximum(weightedMap(features, alpha));
      const { closed, open } = await valuesOf({ closed: attention, open: general }, graph, { slabs: slabBytes(2) });
      expect(Math.max(...closed!)).toBeCloseTo(1, 6);
      closed!.forEach((value, at) => {
        expect(open![at]).toBeCloseTo(value, 4);
      });
    },
  );

  it("of a head with a hidden layer goes through the general gradient, and its loss can be differentiated", async () => {
    const graph = new Graph({ training: true, seed: 4 });
    const slabs = graph.input("slabs", [2, 5, 64, 64], "uint8");
    const outputs = stageOne(slabInput(slabs), graph, { ...tiny.stageOne, hiddenUnits: 6 });
    const masks = constant(new Float32Array(32).fill(1), [2, 4, 4]);
    const { loss } = stageOneLoss(outputs, { labels: constant(Int32Array.of(1, 0)), masks }, paperStageOneLoss);
    const names = ["conv1.weight", "hidden.weight", "fc.weight"];
    const derivatives = gradients(
      loss,
      names.map((name) => graph.parameters.get(name)!.tensor),
    );
    const computed = await valuesOf(
      { attention: outputs.attention, ...Object.fromEntries(names.map((name, at) => [`d.${name}`, derivatives[at]!])) },
      graph,
      { slabs: slabBytes(2) },
    );
    for (const values of Object.values(computed)) {
      expect(values.every(Number.isFinite)).toBe(true);
      expect(values.some((value) => value !== 0)).toBe(true);
    }
  });
});

describe("stage I", () => {
  it("agrees with reference values to 1e-4: values, gradients, running statistics, three Adam steps", async () => {
    const path = new URL("../../test/golden/stage-one.safetensors", import.meta.url);
    const file = await openSafetensors(bytes("stage-one", await readFile(path)));
    const groups = await compareStageOne(file, runtime);
    expect(groups.map(({ group }) => group)).toHaveLength(4);
    for (const { group, comparisons } of groups) {
      expect(worst(comparisons).error, `${group}: ${worst(comparisons).name}`).toBeLessThan(tolerance);
    }
  });

  it.each(["last-stage", "no-max-pool"] as const)(
    "makes 24 x 24 x 512 of 384 x 384 x 5, its stride of 16 from the %s, with 11,183,810 parameters",
    (outputStrideFrom) => {
      const graph = new Graph();
      const slabs = graph.input("slabs", [1, 5, 384, 384], "uint8");
      const { features, attention, logits } = stageOne(slabInput(slabs), graph, { ...paperStageOne, outputStrideFrom });
      expect(features.shape).toEqual([1, 512, 24, 24]);
      expect(attention.shape).toEqual([1, 24, 24]);
      expect(logits.shape).toEqual([1, 2]);
      const trained = [...graph.parameters.values()].filter(({ trainable }) => trainable);
      // torchvision's 11,689,512, with two outputs instead of 1000 and five input channels instead of three.
      expect(trained.reduce((sum, { tensor }) => sum + tensor.size, 0)).toBe(
        11_689_512 - 513_000 + 1_026 + 2 * 64 * 49,
      );
    },
  );

  it("of an empty mask has a loss of 1 and no slope when s is 0, and learns from it when s is 1", async () => {
    const inputs = {
      slabs: slabBytes(1),
      labels: Int32Array.of(0),
      masks: new Uint8Array(16),
      outlined: Float32Array.of(1),
    };
    const run = async (attentionWeight: number, smooth: number) => {
      const { graph, loss } = stageOneTraining(tiny, { batch: 1, seed: 1, loss: { attentionWeight, smooth } });
      const slope = gradients(loss, [graph.parameters.get("conv1.weight")!.tensor])[0]!;
      return valuesOf({ loss, slope }, graph, inputs);
    };
    const [without, definition, smoothed] = [await run(0, 1), await run(1, 0), await run(1, 1)];
    expect(definition.loss![0]).toBeCloseTo(without.loss![0]! + 1, 5);
    const difference = (a: number[], b: number[]) => Math.max(...a.map((value, at) => Math.abs(value - b[at]!)));
    expect(difference(definition.slope!, without.slope!)).toBeLessThan(1e-6);
    expect(difference(smoothed.slope!, without.slope!)).toBeGreaterThan(1e-3);
  });
});
