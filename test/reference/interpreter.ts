/**
 * Evaluates a graph by its definitions, in float64 and plain loops: what the engine's kernels and derivatives are held
 * against.
 *
 *     const [loss] = evaluate([lossTensor], new Map([[x, Float64Array.of(1, 2, 3)]]));
 *
 * Slow and simple on purpose; no kernel, layout or derivative rule of the engine is used here.
 */

import { operationsOf } from "../../src/graph/gradients.ts";
import { type ConvAttributes, outputSize, type Window } from "../../src/graph/operations/window.ts";
import { numElements, type Operation, type Shape, type Tensor } from "../../src/graph/tensor.ts";

type Numbers = Float64Array;

/** Calls `visit` for every index of a shape, in row-major order. */
function each(shape: Shape, visit: (index: number[], flat: number) => void): void {
  const index = new Array<number>(shape.length).fill(0);
  const size = numElements(shape);
  for (let flat = 0; flat < size; flat++) {
    visit(index, flat);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]!++;
      if (index[axis]! < shape[axis]!) break;
      index[axis] = 0;
    }
  }
}

function flatIndex(shape: Shape, index: readonly number[]): number {
  return index.reduce((flat, at, axis) => flat * shape[axis]! + at, 0);
}

/** The value that broadcasting puts at an index of the larger shape. */
function broadcastAt(x: Tensor, values: Numbers, index: readonly number[]): number {
  const offset = index.length - x.rank;
  return values[
    flatIndex(
      x.shape,
      x.shape.map((size, axis) => (size === 1 ? 0 : index[axis + offset]!)),
    )
  ]!;
}

function fill(shape: Shape, value: (index: number[], flat: number) => number): Numbers {
  const result = new Float64Array(numElements(shape));
  each(shape, (index, flat) => {
    result[flat] = value(index, flat);
  });
  return result;
}

const binary: Readonly<Record<string, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  greater: (a, b) => Number(a > b),
  greaterOrEqual: (a, b) => Number(a >= b),
  less: (a, b) => Number(a < b),
  equal: (a, b) => Number(a === b),
};

const unary: Readonly<Record<string, (x: number) => number>> = {
  negate: (x) => -x,
  exp: Math.exp,
  log: Math.log,
  squareRoot: Math.sqrt,
  absolute: Math.abs,
  sign: Math.sign,
  positive: (x) => Number(x > 0),
  relu: (x) => Math.max(x, 0),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  tanh: Math.tanh,
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  hardSigmoid: (x) => Math.min(Math.max(0.2 * x + 0.5, 0), 1),
  stopGradient: (x) => x,
};

type Rule = (operation: Operation, inputs: readonly Numbers[], attributes: never) => readonly Numbers[];

/** Visits every pair of an output position and a tap that falls inside the input. */
function walk(
  window: Window,
  spatial: readonly number[],
  visit: (output: number[], tap: number[], input: number[]) => void,
): void {
  each(outputSize(window, spatial), (output) => {
    each(window.kernel, (tap) => {
      const input = output.map(
        (at, axis) => at * window.strides[axis]! + tap[axis]! * window.dilations[axis]! - window.before[axis]!,
      );
      if (input.every((at, axis) => at >= 0 && at < spatial[axis]!)) visit([...output], [...tap], input);
    });
  });
}

/** Visits every multiplication of a convolution as flat indices of input, filter and output. */
function products(attributes: ConvAttributes, visit: (x: number, w: number, y: number) => void): void {
  const { window, groups, input, filter } = attributes;
  const spatial = input.slice(2);
  const output = [input[0]!, filter[0]!, ...outputSize(window, spatial)];
  walk(window, spatial, (at, tap, from) => {
    for (let sample = 0; sample < input[0]!; sample++) {
      for (let out = 0; out < filter[0]!; out++) {
        const group = Math.floor((out * groups) / filter[0]!);
        for (let channel = 0; channel < filter[1]!; channel++) {
          visit(
            flatIndex(input, [sample, group * filter[1]! + channel, ...from]),
            flatIndex(filter, [out, channel, ...tap]),
            flatIndex(output, [sample, out, ...at]),
          );
        }
      }
    }
  });
}

