/**
 * Maximum and average over windows, in one to three spatial axes: those that ONNX Runtime has kernels for.
 *
 *     maxPool(x, [3, 3], { stride: 2, padding: 1 }); averagePool(x, [2, 2], { stride: 2 }); globalAveragePool(x)
 *
 * The derivative of a maximum goes to the first place that held it; moving values there and taking them from there are
 * each other's derivative.
 */
import { UsageError } from "../../errors.ts";
import { constant, defineOp, formatShape, requireType, type Shape, type Tensor } from "../tensor.ts";
import { divide } from "./elementwise.ts";
import { mean } from "./linear.ts";
import { gatherKernel, maxPoolWithIndices, scatterKernel } from "./pooling-kernels.ts";
import {
  outputPadding,
  outputSize,
  resolveWindow,
  type Window,
  type WindowOptions,
  windowAttributes,
} from "./window.ts";

interface PoolAttributes {
  readonly window: Window;
}

function pooledShape(x: Tensor, window: Window): Shape {
  return [...x.shape.slice(0, 2), ...outputSize(window, x.shape.slice(2))];
}

const maxPoolOp = defineOp<PoolAttributes>({
  name: "maxPool",
  signature: ([x], { window }) => [{ shape: pooledShape(x!, window), type: "float32" }],
  kernel: ({ write, names, attributes: { window } }) => [maxPoolWithIndices(write, names[0]!, window)[0]],
  gradient: ({ dy, inputs: [x], output, attributes }) => [placeOp([x!, output, dy], attributes)[0]],
});

type PoolFunction = (inputs: readonly Tensor[], attributes: PoolAttributes) => readonly Tensor[];

/** From x, y and values of y's shape: each value at the place in x that held the maximum, sums where several met. */
const placeOp: PoolFunction = defineOp<PoolAttributes>({
  name: "placeAtMaximum",
  signature: ([x]) => [{ shape: x!.shape, type: "float32" }],
  kernel: scatterKernel,
  gradient: ({ dy, inputs: [x, y], attributes }) => [undefined, undefined, takeOp([x!, y!, dy], attributes)[0]],
});

/** From x, y and values of x's shape: those at the places in x that held the maxima. */
const takeOp: PoolFunction = defineOp<PoolAttributes>({
  name: "takeAtMaximum",
  signature: ([, y]) => [{ shape: y!.shape, type: "float32" }],
  kernel: gatherKernel,
  gradient: ({ dy, inputs: [x, y], attributes }) => [undefined, undefined, placeOp([x!, y!, dy], attributes)[0]],
});

/** The largest value in each window; padding never wins. */
export function maxPool(x: Tensor, kernel: readonly number[], options: WindowOptions = {}): Tensor {
  return maxPoolOp([x], { window: poolWindow("maxPool", x, kernel, options) })[0]!;
}

const averagePoolOp = defineOp<{ window: Window }>({
  name: "averagePool",
  signature: ([x], { window }) => [{ shape: pooledShape(x!, window), type: "float32" }],
  kernel: ({ write, names, attributes: { window } }) => {
    const { dilations: _, ...attributes } = windowAttributes(window);
    return [write.node("AveragePool", names, { ...attributes, count_include_pad: 1n })];
  },
  gradient: ({ dy, inputs: [x], attributes: { window } }) => [spread(dy, x!.shape, window)],
});

/** The adjoint of averaging: every window's value, divided by its size, on all of its places. */
function spread(dy: Tensor, shape: Shape, window: Window): Tensor {
  const size = window.kernel.reduce((a, b) => a * b, 1);
  return spreadOp([dy], { window, shape, size })[0]!;
}

const spreadOp = defineOp<{ window: Window; shape: Shape; size: number }>({
  name: "spread",
  signature: (_, { shape }) => [{ shape, type: "float32" }],
  kernel: ({ write, names, inputs, attributes: { window, shape, size } }) => {
    const planes = shape[0]! * shape[1]!;
    const output = inputs[0]!.shape.slice(2);
    const apart = write.node("Reshape", [names[0]!, write.integers([planes, 1, ...output])]);
    const filter = write.floats(new Float32Array(size).fill(1 / size), [1, 1, ...window.kernel]);
    const wide = write.node("ConvTranspose", [apart, filter], {
      ...windowAttributes(window),
      output_padding: outputPadding(window, shape.slice(2)),
    });
    return [write.node("Reshape", [wide, write.integers(shape)])];
  },
  gradient: ({ dy, attributes: { window } }) => [averagePoolOp([dy], { window })[0]!],
});

export interface AveragePoolOptions extends Omit<WindowOptions, "dilation"> {
  /** Whether padded zeros count as values. Default true. */
  readonly countPadding?: boolean;
}

/** The mean of each window. */
export function averagePool(x: Tensor, kernel: readonly number[], options: AveragePoolOptions = {}): Tensor {
  const window = poolWindow("averagePool", x, kernel, options);
  const spatial = x.shape.slice(2);
  const average = averagePoolOp([x], { window })[0]!;
  if (options.countPadding ?? true) return average;
  const share = averagePoolOp(
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

/** A window of which every position sees some of the input: one within the padding would have no maximum or mean. */
function poolWindow(name: string, x: Tensor, kernel: readonly number[], options: WindowOptions): Window {
  requireType(name, x, "float32");
  if (x.rank !== kernel.length + 2 || x.rank < 3 || x.rank > 5) {
    throw new UsageError("shape-mismatch", `${name}: a window of ${formatShape(kernel)} on ${formatShape(x.shape)}`);
  }
  const window = resolveWindow(name, x.shape.slice(2), kernel, options);
  if ([...window.before, ...window.after].some((amount, at) => amount >= kernel[at % kernel.length]!)) {
    throw new UsageError(
      "shape-mismatch",
      `${name}: padding by ${window.before} and ${window.after} is not below the window of ${formatShape(kernel)}`,
    );
  }
  return window;
}
