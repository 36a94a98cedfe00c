/**
 * Parts of a tensor: slice and its adjoint pad, gather and its adjoint scatter-add.
 *
 *     slice(x, { 1: [0, 3] });              // channels 0, 1, 2
 *     pad(x, { 2: [1, 1], 3: [1, 1] });     // a frame of zeros
 *     gather(table, indices, 0);            // rows of a table
 */
import { UsageError } from "../../errors.ts";
import { defineOp, formatShape, normalizeAxis, requireType, type Shape, sameShape, type Tensor } from "../tensor.ts";
import { expand, reshape, transpose } from "./shape-ops.ts";

/** For each axis named, a pair of whole numbers. */
export type PerAxis = Readonly<Record<number, readonly [number, number]>>;

interface Ranges {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

const sliceOp = defineOp<Ranges>({
  name: "slice",
  signature: ([x], { starts, ends }) => [{ shape: starts.map((start, axis) => ends[axis]! - start), type: x!.type }],
  kernel: ({ write, names, inputs, attributes: { starts, ends } }) => {
    const cut = starts
      .map((_, axis) => axis)
      .filter((axis) => starts[axis] !== 0 || ends[axis] !== inputs[0]!.shape[axis]);
    return [
      write.node("Slice", [
        names[0]!,
        write.integers(cut.map((axis) => starts[axis]!)),
        write.integers(cut.map((axis) => ends[axis]!)),
        write.integers(cut),
      ]),
    ];
  },
  gradient: ({ dy, inputs, attributes: { starts, ends } }) => [
    padBy(
      dy,
      starts,
      ends.map((end, axis) => inputs[0]!.shape[axis]! - end),
    ),
  ],
});

/** The part from `start` up to (not including) `end` along each axis named; negative numbers count from the back. */
export function slice(x: Tensor, ranges: PerAxis): Tensor {
  const starts = x.shape.map(() => 0);
  const ends = [...x.shape];
  for (const [key, [from, to]] of Object.entries(ranges)) {
    const axis = normalizeAxis("slice", Number(key), x.shape);
    const size = x.shape[axis]!;
    starts[axis] = from < 0 ? from + size : from;
    ends[axis] = to < 0 ? to + size : to;
    const areWhole = Number.isInteger(from) && Number.isInteger(to);
    if (!areWhole || starts[axis]! < 0 || ends[axis]! > size || starts[axis]! >= ends[axis]!) {
      throw new UsageError(
        "shape-mismatch",
        `slice: ${from} to ${to} is outside axis ${axis} of ${formatShape(x.shape)}`,
      );
    }
  }
  const whole = starts.every((start, axis) => start === 0 && ends[axis] === x.shape[axis]);
  return whole ? x : sliceOp([x], { starts, ends })[0]!;
}

const padOp = defineOp<{ before: readonly number[]; after: readonly number[]; value: number }>({
  name: "pad",
  signature: ([x], { before, after }) => [
    { shape: x!.shape.map((size, axis) => before[axis]! + size + after[axis]!), type: x!.type },
  ],
  kernel: ({ write, names, attributes: { before, after, value } }) => [
    write.node("Pad", [names[0]!, write.integers([...before, ...after]), write.floats([value], [])]),
  ],
  gradient: ({ dy, inputs, attributes: { before } }) => [
    slice(dy, Object.fromEntries(inputs[0]!.shape.map((size, axis) => [axis, [before[axis]!, before[axis]! + size]]))),
  ],
});

function padBy(x: Tensor, before: readonly number[], after: readonly number[], value = 0): Tensor {
  return padOp([x], { before, after, value })[0]!;
}

/** Adds `[before, after]` elements of one value (0 unless given) along each axis named. */
export function pad(x: Tensor, amounts: PerAxis, value = 0): Tensor {
  requireType("pad", x, "float32");
  const before = x.shape.map(() => 0);
  const after = x.shape.map(() => 0);
  for (const [key, [low, high]] of Object.entries(amounts)) {
    const axis = normalizeAxis("pad", Number(key), x.shape);
    if (![low, high].every((amount) => Number.isInteger(amount) && amount >= 0)) {
      throw new UsageError("shape-mismatch", `pad: ${low}, ${high} along axis ${axis} of ${formatShape(x.shape)}`);
    }
    before[axis] = low;
    after[axis] = high;
  }
  return before.every((amount, axis) => amount === 0 && after[axis] === 0) ? x : padBy(x, before, after, value);
}

const gatherOp = defineOp<{ axis: number }>({
  name: "gather",
  signature: ([x, indices], { axis }) => [
    { shape: [...x!.shape.slice(0, axis), ...indices!.shape, ...x!.shape.slice(axis + 1)], type: x!.type },
  ],
  kernel: ({ write, names, attributes }) => [write.node("Gather", names, { axis: BigInt(attributes.axis) })],
  gradient: ({ dy, inputs: [x, indices], attributes: { axis } }) => [
    scatterAdd(dy, indices!, axis, x!.shape[axis]!),
    undefined,
  ],
});

/** The entries of `x` along an axis that the integers in `indices` (int32, 0 to size - 1) name. */
export function gather(x: Tensor, indices: Tensor, axis: number): Tensor {
  requireType("gather", indices, "int32", "int64");
  return gatherOp([x, indices], { axis: normalizeAxis("gather", axis, x.shape) })[0]!;
}

const scatterAddOp = defineOp<{ shape: Shape }>({
  name: "scatterAdd",
  signature: ([updates], { shape }) => [{ shape, type: updates!.type }],
  kernel: ({ write, names, inputs, attributes: { shape } }) => {
    const [, indices] = inputs;
    const wide = indices!.type === "int64" ? names[1]! : write.node("Cast", [names[1]!], { to: 7n });
    const column = write.node("Unsqueeze", [wide, write.integers([1])]);
    const zeros = write.node("ConstantOfShape", [write.integers(shape)]);
    return [write.node("ScatterND", [zeros, column, names[0]!], { reduction: "add" })];
  },
  gradient: ({ dy, inputs: [, indices] }) => [gather(dy, indices!, 0), undefined],
});

/**
 * Sums each entry of `updates` along an axis into the place its index names: the adjoint of `gather`.
 * @param indices int32 or int64, 0 to size - 1, shaped as the axes of `updates` that begin at `axis`
 * @param axis of the result
 * @param size of the result along it
 * @throws UsageError shape-mismatch, type-mismatch
 */
export function scatterAdd(updates: Tensor, indices: Tensor, axis: number, size: number): Tensor {
  requireType("scatterAdd", updates, "float32");
  requireType("scatterAdd", indices, "int32", "int64");
  const depth = indices.rank;
  // The result has one axis in place of those of the indices.
  const along = axis < 0 ? axis + updates.rank - depth + 1 : axis;
  if (
    along < 0 ||
    along > updates.rank - depth ||
    !sameShape(updates.shape.slice(along, along + depth), indices.shape)
  ) {
    throw new UsageError(
      "shape-mismatch",
      `scatterAdd: indices of ${formatShape(indices.shape)} are not the axes of ${formatShape(updates.shape)} from ${axis} on`,
    );
  }
  const before = updates.shape.slice(0, along);
  const after = updates.shape.slice(along + depth);
  const merged = reshape(updates, [...before, indices.size, ...after]);
  // The axis of the indices to the front, scatter, and back.
  const order = [along, ...merged.shape.map((_, at) => at).filter((at) => at !== along)];
  const front = transpose(merged, order);
  const flat = reshape(indices, [indices.size]);
  const scattered = scatterAddOp([front, flat], { shape: [size, ...front.shape.slice(1)] })[0]!;
  const back = order.map((_, at) => order.indexOf(at));
  return transpose(scattered, back);
}

/** Repeats every element `times` along an axis: 1 2 -> 1 1 2 2. */
export function repeat(x: Tensor, axis: number, times: number): Tensor {
  const at = normalizeAxis("repeat", axis, x.shape);
  if (!Number.isInteger(times) || times < 1) throw new UsageError("shape-mismatch", `repeat: ${times} times`);
  const apart = reshape(x, [...x.shape.slice(0, at + 1), 1, ...x.shape.slice(at + 1)]);
  const wide = expand(apart, [...x.shape.slice(0, at + 1), times, ...x.shape.slice(at + 1)]);
  return reshape(
    wide,
    x.shape.map((size, index) => (index === at ? size * times : size)),
  );
}
