/**
 * Matrix products, means, maxima and softmax.
 *
 *     matmul(a, b);                          // [..., m, k] x [..., k, n]
 *     dense(x, weight, bias);                // weight [out, in], as torchvision stores it
 *     softmax(logits); mean(x, [2, 3]); max(x, [1])
 */
import { UsageError } from "../../errors.ts";
import {
  broadcastShapes,
  defineOp,
  formatShape,
  normalizeAxes,
  normalizeAxis,
  requireType,
  type Tensor,
} from "../tensor.ts";
import { add, cast, divide, equal, exp, multiply, subtract } from "./elementwise.ts";
import { dropAxes, type ReductionOptions, sum, sumTo, transpose } from "./shape-ops.ts";

const matmulOp = defineOp<null>({
  name: "matmul",
  signature: ([a, b]) => [
    {
      shape: [
        ...broadcastShapes("matmul", a!.shape.slice(0, -2), b!.shape.slice(0, -2)),
        a!.shape.at(-2)!,
        b!.shape.at(-1)!,
      ],
      type: "float32",
    },
  ],
  kernel: ({ write, names }) => [write.node("MatMul", names)],
  gradient: ({ dy, inputs, wanted }) => {
    const [a, b] = [inputs[0]!, inputs[1]!];
    return [
      wanted[0] ? sumTo(matmul(dy, swapLast(b)), a.shape) : undefined,
      wanted[1] ? sumTo(matmul(swapLast(a), dy), b.shape) : undefined,
    ];
  },
});

/** The product of the last two axes; leading axes broadcast. @throws UsageError shape-mismatch */
export function matmul(a: Tensor, b: Tensor): Tensor {
  requireType("matmul", a, "float32");
  requireType("matmul", b, "float32");
  if (a.rank < 2 || b.rank < 2 || a.shape.at(-1) !== b.shape.at(-2)) {
    throw new UsageError(
      "shape-mismatch",
      `matmul: ${formatShape(a.shape)} and ${formatShape(b.shape)} do not multiply`,
    );
  }
  return matmulOp([a, b], null)[0]!;
}

/** The last two axes exchanged. */
export function swapLast(x: Tensor): Tensor {
  const order = x.shape.map((_, axis) => axis);
  order.push(...order.splice(-2).reverse());
  return transpose(x, order);
}

/** x W^T + b: a dense layer with `weight` as [out, in] and `bias` as [out]. @throws UsageError shape-mismatch */
export function dense(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  if (weight.rank !== 2) {
    throw new UsageError("shape-mismatch", `dense: the weights ${formatShape(weight.shape)} are not [out, in]`);
  }
  if (bias !== undefined) requireBias("dense", bias, weight.shape[0]!);
  const product = matmul(x, swapLast(weight));
  return bias === undefined ? product : add(product, bias);
}

/** One value an output: a single one would be stretched in silence. @throws UsageError shape-mismatch */
export function requireBias(name: string, bias: Tensor, outputs: number): void {
  if (bias.rank === 1 && bias.size === outputs) return;
  throw new UsageError("shape-mismatch", `${name}: a bias of ${formatShape(bias.shape)} for ${outputs} outputs`);
}

/** The mean over some axes; over all of them when none are named. */
export function mean(x: Tensor, axes?: readonly number[], options: ReductionOptions = {}): Tensor {
  const total = sum(x, axes, options);
  return multiply(total, total.size / x.size);
}

const maxOp = defineOp<{ axes: readonly number[] }>({
  name: "max",
  signature: ([x], { axes }) => [
    { shape: x!.shape.map((size, axis) => (axes.includes(axis) ? 1 : size)), type: "float32" },
  ],
  kernel: ({ write, names, attributes: { axes } }) => [
    write.node("ReduceMax", names, { axes: axes.map(BigInt), keepdims: 1n }),
  ],
  gradient: ({ dy, inputs: [x], output, attributes: { axes } }) => {
    // Where several share the maximum they share the derivative.
    const holders = cast(equal(x!, output), "float32");
    return [multiply(holders, divide(dy, sum(holders, axes, { keep: true })))];
  },
});

/** The maximum over some axes; over all of them when none are named. */
export function max(x: Tensor, axes?: readonly number[], options: ReductionOptions = {}): Tensor {
  requireType("max", x, "float32");
  const over = normalizeAxes("max", axes, x.shape);
  const kept = over.length === 0 ? x : maxOp([x], { axes: over })[0]!;
  return options.keep ? kept : dropAxes(kept, over);
}

const softmaxOp = defineOp<{ axis: number }>({
  name: "softmax",
  signature: ([x]) => [{ shape: x!.shape, type: "float32" }],
  kernel: ({ write, names, attributes }) => [write.node("Softmax", names, { axis: BigInt(attributes.axis) })],
  gradient: ({ dy, output, attributes: { axis } }) => {
    const weighted = multiply(dy, output);
    return [subtract(weighted, multiply(output, sum(weighted, [axis], { keep: true })))];
  },
});

const logSoftmaxOp = defineOp<{ axis: number }>({
  name: "logSoftmax",
  signature: ([x]) => [{ shape: x!.shape, type: "float32" }],
  kernel: ({ write, names, attributes }) => [write.node("LogSoftmax", names, { axis: BigInt(attributes.axis) })],
  gradient: ({ dy, output, attributes: { axis } }) => [
    subtract(dy, multiply(exp(output), sum(dy, [axis], { keep: true }))),
  ],
});

/** Probabilities along an axis, the last unless named. */
export function softmax(x: Tensor, axis = -1): Tensor {
  requireType("softmax", x, "float32");
  return softmaxOp([x], { axis: normalizeAxis("softmax", axis, x.shape) })[0]!;
}

/** The logarithm of softmax, stable for large inputs. */
export function logSoftmax(x: Tensor, axis = -1): Tensor {
  requireType("logSoftmax", x, "float32");
  return logSoftmaxOp([x], { axis: normalizeAxis("logSoftmax", axis, x.shape) })[0]!;
}
