import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { tolerance, worst } from "../../bench/golden/compare.ts";
import { compareStageTwo } from "../../bench/golden/stage-two.ts";
import {
  add,
  concat,
  conv,
  Graph,
  gradients,
  hardSigmoid,
  mean,
  multiply,
  openSafetensors,
  type Runtime,
  reshape,
  sigmoid,
  slice,
  split,
  square,
  type Tensor,
  tanh,
  writeModel,
} from "../graph/index.ts";
import { createRuntime } from "../graph/node/index.ts";
import { Random } from "../random.ts";
import { bytes } from "../volume/index.ts";
import {
  type ConvLstmSettings,
  convLstm,
  Dropout,
  drawMasks,
  paperStageTwo,
  presetDescription,
  stageTwo,
  stageTwoTraining,
} from "./index.ts";

const sizes = { samples: 2, steps: 3, channels: 3, height: 4, width: 5, filters: 2 };
const gates = 4;
const base: ConvLstmSettings = {
  filters: sizes.filters,
  recurrentActivation: "hard-sigmoid",
  inputDropout: 0,
  recurrentDropout: 0,
  dropoutKind: "channel",
};

/** One direction as its equations are written: a step at a time, every gate for itself, masks on the maps. */
function plainConvLstm(
  x: Tensor,
  weights: { kernel: Tensor; recurrent: Tensor; bias: Tensor },
  settings: ConvLstmSettings,
  masks: { input: ((gate: number) => Tensor) | undefined; state: ((gate: number) => Tensor) | undefined },
): Tensor {
  const { samples, steps, channels, height, width, filters } = sizes;
  const rho = settings.recurrentActivation === "sigmoid" ? sigmoid : hardSigmoid;
  const part = (tensor: Tensor, gate: number): Tensor => slice(tensor, { 0: [gate * filters, (gate + 1) * filters] });
  let state: Tensor | undefined;
  let memory: Tensor | undefined;
  const states: Tensor[] = [];
  for (let step = 0; step < steps; step++) {
    const map = reshape(slice(x, { 1: [step, step + 1] }), [samples, channels, height, width]);
    const gate = (index: number): Tensor => {
      const read = masks.input ? multiply(map, masks.input(index)) : map;
      const fed = conv(read, part(weights.kernel, index), { padding: 1, bias: part(weights.bias, index) });
      if (state === undefined) return fed;
      const recalled = masks.state ? multiply(state, masks.state(index)) : state;
      return add(fed, conv(recalled, part(weights.recurrent, index), { padding: 1 }));
    };
    const fresh = multiply(rho(gate(0)), tanh(gate(2)));
    memory = memory === undefined ? fresh : add(multiply(rho(gate(1)), memory), fresh);
    state = multiply(rho(gate(3)), tanh(memory));
    states.push(reshape(state, [samples, 1, filters, height, width]));
  }
  return concat(states, 1);
}

function reversed(x: Tensor): Tensor {
  return concat(split(x, new Array<number>(x.shape[1]!).fill(1), 1).toReversed(), 1);
}

describe("the ConvLSTM", () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await createRuntime({ device: "cpu", threads: 1 });
  });

  it.each<[string, Partial<ConvLstmSettings>]>([
    ["with the hard sigmoid", {}],
    ["with the logistic function", { recurrentActivation: "sigmoid" }],
    ["dropping channels", { inputDropout: 0.4, recurrentDropout: 0.4 }],
    ["dropping elements", { inputDropout: 0.4, recurrentDropout: 0.4, dropoutKind: "element" }],
  ])("%s computes its equations and their derivatives, in both directions", async (_, options) => {
    const settings = { ...base, ...options };
    const { samples, steps, channels, height, width, filters } = sizes;
    const graph = new Graph({ training: true, seed: 3 });
    const x = graph.input("x", [samples, steps, channels, height, width]);
    const dropout = new Dropout();
    const scopes = [graph.scope("up"), graph.scope("down")];
    const directions = [{ scope: scopes[0]! }, { scope: scopes[1]!, reversed: true }];
    const fast = convLstm(x, graph, directions, settings, dropout);

    const plain = ["up", "down"].map((name, direction) => {
      const weight = (what: string): Tensor => graph.parameters.get(`${name}.${what}`)!.tensor;
      const map = settings.dropoutKind === "element" ? [height, width] : [1, 1];
      const inputMask = graph.inputs.get("input_mask");
      const stateMask = graph.inputs.get("recurrent_mask");
      const own = { kernel: weight("kernel"), recurrent: weight("recurrent_kernel"), bias: weight("bias") };
      const masks = {
        input:
          inputMask &&
          ((gate: number) => {
            const row = direction * gates + gate;
            return reshape(slice(inputMask, { 1: [row, row + 1] }), [samples, channels, ...map]);
          }),
        state:
          stateMask &&
          ((gate: number) => {
            const rows = slice(stateMask, { 0: [direction * samples, (direction + 1) * samples], 1: [gate, gate + 1] });
            return reshape(rows, [samples, filters, ...map]);
          }),
      };
      const result = plainConvLstm(direction === 1 ? reversed(x) : x, own, settings, masks);
      return direction === 1 ? reversed(result) : result;
    });

    const of = [x, ...[...graph.parameters.values()].map(({ tensor }) => tensor)];
    const outputs = new Map<string, Tensor>();
    for (const [name, sequences] of [
      ["fast", fast],
      ["plain", plain],
    ] as const) {
      sequences.forEach((states, direction) => void outputs.set(`${name}.states.${direction}`, states));
      const loss = mean(square(add(concat(sequences, 2), 0.3)));
      gradients(loss, of).forEach((derivative, index) => void outputs.set(`${name}.derivative.${index}`, derivative));
    }
    const constants = new Map([...graph.parameters.values()].map(({ name, draw }) => [name, draw()]));
    const program = await runtime.load(writeModel({ outputs, constants }), { purpose: "training" });
    const random = new Random(5, "test");
    const values = Float32Array.from({ length: x.size }, () => random.normal());
    const computed = await program.run({ x: values, ...drawMasks(dropout.requests, random) });
    await program.release();
    expect(dropout.requests.length).toBe(settings.inputDropout > 0 ? 2 : 0);
    for (const name of outputs.keys()) {
      if (!name.startsWith("fast")) continue;
      const [actual, expected] = [computed[name]!, computed[name.replace("fast", "plain")]!] as Float32Array[];
      const largest = expected!.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
      expect(largest, name).toBeGreaterThan(0);
      expected!.forEach((value, at) => {
        expect(Math.abs(actual![at]! - value) / largest, `${name}[${at}]`).toBeLessThan(2e-5);
      });
    }
  });
});

