/**
 * Operations that move values without changing them, and the sum that is their adjoint.
 *
 *     reshape(x, [4, -1]); transpose(x, [0, 2, 1]); concat([a, b], 1); split(x, [2, 3], 1); slice(x, 1, 0, 3)
 *
 * Each is linear, and its derivative is its adjoint: expand and sum, concat and split, slice and pad, gather and
 * scatter-add.
 */
import { UsageError } from "../../errors.ts";
import {
  constant,
  defineOp,
  formatShape,
  normalizeAxes,
  normalizeAxis,
  numElements,
  requireType,
  type Shape,
  sameShape,
  type Tensor,
} from "../tensor.ts";

const reshapeOp = defineOp<{ shape: Shape }>({
  name: "reshape",
  signature: ([x], { shape }) => [{ shape, type: x!.type }],
  kernel: ({ write, names, inputs, attributes: { shape } }) => {
    // The first dimension is written as "copy it" where it stays, so that an exported graph takes any batch.
    const dimensions = [...shape];
    if (shape.length > 0 && shape[0] === inputs[0]!.shape[0] && shape[0] !== 0) dimensions[0] = 0;
    return [write.node("Reshape", [names[0]!, write.integers(dimensions)])];
  },
  gradient: ({ dy, inputs }) => [reshape(dy, inputs[0]!.shape)],
});

/** The same values in another shape; one dimension may be -1, which means "what is left". */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const known = numElements(shape.filter((dimension) => dimension !== -1));
  const full = shape.map((dimension) => (dimension === -1 ? x.size / known : dimension));
  if (numElements(full) !== x.size || full.some((dimension) => !Number.isInteger(dimension))) {
    throw new UsageError("shape-mismatch", `reshape: ${formatShape(x.shape)} does not fill ${formatShape(shape)}`);
  }
  return sameShape(full, x.shape) ? x : reshapeOp([x], { shape: full })[0]!;
}

/** All dimensions after the first in one. */
export function flatten(x: Tensor): Tensor {
  return reshape(x, [x.shape[0] ?? 1, -1]);
}

const transposeOp = defineOp<{ order: readonly number[] }>({
  name: "transpose",
  signature: ([x], { order }) => [{ shape: order.map((axis) => x!.shape[axis]!), type: x!.type }],
  kernel: ({ write, names, attributes }) => [write.node("Transpose", names, { perm: attributes.order.map(BigInt) })],
  gradient: ({ dy, attributes: { order } }) => [transpose(dy, invertOrder(order))],
});

function invertOrder(order: readonly number[]): number[] {
  return order.map((_, axis) => order.indexOf(axis));
}

/** Axis i of the result is axis `order[i]` of `x`. */
export function transpose(x: Tensor, order: readonly number[]): Tensor {
  const sorted = [...order].sort((a, b) => a - b);
  if (order.length !== x.rank || sorted.some((axis, index) => axis !== index)) {
    throw new UsageError("shape-mismatch", `transpose: [${order}] is no order of the axes of ${formatShape(x.shape)}`);
  }
  return order.every((axis, index) => axis === index) ? x : transposeOp([x], { order })[0]!;
}

const expandOp = defineOp<{ shape: Shape }>({
  name: "expand",
  signature: ([x], { shape }) => [{ shape, type: x!.type }],
  kernel: ({ write, names, attributes }) => [write.node("Expand", [names[0]!, write.integers(attributes.shape)])],
  gradient: ({ dy, inputs }) => [sumTo(dy, inputs[0]!.shape)],
});

/** Repeats dimensions of size 1 (and adds leading ones) up to `shape`. */
export function expand(x: Tensor, shape: Shape): Tensor {
  const offset = shape.length - x.rank;
  if (offset < 0 || x.shape.some((dimension, axis) => dimension !== 1 && dimension !== shape[axis + offset])) {
    throw new UsageError("shape-mismatch", `expand: ${formatShape(x.shape)} does not stretch to ${formatShape(shape)}`);
  }
  return sameShape(x.shape, shape) ? x : expandOp([x], { shape })[0]!;
}