/** Reduces along axes: `combine` folds the values that share an output place. */
function reduce(x: Tensor, values: Numbers, shape: Shape, start: number, combine: (a: number, b: number) => number) {
  const result = new Float64Array(numElements(shape)).fill(start);
  each(x.shape, (index, flat) => {
    const place = flatIndex(
      shape,
      index.map((at, axis) => (shape[axis] === 1 ? 0 : at)),
    );
    result[place] = combine(result[place]!, values[flat]!);
  });
  return result;
}

function softmax(x: Tensor, values: Numbers, axis: number): Numbers {
  const shape = x.shape.map((size, at) => (at === axis ? 1 : size));
  const highest = reduce(x, values, shape, Number.NEGATIVE_INFINITY, Math.max);
  const place = (index: number[]): number =>
    flatIndex(
      shape,
      index.map((at, own) => (own === axis ? 0 : at)),
    );
  const powers = fill(x.shape, (index, flat) => Math.exp(values[flat]! - highest[place(index)]!));
  const total = reduce(x, powers, shape, 0, (a, b) => a + b);
  return fill(x.shape, (index, flat) => powers[flat]! / total[place(index)]!);
}

/** The largest value under each position of a window, and where in x it lies. */
function maxima(x: Tensor, y: Tensor, values: Numbers, window: Window): { best: Numbers; places: Numbers } {
  const best = new Float64Array(y.size).fill(Number.NEGATIVE_INFINITY);
  const places = new Float64Array(y.size);
  walk(window, x.shape.slice(2), (output, _, input) => {
    each(x.shape.slice(0, 2), (plane) => {
      const [from, to] = [flatIndex(x.shape, [...plane, ...input]), flatIndex(y.shape, [...plane, ...output])];
      if (values[from]! > best[to]!) {
        best[to] = values[from]!;
        places[to] = from;
      }
    });
  });
  return { best, places };
}

