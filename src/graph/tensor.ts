/**
 * A tensor of the graph: a shape, a kind of number and where it comes from. Building a graph computes nothing.
 *
 *     const x = graph.input("x", [4, 5, 384, 384]);
 *     const y = relu(x);          // y.shape is [4, 5, 384, 384], y.origin says "Relu of x"
 *
 * An operation is one definition: shape rule, ONNX kernel and derivative beside each other, the derivative written in
 * operations again so that it can be differentiated itself. A definition without a derivative rule does not compile; one that
 * truly has none says `"constant"` (its derivative is zero almost everywhere).
 */
import { UsageError } from "../errors.ts";

export type Shape = readonly number[];

/** The kinds of number a graph computes with; `bool` is stored as one byte. */
export type DataType = "float32" | "int32" | "int64" | "uint8" | "bool";

/** The values of a tensor, row-major, in the array that belongs to its kind of number (uint8 for bool). */
export type Values = Float32Array | Int32Array | BigInt64Array | Uint8Array;

export interface Signature {
  readonly shape: Shape;
  readonly type: DataType;
}

export type Producer =
  | { readonly kind: "input"; readonly name: string }
  | { readonly kind: "parameter"; readonly name: string }
  | { readonly kind: "constant"; readonly values: Values }
  | { readonly kind: "operation"; readonly operation: Operation; readonly output: number };

let created = 0;

export class Tensor implements Signature {
  readonly shape: Shape;
  readonly type: DataType;
  readonly producer: Producer;
  /** Grows with creation, so an operation's number is larger than those of its inputs. */
  readonly id: number;

  /** @throws UsageError shape-mismatch when a dimension is no whole number from 0 on */
  constructor(signature: Signature, origin: Producer) {
    if (!signature.shape.every((dimension) => Number.isInteger(dimension) && dimension >= 0)) {
      throw new UsageError(
        "shape-mismatch",
        `${describeProducer(origin)}: ${formatShape(signature.shape)} is no shape`,
      );
    }
    this.shape = signature.shape;
    this.type = signature.type;
    this.producer = origin;
    this.id = created++;
  }

  get rank(): number {
    return this.shape.length;
  }

  /** How many values it has. */
  get size(): number {
    return numElements(this.shape);
  }
}

function describeProducer(origin: Producer): string {
  switch (origin.kind) {
    case "constant":
      return "constant";
    case "operation":
      return origin.operation.definition.name;
    default:
      return origin.name;
  }
}

/** One application of an operation to tensors. */
export interface Operation {
  /** Its attributes are those of this very application. */
  readonly definition: OpDefinition<unknown>;
  readonly inputs: readonly Tensor[];
  readonly attributes: unknown;
  readonly outputs: readonly Tensor[];
}

/** What an operation's ONNX kernel is written with; see onnx/writer.ts. A type may name its domain: "Conv@com.microsoft". */
export interface KernelWriter {
  /** Channels a block of the CPU's own convolution kernels, 8 or 16; 0 where the model must run anywhere. */
  readonly nchwcBlock: number;
  /**
   * Whether weights are constants of the model. The runtime then finds the layout of ordinary convolutions by itself,
   * and what depends on weights alone is computed once, when the model is loaded.
   */
  readonly constantWeights: boolean;
  /** Adds a node and returns the name of its only output. */
  node(type: string, inputs: readonly string[], attributes?: NodeAttributes): string;
  /** Adds a node with several outputs. */
  nodes(type: string, inputs: readonly string[], outputs: number, attributes?: NodeAttributes): string[];
  /**
   * The same writer, forgetting what was written before: what it writes is computed anew although it may be known,
   * so that it need not be kept from the forward to the backward pass.
   */
  withoutCse(): KernelWriter;
  /**
   * Says that a result is large and worth computing only once where it depends on weights alone. With
   * {@link constantWeights} it then goes into the model as an input that whoever loads it holds: the runtime would keep
   * several copies of what it folds.
   */
  hoistConstant(name: string, shape: Shape): string;
  /** The name of a constant of 32-bit floats. */
  floats(values: readonly number[] | Float32Array, shape: Shape): string;
  /** The name of a constant of 64-bit integers: shapes, axes, indices. */
  integers(values: readonly number[], shape?: Shape): string;
}

