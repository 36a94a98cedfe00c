/**
 * The geometry that convolution and pooling share: how a window walks over the spatial axes.
 *
 *     resolveWindow("conv", [384, 384], [7, 7], { stride: 2, padding: 3 });   // output 192 x 192
 *
 * Works for any number of spatial axes; the networks use two and three.
 */
import { UsageError } from "../../errors.ts";
import { formatShape, type Shape } from "../tensor.ts";

/** One number for all spatial axes, or one an axis. */
export type PerSpatialAxis = number | readonly number[];

export interface WindowOptions {
  /** Default 1. */
  readonly stride?: PerSpatialAxis;
  /**
   * Zeros around the input: the same number on both sides, one pair `[before, after]` an axis, or "same": as many as
   * make the output ceil(input / stride), the odd one after (TensorFlow's rule). Default 0.
   */
  readonly padding?: PerSpatialAxis | "same" | readonly (readonly [number, number])[];
  /** Distance between the taps of the window. Default 1. */
  readonly dilation?: PerSpatialAxis;
}

/** A window with every number filled in, one entry a spatial axis. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly dilations: readonly number[];
}

/** What the operations of a convolution share. `input` and `filter` are full shapes. */
export interface ConvAttributes {
  readonly window: Window;
  readonly groups: number;
  readonly input: Shape;
  readonly filter: Shape;
}

export function perAxis(value: PerSpatialAxis, count: number, name: string): readonly number[] {
  const list = typeof value === "number" ? new Array<number>(count).fill(value) : value;
  if (list.length !== count || list.some((number) => !Number.isInteger(number) || number < 0)) {
    throw new UsageError("shape-mismatch", `${name}: needs ${count} whole numbers and was given ${list}`);
  }
  return list;
}

/** @throws UsageError shape-mismatch when the window does not fit the input */
export function resolveWindow(
  name: string,
  input: readonly number[],
  kernel: readonly number[],
  options: WindowOptions,
): Window {
  const count = input.length;
  const strides = perAxis(options.stride ?? 1, count, `${name} stride`);
  const dilations = perAxis(options.dilation ?? 1, count, `${name} dilation`);
  const padding = options.padding ?? 0;
  let before: readonly number[];
  let after: readonly number[];
  if (padding === "same") {
    const total = input.map((size, axis) => {
      const stride = strides[axis]!;
      const span = (kernel[axis]! - 1) * dilations[axis]! + 1;
      return Math.max(0, (Math.ceil(size / stride) - 1) * stride + span - size);
    });
    before = total.map((sum) => Math.floor(sum / 2));
    after = total.map((sum) => Math.ceil(sum / 2));
  } else if (typeof padding === "object" && typeof padding[0] === "object") {
    const pairs = padding as readonly (readonly [number, number])[];
    before = perAxis(
      pairs.map(([first]) => first),
      count,
      `${name} padding`,
    );
    after = perAxis(
      pairs.map(([, second]) => second),
      count,
      `${name} padding`,
    );
  } else {
    before = perAxis(padding as PerSpatialAxis, count, `${name} padding`);
    after = before;
  }
  const window: Window = { kernel, strides, before, after, dilations };
  if (outputSize(window, input).some((size) => !(size >= 1)) || strides.includes(0) || dilations.includes(0)) {
    throw new UsageError(
      "shape-mismatch",
      `${name}: a window of ${formatShape(kernel)} (dilation ${dilations}) does not fit ${formatShape(input)} padded by ${before} and ${after}`,
    );
  }
  return window;
}

/** How many positions the window takes along each axis. */
export function outputSize(window: Window, input: readonly number[]): readonly number[] {
  return input.map((size, axis) => {
    const span = (window.kernel[axis]! - 1) * window.dilations[axis]! + 1;
    return Math.floor((size + window.before[axis]! + window.after[axis]! - span) / window.strides[axis]!) + 1;
  });
}

/** Positions at the end of the input that no window reaches: ONNX's output padding of the adjoint. */
export function outputPadding(window: Window, input: readonly number[]): readonly bigint[] {
  const output = outputSize(window, input);
  return input.map((size, axis) => {
    const span = (window.kernel[axis]! - 1) * window.dilations[axis]! + 1;
    const reached = (output[axis]! - 1) * window.strides[axis]! + span - window.before[axis]! - window.after[axis]!;
    return BigInt(size - reached);
  });
}

/** The window as ONNX attributes. */
export function windowAttributes(window: Window): Record<string, readonly bigint[]> {
  return {
    kernel_shape: window.kernel.map(BigInt),
    strides: window.strides.map(BigInt),
    pads: [...window.before, ...window.after].map(BigInt),
    dilations: window.dilations.map(BigInt),
  };
}
