/**
 * Turns part of a graph into an ONNX model.
 *
 *     const model = writeModel({ outputs: new Map([["logits", logits]]) });
 *     await runtime.load(model);
 *
 * Inputs and parameters become inputs of the model, or constants where `constants` gives their values. Only what the
 * outputs need is written, and nodes that would compute the same thing twice are written once.
 */
import { UsageError } from "../../errors.ts";
import { operationsOf } from "../gradients.ts";
import { formatShape, requireValues, type Signature, type Tensor, type Values } from "../tensor.ts";
import {
  bytesOf,
  type Constant,
  constantApartMessage,
  constantMessage,
  modelBytes,
  type Node,
  sequenceType,
  shapelessType,
  tensorType,
} from "./messages.ts";
import { NodeWriter } from "./node-writer.ts";
import { partitionConstantSubgraph } from "./partition-constants.ts";
import type { Message } from "./protobuf.ts";

export interface ModelRequest {
  /** What the model computes, by name. */
  readonly outputs: ReadonlyMap<string, Tensor>;
  /** Inputs and parameters that become constants, by name. */
  readonly constants?: ReadonlyMap<string, Values>;
  /** Key-value pairs stored in the file. */
  readonly metadata?: Readonly<Record<string, string>>;
  /**
   * {@link KernelWriter.nchwcBlock} of the runtime that will run the model, for kernels of its own. Default 0: plain ONNX.
   */
  readonly nchwcBlock?: number;
  /** {@link KernelWriter.constantWeights}: for inference with a block. Default false. */
  readonly constantWeights?: boolean;
  /**
   * Declares the first dimension of inputs and outputs to be any number, the same for all. For graphs that were built
   * for a batch of one and treat samples apart. Default false.
   */
  readonly anyBatch?: boolean;
  /**
   * Puts an output of a kind that Node's binding cannot hand out before all others, for a runtime that
   * {@link Runtime.sentinelOutput}. Default false.
   */
  readonly sentinelOutput?: boolean;
  /**
   * Leaves the shapes of inputs and results unsaid, for a runtime that {@link Runtime.plansByShape}. Whoever runs the
   * model feeds it its {@link OnnxModel.dynamicShapeInput}. Default false.
   */
  readonly dynamicShapes?: boolean;
  /**
   * Leaves the values of large constants out of the bytes: the runtime then reads them where they lie instead of out of
   * a file in memory. Not for files that are to be kept. Default false.
   */
  readonly externalData?: boolean;
}

/** The integers that say shapes, axes and places in a model that hides them: values of one more input. */
export interface HiddenShapes {
  /** Of the input; it is not among the model's others. */
  readonly name: string;
  readonly values: BigInt64Array;
}

/** A model that is run once, when the other is loaded: its outputs are inputs of the other at every run. */
export interface Preparation {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly inputs: ReadonlyMap<string, Signature>;
  readonly outputs: ReadonlyMap<string, Signature>;
  readonly sentinel: string | undefined;
  /** What it is fed with. */
  readonly weights: Readonly<Record<string, Values>>;
}

export interface WeightsApart {
  readonly path: string;
  readonly data: Uint8Array;
}

/** Constants of more values are fed to a preparation and may come beside a model: in its bytes they are copied twice. */
const mostInline = 4096;

const isLarge = ({ values }: Constant): boolean => values.length > mostInline;

/** A written model. */
export interface OnnxModel {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly inputs: ReadonlyMap<string, Signature>;
  readonly outputs: ReadonlyMap<string, Signature>;
  /** Whether the first dimension of inputs and outputs, 1 in their signatures, may be any number. */
  readonly anyBatch: boolean;
  /** The name of the output that is there for `sentinelOutput`; it is not among the outputs above. */
  readonly sentinel: string | undefined;
  readonly dynamicShapeInput: HiddenShapes | undefined;
  readonly preparation: Preparation | undefined;
  /** The constants that are not in the bytes, under the names the model knows them by. */
  readonly externalData: readonly WeightsApart[];
  /** How many nodes it has. */
  readonly nodes: number;
}

/** Every tensor with a name that the outputs depend on, by its name. @throws UsageError name-taken */
export function namedTensors(outputs: ReadonlyMap<string, Tensor>): ReadonlyMap<string, Tensor> {
  const named = new Map<string, Tensor>();
  const read = operationsOf(outputs.values()).flatMap(({ inputs }) => inputs);
  for (const tensor of [...read, ...outputs.values()]) {
    const { producer } = tensor;
    if (producer.kind !== "input" && producer.kind !== "parameter") continue;
    if ((named.get(producer.name) ?? tensor) !== tensor || outputs.has(producer.name)) {
      throw new UsageError("name-taken", `two inputs, parameters or outputs of the model are called ${producer.name}`);
    }
    named.set(producer.name, tensor);
  }
  return named;
}