/** Attributes of an ONNX node: a bigint or bigint list is written as integers, a number or number list as floats. */
export type NodeAttributes = Readonly<Record<string, number | bigint | string | readonly number[] | readonly bigint[]>>;

export interface KernelArguments<Attributes> {
  readonly write: KernelWriter;
  /** Names of the inputs in the ONNX graph. */
  readonly names: readonly string[];
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly attributes: Attributes;
}

export interface GradientArguments<Attributes> {
  /** The derivative of the loss with respect to the first output. Zero when only other outputs are used. */
  readonly dy: Tensor;
  /** One entry an output; undefined where the loss does not depend on it. */
  readonly dys: readonly (Tensor | undefined)[];
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** The first output. */
  readonly output: Tensor;
  readonly attributes: Attributes;
  /** Whether the caller needs the derivative with respect to this input; others may be left undefined. */
  readonly wanted: readonly boolean[];
}

export interface OpDefinition<Attributes> {
  readonly name: string;
  /** The outputs' signatures; raises `shape-mismatch` where the inputs do not fit. */
  readonly signature: (inputs: readonly Tensor[], attributes: Attributes) => readonly Signature[];
  /** Writes ONNX nodes and returns the names of the outputs. */
  readonly kernel: (call: KernelArguments<Attributes>) => readonly string[];
  /** The derivative with respect to each input, or "constant" when it is zero almost everywhere. */
  readonly gradient: "constant" | ((call: GradientArguments<Attributes>) => readonly (Tensor | undefined)[]);
}

/** Every operation that was defined, by name: what the property test goes through. */
const definitions = new Map<string, OpDefinition<unknown>>();

export function registeredOps(): ReadonlyMap<string, OpDefinition<unknown>> {
  return definitions;
}

/** Applies an operation to tensors. */
export interface OpFunction<Attributes> {
  (inputs: readonly Tensor[], attributes: Attributes): readonly Tensor[];
  /** Its definition, by which its applications are recognised in a graph. */
  readonly definition: OpDefinition<unknown>;
}

/** Registers an operation and returns the function that applies it. */
export function defineOp<Attributes>(definition: OpDefinition<Attributes>): OpFunction<Attributes> {
  const erased = definition as unknown as OpDefinition<unknown>;
  definitions.set(definition.name, erased);
  return Object.assign((inputs: readonly Tensor[], attributes: Attributes) => applyOp(erased, inputs, attributes), {
    definition: erased,
  });
}

/** Applies a registered operation once, with the attributes of this application. */
export function applyOp(
  definition: OpDefinition<unknown>,
  inputs: readonly Tensor[],
  attributes: unknown,
): readonly Tensor[] {
  const outputs: Tensor[] = [];
  const operation: Operation = { definition, inputs, attributes, outputs };
  definition.signature(inputs, attributes).forEach((signature, output) => {
    outputs.push(new Tensor(signature, { kind: "operation", operation, output }));
  });
  return outputs;
}

/** A tensor of known values. A plain number makes a scalar. @throws UsageError shape-mismatch, type-mismatch */
export function constant(values: number | readonly number[] | Values, shape?: Shape, type?: DataType): Tensor {
  const list = typeof values === "number" ? [values] : values;
  const kind = type ?? typeOf(list);
  const array = Array.isArray(list) ? toValues(list as readonly number[], kind) : (list as Values);
  const dimensions = shape ?? (typeof values === "number" ? [] : [array.length]);
  requireValues("constant", array, { shape: dimensions, type: kind });
  return new Tensor({ shape: dimensions, type: kind }, { kind: "constant", values: array });
}

/** Turns a number into a scalar constant and leaves a tensor alone. */
export function asTensor(value: Tensor | number): Tensor {
  return typeof value === "number" ? constant(value) : value;
}

