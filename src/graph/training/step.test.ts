import { describe, expect, it } from "vitest";
import { Random } from "../../random.ts";
import { Graph } from "../graph.ts";
import { batchNorm, convLayer, denseLayer } from "../layers.ts";
import { createRuntime } from "../node/index.ts";
import { crossEntropy, flatten, globalAveragePool, maxPool, mean, relu } from "../operations/index.ts";
import { adam, adamW, type Optimiser, sgd } from "./optimisers.ts";
import { trainingStep } from "./step.ts";

const runtime = await createRuntime({ device: "cpu", threads: 2 });

/** A small convolutional network for 1 x 8 x 8 images of two kinds. */
function network(batch: number, seed = 3): { graph: Graph; loss: ReturnType<typeof mean> } {
  const graph = new Graph({ training: true, seed });
  const x = graph.input("x", [batch, 1, 8, 8]);
  const y = graph.input("y", [batch], "int32");
  let features = relu(
    batchNorm(convLayer(x, graph.scope("conv1"), 4, [3, 3], { padding: 1 }), graph.scope("bn1"), { epsilon: 1e-3 }),
  );
  features = maxPool(features, [3, 3], { stride: 2, padding: 1 });
  features = relu(convLayer(features, graph.scope("conv2"), 8, [3, 3], { padding: 1, bias: true }));
  const logits = denseLayer(flatten(globalAveragePool(features)), graph.scope("fc"), 2);
  graph.output("logits", logits);
  return { graph, loss: mean(crossEntropy(logits, y)) };
}

/** Stripes lying or standing, with noise. */
function stripes(batch: number, index: number): { x: Float32Array; y: Int32Array } {
  const random = new Random(11, "stripes", index);
  const y = Int32Array.from({ length: batch }, () => random.integer(2));
  const x = Float32Array.from({ length: batch * 64 }, (_, at) => {
    const row = Math.floor(at / 8) % 8;
    const line = y[Math.floor(at / 64)] === 1 ? row : at % 8;
    return (line % 2) + random.normal(0, 0.3);
  });
  return { x, y };
}

async function train(steps: number, optimiser: Optimiser, learningRate: number, seed = 3) {
  const { graph, loss } = network(8, seed);
  const step = await trainingStep(runtime, graph, { loss, optimiser });
  const losses: number[] = [];
  for (let index = 0; index < steps; index++) {
    losses.push((await step.run(stripes(8, index), { learningRate })).loss);
  }
  const state = step.state();
  await step.release();
  return { losses, state };
}

describe("a training step", () => {
  it("learns to tell lying from standing stripes with each optimiser", async () => {
    for (const [optimiser, rate] of [
      [adam(), 1e-2],
      [adamW(), 1e-2],
      [sgd({ momentum: 0.9 }), 5e-2],
    ] as const) {
      const { losses } = await train(60, optimiser, rate);
      expect(losses.at(-1), optimiser.name).toBeLessThan(0.25 * losses[0]!);
    }
  });

  it("ends with bit-identical weights when repeated with the same seed and threads", async () => {
    const [first, second] = [await train(20, adam(), 1e-3), await train(20, adam(), 1e-3)];
    expect(first.losses).toEqual(second.losses);
    for (const [name, values] of first.state.parameters) expect(second.state.parameters.get(name)).toEqual(values);
    const other = await train(20, adam(), 1e-3, 4);
    expect(other.state.parameters.get("conv1.weight")).not.toEqual(first.state.parameters.get("conv1.weight"));
  });

  it("goes on from a saved state as if it had never stopped", async () => {
    const uninterrupted = await train(10, sgd({ momentum: 0.9, dampening: 0.5 }), 1e-2);
    const options = { optimiser: sgd({ momentum: 0.9, dampening: 0.5 }) };
    const before = network(8);
    const started = await trainingStep(runtime, before.graph, { loss: before.loss, ...options });
    for (let index = 0; index < 5; index++) await started.run(stripes(8, index), { learningRate: 1e-2 });
    const saved = started.state();
    await started.release();
    const after = network(8, 99);
    const resumed = await trainingStep(runtime, after.graph, { loss: after.loss, ...options });
    resumed.restore(saved);
    for (let index = 5; index < 10; index++) await resumed.run(stripes(8, index), { learningRate: 1e-2 });
    expect(resumed.steps).toBe(10);
    expect(resumed.state()).toEqual(uninterrupted.state);
    await resumed.release();
  });
});