/** @throws UsageError graph-invalid for what the first dimension of a model for any batch cannot be */
function requireSingle([name, { producer, shape }]: readonly [string, Tensor]): void {
  if (producer.kind === "parameter") {
    throw new UsageError("graph-invalid", `a model for any batch needs the values of ${name} as constants`);
  }
  if (shape.length === 0 || shape[0] === 1) return;
  throw new UsageError("graph-invalid", `${name} is ${formatShape(shape)}, not of a batch of one`, {
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
    dynamicShapes = false,
  } = request;
  const named = namedTensors(outputs);
  const taken = new Set([...outputs.keys(), ...named.keys()]);
  const settings = {
    nchwcBlock: request.nchwcBlock ?? 0,
    constantWeights: request.constantWeights ?? false,
    dynamicShapes,
  };
  const writer = new NodeWriter(settings, taken);
  const names = new Map<Tensor, string>();
  const inputs = new Map<string, Tensor>();

  const nameOf = (tensor: Tensor): string => {
    const known = names.get(tensor);
    if (known !== undefined) return known;
    const { producer } = tensor;
    if (producer.kind === "operation")
      throw new Error(`${producer.operation.definition.name} is used before it is computed`);
    if (producer.kind === "constant") {
      const name = writer.constant(producer.values, tensor.shape, tensor.type);
      names.set(tensor, name);
      return name;
    }
    const values = constants.get(producer.name);
    if (values === undefined) {
      inputs.set(producer.name, tensor);
    } else {
      requireValues(producer.name, values, tensor);
      writer.namedConstant(producer.name, values, tensor.shape, tensor.type);
    }
    names.set(tensor, producer.name);
    return producer.name;
  };

  for (const operation of operationsOf(outputs.values())) {
    const written = operation.definition.kernel({
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
  const sentinel = request.sentinelOutput ? writer.node("SequenceConstruct", [writer.floats([0], [])]) : undefined;
  const rename = new Map<string, string>();
  const computed = new Set(writer.written.flatMap((node) => node.outputs));
  for (const [name, tensor] of outputs) {
    const result = nameOf(tensor);
    if (computed.has(result) && !rename.has(result)) rename.set(result, name);
    else writer.add("Identity", [result], [name], {});
  }
  const dynamicShapeInput = writeHiddenShapes(writer);
  const typeOf = (signature: Signature): Message =>
    dynamicShapes ? shapelessType(signature.type) : tensorType(signature, anyBatch);
  const { nodes, preparation } = prepare(writer, [...rename.keys(), ...outputs.keys()], sentinel);

  const constantsNow = preparation === undefined ? writer.constants : constantsOf(nodes, writer.constants);
  const apart = request.externalData ? constantsNow.filter(isLarge) : [];
  const bytes = modelBytes({
    nodes,
    rename,
    constants: constantsNow.map((own) => (apart.includes(own) ? constantApartMessage(own) : constantMessage(own))),
    inputs: [
      ...[...inputs].map(([name, signature]) => [name, typeOf(signature)] as const),
      ...[...(preparation?.outputs ?? [])].map(([name, signature]) => [name, tensorType(signature, false)] as const),
      ...(dynamicShapeInput === undefined ? [] : [[dynamicShapeInput.name, shapelessType("int64")] as const]),
    ],
    outputs: [
      ...sentinelOf(sentinel),
      ...[...outputs].map(([name, tensor]) => [name, tensorType(tensor, anyBatch)] as const),
    ],
    domains: writer.domains,
    metadata,
  });
  const externalData = apart.map((constant) => ({ path: constant.name, data: bytesOf(constant) }));
  return {
    bytes,
    inputs,
    outputs,
    anyBatch,
    sentinel,
    dynamicShapeInput,
    preparation,
    externalData,
    nodes: nodes.length,
  };
}

const sentinelOf = (sentinel: string | undefined): readonly (readonly [string, Message])[] =>
  sentinel === undefined ? [] : [[sentinel, sequenceType()]];

/** The constants that the nodes read. */
function constantsOf(nodes: readonly Node[], constants: readonly Constant[]): readonly Constant[] {
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  return constants.filter(({ name }) => read.has(name));
}

/**
 * A model of what need be computed only once, where there is any, and the nodes left for every run.
 * @param sentinel serves both
 */
function prepare(
  { constantWeights, nchwcBlock, written, constants, worthPreparing, domains }: NodeWriter,
  outputs: readonly string[],
  sentinel: string | undefined,
): { readonly nodes: readonly Node[]; readonly preparation?: Preparation } {
  // On other devices an input would be copied there at each run.
  if (!constantWeights || nchwcBlock === 0) return { nodes: written };
  const shared = sentinel === undefined ? [] : [sentinel];
  const { now, once, results } = partitionConstantSubgraph(written, constants, outputs, shared, worthPreparing);
  if (results.size === 0) return { nodes: written };
  const weights = constantsOf(once, constants).filter(isLarge);
  const signatures = new Map([...results].map(([name, shape]) => [name, { shape, type: "float32" } as const]));
  const typed = ([name, signature]: readonly [string, Signature]) => [name, tensorType(signature, false)] as const;
  const bytes = modelBytes({
    nodes: once,
    rename: new Map(),
    constants: constantsOf(once, constants)
      .filter((constant) => !isLarge(constant))
      .map(constantMessage),
    inputs: weights.map((weight) => typed([weight.name, weight])),
    outputs: [...sentinelOf(sentinel), ...[...signatures].map(typed)],
    domains,
    metadata: {},
  });
  const preparation: Preparation = {
    bytes,
    inputs: new Map(weights.map((weight) => [weight.name, weight])),
    outputs: signatures,
    sentinel,
    weights: Object.fromEntries(weights.map(({ name, values }) => [name, values])),
  };
  return { nodes: now, preparation };
}
