/**
 * Convolution over any number of spatial axes, with groups, strides, dilation and uneven padding.
 *
 *     conv(x, weight, { stride: 2, padding: 1 });      // x [n, c, h, w], weight [out, c / groups, kh, kw]
 *     convTranspose(x, weight, { stride: 2 });         // weight [in, out / groups, kh, kw]
 *
 * Convolution is linear in both arguments, so three rows are closed under differentiation: the product itself, its
 * adjoint toward the input and its adjoint toward the filter. Each one's derivatives are the other two.
 */
import { UsageError } from "../../errors.ts";
import { define, requireType, type Shape, showShape, type Tensor } from "../tensor.ts";
import { reshape } from "./arrangement.ts";
import { convFilterKernel, convInputKernel, convKernel } from "./convolution-kernels.ts";
import { add } from "./elementwise.ts";
import { type ConvAttributes, outputSize, resolveWindow, type WindowOptions } from "./window.ts";

export interface ConvOptions extends WindowOptions {
  /** Default 1. */
  readonly groups?: number;
  /** [out], added to every position. */
  readonly bias?: Tensor;
}

type ConvFunction = (inputs: readonly Tensor[], attributes: ConvAttributes) => readonly Tensor[];

function outputShape({ window, input, filter }: ConvAttributes): Shape {
  return [input[0]!, filter[0]!, ...outputSize(window, input.slice(2))];
}

const convRow: ConvFunction = define<ConvAttributes>({
  name: "conv",
  signature: (_, attributes) => [{ shape: outputShape(attributes), type: "float32" }],
  kernel: convKernel,
  gradient: ({ dy, inputs, attributes, wanted }) => {
    const [x, weight] = [inputs[0]!, inputs[1]!];
    return [
      wanted[0] ? convInputRow([dy, weight], attributes)[0]! : undefined,
      wanted[1] ? convFilterRow([x, dy], attributes)[0]! : undefined,
    ];
  },
});

const convInputRow: ConvFunction = define<ConvAttributes>({
  name: "convInput",
  signature: (_, attributes) => [{ shape: attributes.input, type: "float32" }],
  kernel: convInputKernel,
  gradient: ({ dy, inputs, attributes, wanted }) => {
    const [y, weight] = [inputs[0]!, inputs[1]!];
    return [
      wanted[0] ? convRow([dy, weight], attributes)[0]! : undefined,
      wanted[1] ? convFilterRow([dy, y], attributes)[0]! : undefined,
    ];
  },
});

const convFilterRow: ConvFunction = define<ConvAttributes>({
  name: "convFilter",
  signature: (_, attributes) => [{ shape: attributes.filter, type: "float32" }],
  kernel: convFilterKernel,
  gradient: ({ dy, inputs, attributes, wanted }) => {
    const [x, y] = [inputs[0]!, inputs[1]!];
    return [
      wanted[0] ? convInputRow([y, dy], attributes)[0]! : undefined,
      wanted[1] ? convRow([x, dy], attributes)[0]! : undefined,
    ];
  },
});

function withBias(y: Tensor, bias: Tensor | undefined): Tensor {
  return bias === undefined ? y : add(y, reshape(bias, [bias.size, ...y.shape.slice(2).map(() => 1)]));
}

/**
 * Cross-correlation, as every network library means by convolution.
 * @throws UsageError shape-mismatch
 */
export function conv(x: Tensor, weight: Tensor, options: ConvOptions = {}): Tensor {
  requireType("conv", x, "float32");
  requireType("conv", weight, "float32");
  const groups = options.groups ?? 1;
  const channels = x.shape[1] ?? 0;
  if (
    x.rank < 3 ||
    weight.rank !== x.rank ||
    channels !== weight.shape[1]! * groups ||
    weight.shape[0]! % groups !== 0
  ) {
    throw new UsageError(
      "shape-mismatch",
      `conv: the filter ${showShape(weight.shape)} in ${groups} group(s) does not fit the input ${showShape(x.shape)}`,
    );
  }
  const window = resolveWindow("conv", x.shape.slice(2), weight.shape.slice(2), options);
  return withBias(convRow([x, weight], { window, groups, input: x.shape, filter: weight.shape })[0]!, options.bias);
}

export interface ConvTransposeOptions extends Omit<ConvOptions, "padding"> {
  /** How much of the full result is cut off on both sides of each axis. Default 0. */
  readonly padding?: number;
  /** Extra positions at the end of each axis. Default 0. */
  readonly outputPadding?: number;
}

/**
 * The adjoint of `conv` with the same options: strides enlarge.
 * @param weight [in, out / groups, ...]
 * @throws UsageError shape-mismatch
 */
export function convTranspose(x: Tensor, weight: Tensor, options: ConvTransposeOptions = {}): Tensor {
  const groups = options.groups ?? 1;
  if (x.rank < 3 || weight.rank !== x.rank || x.shape[1] !== weight.shape[0] || weight.shape[0]! % groups !== 0) {
    throw new UsageError(
      "shape-mismatch",
      `convTranspose: the filter ${showShape(weight.shape)} in ${groups} group(s) does not fit the input ${showShape(x.shape)}`,
    );
  }
  const spatial = x.shape.slice(2).map((size, axis) => {
    const at = (value: WindowOptions["stride"]): number => (typeof value === "number" ? value : value?.[axis]) ?? 1;
    const span = (weight.shape[axis + 2]! - 1) * at(options.dilation) + 1;
    return (size - 1) * at(options.stride) + span - 2 * (options.padding ?? 0) + (options.outputPadding ?? 0);
  });
  const input = [x.shape[0]!, weight.shape[1]! * groups, ...spatial];
  const window = resolveWindow("convTranspose", spatial, weight.shape.slice(2), options);
  return withBias(convInputRow([x, weight], { window, groups, input, filter: weight.shape })[0]!, options.bias);
}