const rules: Readonly<Record<string, Rule>> = {
  where: ({ inputs: [c, a, b], outputs: [y] }, [condition, left, right]) => [
    fill(y!.shape, (index) =>
      broadcastAt(c!, condition!, index) !== 0 ? broadcastAt(a!, left!, index) : broadcastAt(b!, right!, index),
    ),
  ],
  cast: ({ outputs: [y] }, [x]) => [
    y!.type === "float32" ? x! : x!.map((value) => (y!.type === "bool" ? Number(value !== 0) : Math.trunc(value))),
  ],
  leakyRelu: (_, [x], { slope }: { slope: number }) => [x!.map((value) => (value > 0 ? value : slope * value))],
  reshape: (_, [x]) => [x!],
  withGradient: (_, tensors, { count }: { count: number }) => tensors.slice(count),
  transpose: ({ inputs: [x], outputs: [y] }, [values], { order }: { order: readonly number[] }) => [
    fill(
      y!.shape,
      (index) =>
        values![
          flatIndex(
            x!.shape,
            x!.shape.map((_, axis) => index[order.indexOf(axis)]!),
          )
        ]!,
    ),
  ],
  expand: ({ inputs: [x], outputs: [y] }, [values]) => [fill(y!.shape, (index) => broadcastAt(x!, values!, index))],
  sum: ({ inputs: [x], outputs: [y] }, [values]) => [reduce(x!, values!, y!.shape, 0, (a, b) => a + b)],
  max: ({ inputs: [x], outputs: [y] }, [values]) => [reduce(x!, values!, y!.shape, Number.NEGATIVE_INFINITY, Math.max)],
  concat: ({ inputs, outputs: [y] }, values, { axis }: { axis: number }) => [
    fill(y!.shape, (index) => {
      let at = index[axis]!;
      let piece = 0;
      while (at >= inputs[piece]!.shape[axis]!) at -= inputs[piece++]!.shape[axis]!;
      return values[piece]![flatIndex(inputs[piece]!.shape, index.with(axis, at))]!;
    }),
  ],
  split: ({ inputs: [x], outputs }, [values], { axis }: { axis: number }) => {
    let start = 0;
    return outputs.map((output) => {
      const from = start;
      start += output.shape[axis]!;
      return fill(output.shape, (index) => values![flatIndex(x!.shape, index.with(axis, index[axis]! + from))]!);
    });
  },
  slice: ({ inputs: [x], outputs: [y] }, [values], { starts }: { starts: readonly number[] }) => [
    fill(
      y!.shape,
      (index) =>
        values![
          flatIndex(
            x!.shape,
            index.map((at, axis) => at + starts[axis]!),
          )
        ]!,
    ),
  ],
  pad: ({ inputs: [x], outputs: [y] }, [values], { before, value }: { before: readonly number[]; value: number }) => [
    fill(y!.shape, (index) => {
      const from = index.map((at, axis) => at - before[axis]!);
      return from.every((at, axis) => at >= 0 && at < x!.shape[axis]!) ? values![flatIndex(x!.shape, from)]! : value;
    }),
  ],
  gather: ({ inputs: [x, indices], outputs: [y] }, [values, chosen], { axis }: { axis: number }) => [
    fill(y!.shape, (index) => {
      const at = chosen![flatIndex(indices!.shape, index.slice(axis, axis + indices!.rank))]!;
      return values![flatIndex(x!.shape, [...index.slice(0, axis), at, ...index.slice(axis + indices!.rank)])]!;
    }),
  ],
  scatterAdd: ({ inputs: [updates], outputs: [y] }, [values, chosen]) => {
    const result = new Float64Array(y!.size);
    each(updates!.shape, (index, flat) => {
      result[flatIndex(y!.shape, [chosen![index[0]!]!, ...index.slice(1)])]! += values![flat]!;
    });
    return [result];
  },
  matmul: ({ inputs: [a, b], outputs: [y] }, [left, right]) => [
    fill(y!.shape, (index) => {
      const [row, column] = [index.at(-2)!, index.at(-1)!];
      const batch = index.slice(0, -2);
      let total = 0;
      for (let inner = 0; inner < a!.shape.at(-1)!; inner++) {
        total += broadcastMatrix(a!, left!, batch, row, inner) * broadcastMatrix(b!, right!, batch, inner, column);
      }
      return total;
    }),
  ],
  softmax: ({ inputs: [x] }, [values], { axis }: { axis: number }) => [softmax(x!, values!, axis)],
  logSoftmax: ({ inputs: [x] }, [values], { axis }: { axis: number }) => [softmax(x!, values!, axis).map(Math.log)],
  conv: ({ outputs: [y] }, [x, w], attributes: ConvAttributes) => {
    const result = new Float64Array(y!.size);
    products(attributes, (from, tap, to) => {
      result[to]! += x![from]! * w![tap]!;
    });
    return [result];
  },
  convInput: ({ outputs: [x] }, [y, w], attributes: ConvAttributes) => {
    const result = new Float64Array(x!.size);
    products(attributes, (to, tap, from) => {
      result[to]! += y![from]! * w![tap]!;
    });
    return [result];
  },
  convFilter: ({ outputs: [w] }, [x, y], attributes: ConvAttributes) => {
    const result = new Float64Array(w!.size);
    products(attributes, (from, to, at) => {
      result[to]! += x![from]! * y![at]!;
    });
    return [result];
  },
  maxPool: ({ inputs: [x], outputs: [y] }, [values], { window }: { window: Window }) => [
    maxima(x!, y!, values!, window).best,
  ],
  placeAtMaximum: ({ inputs: [x, y] }, [values, , moved], { window }: { window: Window }) => {
    const { places } = maxima(x!, y!, values!, window);
    const result = new Float64Array(x!.size);
    moved!.forEach((value, index) => {
      result[places[index]!]! += value;
    });
    return [result];
  },
  takeAtMaximum: ({ inputs: [x, y] }, [values, , moved], { window }: { window: Window }) => [
    maxima(x!, y!, values!, window).places.map((place) => moved![place]!),
  ],
  averagePool: ({ inputs: [x], outputs: [y] }, [values], { window }: { window: Window }) => {
    const result = new Float64Array(y!.size);
    walk(window, x!.shape.slice(2), (output, _, input) => {
      each(x!.shape.slice(0, 2), (plane) => {
        result[flatIndex(y!.shape, [...plane, ...output])]! +=
          values![flatIndex(x!.shape, [...plane, ...input])]! / numElements(window.kernel);
      });
    });
    return [result];
  },
  spread: ({ inputs: [y], outputs: [x] }, [values], { window }: { window: Window }) => {
    const result = new Float64Array(x!.size);
    walk(window, x!.shape.slice(2), (output, _, input) => {
      each(x!.shape.slice(0, 2), (plane) => {
        result[flatIndex(x!.shape, [...plane, ...input])]! +=
          values![flatIndex(y!.shape, [...plane, ...output])]! / numElements(window.kernel);
      });
    });
    return [result];
  },
  scaleChannels: ({ inputs: [x] }, [values, scale, shift]) => [
    fill(x!.shape, (index, flat) => values![flat]! * scale![index[1]!]! + shift![index[1]!]!),
  ],
  channelMoments: ({ inputs: [x], outputs: [y] }, [values]) => {
    const channels = y!.shape[0]!;
    const count = x!.size / channels;
    const means = new Float64Array(channels);
    const result = new Float64Array(channels);
    each(x!.shape, (index, flat) => {
      means[index[1]!]! += values![flat]! / count;
    });
    each(x!.shape, (index, flat) => {
      result[index[1]!]! += (values![flat]! - means[index[1]!]!) ** 2 / count;
    });
    return [means, result];
  },
};

