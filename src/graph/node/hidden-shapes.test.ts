import * as web from "onnxruntime-web";
import { describe, expect, it } from "vitest";
import { Random } from "../../random.ts";
import {
  adam,
  batchNorm,
  conv,
  convLayer,
  crossEntropy,
  denseLayer,
  exp,
  expand,
  flatten,
  Graph,
  gradients,
  maxPool,
  mean,
  multiply,
  type Runtime,
  relu,
  reshape,
  square,
  type Tensor,
  trainingStep,
  writeModel,
} from "../index.ts";
import { loadProgram, runOnce } from "../runtime/program.ts";
import { createRuntime } from "./index.ts";

const runtime = await createRuntime({ device: "cpu", threads: 1 });

describe("a model with hidden shapes", () => {
  it("computes what it computes with its shapes said, bit for bit", async () => {
    const graph = new Graph();
    const [x, w] = [graph.input("x", [2, 16, 8, 8]), graph.input("w", [16, 16, 3, 3])];
    const loss = mean(square(maxPool(conv(x, w, { padding: 1 }), [2, 2], { stride: 2 })));
    const outputs = new Map(Object.entries({ loss, dw: gradients(loss, [w])[0]! }));
    const numbers = new Random(1, "hidden shapes");
    const values = ({ size }: Tensor) => Float32Array.from({ length: size }, () => numbers.uniform() - 0.5);
    const inputs = { x: values(x), w: values(w) };
    const results = [];
    for (const hideShapes of [false, true]) {
      const model = writeModel({ outputs, hideShapes, block: runtime.block });
      results.push(await runOnce(runtime.load(model, { purpose: "training" }), inputs));
    }
    expect(results[1]).toEqual(results[0]);
  });

  it("trains in onnxruntime-web, whose own passes see no shapes either, as it does here", async () => {
    const inBrowser: Runtime = {
      ...{ device: "cpu", reason: "a test", threads: 1, block: 0, stopsCopies: false, plansByShape: true },
      load: (model) => loadProgram({ ...web, fillsPlaces: false }, model, { graphOptimizationLevel: "all" }),
    };
    const numbers = new Random(2, "hidden shapes");
    const batch = {
      x: Float32Array.from({ length: 4 * 2 * 64 }, () => numbers.uniform() - 0.5),
      labels: Int32Array.of(0, 1, 1, 0),
    };
    const losses: number[][] = [];
    for (const own of [runtime, inBrowser]) {
      const graph = new Graph({ training: true, seed: 1 });
      const x = graph.input("x", [4, 2, 8, 8]);
      const hidden = relu(batchNorm(convLayer(x, graph.scope("conv"), 4, [3, 3], { padding: 1 }), graph.scope("norm")));
      const logits = denseLayer(flatten(maxPool(hidden, [2, 2])), graph.scope("fc"), 2);
      const loss = mean(crossEntropy(logits, graph.input("labels", [4], "int32")));
      const step = await trainingStep(own, graph, { loss, optimiser: adam() });
      const seen: number[] = [];
      for (let index = 0; index < 5; index++) seen.push((await step.run(batch, { learningRate: 0.01 })).loss);
      losses.push(seen);
      await step.release();
    }
    losses[1]!.forEach((loss, index) => {
      expect(loss).toBeCloseTo(losses[0]![index]!, 4);
    });
    expect(losses[1]!.at(-1)).toBeLessThan(losses[1]![0]!);
  });

  it("keeps no memory for a later result of the same shape", async () => {
    expect(runtime.plansByShape).toBe(true);
    const x = new Graph().input("x", [1]);
    // Sixteen shapes of 16 MiB, each needed for a moment, then each again: planned by shape they are all kept.
    const rows = Array.from({ length: 16 }, (_, index) => 2 ** 11 + index);
    const last = [...rows, ...rows].reduce<Tensor>((seen, row) => {
      const wide = expand(reshape(seen, [1, 1]), [row, 2 ** 11]);
      return reshape(mean(exp(multiply(wide, -1))), [1]);
    }, x);
    const model = writeModel({ outputs: new Map([["last", last]]), hideShapes: true });
    const program = await runtime.load(model, { purpose: "training" });
    const before = process.memoryUsage().rss;
    await program.run({ x: Float32Array.of(1) });
    expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(160);
    await program.release();
  });
});
