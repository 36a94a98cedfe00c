import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { evaluate } from "../../../test/reference/interpreter.ts";
import { Random } from "../../random.ts";
import { gradients, operationsOf } from "../gradients.ts";
import { createRuntime } from "../node/index.ts";
import { writeModel } from "../onnx/writer.ts";
import { constant, registeredOps, type Shape, Tensor } from "../tensor.ts";
import { positive } from "./elementwise.ts";
import * as op from "./index.ts";

/** What a case computes from its inputs, and where the inputs lie. */
interface Case {
  readonly shapes: readonly Shape[];
  readonly build: (inputs: readonly Tensor[]) => Tensor;
  /** Default: standard normal. */
  readonly draw?: (random: Random) => number;
  /** The derivative is zero by decision, not by mathematics. */
  readonly stopped?: boolean;
}

const size = fc.integer({ min: 1, max: 4 });
const shape = fc.array(size, { minLength: 1, maxLength: 4 });
/** A shape and a second one that broadcasts with it. */
const broadcastPair = shape.chain((a) =>
  fc
    .tuple(fc.array(fc.boolean(), { minLength: a.length, maxLength: a.length }), fc.nat(a.length - 1))
    .map(([kept, dropped]) => [a, a.map((length, axis) => (kept[axis] ? length : 1)).slice(dropped)] as const),
);
const positiveNumber = (random: Random): number => random.uniform(0.3, 2);

const one = (build: (x: Tensor) => Tensor, draw?: (random: Random) => number): fc.Arbitrary<Case> =>
  shape.map((own) => ({ shapes: [own], build: ([x]) => build(x!), ...(draw ? { draw } : {}) }));
const two = (build: (a: Tensor, b: Tensor) => Tensor, draw?: (random: Random) => number): fc.Arbitrary<Case> =>
  broadcastPair.map((pair) => ({ shapes: pair, build: ([a, b]) => build(a!, b!), ...(draw ? { draw } : {}) }));
const shaped = (build: (x: Tensor, pick: (count: number) => number) => Tensor): fc.Arbitrary<Case> =>
  fc.tuple(shape, fc.nat()).map(([own, seed]) => ({
    shapes: [own],
    build: ([x]) => {
      const random = new Random(seed, "case");
      return build(x!, (count) => random.integer(count));
    },
  }));

const window = fc.record({
  stride: fc.integer({ min: 1, max: 3 }),
  dilation: fc.integer({ min: 1, max: 2 }),
  padding: fc.oneof(
    fc.constant("same" as const),
    fc.integer({ min: 0, max: 2 }),
    fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 2 })),
  ),
});

/** Convolutions of one to three spatial axes; wide ones reach the CPU's blocked kernels. */
const convolution = (transposed: boolean): fc.Arbitrary<Case> =>
  fc
    .record({
      window,
      axes: fc.integer({ min: 1, max: 3 }),
      groups: fc.integer({ min: 1, max: 2 }),
      width: fc.constantFrom(1, 2, 3, 16),
      narrow: fc.boolean(),
      kernel: fc.integer({ min: 1, max: 3 }),
      samples: fc.integer({ min: 1, max: 2 }),
    })
    .map(({ window: { stride, dilation, padding }, axes, groups, width, narrow, kernel, samples }) => {
      const spatial = Array.from({ length: axes }, (_, axis) => (axes === 3 ? 4 : 5) + axis);
      const inputs = narrow ? groups : groups * width;
      const outputs = groups * width;
      const taps = spatial.map(() => kernel);
      const pads = Array.isArray(padding) ? spatial.map(() => padding as [number, number]) : padding;
      return transposed
        ? {
            shapes: [
              [samples, inputs, ...spatial.map(() => 2)],
              [inputs, outputs / groups, ...taps],
            ],
            build: ([x, w]) => op.convTranspose(x!, w!, { stride, dilation, groups, outputPadding: stride - 1 }),
          }
        : {
            shapes: [
              [samples, inputs, ...spatial],
              [outputs, inputs / groups, ...taps],
            ],
            build: ([x, w]) => op.conv(x!, w!, { stride, dilation, groups, padding: dilation > 1 ? "same" : pads }),
          };
    });

