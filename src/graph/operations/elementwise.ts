/**
 * Arithmetic, functions and choices, element by element, with NumPy's broadcasting.
 *
 *     add(mul(x, 2), y); relu(x); where(greater(x, 0), x, mul(x, 0.1))
 *
 * A plain number may stand for a tensor. Multiplying by one or adding zero adds no node. A value that is not a number
 * makes the result not a number, in `maximum`, `minimum` and `clip` too.
 */
import {
  asTensor,
  broadcastShapes,
  constant,
  type DataType,
  defineOp,
  requireType,
  type Tensor,
  uniformValue,
} from "../tensor.ts";
import { expand, sumTo } from "./shape-ops.ts";

export type Operand = Tensor | number;

type BinaryGradient = (dy: Tensor, a: Tensor, b: Tensor, output: Tensor) => readonly [() => Tensor, () => Tensor];

function binary(name: string, kernel: string, gradient: BinaryGradient): (a: Operand, b: Operand) => Tensor {
  const apply = defineOp<null>({
    name,
    signature: ([a, b]) => [{ shape: broadcastShapes(name, a!.shape, b!.shape), type: a!.type }],
    kernel: ({ write, names }) => [write.node(kernel, names)],
    gradient: ({ dy, inputs, output, wanted }) => {
      const [a, b] = [inputs[0]!, inputs[1]!];
      const [left, right] = gradient(dy, a, b, output);
      return [wanted[0] ? sumTo(left(), a.shape) : undefined, wanted[1] ? sumTo(right(), b.shape) : undefined];
    },
  });
  return (left, right) => {
    const [a, b] = [asTensor(left), asTensor(right)];
    requireType(name, a, "float32");
    requireType(name, b, "float32");
    return apply([a, b], null)[0]!;
  };
}

const addOp = binary("add", "Add", (dy) => [() => dy, () => dy]);
const subtractOp = binary("subtract", "Sub", (dy) => [() => dy, () => negate(dy)]);
const multiplyOp = binary("multiply", "Mul", (dy, a, b) => [() => multiply(dy, b), () => multiply(dy, a)]);
const divideOp = binary("divide", "Div", (dy, _a, b, output) => [
  () => divide(dy, b),
  () => negate(divide(multiply(dy, output), b)),
]);

/** `x` stretched to the shape it would have after combining it with `other`. */
function stretched(name: string, x: Tensor, other: Tensor): Tensor {
  requireType(name, x, "float32");
  return expand(x, broadcastShapes(name, x.shape, other.shape));
}

export function add(left: Operand, right: Operand): Tensor {
  const [a, b] = [asTensor(left), asTensor(right)];
  if (uniformValue(a) === 0) return stretched("add", b, a);
  if (uniformValue(b) === 0) return stretched("add", a, b);
  return addOp(a, b);
}

export function subtract(left: Operand, right: Operand): Tensor {
  const [a, b] = [asTensor(left), asTensor(right)];
  return uniformValue(b) === 0 ? stretched("subtract", a, b) : subtractOp(a, b);
}

export function multiply(left: Operand, right: Operand): Tensor {
  const [a, b] = [asTensor(left), asTensor(right)];
  if (uniformValue(a) === 1) return stretched("multiply", b, a);
  if (uniformValue(b) === 1) return stretched("multiply", a, b);
  return multiplyOp(a, b);
}

/** Whether x / value and x * (1 / value) are the same bits: for a power of two whose inverse is no subnormal number. */
function hasExactInverse(value: number): boolean {
  const exponent = Math.log2(Math.abs(value));
  return Number.isInteger(exponent) && Math.abs(exponent) <= 126;
}

/** Rounded as a division is, by a constant too; where the last bit does not matter, `multiply(x, 1 / 3)` is cheaper. */
export function divide(left: Operand, right: Operand): Tensor {
  const [a, b] = [asTensor(left), asTensor(right)];
  const by = uniformValue(b);
  return by !== undefined && hasExactInverse(by)
    ? multiply(stretched("divide", a, b), constant(1 / by))
    : divideOp(a, b);
}