const sumOp = defineOp<{ axes: readonly number[] }>({
  name: "sum",
  signature: ([x], { axes }) => [
    { shape: x!.shape.map((dimension, axis) => (axes.includes(axis) ? 1 : dimension)), type: x!.type },
  ],
  kernel: ({ write, names, attributes }) => [write.node("ReduceSum", [names[0]!, write.integers(attributes.axes)])],
  gradient: ({ dy, inputs }) => [expand(dy, inputs[0]!.shape)],
});

export interface ReductionOptions {
  /** Leaves the reduced axes in place with size 1. */
  readonly keep?: boolean;
}

/** The sum over some axes; over all of them when none are named. */
export function sum(x: Tensor, axes?: readonly number[], options: ReductionOptions = {}): Tensor {
  requireType("sum", x, "float32", "int32");
  const over = normalizeAxes("sum", axes, x.shape);
  const kept = over.length === 0 ? x : sumOp([x], { axes: over })[0]!;
  return options.keep ? kept : dropAxes(kept, over);
}

/** Removes axes of size 1. */
export function dropAxes(x: Tensor, axes: readonly number[]): Tensor {
  return reshape(
    x,
    x.shape.filter((_, axis) => !axes.includes(axis)),
  );
}

/** Undoes a broadcast: sums what was repeated, so that the result has `shape`. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const offset = x.rank - shape.length;
  const axes = x.shape
    .map((_, axis) => axis)
    .filter((axis) => axis < offset || (shape[axis - offset] === 1 && x.shape[axis] !== 1));
  return reshape(sum(x, axes, { keep: true }), shape);
}

const concatOp = defineOp<{ axis: number }>({
  name: "concat",
  signature: (inputs, { axis }) => {
    const shape = [...inputs[0]!.shape];
    shape[axis] = inputs.reduce((total, input) => total + input.shape[axis]!, 0);
    return [{ shape, type: inputs[0]!.type }];
  },
  kernel: ({ write, names, attributes }) => [write.node("Concat", names, { axis: BigInt(attributes.axis) })],
  gradient: ({ dy, inputs, attributes: { axis } }) =>
    split(
      dy,
      inputs.map((input) => input.shape[axis]!),
      axis,
    ),
});

/** Tensors one after the other along an axis. */
export function concat(tensors: readonly Tensor[], axis: number): Tensor {
  const [first, ...rest] = tensors;
  if (first === undefined) throw new UsageError("shape-mismatch", "concat: nothing to join");
  const along = normalizeAxis("concat", axis, first.shape);
  for (const other of rest) {
    const fits = other.rank === first.rank && other.shape.every((size, at) => at === along || size === first.shape[at]);
    if (!fits || other.type !== first.type) {
      throw new UsageError(
        "shape-mismatch",
        `concat along axis ${along}: ${formatShape(first.shape)} (${first.type}) and ${formatShape(other.shape)} (${other.type}) do not join`,
      );
    }
  }
  return rest.length === 0 ? first : concatOp(tensors, { axis: along })[0]!;
}

const splitOp = defineOp<{ sizes: readonly number[]; axis: number }>({
  name: "split",
  signature: ([x], { sizes, axis }) =>
    sizes.map((size) => ({ shape: x!.shape.map((old, at) => (at === axis ? size : old)), type: x!.type })),
  kernel: ({ write, names, attributes: { sizes, axis } }) =>
    write.nodes("Split", [names[0]!, write.integers(sizes)], sizes.length, { axis: BigInt(axis) }),
  gradient: ({ dys, outputs, attributes: { axis } }) => [
    concat(
      dys.map((dy, index) => dy ?? zerosLike(outputs[index]!)),
      axis,
    ),
  ],
});

/** Cuts a tensor along an axis into pieces of the given sizes. */
export function split(x: Tensor, sizes: readonly number[], axis: number): readonly Tensor[] {
  const along = normalizeAxis("split", axis, x.shape);
  const areWhole = sizes.every((size) => Number.isInteger(size) && size >= 0);
  if (!areWhole || sizes.reduce((total, size) => total + size, 0) !== x.shape[along]) {
    throw new UsageError(
      "shape-mismatch",
      `split: sizes ${sizes} do not add up to axis ${along} of ${formatShape(x.shape)}`,
    );
  }
  return sizes.length === 1 ? [x] : splitOp([x], { sizes, axis: along });
}

/** A tensor of zeros with another's shape. */
export function zerosLike(x: Tensor): Tensor {
  return expand(constant(0), x.shape);
}