const pooling = (build: (x: Tensor, kernel: readonly number[], options: object) => Tensor): fc.Arbitrary<Case> =>
  fc
    .record({
      stride: fc.integer({ min: 1, max: 3 }),
      kernel: fc.integer({ min: 2, max: 3 }),
      padding: fc.constantFrom(0, 1, "same"),
      axes: fc.integer({ min: 2, max: 3 }),
    })
    .map(({ stride, kernel, padding, axes }) => ({
      shapes: [[2, 2, ...Array.from({ length: axes }, (_, axis) => 6 - axis)]],
      build: ([x]) => build(x!, new Array<number>(axes).fill(kernel), { stride, padding }),
    }));

/** A way to reach every row, by the name of what is exercised. */
const cases: Readonly<Record<string, fc.Arbitrary<Case>>> = {
  add: two(op.add),
  subtract: two(op.subtract),
  multiply: two(op.multiply),
  divide: two(op.divide, positiveNumber),
  negate: one(op.negate),
  exp: one(op.exp),
  log: one(op.log, positiveNumber),
  squareRoot: one(op.squareRoot, positiveNumber),
  absolute: one(op.absolute),
  "sign and positive": one((x) => op.add(op.multiply(op.sign(x), x), positive(x))),
  relu: one(op.relu),
  "leakyRelu in a product": one((x) => op.multiply(op.leakyRelu(x, 0.1), x)),
  sigmoid: one(op.sigmoid),
  tanh: one(op.tanh),
  softplus: one(op.softplus),
  hardSigmoid: one((x) => op.hardSigmoid(op.multiply(x, 3))),
  "maximum, minimum and clip": two((a, b) => op.maximum(op.minimum(a, b), op.clip(a, -0.7, 0.8))),
  "comparisons choose": two((a, b) =>
    op.add(
      op.where(op.less(a, b), a, op.multiply(b, b)),
      op.where(op.equal(a, b), 1, op.where(op.greater(a, 0), b, a)),
    ),
  ),
  "cast to a whole number": one((x) => op.multiply(op.cast(op.cast(x, "int32"), "float32"), x)),
  "reshape and transpose": shaped((x, pick) => {
    const turned = op.transpose(x, new Random(pick(1e6), "order").shuffle(x.shape.map((_, axis) => axis)));
    return op.reshape(turned, [-1]);
  }),
  expand: broadcastPair.map(([wide, narrow]) => ({ shapes: [narrow], build: ([x]) => op.expand(x!, wide) })),
  sum: shaped((x, pick) => op.sum(x, [pick(x.rank)], { keep: pick(2) === 1 })),
  mean: shaped((x, pick) => op.mean(x, pick(2) === 1 ? undefined : [pick(x.rank)])),
  max: shaped((x, pick) => op.max(x, pick(2) === 1 ? undefined : [pick(x.rank)])),
  "split and concat": shaped((x, pick) => {
    const axis = pick(x.rank);
    const doubled = op.concat([x, op.multiply(x, x)], axis);
    const [first, rest] = op.split(doubled, [1, 2 * x.shape[axis]! - 1], axis);
    return op.concat([rest!, first!, x], axis);
  }),
  "a part of a split": shaped((x, pick) => op.split(op.concat([x, x], pick(1)), [1, 2 * x.shape[0]! - 1], 0)[pick(2)]!),
  slice: shaped((x, pick) => {
    const axis = pick(x.rank);
    const start = pick(x.shape[axis]!);
    return op.slice(x, { [axis]: [start, x.shape[axis]!] });
  }),
  pad: shaped((x, pick) => op.pad(x, { [pick(x.rank)]: [pick(3), pick(3)] }, pick(2))),
  gather: shaped((x, pick) => {
    const axis = pick(x.rank);
    const indices = Int32Array.from({ length: 6 }, () => pick(x.shape[axis]!));
    return op.gather(x, constant(indices, [2, 3]), axis);
  }),
  scatterAdd: shaped((x, pick) => {
    const axis = pick(x.rank);
    const indices = Int32Array.from({ length: x.shape[axis]! }, () => pick(5));
    return op.scatterAdd(x, constant(indices), axis, 5);
  }),
  repeat: shaped((x, pick) => op.repeat(x, pick(x.rank), 1 + pick(3))),
  matmul: fc.tuple(size, size, size, size, fc.boolean()).map(([batch, m, k, n, shared]) => ({
    shapes: [[batch, m, k], shared ? [k, n] : [batch, k, n]],
    build: ([a, b]) => op.matmul(a!, b!),
  })),
  dense: fc.tuple(size, size, size).map(([n, inputs, outputs]) => ({
    shapes: [[n, inputs], [outputs, inputs], [outputs]],
    build: ([x, w, b]) => op.dense(x!, w!, b!),
  })),
  softmax: shaped((x, pick) => op.softmax(x, pick(x.rank))),
  logSoftmax: shaped((x, pick) => op.logSoftmax(x, pick(x.rank))),
  conv: convolution(false),
  convTranspose: convolution(true),
  maxPool: pooling((x, kernel, options) => op.maxPool(x, kernel, options)),
  averagePool: pooling((x, kernel, options) => op.averagePool(x, kernel, options)),
  "averagePool without padding": pooling((x, kernel, options) =>
    op.averagePool(x, kernel, { ...options, countPadding: false }),
  ),
  globalAveragePool: pooling((x) => op.globalAveragePool(x)),
  scaleChannels: fc.tuple(size, size, size).map(([n, c, h]) => ({
    shapes: [[n, c, h, 2], [c], [c]],
    build: ([x, scale, shift]) => op.scaleChannels(x!, scale!, shift!),
  })),
  "batch normalisation": fc.tuple(fc.integer({ min: 2, max: 3 }), size).map(([n, c]) => ({
    shapes: [[n, c, 2, 3], [c], [c]],
    build: ([x, scale, shift]) =>
      op.normaliseChannels(x!, op.channelMoments(x!), { scale: scale!, shift: shift!, epsilon: 0.1 }),
  })),
  "group normalisation": fc.tuple(size, size).map(([n, c]) => ({
    shapes: [[n, 2 * c, 2, 3], [2 * c], [2 * c]],
    build: ([x, scale, shift]) => op.normaliseGroups(x!, 2, { scale: scale!, shift: shift!, epsilon: 0.1 }),
  })),
  "cross-entropy": fc.tuple(size, fc.integer({ min: 2, max: 4 })).map(([n, classes]) => ({
    shapes: [[n, classes]],
    build: ([x]) => op.crossEntropy(x!, constant(Int32Array.from({ length: n }, (_, index) => index % classes))),
  })),
  "binary cross-entropy": one((x) => op.binaryCrossEntropy(x, op.expand(constant(0.25), x.shape))),
  "focal loss": one((x) => op.focalLoss(x, op.cast(op.greater(x, 0), "float32"), 2)),
  resizeBilinear: fc.tuple(size, size, size, size).map(([h, w, height, width]) => ({
    shapes: [[1, 2, h, w]],
    build: ([x]) => op.resizeBilinear(x!, [height, width]),
  })),
  "a derivative written by hand": one(
    (x) => op.withGradient([x], [op.tanh(x)], ([dy]) => [op.multiply(dy!, op.subtract(1, op.square(op.tanh(x))))])[0]!,
  ),
  stopGradient: one((x) => op.stopGradient(op.multiply(x, x))).map((own) => ({ ...own, stopped: true })),
};

