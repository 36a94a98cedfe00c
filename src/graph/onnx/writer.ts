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
import { requireValues, type Signature, showShape, type Tensor, type Values } from "../tensor.ts";
import { nodeMessage, sequenceType, shapelessType, tensorType, valueMessage } from "./messages.ts";
import { NodeWriter } from "./node-writer.ts";
import { Message } from "./protobuf.ts";

const operatorSet = 17;
const irVersion = 8;

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
  /**
   * Leaves the shapes of inputs and results unsaid, for a runtime that {@link Runtime.plansByShape}. Whoever runs the
   * model feeds it its {@link OnnxModel.hiddenShapes}. Default false.
   */
  readonly hideShapes?: boolean;
}

/** The integers that say shapes, axes and places in a model that hides them: values of one more input. */
export interface HiddenShapes {
  /** Of the input; it is not among the model's others. */
  readonly name: string;
  readonly values: BigInt64Array;
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
  readonly hiddenShapes: HiddenShapes | undefined;
  /** How many nodes it has. */
  readonly nodes: number;
}

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

/** Cuts all hidden lists out of one input before anything reads them; undefined where there are none. */
function writeHiddenShapes(writer: NodeWriter): HiddenShapes | undefined {
  const lists = [...writer.hidden.values()];
  if (lists.length === 0) return undefined;
  const name = writer.name();
  const lengths = BigInt64Array.from(lists, ({ values }) => BigInt(values.length));
  writer.written.unshift({
    type: "Split",
    domain: undefined,
    inputs: [name, writer.constant(lengths, [lengths.length], "int64")],
    outputs: lists.map((list) => list.name),
    attributes: { axis: 0n },
  });
  return { name, values: BigInt64Array.from(lists.flatMap(({ values }) => values.map(BigInt))) };
}

/**
 * @throws UsageError name-taken; type-mismatch or shape-mismatch for a constant; graph-invalid for `anyBatch` of a graph
 * built for another batch than one
 */
export function writeModel(request: ModelRequest): OnnxModel {
  const {
    outputs,
    constants = new Map<string, Values>(),
    metadata = {},
    anyBatch = false,
    hideShapes = false,
  } = request;
  const named = namedTensors(outputs);
  const taken = new Set([...outputs.keys(), ...named.keys()]);
  const settings = { block: request.block ?? 0, constantWeights: request.constantWeights ?? false, hideShapes };
  const writer = new NodeWriter(settings, taken);
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

  const hiddenShapes = writeHiddenShapes(writer);
  const typeOf = (signature: Signature): Message =>
    hideShapes ? shapelessType(signature.type) : tensorType(signature, anyBatch);

  const graph = new Message();
  for (const node of writer.written) graph.message(1, nodeMessage(node, rename));
  graph.string(2, "embolens");
  for (const constant of writer.constantMessages) graph.message(5, constant);
  for (const [name, signature] of inputs) graph.message(11, valueMessage(name, typeOf(signature)));
  if (hiddenShapes !== undefined) graph.message(11, valueMessage(hiddenShapes.name, shapelessType("int64")));
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
  return { bytes: model.finish(), inputs, outputs, anyBatch, stopper, hiddenShapes, nodes: writer.written.length };
}
