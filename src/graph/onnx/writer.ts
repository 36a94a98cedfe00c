/**
 * Turns part of a graph into an ONNX model.
 *
 *     const model = writeModel({ outputs: new Map([["logits", logits]]) });
 *     await runtime.load(model);
 *
 * Inputs and parameters become inputs of the model, or constants where `constants` gives their values. Only what the
 * outputs need is written, and nodes that would compute the same thing twice are written once. Operator set 17,
 * IR version 8 (github.com/onnx/onnx/blob/main/onnx/onnx.proto).
 */
import { UsageError } from "../../errors.ts";
import { operationsOf } from "../gradients.ts";
import {
  type DataType,
  type KernelWriter,
  type NodeAttributes,
  requireValues,
  type Shape,
  type Signature,
  showShape,
  type Tensor,
  type Values,
} from "../tensor.ts";
import { Message } from "./protobuf.ts";

const operatorSet = 17;
const irVersion = 8;

const elementTypes: Readonly<Record<DataType, number>> = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9 };

export interface ModelRequest {
  /** What the model computes, by name. */
  readonly outputs: ReadonlyMap<string, Tensor>;
  /** Inputs and parameters that become constants, by name. */
  readonly constants?: ReadonlyMap<string, Values>;
  /** Key-value pairs stored in the file. */
  readonly metadata?: Readonly<Record<string, string>>;
  /**
   * {@link KernelWriter.block} of the runtime that will run the model, for kernels of its own. Default 0: plain ONNX.
   */
  readonly block?: number;
  /** {@link KernelWriter.constantWeights}: for inference with a block. Default false. */
  readonly constantWeights?: boolean;
  /**
   * Declares the first dimension of inputs and outputs to be any number, the same for all. For graphs that were built
   * for a batch of one and treat samples apart. Default false.
   */
  readonly anyBatch?: boolean;
  /**
   * Puts an output of a kind that Node's binding cannot hand out before all others, for a runtime that
   * {@link Runtime.stopsCopies}. Default false.
   */
  readonly stopsCopies?: boolean;
}

/** A written model. */
export interface OnnxModel {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly inputs: ReadonlyMap<string, Signature>;
  readonly outputs: ReadonlyMap<string, Signature>;
  /** Whether the first dimension of inputs and outputs, 1 in their signatures, may be any number. */
  readonly anyBatch: boolean;
  /** The name of the output that is there for `stopsCopies`; it is not among the outputs above. */
  readonly stopper: string | undefined;
  /** How many nodes it has. */
  readonly nodes: number;
}

/** Constants of more values are not looked for among those already written. */
const mostCompared = 1024;

interface Node {
  readonly type: string;
  readonly domain: string | undefined;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: NodeAttributes;
}

/** @param rename names of results that are outputs of the model */
function nodeMessage(
  { type, domain, inputs, outputs, attributes }: Node,
  rename: ReadonlyMap<string, string>,
): Message {
  const message = new Message();
  for (const input of inputs) message.string(1, rename.get(input) ?? input);
  for (const output of outputs) message.string(2, rename.get(output) ?? output);
  message.string(3, `${type}.${outputs[0]}`);
  message.string(4, type);
  for (const [name, value] of Object.entries(attributes)) message.message(5, attributeMessage(name, value));
  if (domain !== undefined) message.string(7, domain);
  return message;
}

/** Collects nodes and constants; the same node asked for twice is written once. */
class NodeWriter implements KernelWriter {
  readonly block: number;
  readonly constantWeights: boolean;
  readonly written: Node[] = [];
  readonly constantMessages: Message[] = [];
  /** Operator sets beside ONNX's own. */
  readonly domains = new Set<string>();
  readonly #known = new Map<string, string[]>();
  readonly #parent: NodeWriter | undefined;
  /** Names of the graph's own, which no result of a node may get. */
  readonly #taken: ReadonlySet<string>;
  #names = 0;

  constructor(block: number, constantWeights: boolean, taken: ReadonlySet<string>, parent?: NodeWriter) {
    this.block = block;
    this.constantWeights = constantWeights;
    this.#taken = taken;
    this.#parent = parent;
  }