const runtime = await createRuntime({ device: "cpu", threads: 1 });
const reached = new Set<string>();

/** sum(w y^2 + w y) with fixed w: its second derivative does not vanish even where y is linear. */
function lossOf(y: Tensor, seed: number): Tensor {
  const random = new Random(seed, "weights");
  const weights = constant(
    Float32Array.from({ length: y.size }, () => random.uniform(-1, 1)),
    y.shape,
  );
  return op.sum(op.multiply(weights, op.add(op.multiply(op.square(y), 0.5), y)));
}

/** How much a scalar changes along a direction of the inputs, by central differences. */
function slopeAlong(
  scalar: Tensor,
  inputs: readonly Tensor[],
  values: readonly Float64Array[],
  direction: readonly Float64Array[],
): number {
  const at = (step: number): number => {
    const moved = values.map((own, index) => own.map((value, place) => value + step * direction[index]![place]!));
    return evaluate([scalar], new Map(inputs.map((input, index) => [input, moved[index]!])))[0]![0]!;
  };
  return (at(1e-5) - at(-1e-5)) / 2e-5;
}

/** A derivative held against finite differences along random directions, one input moving at a time. */
function checkDerivative(
  scalar: Tensor,
  derivative: readonly Float64Array[],
  inputs: readonly Tensor[],
  values: readonly Float64Array[],
  random: Random,
  what: string,
): void {
  inputs.forEach((input, index) => {
    for (let repeat = 0; repeat < 2; repeat++) {
      const direction = inputs.map((other) =>
        Float64Array.from({ length: other.size }, () => (other === input ? random.normal() : 0)),
      );
      const along = derivative[index]!.reduce((total, value, place) => total + value * direction[index]![place]!, 0);
      const size = Math.max(1, Math.hypot(...derivative[index]!) * Math.hypot(...direction[index]!));
      const expected = slopeAlong(scalar, inputs, values, direction);
      expect(Math.abs(along - expected) / size, `${what} by input ${index}: ${along}, not ${expected}`).toBeLessThan(
        1e-6,
      );
    }
  });
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number, what: string): void {
  const scale = Math.max(1, ...Array.from(expected, Math.abs));
  for (let index = 0; index < expected.length; index++) {
    const error = Math.abs(actual[index]! - expected[index]!) / scale;
    expect(error, `${what} at ${index}: ${actual[index]} instead of ${expected[index]}`).toBeLessThan(tolerance);
  }
}

