/**
 * How max-pooling and the two operations of its derivative become ONNX nodes.
 *
 * The CPU's pooling can tell the places of the maxima, counted over the whole tensor; elsewhere that output is missing,
 * and each tap of the window is compared with the maximum instead.
 */
import { type KernelArguments, type KernelWriter, numElements, type Shape } from "../tensor.ts";
import { oneHotFilters } from "./shorthands.ts";
import { outputPadding, outputSize, type Window, windowAttributes } from "./window.ts";

type Kernel = (call: KernelArguments<{ readonly window: Window }>) => readonly string[];

/** Maxima and, on the CPU where a backward pass will ask for them, their places. */
export function maxPoolWithIndices(
  write: KernelWriter,
  x: string,
  window: Window,
): readonly [string, string | undefined] {
  const outputs = write.nchwcBlock > 0 && !write.constantWeights ? 2 : 1;
  const [values, places] = write.nodes("MaxPool", [x], outputs, windowAttributes(window));
  return [values!, places];
}

export const scatterKernel: Kernel = ({ write, names, inputs, attributes: { window } }) => {
  const [x, , values] = names as [string, string, string];
  const { shape } = inputs[0]!;
  const [, places] = maxPoolWithIndices(write, x, window);
  if (places === undefined) return [scattered(write, names, shape, window)];
  const count = inputs[2]!.size;
  const flat = (name: string): string => write.node("Reshape", [name, write.integers([count])]);
  const zeros = write.node("ConstantOfShape", [write.integers([numElements(shape)])]);
  const placed = write.node("ScatterElements", [zeros, flat(places), flat(values)], { axis: 0n, reduction: "add" });
  return [write.node("Reshape", [placed, write.integers(shape)])];
};

export const gatherKernel: Kernel = ({ write, names, inputs, attributes: { window } }) => {
  const [x, y, values] = names as [string, string, string];
  const { shape } = inputs[0]!;
  const [, places] = maxPoolWithIndices(write, x, window);
  if (places !== undefined) {
    const flat = write.node("Reshape", [values, write.integers([numElements(shape)])]);
    return [write.node("Gather", [flat, places], { axis: 0n })];
  }
  const taken = holders(write, x, y, shape, window).map((holder, tap) =>
    write.node("Mul", [holder, tapOf(write, values, shape, window, tap, 0)]),
  );
  return [taken.reduce((left, right) => write.node("Add", [left, right]))];
};

/** The tap with a number, counted row-major over the window. */
function tapIndex({ kernel }: Window, tap: number): readonly number[] {
  let rest = tap;
  return kernel
    .toReversed()
    .map((size) => {
      const at = rest % size;
      rest = Math.floor(rest / size);
      return at;
    })
    .toReversed();
}

/** What one tap of the window sees at each of its positions; `outside` where it looks beyond x. */
function tapOf(write: KernelWriter, x: string, shape: Shape, window: Window, tap: number, outside: number): string {
  const spatial = shape.slice(2);
  const pads = [0, 0, ...window.before, 0, 0, ...window.after];
  const padded = pads.some((amount) => amount > 0)
    ? write.node("Pad", [x, write.integers(pads), write.floats([outside], [])])
    : x;
  const starts = tapIndex(window, tap).map((at, axis) => at * window.dilations[axis]!);
  const ends = outputSize(window, spatial).map((size, axis) => starts[axis]! + (size - 1) * window.strides[axis]! + 1);
  const axes = spatial.map((_, axis) => axis + 2);
  const cut = [starts, ends, axes, window.strides].map((numbers) => write.integers(numbers));
  return write.node("Slice", [padded, ...cut]);
}

/** For each tap, 1 where it is the first to hold the maximum and 0 elsewhere. */
function holders(write: KernelWriter, x: string, y: string, shape: Shape, window: Window): readonly string[] {
  let free: string | undefined;
  return Array.from({ length: numElements(window.kernel) }, (_, tap) => {
    const seen = tapOf(write, x, shape, window, tap, -3e38);
    const equal = write.node("Cast", [write.node("Equal", [seen, y])], { to: 1n });
    const holder = free === undefined ? equal : write.node("Mul", [equal, free]);
    free = write.node("Sub", [free ?? write.floats([1], []), holder]);
    return holder;
  });
}

/** Every tap's share of the values, put back by a transposed convolution whose filters are one at a single tap. */
function scattered(write: KernelWriter, names: readonly string[], shape: Shape, window: Window): string {
  const [x, y, values] = names as [string, string, string];
  const planes = shape[0]! * shape[1]!;
  const spatial = shape.slice(2);
  const output = outputSize(window, spatial);
  const shares = holders(write, x, y, shape, window).map((holder) =>
    write.node("Reshape", [write.node("Mul", [holder, values]), write.integers([planes, 1, ...output])]),
  );
  const placed = write.node(
    "ConvTranspose",
    [write.node("Concat", shares, { axis: 1n }), oneHotFilters(write, window.kernel)],
    { ...windowAttributes(window), output_padding: outputPadding(window, spatial) },
  );
  return write.node("Reshape", [placed, write.integers(shape)]);
}
