import { describe, expect, it } from "vitest";
import { gradients } from "../gradients.ts";
import { Graph } from "../graph.ts";
import { createRuntime } from "../node/index.ts";
import { writeModel } from "../onnx/writer.ts";
import { constant, type Tensor, type Values } from "../tensor.ts";
import { add, clip, crossEntropy, divide, maximum, minimum, multiply, softmax, subtract, sum } from "./index.ts";

const runtime = await createRuntime({ device: "cpu", threads: 1 });

async function valuesOf(
  outputs: Readonly<Record<string, Tensor>>,
  inputs: Readonly<Record<string, Values>>,
): Promise<Record<string, number[]>> {
  const program = await runtime.load(writeModel({ outputs: new Map(Object.entries(outputs)) }));
  const computed = await program.run(inputs);
  await program.release();
  return Object.fromEntries(Object.entries(computed).map(([name, values]) => [name, Array.from(values, Number)]));
}

const twos = (...shape: number[]): Tensor =>
  constant(new Float32Array(shape.reduce((size, side) => size * side, 1)).fill(2), shape);

describe("dividing by a constant", () => {
  it("has the shape that any other divisor gives, and refuses one that does not broadcast", async () => {
    const x = new Graph().input("x", [3]);
    expect(divide(x, twos(2, 3)).shape).toEqual([2, 3]);
    expect(() => divide(x, twos(4))).toThrow("divide: 3 and 4 do not broadcast");
    expect((await valuesOf({ y: sum(divide(x, twos(2, 3))) }, { x: Float32Array.of(1, 2, 3) })).y).toEqual([6]);
  });

  it("is rounded as a division is, whatever the constant", async () => {
    const x = new Graph().input("x", [4]);
    const values = Float32Array.of(7, 3e38, 0, 1.1754944e-38);
    for (const by of [3, 3e38, 1e-39, 0.1, 8, -0.5, 2 ** -126, 2 ** 127, 2 ** -149]) {
      const { y } = await valuesOf({ y: divide(x, by) }, { x: values });
      expect(y, `by ${by}`).toEqual(Array.from(values, (value) => Math.fround(value / Math.fround(by))));
    }
  });

  it("adds no node where the constant is one, nor does adding zero, and both refuse what is no float", () => {
    const graph = new Graph();
    const [x, whole] = [graph.input("x", [3]), graph.input("whole", [3], "int32")];
    for (const same of [divide(x, 1), multiply(x, 1), add(x, 0), subtract(x, 0)]) expect(same).toBe(x);
    for (const refused of [divide, multiply, add, subtract]) {
      expect(() => refused(whole, refused === add || refused === subtract ? 0 : 1)).toThrow("needs float32");
    }
  });
});

describe("what is not a number", () => {
  it("stays so through maximum, minimum and clip, on either side, and infinities are ordered", async () => {
    const graph = new Graph();
    const [a, b] = [graph.input("a", [5]), graph.input("b", [5])];
    const { NaN: none, POSITIVE_INFINITY: most } = Number;
    const outputs = { larger: maximum(a, b), smaller: minimum(a, b), limited: clip(a, -1, 1) };
    const inputs = { a: Float32Array.of(none, 0, 3, most, -most), b: Float32Array.of(0, none, 2, -most, most) };
    const { larger, smaller, limited } = await valuesOf(outputs, inputs);
    expect(larger).toEqual([none, none, 3, most, most]);
    expect(smaller).toEqual([none, none, 2, -most, -most]);
    expect(limited).toEqual([none, 0, 1, 1, -1]);
  });
});

describe("cross-entropy", () => {
  it("of a label that is no class is not a number, and of the others what it was", async () => {
    const graph = new Graph();
    const [logits, labels] = [graph.input("logits", [4, 3]), graph.input("labels", [4], "int32")];
    const inputs = {
      logits: Float32Array.of(1, 2, 3, 1, 2, 3, 1, 2, 3, 0, 0, 0),
      labels: Int32Array.of(3, -1, 2, 0),
    };
    const { loss } = await valuesOf({ loss: crossEntropy(logits, labels) }, inputs);
    expect(loss!.slice(0, 2)).toEqual([Number.NaN, Number.NaN]);
    expect(loss![2]).toBeCloseTo(Math.log(1 + Math.exp(-1) + Math.exp(-2)), 6);
    expect(loss![3]).toBeCloseTo(Math.log(3), 6);
  });

  it("leaves classes out whose logit is minus infinity, in the loss and its derivative", async () => {
    const graph = new Graph();
    const [logits, labels] = [graph.input("logits", [1, 3]), graph.input("labels", [1], "int32")];
    const loss = crossEntropy(logits, labels);
    const [slope] = gradients(sum(loss), [logits]);
    const outputs = { loss, slope: slope!, probabilities: softmax(logits) };
    const inputs = { logits: Float32Array.of(1, 2, Number.NEGATIVE_INFINITY), labels: Int32Array.of(1) };
    const found = await valuesOf(outputs, inputs);
    expect(found.loss![0]).toBeCloseTo(Math.log(1 + Math.exp(-1)), 6);
    [found.probabilities![0]!, found.probabilities![1]! - 1, 0].forEach((expected, at) => {
      expect(found.slope![at]).toBeCloseTo(expected, 6);
    });
  });
});