/** The number every element of a constant has, or undefined for anything else. */
export function uniformValue(tensor: Tensor): number | undefined {
  if (tensor.producer.kind !== "constant" || tensor.type !== "float32") return undefined;
  const values = tensor.producer.values as Float32Array;
  if (values.length === 0) return undefined;
  const first = values[0]!;
  return values.every((value) => value === first) ? first : undefined;
}

/** Row-major values of one kind of number. */
export function toValues(values: readonly number[], type: DataType): Values {
  switch (type) {
    case "float32":
      return Float32Array.from(values);
    case "int32":
      return Int32Array.from(values);
    case "int64":
      return BigInt64Array.from(values.map(BigInt));
    case "uint8":
    case "bool":
      return Uint8Array.from(values);
  }
}

function typeOf(values: readonly number[] | Values): DataType {
  if (values instanceof Int32Array) return "int32";
  if (values instanceof BigInt64Array) return "int64";
  if (values instanceof Uint8Array) return "uint8";
  return "float32";
}

export function numElements(shape: Shape): number {
  return shape.reduce((size, dimension) => size * dimension, 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dimension, axis) => dimension === b[axis]);
}

/** "4 x 5 x 384", or "scalar". */
export function formatShape(shape: Shape): string {
  return shape.length === 0 ? "scalar" : shape.join(" x ");
}

/** The shape of an elementwise result, by NumPy's rule. @throws UsageError shape-mismatch naming both shapes */
export function broadcastShapes(name: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  const shape: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) {
      throw new UsageError("shape-mismatch", `${name}: ${formatShape(a)} and ${formatShape(b)} do not broadcast`);
    }
    shape.push(left === 1 ? right : left);
  }
  return shape;
}

/** An axis counted from the front; negative ones count from the back. @throws UsageError shape-mismatch */
export function normalizeAxis(name: string, axis: number, shape: Shape): number {
  const normal = axis < 0 ? axis + shape.length : axis;
  if (!Number.isInteger(normal) || normal < 0 || normal >= shape.length) {
    throw new UsageError("shape-mismatch", `${name}: axis ${axis} is outside the shape ${formatShape(shape)}`);
  }
  return normal;
}

/** Axes counted from the front, each named once; all of them when none are named. @throws UsageError shape-mismatch */
export function normalizeAxes(name: string, axes: readonly number[] | undefined, shape: Shape): readonly number[] {
  const normal = axes?.map((axis) => normalizeAxis(name, axis, shape)) ?? shape.map((_, axis) => axis);
  if (new Set(normal).size === normal.length) return normal;
  throw new UsageError("shape-mismatch", `${name}: axes ${axes} of ${formatShape(shape)} name one of them twice`);
}

/** @throws UsageError type-mismatch */
export function requireType(name: string, tensor: Tensor, ...types: readonly DataType[]): void {
  if (!types.includes(tensor.type)) {
    throw new UsageError("type-mismatch", `${name}: needs ${types.join(" or ")} and was given ${tensor.type}`);
  }
}

const arrays: Readonly<Record<DataType, new (length: number) => Values>> = {
  float32: Float32Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  bool: Uint8Array,
};

/** An array for the values of a signature; floats start as NaN, so that a value never written is noticed. */
export function allocate({ shape, type }: Signature): Values {
  const values = new arrays[type](numElements(shape));
  return values instanceof Float32Array ? values.fill(Number.NaN) : values;
}

/** @throws UsageError type-mismatch, shape-mismatch when the array is not the one that a signature's values lie in */
export function requireValues(name: string, values: Values, { shape, type }: Signature): void {
  if (values instanceof arrays[type] && values.length === numElements(shape)) return;
  throw new UsageError(
    values instanceof arrays[type] ? "shape-mismatch" : "type-mismatch",
    `${name}: ${values.length} values in a ${values.constructor.name} for ${type} ${formatShape(shape)}`,
  );
}
