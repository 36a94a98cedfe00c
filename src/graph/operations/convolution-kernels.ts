/**
 * How the three convolution rows become ONNX nodes. Which form is fastest depends on the shape; the measurements are
 * in bench/NOTES.md.
 */
import type { KernelArguments, KernelWriter } from "../tensor.ts";
import { outputSize, type Window, windowAttributes } from "./window.ts";

interface Attributes {
  readonly window: Window;
  readonly groups: number;
  readonly input: readonly number[];
  readonly filter: readonly number[];
}

type Kernel = (call: KernelArguments<Attributes>) => readonly string[];

export const convKernel: Kernel = ({ write, names, attributes: { window, groups } }) => [
  write.node("Conv", names, { ...windowAttributes(window), group: BigInt(groups) }),
];

/** The adjoint toward the input: `names` are dy and the filter. */
export const convInputKernel: Kernel = ({ write, names, attributes: { window, groups, input } }) => {
  const spatial = input.slice(2);
  const output = outputSize(window, spatial);
  const missing = spatial.map((size, axis) => {
    const span = (window.kernel[axis]! - 1) * window.dilations[axis]! + 1;
    return size - ((output[axis]! - 1) * window.strides[axis]! + span - window.before[axis]! - window.after[axis]!);
  });
  return [
    write.node("ConvTranspose", names, {
      ...windowAttributes(window),
      group: BigInt(groups),
      output_padding: missing.map(BigInt),
    }),
  ];
};

/** All positions of the window's taps: [0, 0], [0, 1], ... in row-major order. */
function taps(kernel: readonly number[]): number[][] {
  return kernel.reduce<number[][]>(
    (list, size) => list.flatMap((tap) => Array.from({ length: size }, (_, index) => [...tap, index])),
    [[]],
  );
}

/** The input as columns: [n, groups, channels a group, taps, positions]. */
function columns(write: KernelWriter, x: string, { window, groups, input }: Attributes): string {
  const spatial = input.slice(2);
  const output = outputSize(window, spatial);
  const positions = output.reduce((a, b) => a * b, 1);
  const axes = spatial.map((_, axis) => axis + 2);
  const padded = [...window.before, ...window.after].some((amount) => amount > 0)
    ? write.node("Pad", [x, write.integers([0, 0, ...window.before, 0, 0, ...window.after])])
    : x;
  const shape = [input[0]!, groups, input[1]! / groups, 1, positions];
  const pieces = taps(window.kernel).map((tap) => {
    const starts = tap.map((index, axis) => index * window.dilations[axis]!);
    const ends = starts.map((start, axis) => start + (output[axis]! - 1) * window.strides[axis]! + 1);
    const piece = write.node("Slice", [
      padded,
      write.integers(starts),
      write.integers(ends),
      write.integers(axes),
      write.integers(window.strides),
    ]);
    return write.node("Reshape", [piece, write.integers(shape)]);
  });
  return pieces.length === 1 ? pieces[0]! : write.node("Concat", pieces, { axis: 3n });
}

/** The adjoint toward the filter: `names` are x and dy. Columns times dy, one product a sample and group. */
export const convFilterKernel: Kernel = ({ write, names, attributes }) => {
  const { window, groups, input, filter } = attributes;
  const positions = outputSize(window, input.slice(2)).reduce((a, b) => a * b, 1);
  const perGroup = filter.slice(1).reduce((a, b) => a * b, 1);
  const cut = write.node("Reshape", [
    columns(write, names[0]!, attributes),
    write.integers([input[0]!, groups, perGroup, positions]),
  ]);
  const dy = write.node("Reshape", [names[1]!, write.integers([input[0]!, groups, filter[0]! / groups, positions])]);
  const turned = write.node("Transpose", [cut], { perm: [0n, 1n, 3n, 2n] });
  const product = write.node("MatMul", [dy, turned]);
  const total = input[0] === 1 ? product : write.node("ReduceSum", [product, write.integers([0])], { keepdims: 0n });
  return [write.node("Reshape", [total, write.integers(filter)])];
};