interface UnaryRule {
  readonly kernel: string;
  readonly attributes?: Readonly<Record<string, number>>;
  readonly gradient: "constant" | ((dy: Tensor, x: Tensor, output: Tensor) => Tensor);
}

function unary(name: string, rule: UnaryRule): (x: Tensor) => Tensor {
  const { gradient } = rule;
  const apply = defineOp<null>({
    name,
    signature: ([x]) => [{ shape: x!.shape, type: "float32" }],
    kernel: ({ write, names }) => [write.node(rule.kernel, names, rule.attributes ?? {})],
    gradient: gradient === "constant" ? "constant" : ({ dy, inputs, output }) => [gradient(dy, inputs[0]!, output)],
  });
  return (x) => {
    requireType(name, x, "float32");
    return apply([x], null)[0]!;
  };
}

export const negate = unary("negate", { kernel: "Neg", gradient: (dy) => negate(dy) });
export const exp = unary("exp", { kernel: "Exp", gradient: (dy, _x, output) => multiply(dy, output) });
export const log = unary("log", { kernel: "Log", gradient: (dy, x) => divide(dy, x) });
export const squareRoot = unary("squareRoot", {
  kernel: "Sqrt",
  gradient: (dy, _x, output) => divide(multiply(dy, 0.5), output),
});
export const absolute = unary("absolute", { kernel: "Abs", gradient: (dy, x) => multiply(dy, sign(x)) });

const signOp = defineOp<null>({
  name: "sign",
  signature: ([x]) => [{ shape: x!.shape, type: "float32" }],
  // ONNX Runtime's own Sign runs on one thread.
  kernel: ({ write, names }) => [
    write.node("Clip", [
      write.node("Mul", [names[0]!, write.floats([1e38], [])]),
      write.floats([-1], []),
      write.floats([1], []),
    ]),
  ],
  gradient: "constant",
});

/** -1, 0 or 1. Its derivative is zero. */
export function sign(x: Tensor): Tensor {
  requireType("sign", x, "float32");
  return signOp([x], null)[0]!;
}
/** 1 where x is positive, else 0. Its derivative is zero. A steep line cut at 0 and 1 is the fastest kernel for it. */
export const positive = unary("positive", {
  kernel: "HardSigmoid",
  attributes: { alpha: 1e38, beta: 0 },
  gradient: "constant",
});
export const relu = unary("relu", {
  kernel: "Relu",
  gradient: (dy, _x, output) => multiply(dy, positive(output)),
});
export const sigmoid = unary("sigmoid", {
  kernel: "Sigmoid",
  gradient: (dy, _x, output) => multiply(dy, multiply(output, subtract(1, output))),
});
export const tanh = unary("tanh", {
  kernel: "Tanh",
  gradient: (dy, _x, output) => multiply(dy, subtract(1, multiply(output, output))),
});
/** log(1 + e^x), without overflow. */
export const softplus = unary("softplus", { kernel: "Softplus", gradient: (dy, x) => multiply(dy, sigmoid(x)) });

/** clip(0.2 x + 0.5, 0, 1), as Keras 2 has it. */
export const hardSigmoid = unary("hardSigmoid", {
  kernel: "HardSigmoid",
  attributes: { alpha: 0.2, beta: 0.5 },
  // Between the two ends, output (1 - output) is positive.
  gradient: (dy, _x, output) => multiply(multiply(dy, 0.2), positive(multiply(output, subtract(1, output)))),
});

const leakyReluOp = defineOp<{ slope: number }>({
  name: "leakyRelu",
  signature: ([x]) => [{ shape: x!.shape, type: "float32" }],
  kernel: ({ write, names, attributes }) => [write.node("LeakyRelu", names, { alpha: attributes.slope })],
  gradient: ({ dy, output, attributes }) => [where(greater(output, 0), dy, multiply(dy, attributes.slope))],
});

