import { describe, expect, it } from "vitest";
import { Random } from "../../random.ts";
import { Graph } from "../graph.ts";
import { fromValues } from "../initializers.ts";
import { createRuntime } from "../node/index.ts";
import { multiply, sum } from "../operations/index.ts";
import { adam, adamW, type Optimiser, sgd } from "./optimisers.ts";
import { trainingStep } from "./step.ts";

const runtime = await createRuntime({ device: "cpu", threads: 1 });
const start = [1, -2, 0.5, 0];
const rates = [0.1, 0.05, 0.2, 0.1, 0.01];

/** Gradients of very different sizes, a new one each step, one of them always zero. */
function gradient(step: number): number[] {
  const random = new Random(2, "gradient", step);
  return [1, 1e-3, 100, 0].map((size) => size * random.normal());
}

/** Where an optimiser leads whose gradients are given: the loss is their product with the parameter. */
async function engine(optimiser: Optimiser): Promise<Float32Array> {
  const graph = new Graph();
  const w = graph.parameter("w", [start.length], { initial: fromValues(start) });
  const g = graph.input("g", [start.length]);
  const step = await trainingStep(runtime, graph, { loss: sum(multiply(w, g)), optimiser });
  for (const [index, learningRate] of rates.entries()) {
    await step.run({ g: Float32Array.from(gradient(index)) }, { learningRate });
  }
  const result = step.weights().get("w")!;
  await step.release();
  return result;
}

type Rule = (p: number, g: number, rate: number, step: number, memory: { m: number; v: number }) => number;

/** The same in double precision, one value after the other. */
function reference(rule: Rule): number[] {
  return start.map((value, at) => {
    const memory = { m: 0, v: 0 };
    return rates.reduce((p, rate, index) => rule(p, Math.fround(gradient(index)[at]!), rate, index + 1, memory), value);
  });
}

function moments(memory: { m: number; v: number }, g: number, step: number) {
  memory.m = 0.9 * memory.m + 0.1 * g;
  memory.v = 0.999 * memory.v + 0.001 * g * g;
  return { m: memory.m / (1 - 0.9 ** step), v: memory.v / (1 - 0.999 ** step) };
}

async function expectSame(optimiser: Optimiser, rule: Rule): Promise<void> {
  const found = await engine(optimiser);
  reference(rule).forEach((value, at) => {
    expect(Math.abs(found[at]! - value), `${optimiser.name}, value ${at}`).toBeLessThan(2e-6 * (1 + Math.abs(value)));
  });
}

describe("an optimiser agrees with its formula in double precision", () => {
  it("Adam in the Keras form, whose epsilon stands beside the uncorrected moment", async () => {
    for (const epsilon of [1e-7, 1e-2]) {
      await expectSame(adam({ epsilon }), (p, g, rate, step, memory) => {
        moments(memory, g, step);
        const corrected = (rate * Math.sqrt(1 - 0.999 ** step)) / (1 - 0.9 ** step);
        return p - (corrected * memory.m) / (Math.sqrt(memory.v) + epsilon);
      });
    }
  });

  it("AdamW in the PyTorch form, with decoupled weight decay", async () => {
    for (const epsilon of [1e-8, 1e-2]) {
      await expectSame(adamW({ epsilon, weightDecay: 0.1 }), (p, g, rate, step, memory) => {
        const { m, v } = moments(memory, g, step);
        return p * (1 - rate * 0.1) - (rate * m) / (Math.sqrt(v) + epsilon);
      });
    }
  });

  it("plain gradient descent with weight decay", async () => {
    await expectSame(sgd({ weightDecay: 0.3 }), (p, g, rate) => p - rate * (g + 0.3 * p));
  });

  it("gradient descent with momentum and dampening, which spares the first step", async () => {
    await expectSame(sgd({ momentum: 0.8, dampening: 0.25, weightDecay: 0.01 }), (p, g, rate, step, memory) => {
      const full = g + 0.01 * p;
      memory.m = step === 1 ? full : 0.8 * memory.m + 0.75 * full;
      return p - rate * memory.m;
    });
  });
});

it("an optimiser whose moments would grow without end is refused", () => {
  expect(() => adam({ beta1: 1 })).toThrow("beta1 must be at least 0 and below 1, not 1");
  expect(() => sgd({ momentum: -0.1 })).toThrow("momentum must be");
  expect(() => sgd({ weightDecay: Number.NaN })).toThrow("weightDecay must be a number from 0 on, not NaN");
  expect(() => adam({ epsilon: -1e-7 })).toThrow("epsilon must be a number from 0 on, not -1e-7");
});
