/**
 * An ONNX file as protocol buffers: nodes, attributes, constants, and what is said of inputs and outputs.
 *
 *     const inputs: [string, Message][] = [["x", tensorType({ shape: [1, 5, 384, 384], type: "float32" }, false)]];
 *     const bytes = modelBytes({ nodes, rename, constants, inputs, outputs, domains, metadata });
 *
 * Operator set 17, IR version 8; field numbers: github.com/onnx/onnx/blob/main/onnx/onnx.proto.
 */
import type { DataType, NodeAttributes, Shape, Signature, Values } from "../tensor.ts";
import { Message } from "./protobuf.ts";

const operatorSet = 17;
const irVersion = 8;

const elementTypes: Readonly<Record<DataType, number>> = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9 };

/** A node as it is written. */
export interface Node {
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

/** The type of a tensor of any shape and number of dimensions. */
export const shapelessType = (type: DataType): Message => tensorMessage(type);

/** @param anyBatch whether the first dimension may be any number */
export function tensorType({ shape, type }: Signature, anyBatch: boolean): Message {
  const dimensions = new Message();
  shape.forEach((size, axis) => {
    const dimension = new Message();
    if (axis === 0 && anyBatch) dimension.string(2, "batch");
    else dimension.integer(1, size);
    dimensions.message(1, dimension);
  });
  return tensorMessage(type, dimensions);
}

function tensorMessage(type: DataType, dimensions?: Message): Message {
  const tensor = new Message();
  tensor.integer(1, elementTypes[type]);
  if (dimensions !== undefined) tensor.message(2, dimensions);
  return around(1, tensor);
}

/** A sequence of numbers, which is no tensor. */
export const sequenceType = (): Message => around(4, around(1, tensorType({ shape: [], type: "float32" }, false)));

/** A constant of a model. */
export interface Constant {
  readonly name: string;
  readonly values: Values;
  readonly shape: Shape;
  readonly type: DataType;
}

/** A constant with its values in it. */
export function constantMessage(constant: Constant): Message {
  const message = constantHead(constant);
  message.bytes(9, bytesOf(constant));
  return message;
}

/** A constant whose values come beside the model, in a file of its own name as far as the model knows. */
export function constantApartMessage(constant: Constant): Message {
  const message = constantHead(constant);
  for (const [key, value] of Object.entries({ location: constant.name, length: `${constant.values.byteLength}` })) {
    const entry = new Message();
    entry.string(1, key);
    entry.string(2, value);
    message.message(13, entry);
  }
  message.integer(14, 1);
  return message;
}

export const bytesOf = ({ values }: Constant): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

function constantHead({ name, shape, type }: Constant): Message {
  const message = new Message();
  for (const dimension of shape) message.integer(1, dimension);
  message.integer(2, elementTypes[type]);
  message.string(8, name);
  return message;
}

/** All of a model. */
export interface ModelParts {
  readonly nodes: readonly Node[];
  /** Names of results that are outputs of the model. */
  readonly rename: ReadonlyMap<string, string>;
  readonly constants: readonly Message[];
  readonly inputs: readonly (readonly [name: string, type: Message])[];
  readonly outputs: readonly (readonly [name: string, type: Message])[];
  readonly domains: ReadonlySet<string>;
  readonly metadata: Readonly<Record<string, string>>;
}

export function modelBytes({
  nodes,
  rename,
  constants,
  inputs,
  outputs,
  domains,
  metadata,
}: ModelParts): Uint8Array<ArrayBuffer> {
  const graph = new Message();
  for (const node of nodes) graph.message(1, nodeMessage(node, rename));
  graph.string(2, "embolens");
  for (const constant of constants) graph.message(5, constant);
  for (const [name, type] of inputs) graph.message(11, valueMessage(name, type));
  for (const [name, type] of outputs) graph.message(12, valueMessage(name, type));
  const model = new Message();
  model.integer(1, irVersion);
  model.string(2, "embolens");
  model.message(7, graph);
  for (const [domain, version] of [["", operatorSet] as const, ...[...domains].map((name) => [name, 1] as const)]) {
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
  return model.finish();
}