async function check({ shapes, build, draw, stopped = false }: Case, seed: number): Promise<void> {
  const random = new Random(seed, "values");
  const inputs = shapes.map(
    (own, index) => new Tensor({ shape: own, type: "float32" }, { kind: "input", name: `i${index}` }),
  );
  const values = inputs.map((input) =>
    Float64Array.from({ length: input.size }, () => Math.fround((draw ?? (() => random.normal()))(random))),
  );
  const y = build(inputs);
  const loss = lossOf(y, seed);
  const first = gradients(loss, inputs);
  const slope = op.sum(
    op.concat(
      first.map((own, index) => op.reshape(lossOf(own, seed + index), [1])),
      0,
    ),
  );
  const second = gradients(slope, inputs);
  for (const { definition } of operationsOf([...first, ...second])) reached.add(definition.name);
  for (const { definition } of operationsOf([y])) reached.add(definition.name);

  const results = [y, ...first, ...second];
  const exact = evaluate(results, new Map(inputs.map((input, index) => [input, values[index]!])));
  if (stopped) {
    for (const own of exact.slice(1)) expect(Array.from(own).every((value) => value === 0)).toBe(true);
  } else {
    const [forward, backward] = [exact.slice(1, 1 + inputs.length), exact.slice(1 + inputs.length)];
    checkDerivative(loss, forward, inputs, values, random, "first derivative");
    checkDerivative(slope, backward, inputs, values, random, "second derivative");
  }
  // These rows have kernels of their own on the CPU.
  const special = operationsOf([y, ...second]).some(({ definition }) => /^conv|^maxPool/.test(definition.name));
  for (const block of special ? new Set([0, runtime.nchwcBlock]) : [0]) {
    const model = writeModel({
      nchwcBlock: block,
      outputs: new Map(results.map((tensor, index) => [`o${index}`, tensor])),
    });
    const program = await runtime.load(model, { purpose: "training" });
    const feeds = Object.fromEntries(inputs.map((_, index) => [`i${index}`, Float32Array.from(values[index]!)]));
    const computed = await program.run(feeds);
    await program.release();
    results.forEach((_, index) => {
      expectClose(
        Array.from(computed[`o${index}`]!, Number),
        exact[index]!,
        2e-4,
        `kernel (block ${block}) of result ${index}`,
      );
    });
  }
}

describe("an operation and its derivatives", () => {
  for (const [name, arbitrary] of Object.entries(cases)) {
    it(`agree with definitions and finite differences: ${name}`, { timeout: 180_000 }, async () => {
      const runs = name.startsWith("conv") ? 10 : 4;
      await fc.assert(fc.asyncProperty(arbitrary, fc.nat(1e6), check), { numRuns: runs, seed: 20_201 });
    });
  }

  afterAll(() => {
    const missed = [...registeredOps().keys()].filter((name) => !reached.has(name) && name !== "reordered");
    expect(missed, "rows that no case reaches").toEqual([]);
  });
});