describe("stage II", () => {
  it("agrees with reference values to 1e-4: values and gradients", async () => {
    const path = new URL("../../test/golden/stage-two.safetensors", import.meta.url);
    const file = await openSafetensors(bytes("stage-two", await readFile(path)));
    for (const { group, comparisons } of await compareStageTwo(file, await createRuntime({ device: "cpu" }))) {
      expect(worst(comparisons).error, `${group}: ${worst(comparisons).name}`).toBeLessThan(tolerance);
    }
  });

  it("has the paper's shapes: 24 -> 12 -> 6, 192 channels by concatenation and 96 by sum", () => {
    const shapes = (merge: "concatenate" | "sum") => {
      const graph = new Graph();
      const x = graph.input("x", [1, 2, 512, 24, 24]);
      const { units, logits } = stageTwo(x, graph, { ...paperStageTwo, merge }, new Dropout());
      return [...units.map((unit) => unit.shape), logits.shape, graph.parameters.get("fc.weight")!.tensor.shape];
    };
    expect(shapes("concatenate")).toEqual([[1, 2, 192, 12, 12], [1, 2, 192, 6, 6], [1], [1, 6912]]);
    expect(shapes("sum")).toEqual([[1, 2, 96, 12, 12], [1, 2, 96, 6, 6], [1], [1, 3456]]);
  });

  it("starts as Keras does: forget gates open, other biases zero, recurrent kernels orthonormal", () => {
    const { graph } = stageTwoTraining(presetDescription("two-stage", "tiny", "test"), { batch: 1, seed: 1 });
    const filters = 4;
    const bias = graph.parameters.get("units.0.ascending.bias")!.draw();
    expect([...bias]).toEqual(
      Array.from({ length: 4 * filters }, (_, at) => (at >= filters && at < 2 * filters ? 1 : 0)),
    );
    const kernel = graph.parameters.get("units.0.ascending.recurrent_kernel")!;
    const rows = kernel.tensor.shape[0]!;
    const length = kernel.tensor.size / rows;
    const values = kernel.draw();
    const product = (a: number, b: number): number =>
      Array.from({ length }, (_, at) => values[a * length + at]! * values[b * length + at]!).reduce((x, y) => x + y);
    expect(product(0, 0)).toBeCloseTo(1, 5);
    expect(product(0, 5)).toBeCloseTo(0, 5);
  });

  it("asks for dropout masks in training only, and draws the same ones for the same seed", () => {
    const { masks, graph } = stageTwoTraining(presetDescription("two-stage", "tiny", "test"), { batch: 2, seed: 1 });
    expect(masks.map(({ name }) => name)).toEqual([
      "units.0.input_mask",
      "units.0.recurrent_mask",
      "units.1.input_mask",
      "units.1.recurrent_mask",
      "dense_mask",
    ]);
    expect(masks.every(({ name }) => graph.inputs.has(name))).toBe(true);
    const drawn = drawMasks(masks, new Random(9, "dropout", 4));
    expect(drawn).toEqual(drawMasks(masks, new Random(9, "dropout", 4)));
    expect(new Set(drawn.dense_mask)).toEqual(new Set([0, 2]));
    expect(new Set(drawn["units.0.input_mask"])).toEqual(new Set([0, 1.25]));
  });
});