/** x where it is positive, `slope` x elsewhere. @param slope 0 to 1 */
export function leakyRelu(x: Tensor, slope = 0.01): Tensor {
  requireType("leakyRelu", x, "float32");
  return leakyReluOp([x], { slope })[0]!;
}

export function square(x: Tensor): Tensor {
  return multiply(x, x);
}

/** `a` where the first holds, `b` where only the second does. Where neither holds one is no number, nor is the sum. */
function chosen(isFirst: Tensor, isSecond: Tensor, a: Tensor, b: Tensor): Tensor {
  return where(isFirst, a, where(isSecond, b, add(a, b)));
}

/** The larger of two, element by element; the derivative goes to the first where both are equal. */
export function maximum(left: Operand, right: Operand): Tensor {
  const [a, b] = [asTensor(left), asTensor(right)];
  return chosen(greaterOrEqual(a, b), greaterOrEqual(b, a), a, b);
}

/** The smaller of two, element by element; the derivative goes to the first where both are equal. */
export function minimum(left: Operand, right: Operand): Tensor {
  const [a, b] = [asTensor(left), asTensor(right)];
  return chosen(greaterOrEqual(b, a), greaterOrEqual(a, b), a, b);
}

/** x limited to [low, high]. */
export function clip(x: Tensor, low: number, high: number): Tensor {
  return minimum(maximum(x, low), high);
}

function comparison(name: string, kernel: string): (a: Operand, b: Operand) => Tensor {
  const apply = defineOp<null>({
    name,
    signature: ([a, b]) => [{ shape: broadcastShapes(name, a!.shape, b!.shape), type: "bool" }],
    kernel: ({ write, names }) => [write.node(kernel, names)],
    gradient: "constant",
  });
  return (left, right) => {
    const [a, b] = [asTensor(left), asTensor(right)];
    requireType(name, b, a.type);
    return apply([a, b], null)[0]!;
  };
}

export const greater = comparison("greater", "Greater");
export const greaterOrEqual = comparison("greaterOrEqual", "GreaterOrEqual");
export const less = comparison("less", "Less");
export const equal = comparison("equal", "Equal");

const whereOp = defineOp<null>({
  name: "where",
  signature: ([condition, a, b]) => [
    { shape: broadcastShapes("where", condition!.shape, broadcastShapes("where", a!.shape, b!.shape)), type: a!.type },
  ],
  kernel: ({ write, names }) => [write.node("Where", names)],
  gradient: ({ dy, inputs: [condition, a, b], wanted }) => [
    undefined,
    wanted[1] ? sumTo(where(condition!, dy, 0), a!.shape) : undefined,
    wanted[2] ? sumTo(where(condition!, 0, dy), b!.shape) : undefined,
  ],
});

/** `left` where the condition (bool) holds, `right` elsewhere. */
export function where(condition: Tensor, left: Operand, right: Operand): Tensor {
  requireType("where", condition, "bool");
  const [a, b] = [asTensor(left), asTensor(right)];
  requireType("where", b, a.type);
  return whereOp([condition, a, b], null)[0]!;
}

const onnxTypes: Readonly<Record<DataType, bigint>> = { float32: 1n, uint8: 2n, int32: 6n, int64: 7n, bool: 9n };

const castOp = defineOp<{ type: DataType }>({
  name: "cast",
  signature: ([x], { type }) => [{ shape: x!.shape, type }],
  kernel: ({ write, names, attributes }) => [write.node("Cast", names, { to: onnxTypes[attributes.type] })],
  gradient: "constant",
});

/** The same values as another kind of number. Carries no derivative. */
export function cast(x: Tensor, type: DataType): Tensor {
  return x.type === type ? x : castOp([x], { type })[0]!;
}

const stopOp = defineOp<null>({
  name: "stopGradient",
  signature: ([x]) => [{ shape: x!.shape, type: x!.type }],
  kernel: ({ names }) => [names[0]!],
  gradient: "constant",
});

/** The same values, through which no derivative passes. */
export function stopGradient(x: Tensor): Tensor {
  return stopOp([x], null)[0]!;
}
