/** The CPU's own kernels at sizes where they take other ways than the small cases of operations.test.ts. */
import { expect, it } from "vitest";
import { Random } from "../../random.ts";
import { gradients } from "../gradients.ts";
import { Graph } from "../graph.ts";
import { createRuntime } from "../node/index.ts";
import { writeModel } from "../onnx/writer.ts";
import type { Shape, Tensor } from "../tensor.ts";
import { channelMoments, conv, multiply, scaleChannels, sum } from "./index.ts";

const runtime = await createRuntime({ device: "cpu", threads: 2 });

/** Runs the same outputs written as plain ONNX and with the CPU's kernels, and holds them against each other. */
async function expectAgreement(graph: Graph, outputs: ReadonlyMap<string, Tensor>): Promise<void> {
  const random = new Random(5, "kernels");
  const feeds = Object.fromEntries(
    [...graph.inputs].map(([name, { size }]) => [name, Float32Array.from({ length: size }, () => random.normal())]),
  );
  const [plain, own] = await Promise.all(
    [0, runtime.nchwcBlock].map(async (nchwcBlock) => {
      const program = await runtime.load(writeModel({ outputs, nchwcBlock }), { purpose: "training" });
      const results = await program.run(feeds);
      await program.release();
      return results;
    }),
  );
  for (const name of outputs.keys()) {
    const [expected, found] = [plain![name] as Float32Array, own![name] as Float32Array];
    const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const worst = expected.reduce((most, value, at) => Math.max(most, Math.abs(value - found[at]!)), 0);
    expect(largest, name).toBeGreaterThan(0);
    expect(worst / largest, name).toBeLessThan(1e-4);
  }
}

interface Convolution {
  readonly x: Shape;
  readonly weight: Shape;
  readonly options: Parameters<typeof conv>[2];
}

it.each<readonly [string, Convolution]>([
  ["of 3 x 3 taps", { x: [3, 32, 24, 20], weight: [16, 32, 3, 3], options: { padding: 1 } }],
  ["of more copies than are held at once", { x: [5, 64, 96, 96], weight: [64, 64, 3, 3], options: { padding: 1 } }],
  ["in strides", { x: [3, 32, 24, 21], weight: [48, 32, 3, 3], options: { padding: 1, stride: 2 } }],
  ["of one tap in strides", { x: [3, 32, 24, 21], weight: [48, 32, 1, 1], options: { stride: 2 } }],
  ["of one tap around a padding", { x: [2, 16, 5, 6], weight: [16, 16, 1, 1], options: { padding: 1 } }],
  [
    "dilated and padded unevenly",
    {
      x: [2, 16, 17, 19],
      weight: [32, 16, 3, 2],
      options: {
        dilation: 2,
        padding: [
          [4, 1],
          [0, 2],
        ],
      },
    },
  ],
  ["padded further than its taps reach", { x: [2, 16, 9, 8], weight: [16, 16, 2, 2], options: { padding: 3 } }],
  ["of few channels in strides", { x: [4, 5, 63, 64], weight: [32, 5, 7, 7], options: { stride: 2, padding: 3 } }],
  [
    "of few channels, dilated in strides",
    {
      x: [2, 3, 40, 33],
      weight: [16, 3, 3, 3],
      options: { stride: 2, dilation: 3, padding: 4 },
    },
  ],
  [
    "of few channels, padded further than its taps reach",
    {
      x: [2, 3, 12, 9],
      weight: [16, 3, 2, 2],
      options: { padding: 4 },
    },
  ],
  ["of one axis", { x: [3, 32, 50], weight: [16, 32, 5], options: { padding: 2 } }],
  ["of three axes", { x: [2, 16, 6, 10, 9], weight: [32, 16, 3, 3, 3], options: { padding: 1 } }],
])("the filter's derivative %s is that of plain kernels", async (_, { x: shape, weight: filter, options }) => {
  const graph = new Graph();
  const [x, weight] = [graph.input("x", shape), graph.input("weight", filter)];
  const y = conv(x, weight, options);
  const [derivative] = gradients(sum(multiply(y, graph.input("dy", y.shape))), [weight]);
  await expectAgreement(graph, new Map([["derivative", derivative!]]));
});

it.each<readonly [Shape]>([[[3, 16, 700]], [[2, 5, 24, 40]], [[2, 3, 8, 9, 10]]])(
  "channels of %j are scaled, and their moments taken, as by plain kernels",
  async (shape) => {
    const graph = new Graph();
    const channels = shape[1]!;
    const x = graph.input("x", shape);
    const { mean, variance } = channelMoments(x);
    const scaled = scaleChannels(x, graph.input("scale", [channels]), graph.input("shift", [channels]));
    const [derivative] = gradients(sum(multiply(variance, mean)), [x]);
    await expectAgreement(graph, new Map(Object.entries({ mean, variance, scaled, derivative: derivative! })));
  },
);