  anew(): KernelWriter {
    return new NodeWriter(this.block, this.constantWeights, this.#taken, this.#parent ?? this);
  }

  node(type: string, inputs: readonly string[], attributes: NodeAttributes = {}): string {
    return this.nodes(type, inputs, 1, attributes)[0]!;
  }

  nodes(type: string, inputs: readonly string[], outputs: number, attributes: NodeAttributes = {}): string[] {
    const key = `${type}(${inputs.join()})${outputs}${Object.entries(attributes).join(";")}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const names = Array.from({ length: outputs }, () => this.#name());
    this.add(type, inputs, names, attributes);
    this.#known.set(key, names);
    return names;
  }

  add(fullType: string, inputs: readonly string[], outputs: readonly string[], attributes: NodeAttributes): void {
    const [type, domain] = fullType.split("@") as [string, string | undefined];
    const root = this.#parent ?? this;
    if (domain !== undefined) root.domains.add(domain);
    root.written.push({ type, domain, inputs, outputs, attributes });
  }

  floats(values: readonly number[] | Float32Array, shape: Shape): string {
    return this.constant(Float32Array.from(values), shape, "float32");
  }

  integers(values: readonly number[], shape: Shape = [values.length]): string {
    return this.constant(BigInt64Array.from(values.map(BigInt)), shape, "int64");
  }

  constant(values: Values, shape: Shape, type: DataType): string {
    const key = values.length <= mostCompared ? `${type}[${shape.join()}]${values.join()}` : undefined;
    const known = key === undefined ? undefined : this.#known.get(key)?.[0];
    if (known !== undefined) return known;
    const name = this.#name();
    this.namedConstant(name, values, shape, type);
    if (key !== undefined) this.#known.set(key, [name]);
    return name;
  }

  namedConstant(name: string, values: Values, shape: Shape, type: DataType): void {
    const message = new Message();
    for (const dimension of shape) message.integer(1, dimension);
    message.integer(2, elementTypes[type]);
    message.string(8, name);
    message.bytes(9, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    (this.#parent ?? this).constantMessages.push(message);
  }

  #name(): string {
    const root = this.#parent ?? this;
    let name: string;
    do name = `t${++root.#names}`;
    while (root.#taken.has(name));
    return name;
  }
}

function attributeMessage(name: string, value: NodeAttributes[string]): Message {
  const message = new Message();
  message.string(1, name);
  if (typeof value === "number") {
    message.float(2, value);
    message.integer(20, 1);
  } else if (typeof value === "bigint") {
    message.integer(3, value);
    message.integer(20, 2);
  } else if (typeof value === "string") {
    message.string(4, value);
    message.integer(20, 3);
  } else if (value.every((item) => typeof item === "bigint")) {
    for (const item of value) message.integer(8, item);
    message.integer(20, 7);
  } else {
    for (const item of value) message.float(7, Number(item));
    message.integer(20, 6);
  }
  return message;
}

/** A message with another in one of its fields. */
function around(field: number, inner: Message): Message {
  const message = new Message();
  message.message(field, inner);
  return message;
}

/** What a model says of an input or output. */
function valueMessage(name: string, type: Message): Message {
  const message = new Message();
  message.string(1, name);
  message.message(2, type);
  return message;
}

function tensorType({ shape, type }: Signature, anyBatch: boolean): Message {
  const dimensions = new Message();
  shape.forEach((size, axis) => {
    const dimension = new Message();
    if (axis === 0 && anyBatch) dimension.string(2, "batch");
    else dimension.integer(1, size);
    dimensions.message(1, dimension);
  });
  const tensor = new Message();
  tensor.integer(1, elementTypes[type]);
  tensor.message(2, dimensions);
  return around(1, tensor);
}

/** A sequence of numbers, which is no tensor. */
const sequenceType = (): Message => around(4, around(1, tensorType({ shape: [], type: "float32" }, false)));

/** Every tensor with a name that the outputs depend on, by its name. @throws UsageError name-taken */
export function namedTensors(outputs: ReadonlyMap<string, Tensor>): ReadonlyMap<string, Tensor> {
  const named = new Map<string, Tensor>();
  const read = operationsOf(outputs.values()).flatMap(({ inputs }) => inputs);
  for (const tensor of [...read, ...outputs.values()]) {
    const { origin } = tensor;
    if (origin.kind !== "input" && origin.kind !== "parameter") continue;
    if ((named.get(origin.name) ?? tensor) !== tensor || outputs.has(origin.name)) {
      throw new UsageError("name-taken", `two inputs, parameters or outputs of the model are called ${origin.name}`);
    }
    named.set(origin.name, tensor);
  }
  return named;
}

/** @throws UsageError graph-invalid for what the first dimension of a model for any batch cannot be */
function requireSingle([name, { origin, shape }]: readonly [string, Tensor]): void {
  if (origin.kind === "parameter") {
    throw new UsageError("graph-invalid", `a model for any batch needs the values of ${name} as constants`);
  }
  if (shape.length === 0 || shape[0] === 1) return;
  throw new UsageError("graph-invalid", `${name} is ${showShape(shape)}, not of a batch of one`, {
    hint: "build the graph for a batch of one, or write it without anyBatch",
  });
}

/**
 * @throws UsageError name-taken; type-mismatch or shape-mismatch for a constant; graph-invalid for `anyBatch` of a graph
 * built for another batch than one
 */
export function writeModel(request: ModelRequest): OnnxModel {
  const { outputs, constants = new Map<string, Values>(), metadata = {}, anyBatch = false } = request;
  const named = namedTensors(outputs);
  const taken = new Set([...outputs.keys(), ...named.keys()]);
  const writer = new NodeWriter(request.block ?? 0, request.constantWeights ?? false, taken);
  const names = new Map<Tensor, string>();
  const inputs = new Map<string, Tensor>();

  const nameOf = (tensor: Tensor): string => {
    const known = names.get(tensor);
    if (known !== undefined) return known;
    const { origin } = tensor;
    if (origin.kind === "operation") throw new Error(`${origin.operation.row.name} is used before it is computed`);
    if (origin.kind === "constant") {
      const name = writer.constant(origin.values, tensor.shape, tensor.type);
      names.set(tensor, name);
      return name;
    }
    const values = constants.get(origin.name);
    if (values === undefined) {
      inputs.set(origin.name, tensor);
    } else {
      requireValues(origin.name, values, tensor);
      writer.namedConstant(origin.name, values, tensor.shape, tensor.type);
    }
    names.set(tensor, origin.name);
    return origin.name;
  };

  for (const operation of operationsOf(outputs.values())) {
    const written = operation.row.kernel({
      write: writer,
      names: operation.inputs.map(nameOf),
      inputs: operation.inputs,
      outputs: operation.outputs,
      attributes: operation.attributes,
    });
    operation.outputs.forEach((output, index) => {
      names.set(output, written[index]!);
    });
  }
  if (anyBatch) {
    [...inputs, ...outputs].forEach(requireSingle);
  }
  const stopper = request.stopsCopies ? writer.node("SequenceConstruct", [writer.floats([0], [])]) : undefined;
  const rename = new Map<string, string>();
  const computed = new Set(writer.written.flatMap((node) => node.outputs));
  for (const [name, tensor] of outputs) {
    const result = nameOf(tensor);
    if (computed.has(result) && !rename.has(result)) rename.set(result, name);
    else writer.add("Identity", [result], [name], {});
  }

  const graph = new Message();
  for (const node of writer.written) graph.message(1, nodeMessage(node, rename));
  graph.string(2, "embolens");
  for (const constant of writer.constantMessages) graph.message(5, constant);
  for (const [name, signature] of inputs) graph.message(11, valueMessage(name, tensorType(signature, anyBatch)));
  if (stopper !== undefined) graph.message(12, valueMessage(stopper, sequenceType()));
  for (const [name, tensor] of outputs) graph.message(12, valueMessage(name, tensorType(tensor, anyBatch)));
  const model = new Message();
  model.integer(1, irVersion);
  model.string(2, "embolens");
  model.message(7, graph);
  for (const [domain, version] of [
    ["", operatorSet] as const,
    ...[...writer.domains].map((name) => [name, 1] as const),
  ]) {
    const operators = new Message();
    operators.string(1, domain);
    operators.integer(2, version);
    model.message(8, operators);
  }
  for (const [key, value] of Object.entries(metadata)) {
    const property = new Message();
    property.string(1, key);
    property.string(2, value);
    model.message(14, property);
  }
  return { bytes: model.finish(), inputs, outputs, anyBatch, stopper, nodes: writer.written.length };
}
