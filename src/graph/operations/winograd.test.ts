import { expect, it } from "vitest";
import { Random } from "../../random.ts";
import { gradients } from "../gradients.ts";
import { Graph } from "../graph.ts";
import { zeros } from "../initializers.ts";
import { createRuntime } from "../node/index.ts";
import { type ModelRequest, writeModel } from "../onnx/writer.ts";
import { conv, multiply, sum } from "./index.ts";

const claim = "wide 3 x 3 convolutions and their derivatives agree with the plain kernels to 1e-4 of the largest value";
const runtime = await createRuntime({ device: "cpu", threads: 1 });

// Tiles of 4, 3 and 2, and more than are transformed at once.
it.each([
  { samples: 6, side: 16 },
  { samples: 45, side: 24 },
  { samples: 24, side: 6 },
  { samples: 7, side: 8 },
])(`${claim}: $samples maps of side $side`, async ({ samples, side }) => {
  const graph = new Graph();
  const [x, weight, dy] = [
    graph.input("x", [samples, 128, side, side]),
    graph.input("weight", [144, 128, 3, 3]),
    graph.input("dy", [samples, 144, side, side]),
  ];
  const y = conv(x, weight, { padding: 1 });
  const [dx, dWeight] = gradients(sum(multiply(y, dy)), [x, weight]);
  const outputs = new Map([
    ["y", y],
    ["dx", dx!],
    ["dWeight", dWeight!],
  ]);
  const random = new Random(5, "winograd");
  const feeds = Object.fromEntries(
    [...graph.inputs].map(([name, { size }]) => [name, Float32Array.from({ length: size }, () => random.normal())]),
  );
  const results = [];
  const nodes = [];
  for (const nchwcBlock of [0, 16]) {
    const model = writeModel({ outputs, nchwcBlock });
    nodes.push(model.nodes);
    const program = await runtime.load(model, { purpose: "training" });
    results.push(await program.run(feeds));
    await program.release();
  }
  // The second model is the one with transforms.
  expect(nodes[1]).toBeGreaterThan(nodes[0]!);
  for (const name of outputs.keys()) {
    const [plain, fast] = results.map((result) => result[name] as Float32Array);
    const largest = plain!.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const worst = plain!.reduce((most, value, at) => Math.max(most, Math.abs(value - fast![at]!)), 0);
    expect(worst / largest, name).toBeLessThan(1e-4);
  }
});

it("with a constant filter the same holds in a model loaded for inference", async () => {
  const graph = new Graph();
  const x = graph.input("x", [6, 64, 16, 16]);
  const outputs = new Map([
    ["y", conv(x, graph.parameter("weight", [80, 64, 3, 3], { initial: zeros }), { padding: 1 })],
  ]);
  const random = new Random(6, "winograd");
  const constants = new Map([["weight", Float32Array.from({ length: 80 * 64 * 9 }, () => random.normal())]]);
  const feeds = { x: Float32Array.from({ length: x.size }, () => random.normal()) };
  const run = async (request: Partial<ModelRequest>) => {
    const model = writeModel({ outputs, constants, ...request });
    const program = await runtime.load(model);
    const { y } = await program.run(feeds);
    await program.release();
    return { nodes: model.nodes, y: y as Float32Array };
  };
  const plain = await run({});
  const fast = await run({ nchwcBlock: 16, constantWeights: true });
  expect(fast.nodes).toBeGreaterThan(plain.nodes);
  const largest = plain.y.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const worst = plain.y.reduce((most, value, at) => Math.max(most, Math.abs(value - fast.y[at]!)), 0);
  expect(worst / largest).toBeLessThan(1e-4);
});
