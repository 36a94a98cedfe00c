/**
 * Convolution over any number of spatial axes, with groups, strides, dilation and uneven padding.
 *
 *     conv(x, weight, { stride: 2, padding: 1 });      // x [n, c, h, w], weight [out, c / groups, kh, kw]
 *     convTranspose(x, weight, { stride: 2 });         // weight [in, out / groups, kh, kw]
 *
 * Convolution is linear in both arguments, so three operations are closed under differentiation: the product itself, its
 * adjoint toward the input and its adjoint toward the filter. Each one's derivatives are the other two.
 */
import { UsageError } from "../../errors.ts";
import { defineOp, formatShape, type OpFunction, requireType, type Shape, sameShape, type Tensor } from "../tensor.ts";
import { convFilterGradKernel, convInputGradKernel, convKernel } from "./convolution-kernels.ts";
import { add } from "./elementwise.ts";
import { requireBias } from "./linear.ts";
import { reshape } from "./shape-ops.ts";
import { type ConvAttributes, outputSize, perAxis, resolveWindow, type WindowOptions } from "./window.ts";

export interface ConvOptions extends WindowOptions {
  /** Default 1. */
  readonly groups?: number;
  /** [out], added to every position. */
  readonly bias?: Tensor;
}

type ConvFunction = OpFunction<ConvAttributes>;

function outputShape({ window, input, filter }: ConvAttributes): Shape {
  return [input[0]!, filter[0]!, ...outputSize(window, input.slice(2))];
}

export const convOp: ConvFunction = defineOp<ConvAttributes>({
  name: "conv",
  signature: (_, attributes) => [{ shape: outputShape(attributes), type: "float32" }],
  kernel: convKernel,
  gradient: ({ dy, inputs, attributes, wanted }) => {
    const [x, weight] = [inputs[0]!, inputs[1]!];
    return [
      wanted[0] ? convInputOp([dy, weight], attributes)[0]! : undefined,
      wanted[1] ? convFilterOp([x, dy], attributes)[0]! : undefined,
    ];
  },
});

const convInputOp: ConvFunction = defineOp<ConvAttributes>({
  name: "convInput",
  signature: (_, attributes) => [{ shape: attributes.input, type: "float32" }],
  kernel: convInputGradKernel,
  gradient: ({ dy, inputs, attributes, wanted }) => {
    const [y, weight] = [inputs[0]!, inputs[1]!];
    return [
      wanted[0] ? convOp([dy, weight], attributes)[0]! : undefined,
      wanted[1] ? convFilterOp([dy, y], attributes)[0]! : undefined,
    ];
  },
});

const convFilterOp: ConvFunction = defineOp<ConvAttributes>({
  name: "convFilter",
  signature: (_, attributes) => [{ shape: attributes.filter, type: "float32" }],
  kernel: convFilterGradKernel,
  gradient: ({ dy, inputs, attributes, wanted }) => {
    const [x, y] = [inputs[0]!, inputs[1]!];
    return [
      wanted[0] ? convInputOp([y, dy], attributes)[0]! : undefined,
      wanted[1] ? convOp([x, dy], attributes)[0]! : undefined,
    ];
  },
});

function withBias(name: string, y: Tensor, bias: Tensor | undefined): Tensor {
  if (bias === undefined) return y;
  requireBias(name, bias, y.shape[1]!);
  return add(y, reshape(bias, [bias.size, ...y.shape.slice(2).map(() => 1)]));
}

/** @param channels how many the filter was made for */
function requireFilter(name: string, x: Tensor, weight: Tensor, groups: number, channels: number): void {
  requireType(name, x, "float32");
  requireType(name, weight, "float32");
  const isWhole = Number.isInteger(groups) && groups >= 1 && weight.shape[0]! % groups === 0;
  if (x.rank >= 3 && weight.rank === x.rank && x.shape[1] === channels && isWhole) return;
  throw new UsageError(
    "shape-mismatch",
    `${name}: the filter ${formatShape(weight.shape)} in ${groups} group(s) does not fit the input ${formatShape(x.shape)}`,
  );
}

/**
 * Cross-correlation, as every network library means by convolution.
 * @throws UsageError shape-mismatch
 */
export function conv(x: Tensor, weight: Tensor, options: ConvOptions = {}): Tensor {
  const groups = options.groups ?? 1;
  requireFilter("conv", x, weight, groups, weight.shape[1]! * groups);
  const window = resolveWindow("conv", x.shape.slice(2), weight.shape.slice(2), options);
  return withBias(
    "conv",
    convOp([x, weight], { window, groups, input: x.shape, filter: weight.shape })[0]!,
    options.bias,
  );
}

export interface ConvTransposeOptions extends Omit<ConvOptions, "padding"> {
  /** How much of the full result is cut off on both sides of each axis. Default 0. */
  readonly padding?: number;
  /** Extra positions at the end of each axis, fewer than the stride. Default 0. */
  readonly outputPadding?: number;
}

/**
 * The adjoint of `conv` with the same options: strides enlarge.
 * @param weight [in, out / groups, ...]
 * @throws UsageError shape-mismatch
 */
export function convTranspose(x: Tensor, weight: Tensor, options: ConvTransposeOptions = {}): Tensor {
  const { groups = 1, padding = 0, outputPadding = 0 } = options;
  requireFilter("convTranspose", x, weight, groups, weight.shape[0]!);
  const [sizes, kernel] = [x.shape.slice(2), weight.shape.slice(2)];
  const strides = perAxis(options.stride ?? 1, sizes.length, "convTranspose stride");
  const dilations = perAxis(options.dilation ?? 1, sizes.length, "convTranspose dilation");
  const spatial = sizes.map((size, axis) => {
    const span = (kernel[axis]! - 1) * dilations[axis]! + 1;
    return (size - 1) * strides[axis]! + span - 2 * padding + outputPadding;
  });
  const window = resolveWindow("convTranspose", spatial, kernel, options);
  // The result must be what a convolution with the same options takes to the size of x.
  const isSize = (size: number): boolean => Number.isInteger(size) && size >= 1;
  if (!(outputPadding >= 0 && spatial.every(isSize) && sameShape(outputSize(window, spatial), sizes))) {
    throw new UsageError(
      "shape-mismatch",
      `convTranspose: padding ${padding} and output padding ${outputPadding} do not fit ${formatShape(x.shape)} and strides ${strides}`,
    );
  }
  const input = [x.shape[0]!, weight.shape[1]! * groups, ...spatial];
  return withBias(
    "convTranspose",
    convInputOp([x, weight], { window, groups, input, filter: weight.shape })[0]!,
    options.bias,
  );
}
