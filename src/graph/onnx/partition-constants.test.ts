import { describe, expect, it } from "vitest";
import { Random } from "../../random.ts";
import { Graph } from "../graph.ts";
import { zeros } from "../initializers.ts";
import { createRuntime } from "../node/index.ts";
import { conv, relu } from "../operations/index.ts";
import { runOnce } from "../runtime/session.ts";
import type { Values } from "../tensor.ts";
import { partitionConstantSubgraph } from "./partition-constants.ts";
import { type ModelRequest, writeModel } from "./writer.ts";

const runtime = await createRuntime({ device: "cpu", threads: 1 });
const numbers = new Random(3, "preparation");
const drawn = (length: number) => Float32Array.from({ length }, () => numbers.uniform() - 0.5);

/** A 3 x 3 convolution wide enough to be computed by transforms of its filter. */
const graph = new Graph();
const x = graph.input("x", [1, 64, 24, 24]);
const weight = graph.parameter("weight", [64, 64, 3, 3], { initial: zeros });
const y = relu(conv(x, weight, { padding: 1 }));
const constants = new Map<string, Values>([["weight", drawn(weight.size)]]);
const inputs = { x: drawn(x.size) };

const written = (request: Partial<ModelRequest>) =>
  writeModel({ outputs: new Map([["y", y]]), constants, constantWeights: true, nchwcBlock: 16, ...request });
const computed = async (request: Partial<ModelRequest>) =>
  (await runOnce(runtime.load(written(request)), inputs)).y as Float32Array;

describe("a model with constant weights", () => {
  it("has what depends on weights alone computed once, and neither holds the weights nor needs them any more", () => {
    const { preparation, bytes, inputs: own } = written({});
    expect(preparation!.weights).toEqual({ weight: constants.get("weight") });
    expect([...preparation!.outputs.values()].map(({ shape }) => shape.slice(1))).toEqual([[64, 64]]);
    expect(bytes.length).toBeLessThan(constants.get("weight")!.byteLength / 4);
    expect([...own.keys()]).toEqual(["x"]);
  });

  it("computes the same with its weights in the file, beside it, and without copies of results", async () => {
    const plain = await computed({ nchwcBlock: 0 });
    const prepared = await computed({});
    const largest = Math.max(...plain.map(Math.abs));
    prepared.forEach((value, index) => {
      expect(Math.abs(value - plain[index]!)).toBeLessThan(1e-4 * largest);
    });
    expect(await computed({ sentinelOutput: runtime.sentinelOutput })).toEqual(prepared);
    expect(await computed({ nchwcBlock: 0, externalData: true })).toEqual(plain);
    expect(written({ nchwcBlock: 0, externalData: true }).externalData.map(({ path }) => path)).toEqual(["weight"]);
  });
});

describe("taking a model apart", () => {
  const node = (output: string, ...read: readonly string[]) => ({
    type: "Op",
    domain: undefined,
    inputs: read,
    outputs: [output],
    attributes: {},
  });
  const constant = { name: "w", values: Float32Array.of(1), shape: [1], type: "float32" } as const;
  const nodes = [node("a", "w"), node("u", "a"), node("b", "x", "u"), node("v", "b"), node("y", "v", "a")];

  it("prepares only what nothing but constants go into, and keeps what both parts read", () => {
    const worth = new Map([
      ["u", [2]],
      ["v", [3]],
    ]);
    const { now, once, results } = partitionConstantSubgraph(nodes, [constant], ["y"], [], worth);
    expect([...results]).toEqual([["u", [2]]]);
    expect(once.map(({ outputs }) => outputs[0])).toEqual(["a", "u"]);
    expect(now.map(({ outputs }) => outputs[0])).toEqual(["a", "b", "v", "y"]);
  });

  it("leaves what is handed out at each run", () => {
    const { results, once } = partitionConstantSubgraph(nodes, [constant], ["u", "y"], [], new Map([["u", [2]]]));
    expect(results.size).toBe(0);
    expect(once).toEqual([]);
  });
});