function broadcastMatrix(x: Tensor, values: Numbers, batch: readonly number[], row: number, column: number): number {
  const own = x.shape.slice(0, -2);
  const offset = batch.length - own.length;
  const index = own.map((size, axis) => (size === 1 ? 0 : batch[axis + offset]!));
  return values[flatIndex(x.shape, [...index, row, column])]!;
}

function apply(operation: Operation, inputs: readonly Numbers[]): readonly Numbers[] {
  const { name } = operation.definition;
  const [x] = inputs;
  if (name in unary) return [x!.map(unary[name]!)];
  if (name in binary) {
    const [a, b] = operation.inputs;
    return [
      fill(operation.outputs[0]!.shape, (index) =>
        binary[name]!(broadcastAt(a!, inputs[0]!, index), broadcastAt(b!, inputs[1]!, index)),
      ),
    ];
  }
  const rule = rules[name];
  if (rule === undefined) throw new Error(`the interpreter has no definition of ${name}`);
  return rule(operation, inputs, operation.attributes as never);
}

/** The values of some tensors, given those of the inputs and parameters they depend on. */
export function evaluate(tensors: readonly Tensor[], known: ReadonlyMap<Tensor, Numbers>): Numbers[] {
  const values = new Map(known);
  const numbersOf = (tensor: Tensor): Numbers => {
    const found = values.get(tensor);
    if (found !== undefined) return found;
    if (tensor.producer.kind !== "constant") throw new Error("a tensor was left without a value");
    return Float64Array.from(tensor.producer.values, Number);
  };
  for (const operation of operationsOf(tensors)) {
    const results = apply(operation, operation.inputs.map(numbersOf));
    operation.outputs.forEach((output, index) => {
      values.set(output, results[index]!);
    });
  }
  return tensors.map(numbersOf);
}
