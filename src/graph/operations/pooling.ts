/**
 * Maximum and average over windows, in two, three or any number of spatial axes.
 *
 *     maxPool(x, [3, 3], { stride: 2, padding: 1 }); averagePool(x, [2, 2], { stride: 2 }); globalAveragePool(x)
 *
 * The derivative of a maximum goes to the place that held it. Those places are an output of the pooling row; `place`
 * and `take` move values there and back, and are each other's derivative.
 */
import { UsageError } from "../../errors.ts";
import { constant, define, requireType, type Shape, showShape, type Tensor } from "../tensor.ts";
import { divide } from "./elementwise.ts";
import { mean } from "./linear.ts";
import { outputSize, resolveWindow, type Window, type WindowOptions, windowAttributes } from "./window.ts";

const maxPoolRow = define<{ window: Window }>({
  name: "maxPool",
  signature: ([x], { window }) => {
    const shape = [...x!.shape.slice(0, 2), ...outputSize(window, x!.shape.slice(2))];
    return [
      { shape, type: "float32" },
      { shape, type: "int64" },
    ];
  },
  kernel: ({ write, names, attributes: { window } }) => write.nodes("MaxPool", names, 2, windowAttributes(window)),
  gradient: ({ dy, inputs: [x], outputs: [, places] }) => [placeAt(dy, places!, x!.shape)],
});

const placeRow = define<{ shape: Shape }>({
  name: "placeAt",
  signature: (_, { shape }) => [{ shape, type: "float32" }],
  kernel: ({ write, names, inputs, attributes: { shape } }) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const flat = (name: string): string => write.node("Reshape", [name, write.integers([inputs[0]!.size])]);
    const zeros = write.node("Expand", [write.floats([0], []), write.integers([size])]);
    const placed = write.node("ScatterElements", [zeros, flat(names[1]!), flat(names[0]!)], {
      axis: 0n,
      reduction: "add",
    });
    return [write.node("Reshape", [placed, write.integers(shape)])];
  },
  gradient: ({ dy, inputs: [, places] }) => [takeFrom(dy, places!), undefined],
});

/** Adds each value to the place of a zero tensor that its index, counted over the whole tensor, names. */
function placeAt(values: Tensor, places: Tensor, shape: Shape): Tensor {
  return placeRow([values, places], { shape })[0]!;
}

const takeRow = define<null>({
  name: "takeFrom",
  signature: ([, places]) => [{ shape: places!.shape, type: "float32" }],
  kernel: ({ write, names, inputs }) => {
    const flat = write.node("Reshape", [names[0]!, write.integers([inputs[0]!.size])]);
    return [write.node("Gather", [flat, names[1]!], { axis: 0n })];
  },
  gradient: ({ dy, inputs: [x, places] }) => [placeAt(dy, places!, x!.shape), undefined],
});

/** The values at indices counted over the whole tensor. */
function takeFrom(x: Tensor, places: Tensor): Tensor {
  return takeRow([x, places], null)[0]!;
}

/** The largest value in each window; padding never wins. */
export function maxPool(x: Tensor, kernel: readonly number[], options: WindowOptions = {}): Tensor {
  requireType("maxPool", x, "float32");
  requireSpatial("maxPool", x, kernel);
  return maxPoolRow([x], { window: resolveWindow("maxPool", x.shape.slice(2), kernel, options) })[0]!;
}

const averagePoolRow = define<{ window: Window }>({
  name: "averagePool",
  signature: ([x], { window }) => [
    { shape: [...x!.shape.slice(0, 2), ...outputSize(window, x!.shape.slice(2))], type: "float32" },
  ],
  kernel: ({ write, names, attributes: { window } }) => {
    const { dilations: _, ...attributes } = windowAttributes(window);
    return [write.node("AveragePool", names, { ...attributes, count_include_pad: 1n })];
  },
  gradient: ({ dy, inputs: [x], attributes: { window } }) => [spread(dy, x!.shape, window)],
});

/** The adjoint of averaging: every window's value, divided by its size, on all of its places. */
function spread(dy: Tensor, shape: Shape, window: Window): Tensor {
  const size = window.kernel.reduce((a, b) => a * b, 1);
  return spreadRow([dy], { window, shape, size })[0]!;
}

const spreadRow = define<{ window: Window; shape: Shape; size: number }>({
  name: "spread",
  signature: (_, { shape }) => [{ shape, type: "float32" }],
  kernel: ({ write, names, inputs, attributes: { window, shape, size } }) => {
    const planes = shape[0]! * shape[1]!;
    const output = inputs[0]!.shape.slice(2);
    const apart = write.node("Reshape", [names[0]!, write.integers([planes, 1, ...output])]);
    const filter = write.floats(new Float32Array(size).fill(1 / size), [1, 1, ...window.kernel]);
    const missing = shape.slice(2).map((length, axis) => {
      const reach = (output[axis]! - 1) * window.strides[axis]! + window.kernel[axis]!;
      return length - (reach - window.before[axis]! - window.after[axis]!);
    });
    const wide = write.node("ConvTranspose", [apart, filter], {
      ...windowAttributes(window),
      output_padding: missing.map(BigInt),
    });
    return [write.node("Reshape", [wide, write.integers(shape)])];
  },
  gradient: ({ dy, attributes: { window } }) => [averagePoolRow([dy], { window })[0]!],
});

export interface AveragePoolOptions extends Omit<WindowOptions, "dilation"> {
  /** Whether padded zeros count as values. Default true. */
  readonly countPadding?: boolean;
}

/** The mean of each window. */
export function averagePool(x: Tensor, kernel: readonly number[], options: AveragePoolOptions = {}): Tensor {
  requireType("averagePool", x, "float32");
  requireSpatial("averagePool", x, kernel);
  const spatial = x.shape.slice(2);
  const window = resolveWindow("averagePool", spatial, kernel, options);
  const average = averagePoolRow([x], { window })[0]!;
  if (options.countPadding ?? true) return average;
  const share = averagePoolRow(
    [constant(new Float32Array(spatial.reduce((a, b) => a * b, 1)).fill(1), [1, 1, ...spatial])],
    {
      window,
    },
  )[0]!;
  return divide(average, share);
}

/** [n, c, ...] to [n, c]: the mean over all positions. */
export function globalAveragePool(x: Tensor): Tensor {
  return mean(
    x,
    x.shape.slice(2).map((_, axis) => axis + 2),
  );
}

function requireSpatial(name: string, x: Tensor, kernel: readonly number[]): void {
  if (x.rank !== kernel.length + 2) {
    throw new UsageError("shape-mismatch", `${name}: a window of ${showShape(kernel)} on ${showShape(x.shape)}`);
  }
}
