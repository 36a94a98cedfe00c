import { describe, expect, it } from "vitest";
import { gradients } from "../gradients.ts";
import { Graph } from "../graph.ts";
import { fromValues, ones } from "../initializers.ts";
import { batchNorm, convLayer } from "../layers.ts";
import { createRuntime } from "../node/index.ts";
import { add, exp, multiply, relu, repeat, square } from "../operations/index.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { defineOp, type Tensor, type Values } from "../tensor.ts";
import { freeze } from "./freeze.ts";
import { writeModel } from "./writer.ts";

const runtime = await createRuntime({ device: "cpu", threads: 1 });

async function run(outputs: Readonly<Record<string, Tensor>>, inputs: Readonly<Record<string, Values>>) {
  const program = await runtime.load(writeModel({ outputs: new Map(Object.entries(outputs)) }));
  try {
    return await program.run(inputs);
  } finally {
    await program.release();
  }
}

describe("names in a model", () => {
  it("are free for all inputs, parameters and outputs, those that the writer gives to results too", async () => {
    const graph = new Graph();
    const [a, b] = [graph.input("t1", [2]), graph.input("t2", [2])];
    const total = relu(add(a, b));
    const outputs = { t3: multiply(total, a), t4: total, t5: exp(a) };
    const computed = await run(outputs, { t1: Float32Array.of(0, 2), t2: Float32Array.of(3, 4) });
    expect(computed.t3).toEqual(Float32Array.of(0, 12));
    expect(computed.t4).toEqual(Float32Array.of(3, 6));
    expect(computed.t5![0]).toBe(1);
  });

  it("stand for one tensor each", () => {
    const [graph, other] = [new Graph(), new Graph()];
    const x = graph.input("x", [2]);
    const refused = (outputs: Readonly<Record<string, Tensor>>) =>
      expect(() => writeModel({ outputs: new Map(Object.entries(outputs)) })).toThrow(
        expect.objectContaining({ code: "name-taken" }),
      );
    refused({ x: exp(x) });
    refused({ x });
    refused({ y: add(x, other.input("x", [2])) });
  });

  it("of a graph's inputs, parameters and outputs are all different", () => {
    const graph = new Graph();
    const x = graph.input("x", [1]);
    graph.parameter("w", [1], { initial: ones });
    graph.output("y", x);
    for (const name of ["x", "w", "y"]) {
      const taken = expect.objectContaining({ code: "name-taken" });
      expect(() => graph.output(name, x)).toThrow(taken);
      expect(() => graph.input(name, [1])).toThrow(taken);
      expect(() => graph.parameter(name, [1], { initial: ones })).toThrow(taken);
    }
  });
});

describe("constants of a model", () => {
  it.each<[string, Values, string]>([
    ["of another kind of number", Int32Array.of(1, 2), "type-mismatch"],
    ["of another number of values", Float32Array.of(1, 2, 3), "shape-mismatch"],
  ])("are refused when they are %s", (_, values, code) => {
    const graph = new Graph();
    const w = graph.parameter("w", [2], { initial: ones });
    const outputs = new Map([["y", multiply(graph.input("x", [2]), w)]]);
    const refusal = expect.objectContaining({ code, exitCode: 2 });
    expect(() => writeModel({ outputs, constants: new Map([["w", values]]) })).toThrow(refusal);
  });
});

describe("a model for any batch", () => {
  it("is written only from a graph for a batch of one, its weights inside", () => {
    const refused = (build: (graph: Graph) => Tensor) =>
      expect(() => writeModel({ outputs: new Map([["y", build(new Graph())]]), anyBatch: true })).toThrow(
        expect.objectContaining({ code: "graph-invalid" }),
      );
    refused((graph) => exp(graph.input("x", [2, 3])));
    refused((graph) => repeat(graph.input("x", [1, 3]), 0, 2));
    refused((graph) => multiply(graph.input("x", [1, 3]), graph.parameter("w", [1, 3], { initial: ones })));
    const single = new Graph();
    const model = writeModel({ outputs: new Map([["y", exp(single.input("x", [1, 3]))]]), anyBatch: true });
    expect(model.anyBatch).toBe(true);
  });
});

