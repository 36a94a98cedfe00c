import { describe, expect, it } from "vitest";
import { Random } from "../../random.ts";
import { Graph } from "../graph.ts";
import { fromValues } from "../initializers.ts";
import { convLayer, denseLayer } from "../layers.ts";
import { createRuntime } from "../node/index.ts";
import {
  add,
  crossEntropy,
  flatten,
  log,
  maxPool,
  mean,
  multiply,
  relu,
  split,
  squareRoot,
  sum,
} from "../operations/index.ts";
import { adam, sgd } from "./optimisers.ts";
import { type TrainingOptions, type TrainingStep, trainingStep } from "./step.ts";
import { cachedValues } from "./tiles.ts";

const runtime = await createRuntime({ device: "cpu", threads: 1 });

/** Two parameters whose gradients are 3 g and 4 g: their common norm is 5 |g|. */
async function pair(options: Partial<TrainingOptions>): Promise<TrainingStep> {
  const graph = new Graph();
  const a = graph.parameter("a", [], { initial: fromValues([1]) });
  const b = graph.parameter("b", [1], { initial: fromValues([-1]) });
  const g = graph.input("g", []);
  const loss = sum(multiply(add(multiply(a, 3), multiply(b, 4)), g));
  return trainingStep(runtime, graph, { loss, optimiser: sgd(), ...options });
}

async function pairAfter(options: Partial<TrainingOptions>, g: number): Promise<[number, number]> {
  const step = await pair(options);
  await step.run({ g: Float32Array.of(g) }, { learningRate: 0.1 });
  const weights = step.weights();
  await step.release();
  return [weights.get("a")![0]!, weights.get("b")![0]!];
}

/** A net without batch statistics, so that a batch is the mean of its parts. */
function network(batch: number): { graph: Graph; loss: TrainingOptions["loss"] } {
  const graph = new Graph({ training: true, seed: 3 });
  const x = graph.input("x", [batch, 2, 8, 8]);
  const y = graph.input("y", [batch], "int32");
  const features = maxPool(relu(convLayer(x, graph.scope("conv"), 4, [3, 3], { padding: 1, bias: true })), [4, 4]);
  return { graph, loss: mean(crossEntropy(denseLayer(flatten(features), graph.scope("fc"), 3), y)) };
}

function samples(count: number, index: number): { x: Float32Array; y: Int32Array } {
  const random = new Random(7, "samples", index);
  return {
    x: Float32Array.from({ length: count * 128 }, () => random.normal()),
    y: Int32Array.from({ length: count }, () => random.integer(3)),
  };
}

describe("a training step's options", () => {
  it("clipNorm shortens all gradients together to the limit and leaves shorter ones alone", async () => {
    const clipped = await pairAfter({ clipNorm: 1 }, 2);
    // 1e-6 stands in the divisor, as in PyTorch's clip_grad_norm_.
    expect(clipped[0]).toBeCloseTo(1 - 0.1 * 0.6, 6);
    expect(clipped[1]).toBeCloseTo(-1 - 0.1 * 0.8, 6);
    expect(await pairAfter({ clipNorm: 100 }, 2)).toEqual(await pairAfter({}, 2));
  });

  it("clipNorm measures the averaged gradient, not the scaled or summed one", async () => {
    const step = await pair({ clipNorm: 1, lossScale: 64, accumulate: true });
    const { loss } = await step.run([{ g: Float32Array.of(1) }, { g: Float32Array.of(3) }], { learningRate: 0.1 });
    const weights = step.weights();
    await step.release();
    expect(loss).toBe(-2);
    expect(weights.get("a")![0]).toBeCloseTo(1 - 0.1 * 0.6, 6);
  });

  it("lossScale changes neither the loss nor the step", async () => {
    const plain = await pairAfter({}, 2);
    expect(await pairAfter({ lossScale: 1024 }, 2)).toEqual(plain);
    expect(await pairAfter({ lossScale: 1024, accumulate: true }, 2)).toEqual(plain);
  });

  it("accumulated micro-batches train as one batch where no batch statistics are involved", async () => {
    const whole = network(6);
    const parts = network(2);
    const options = { optimiser: adam(), clipNorm: 0.5 };
    const one = await trainingStep(runtime, whole.graph, { loss: whole.loss, ...options });
    const many = await trainingStep(runtime, parts.graph, { loss: parts.loss, ...options, accumulate: true });
    for (let index = 0; index < 4; index++) {
      const { x, y } = samples(6, index);
      const micro = [0, 1, 2].map((at) => ({ x: x.slice(256 * at, 256 * (at + 1)), y: y.slice(2 * at, 2 * (at + 1)) }));
      const expected = await one.run({ x, y }, { learningRate: 1e-2 });
      const found = await many.run(micro, { learningRate: 1e-2 });
      expect(found.loss).toBeCloseTo(expected.loss, 5);
      expect(found.each).toHaveLength(3);
    }
    for (const [name, values] of one.weights()) {
      const other = many.weights().get(name)!;
      const worst = values.reduce((most, value, at) => Math.max(most, Math.abs(other[at]! - value)), 0);
      expect(worst, name).toBeLessThan(2e-5);
    }
    await one.release();
    await many.release();
  });

  it("several batches are refused by a step that does not accumulate", async () => {
    const step = await pair({});
    const batch = { g: Float32Array.of(1) };
    await expect(step.run([batch, batch], { learningRate: 0.1 })).rejects.toThrow("built without accumulation");
    await step.release();
  });

  it("frozen parameters keep every bit and cost no slots", async () => {
    const { graph, loss } = network(4);
    const frozen = (name: string): boolean => name.startsWith("conv.");
    const step = await trainingStep(runtime, graph, { loss, optimiser: adam(), frozen });
    const before = step.weights();
    for (let index = 0; index < 3; index++) await step.run(samples(4, index), { learningRate: 1e-2 });
    const { parameters, slots } = step.state();
    await step.release();
    expect(parameters.get("conv.weight")).toEqual(before.get("conv.weight"));
    expect(parameters.get("conv.bias")).toEqual(before.get("conv.bias"));
    expect(parameters.get("fc.weight")).not.toEqual(before.get("fc.weight"));
    expect([...slots.keys()].some((name) => name.includes("conv."))).toBe(false);
  });

  it("a parameter too large for a core's cache is trained in pieces, to the same bits", async () => {
    const size = 2 * cachedValues + 7;
    const gradient = (index: number): Float32Array => {
      const random = new Random(5, "gradient", index);
      return Float32Array.from({ length: size }, () => random.normal());
    };
    const results: Float32Array[] = [];
    // The second graph has the same values in parameters small enough to stay whole.
    for (const lengths of [[size], [cachedValues, cachedValues, 7]]) {
      const graph = new Graph();
      const random = new Random(6, "start");
      const parts = lengths.map((length, at) =>
        graph.parameter(`w${at}`, [length], {
          initial: () => Float32Array.from({ length }, () => random.normal()),
        }),
      );
      const g = split(graph.input("g", [size]), lengths, 0);
      const losses = parts.map((part, at) => sum(multiply(part, g[at]!)));
      const step = await trainingStep(runtime, graph, { loss: losses.reduce((a, b) => add(a, b)), optimiser: adam() });
      const begun = step.state();
      await step.run({ g: gradient(9) }, { learningRate: 1 });
      step.restore(begun);
      for (let index = 0; index < 3; index++) await step.run({ g: gradient(index) }, { learningRate: 1e-2 });
      const weights = step.weights();
      const joined = new Float32Array(size);
      for (const at of lengths.keys()) joined.set(weights.get(`w${at}`)!, at * cachedValues);
      results.push(joined);
      await step.release();
    }
    expect(results[0]).toEqual(results[1]);
    expect(results[0]!.some((value) => !Number.isFinite(value))).toBe(false);
  });

  it("a step without anything to train is refused", async () => {
    await expect(pair({ frozen: () => true })).rejects.toThrow("no parameter to train");
  });
});

