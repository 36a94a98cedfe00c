import * as web from "onnxruntime-web";
import { describe, expect, it } from "vitest";
import { trainSmall } from "../../../test/graph/small-training.ts";
import { Random } from "../../random.ts";
import {
  conv,
  exp,
  expand,
  Graph,
  gradients,
  maxPool,
  mean,
  multiply,
  type Runtime,
  reshape,
  square,
  type Tensor,
  writeModel,
} from "../index.ts";
import { loadGraph, runOnce } from "../runtime/session.ts";
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
    for (const dynamicShapes of [false, true]) {
      const model = writeModel({ outputs, dynamicShapes, nchwcBlock: runtime.nchwcBlock });
      results.push(await runOnce(runtime.load(model, { purpose: "training" }), inputs));
    }
    expect(results[1]).toEqual(results[0]);
  });

  it("trains in onnxruntime-web, whose own passes see no shapes either, as it does here", async () => {
    const inBrowser: Runtime = {
      ...{ device: "cpu", reason: "a test", threads: 1, nchwcBlock: 0, sentinelOutput: false, plansByShape: true },
      load: (model) => loadGraph({ ...web, fillsPlaces: false }, model, { graphOptimizationLevel: "all" }),
    };
    const here = await trainSmall(runtime);
    (await trainSmall(inBrowser)).forEach((loss, index) => {
      expect(loss).toBeCloseTo(here[index]!, 4);
    });
    expect(here.at(-1)).toBeLessThan(here[0]!);
  });

  it("keeps no memory for a later result of the same shape", async () => {
    expect(runtime.plansByShape).toBe(true);
    const x = new Graph().input("x", [1]);
    // Sixteen shapes of 16 MiB, each needed for a moment, then each again: planned by shape all are kept, and the process
    // grows by some 550 MiB; else by 60 to 160.
    const rows = Array.from({ length: 16 }, (_, index) => 2 ** 11 + index);
    const last = [...rows, ...rows].reduce<Tensor>((seen, row) => {
      const wide = expand(reshape(seen, [1, 1]), [row, 2 ** 11]);
      return reshape(mean(exp(multiply(wide, -1))), [1]);
    }, x);
    const model = writeModel({ outputs: new Map([["last", last]]), dynamicShapes: true });
    const program = await runtime.load(model, { purpose: "training" });
    const before = process.memoryUsage().rss;
    await program.run({ x: Float32Array.of(1) });
    expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(320);
    await program.release();
  });
});
