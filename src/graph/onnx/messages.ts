/**
 * The parts of an ONNX file as protocol buffers: nodes, attributes, constants and what is said of inputs and outputs.
 *
 *     graph.message(1, nodeMessage(node, rename));
 *     graph.message(11, valueMessage("x", tensorType(signature)));
 *
 * Field numbers: github.com/onnx/onnx/blob/main/onnx/onnx.proto.
 */
import type { DataType, NodeAttributes, Shape, Signature, Values } from "../tensor.ts";
import { Message } from "./protobuf.ts";

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
export function nodeMessage(
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
export function valueMessage(name: string, type: Message): Message {
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

/** A constant. */
export function constantMessage(name: string, values: Values, shape: Shape, type: DataType): Message {
  const message = new Message();
  for (const dimension of shape) message.integer(1, dimension);
  message.integer(2, elementTypes[type]);
  message.string(8, name);
  message.bytes(9, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return message;
}
