import { describe, expect, it } from "vitest";
import { Graph } from "../graph.ts";
import { fromValues, ones } from "../initializers.ts";
import { batchNorm, denseLayer } from "../layers.ts";
import { createRuntime } from "../node/index.ts";
import { add, mean, multiply, square, sum } from "../operations/index.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { adam, sgd } from "./optimisers.ts";
import { type TrainingOptions, type TrainingStep, trainingStep } from "./step.ts";
import { cachedValues } from "./tiles.ts";

const runtime = await createRuntime({ device: "cpu", threads: 1 });
const rate = { learningRate: 0.1 };

/** sum(x w), w starting at 1. */
function line(options: Partial<TrainingOptions> = {}, graph = new Graph(), on: Runtime = runtime) {
  const x = graph.input("x", [2]);
  const w = graph.parameter("w", [2], { initial: ones });
  return trainingStep(on, graph, { loss: sum(multiply(x, w)), optimiser: sgd(), ...options });
}

async function withStep(making: Promise<TrainingStep>, use: (step: TrainingStep) => Promise<void>): Promise<void> {
  const step = await making;
  try {
    await use(step);
  } finally {
    await step.release();
  }
}

const batch = { x: Float32Array.of(1, 2) };

describe("a batch that a step refuses", () => {
  it.each([
    ["a short one", { x: Float32Array.of(1) }, "shape-mismatch"],
    ["one of another kind of number", { x: Int32Array.of(1, 2) }, "type-mismatch"],
    ["one without an input", {}, "input-missing"],
  ])("changes nothing and lets the training go on: %s", async (_, refused, code) => {
    for (const accumulate of [false, true]) {
      await withStep(line({ optimiser: adam(), accumulate }), async (step) => {
        await step.run(batch, rate);
        const before = step.state();
        const given = accumulate ? [batch, refused] : refused;
        await expect(step.run(given as typeof batch, rate)).rejects.toMatchObject({ code });
        expect(step.state()).toEqual(before);
        await step.run(batch, rate);
        expect(step.steps).toBe(2);
      });
    }
  });

  it("has no learning rate either that is not a number", async () => {
    await withStep(line(), async (step) => {
      await expect(step.run(batch, { learningRate: Number.NaN })).rejects.toMatchObject({ code: "option-invalid" });
      await step.run(batch, rate);
    });
  });

  it("may come while another step runs, which is said and does not disturb that one", async () => {
    await withStep(line(), async (step) => {
      const [first, second] = [step.run(batch, rate), step.run(batch, rate)];
      expect(() => step.state()).toThrow("a step is still running");
      await expect(second).rejects.toMatchObject({ code: "graph-invalid", message: /still running/ });
      expect((await first).loss).toBe(3);
      expect(step.state().steps).toBe(1);
    });
  });
});

describe("a step over micro-batches that fails", () => {
  it("leaves the running statistics as they were before its first one", async () => {
    const graph = new Graph({ training: true, seed: 1 });
    const x = graph.input("x", [4, 2]);
    const y = denseLayer(batchNorm(x, graph.scope("bn"), { momentum: 0.5 }), graph.scope("fc"), 2);
    const making = trainingStep(runtime, graph, { loss: mean(square(y)), optimiser: adam(), accumulate: true });
    await withStep(making, async (step) => {
      const good = { x: Float32Array.from({ length: 8 }, (_, at) => at) };
      await step.run([good, good], rate);
      const before = step.weights();
      const failed = step.run([good, { x: new Float32Array(8).fill(Number.NaN) }], rate);
      await expect(failed).rejects.toMatchObject({ code: "loss-not-finite" });
      expect(step.weights()).toEqual(before);
    });
  });
});

describe("names that a training step needs for itself", () => {
  const taken = { code: "name-taken", exitCode: 2 };

  it.each(["step.loss", "step.rate", "gradient.w"])("are refused in the graph: %s", async (name) => {
    const [output, input, parameter] = [new Graph(), new Graph(), new Graph()];
    output.output(name, output.parameter("v", [1], { initial: ones }));
    input.input(name, [1]);
    parameter.parameter(name, [1], { initial: ones });
    for (const graph of [output, input, parameter]) await expect(line({}, graph)).rejects.toMatchObject(taken);
  });

  it("are refused where a parameter is called as another one's slot or piece", async () => {
    const slot = new Graph();
    slot.scope("momentum").parameter("w", [2], { initial: ones });
    await expect(line({ optimiser: sgd({ momentum: 0.9 }) }, slot)).rejects.toMatchObject(taken);
    const piece = new Graph();
    piece.parameter("large", [cachedValues + 1], { initial: ones });
    piece.parameter("large[0]", [2], { initial: ones });
    await expect(line({}, piece, { ...runtime, nchwcBlock: 8 })).rejects.toMatchObject(taken);
  });

  it("are free where this optimiser does not need them, and slots keep apart from parameters", async () => {
    const graph = new Graph();
    const other = graph.scope("momentum").parameter("w", [2], { initial: fromValues([5, 5]) });
    graph.output("other", add(other, 1));
    await withStep(line({}, graph), async (step) => {
      const { outputs } = await step.run(batch, rate);
      expect(outputs.other).toEqual(Float32Array.of(6, 6));
      expect([...step.state().parameters.keys()]).toEqual(["momentum.w", "w"]);
      expect(step.state().slots.size).toBe(0);
    });
  });
});

describe("options that a training step refuses", () => {
  /** A runtime that counts its open programs. */
  function counting(): { runtime: Runtime; open: number } {
    const counts = { open: 0 };
    const load: Runtime["load"] = async (...call) => {
      counts.open++;
      return runtime.load(...call);
    };
    return Object.assign(counts, { runtime: { ...runtime, load } });
  }

  it.each<[string, Partial<TrainingOptions>, string]>([
    ["a norm below zero", { clipNorm: -1 }, "option-invalid"],
    ["a norm that is not a number", { clipNorm: Number.NaN }, "option-invalid"],
    ["a loss scale of zero", { lossScale: 0 }, "option-invalid"],
    ["an infinite loss scale", { lossScale: Number.POSITIVE_INFINITY }, "option-invalid"],
    ["weights of another name", { weights: new Map([["module.w", Float32Array.of(5, 5)]]) }, "state-mismatch"],
    ["more weights than the parameter has", { weights: new Map([["w", new Float32Array(3)]]) }, "shape-mismatch"],
  ])("are refused before anything is compiled: %s", async (_, options, code) => {
    const counts = counting();
    await expect(line(options, new Graph(), counts.runtime)).rejects.toMatchObject({ code, exitCode: 2 });
    expect(counts.open).toBe(0);
  });

  it("are refused before anything is compiled: a start of the wrong size", async () => {
    const [graph, counts] = [new Graph(), counting()];
    graph.parameter("v", [2], { initial: fromValues([1, 2, 3]) });
    await expect(line({}, graph, counts.runtime)).rejects.toThrow("v: 3 initial values for 2");
    expect(counts.open).toBe(0);
  });

  it("have a saved state beside them whose number of steps is none", async () => {
    await withStep(line({ optimiser: adam() }), async (step) => {
      const saved = step.state();
      for (const steps of [Number.NaN, -1, 0.5]) {
        expect(() => step.restore({ ...saved, steps })).toThrow(expect.objectContaining({ code: "state-mismatch" }));
      }
      expect(step.state()).toEqual(saved);
    });
  });
});