describe("what a training step lets nobody save or go on from", () => {
  it("a loss that is not finite leaves the parameters as they were and stops the training", async () => {
    for (const accumulate of [false, true]) {
      const graph = new Graph();
      const w = graph.parameter("w", [1], { initial: fromValues([2]) });
      const x = graph.input("x", [1]);
      const loss = sum(log(multiply(w, x)));
      const step = await trainingStep(runtime, graph, { loss, optimiser: adam(), accumulate });
      await step.run({ x: Float32Array.of(1) }, { learningRate: 0.1 });
      const saved = step.state();
      const failed = step.run({ x: Float32Array.of(-1) }, { learningRate: 0.1 });
      await expect(failed).rejects.toMatchObject({ code: "loss-not-finite" });
      expect(step.weights()).toEqual(saved.parameters);
      expect(() => step.state()).toThrow("restore a saved state");
      await expect(step.run({ x: Float32Array.of(1) }, { learningRate: 0.1 })).rejects.toThrow("restore a saved state");
      step.restore(saved);
      expect((await step.run({ x: Float32Array.of(1) }, { learningRate: 0.1 })).loss).toBeGreaterThan(0);
      expect(step.steps).toBe(2);
      await step.release();
    }
  });

  it("weights that became not finite under a finite loss cannot be saved", async () => {
    const graph = new Graph();
    const w = graph.parameter("w", [1], { initial: fromValues([0]) });
    // The root of zero has an infinite slope.
    const step = await trainingStep(runtime, graph, { loss: sum(squareRoot(w)), optimiser: sgd() });
    expect((await step.run({}, { learningRate: 0.1 })).loss).toBe(0);
    expect(() => step.state()).toThrow("w is not finite after step 1");
    await step.release();
  });

  it("a state of another optimiser or another network is refused, and nothing of it is taken over", async () => {
    const [plain, adaptive] = [await pair({}), await pair({ optimiser: adam() })];
    const before = adaptive.state();
    expect(() => adaptive.restore(plain.state())).toThrow("of the optimiser sgd, not of adam");
    const [momentum, other] = [await pair({ optimiser: sgd({ momentum: 0.9 }) }), await pair({})];
    expect(() => momentum.restore(plain.state())).toThrow("momentum.a: the saved state has none of 1 values");
    expect(() => other.restore(momentum.state())).toThrow("holds momentum.a, which is not trained here");
    const larger = { ...before, parameters: new Map([...before.parameters, ["b", new Float32Array(2)]]) };
    expect(() => adaptive.restore(larger)).toThrow("b: the saved state has 2 of 1 values");
    expect(adaptive.state()).toEqual(before);
    for (const step of [plain, adaptive, momentum, other]) await step.release();
  });
});