describe("freezing", () => {
  /** Counts what is loaded and released; its programs may fail. */
  function watched(fails: boolean): { runtime: Runtime; loaded: number; released: number } {
    const counts = { loaded: 0, released: 0 };
    const watching: Runtime = {
      ...runtime,
      load: async (...call) => {
        const program = await runtime.load(...call);
        counts.loaded++;
        return {
          inputs: program.inputs,
          outputs: program.outputs,
          run: (...feeds) => (fails ? Promise.reject(new Error("no run")) : program.run(...feeds)),
          release: () => {
            counts.released++;
            return program.release();
          },
        };
      },
    };
    return Object.assign(counts, { runtime: watching });
  }

  it("releases what it loaded, when a run fails too", async () => {
    const graph = new Graph();
    const w = graph.parameter("w", [2], { initial: ones });
    const outputs = new Map([["y", multiply(graph.input("x", [2]), exp(w))]]);
    for (const fails of [false, true]) {
      const counts = watched(fails);
      const frozen = freeze(counts.runtime, outputs, new Map([["w", Float32Array.of(1, 2)]]));
      await (fails ? expect(frozen).rejects.toThrow("no run") : frozen);
      expect(counts).toMatchObject({ loaded: 1, released: 1 });
    }
  });

  it("needs the values of every parameter", async () => {
    const graph = new Graph();
    const w = graph.parameter("w", [2], { initial: ones });
    const outputs = new Map([["y", multiply(graph.input("x", [2]), w)]]);
    const refused = freeze(runtime, outputs, new Map([["v", Float32Array.of(1, 2)]]));
    await expect(refused).rejects.toMatchObject({ code: "input-missing", message: expect.stringContaining("w") });
  });

  it("folds batch norm into the convolution before it and changes nothing of what is computed", async () => {
    const graph = new Graph({ seed: 3 });
    const x = graph.input("x", [1, 2, 5, 5]);
    const y = relu(batchNorm(convLayer(x, graph.scope("conv"), 4, [3, 3]), graph.scope("bn")));
    const draw = (values: Float32Array) => values.map((value, at) => value + 0.3 + 0.1 * Math.sin(at));
    const weights = new Map(Array.from(graph.parameters.values(), (own) => [own.name, draw(own.draw())] as const));
    const values = { x: Float32Array.from({ length: x.size }, (_, at) => Math.sin(at)) };
    const outputs = new Map([["y", y]]);
    const plain = await runtime.load(writeModel({ outputs, constants: weights }));
    const model = writeModel({ outputs: await freeze(runtime, outputs, weights) });
    const folded = await runtime.load(model);
    const [expected, found] = [(await plain.run(values)).y!, (await folded.run(values)).y!];
    expected.forEach((value, at) => {
      expect(found[at]).toBeCloseTo(Number(value), 5);
    });
    expect([...model.inputs.keys()]).toEqual(["x"]);
    expect(model.nodes).toBe(3);
    await plain.release();
    await folded.release();
  });
});

describe("an operation of one's own", () => {
  it("is a row of shape, nodes and derivative", async () => {
    const cube = defineOp<null>({
      name: "cube",
      signature: ([x]) => [{ shape: x!.shape, type: "float32" }],
      kernel: ({ write, names: [x] }) => [write.node("Mul", [write.node("Mul", [x!, x!]), x!])],
      gradient: ({ dy, inputs: [x] }) => [multiply(dy, multiply(square(x!), 3))],
    });
    const graph = new Graph();
    const x = graph.input("x", [1]);
    const [y] = cube([x], null);
    const [slope] = gradients(y!, [x]);
    const [bend] = gradients(slope!, [x]);
    const computed = await run({ y: y!, slope: slope!, bend: bend! }, { x: Float32Array.of(2) });
    expect(computed).toEqual({ y: Float32Array.of(8), slope: Float32Array.of(12), bend: Float32Array.of(12) });
  });
});

it("values of the wrong number for a given start are refused where they are drawn", () => {
  const graph = new Graph();
  graph.parameter("w", [2], { initial: fromValues([1, 2, 3]) });
  expect(() => graph.parameters.get("w")!.draw()).toThrow("w: 3 initial values for 2");
});
