/**
 * Makes a graph for inference out of one with parameters: batch norm goes into the filters before it, and all that
 * depends on weights alone is computed once and becomes a constant.
 *
 *     const frozen = await freeze(runtime, graph.outputs, weights);
 *     const model = writeModel({ outputs: frozen });      // inputs only, no parameters
 *
 * A runtime may do the same when it loads a model; done here, the file itself is small to read and plain for any.
 */
import { UsageError } from "../../errors.ts";
import { operationsOf } from "../gradients.ts";
import { convOp } from "../operations/convolution.ts";
import { add, multiply } from "../operations/elementwise.ts";
import { scaleChannelsOp } from "../operations/normalisation.ts";
import { reshape } from "../operations/shape-ops.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { runOnce } from "../runtime/session.ts";
import { applyOp, constant, type Operation, type Tensor, type Values } from "../tensor.ts";
import { namedTensors, writeModel } from "./writer.ts";

type Outputs = ReadonlyMap<string, Tensor>;
/** What takes the place of each of an operation's outputs; undefined leaves it as it is. */
type Replace = (operation: Operation, inputs: readonly Tensor[]) => readonly (Tensor | undefined)[] | undefined;

/** The operation that computes a tensor, where there is one. */
const operationOf = ({ producer }: Tensor): Operation | undefined =>
  producer.kind === "operation" ? producer.operation : undefined;

/** A copy of the graph in which some operations and leaves are replaced. */
function rebuilt(outputs: Outputs, replace: Replace, leaf: (tensor: Tensor) => Tensor): Outputs {
  const known = new Map<Tensor, Tensor>();
  const now = (tensor: Tensor): Tensor => known.get(tensor) ?? leaf(tensor);
  for (const operation of operationsOf(outputs.values())) {
    const inputs = operation.inputs.map(now);
    const replaced = replace(operation, inputs);
    const same = replaced?.every((tensor) => tensor !== undefined)
      ? []
      : applyOp(operation.definition, inputs, operation.attributes);
    operation.outputs.forEach((output, index) => void known.set(output, replaced?.[index] ?? same[index]!));
  }
  return new Map([...outputs].map(([name, tensor]) => [name, now(tensor)]));
}

/** Whether a tensor depends on weights and constants alone. */
function fixedTensors(outputs: Outputs, weights: ReadonlyMap<string, Values>): (tensor: Tensor) => boolean {
  const fixed = new Set<Operation>();
  const isFixed = ({ producer }: Tensor): boolean => {
    switch (producer.kind) {
      case "constant":
        return true;
      case "input":
        return false;
      case "parameter":
        return weights.has(producer.name);
      case "operation":
        return fixed.has(producer.operation);
    }
  };
  for (const operation of operationsOf(outputs.values())) {
    if (operation.inputs.every(isFixed)) fixed.add(operation);
  }
  return isFixed;
}

/** conv then scale by channel becomes one conv with scaled filters and a shift. */
function foldScales(outputs: Outputs, isFixed: (tensor: Tensor) => boolean): Outputs {
  const uses = new Map<Tensor, number>();
  const used = (tensor: Tensor): void => void uses.set(tensor, (uses.get(tensor) ?? 0) + 1);
  for (const operation of operationsOf(outputs.values())) operation.inputs.forEach(used);
  for (const tensor of outputs.values()) used(tensor);
  const replace: Replace = (operation, [scaled, scale, shift]) => {
    if (operation.definition !== scaleChannelsOp.definition) return undefined;
    const [before, ...factors] = operation.inputs;
    const filter =
      operationOf(before!)?.definition === convOp.definition ? operationOf(before!)!.inputs[1]! : undefined;
    if (filter === undefined || uses.get(before!) !== 1 || ![filter, ...factors].every(isFixed)) return undefined;
    // The rebuilt convolution; its own inputs are already those of the new graph.
    const conv = operationOf(scaled!)!;
    const [x, weight] = conv.inputs;
    const perFilter = [scale!.size, ...weight!.shape.slice(1).map(() => 1)];
    const [y] = applyOp(conv.definition, [x!, multiply(weight!, reshape(scale!, perFilter))], conv.attributes);
    return [add(y!, reshape(shift!, perFilter.slice(0, -1)))];
  };
  return rebuilt(outputs, replace, (tensor) => tensor);
}

/** The values of tensors that depend on weights and constants alone. */
async function computed(
  runtime: Runtime,
  tensors: readonly Tensor[],
  weights: ReadonlyMap<string, Values>,
): Promise<ReadonlyMap<Tensor, Values>> {
  if (tensors.length === 0) return new Map();
  const named = tensors.map((tensor, index) => [`fixed.${index}`, tensor] as const);
  // Weights are fed: as constants of the model they would be copied twice.
  const model = writeModel({ outputs: new Map(named), sentinelOutput: runtime.sentinelOutput });
  const fed = Object.fromEntries([...model.inputs.keys()].map((name) => [name, weights.get(name)!]));
  const values = await runOnce(runtime.load(model, { purpose: "training" }), fed);
  return new Map(named.map(([name, tensor]) => [tensor, values[name]!]));
}

/** Computes everything fixed that something not fixed reads, and puts the values in its place. */
async function computeFixed(
  runtime: Runtime,
  outputs: Outputs,
  weights: ReadonlyMap<string, Values>,
): Promise<Outputs> {
  const isFixed = fixedTensors(outputs, weights);
  const wanted = new Set<Tensor>();
  const want = (tensor: Tensor): void => {
    if (isFixed(tensor) && tensor.producer.kind !== "constant") wanted.add(tensor);
  };
  for (const operation of operationsOf(outputs.values())) {
    if (!operation.inputs.every(isFixed)) operation.inputs.forEach(want);
  }
  for (const tensor of outputs.values()) want(tensor);
  const read = [...wanted];
  const values = await computed(
    runtime,
    read.filter(({ producer }) => producer.kind === "operation"),
    weights,
  );
  const constants = new Map(
    read.map((tensor) => {
      const { producer, shape, type } = tensor;
      // A weight that is read as it is need not be computed.
      const own = producer.kind === "parameter" ? weights.get(producer.name) : values.get(tensor);
      return [tensor, constant(own!, shape, type)] as const;
    }),
  );
  return rebuilt(
    outputs,
    (operation) => operation.outputs.map((output) => constants.get(output)),
    (tensor) => constants.get(tensor) ?? tensor,
  );
}

/**
 * @param outputs what the graph is to compute
 * @param weights every parameter's values
 * @returns the same outputs, depending on inputs and constants only
 * @throws UsageError input-missing without the values of a parameter, shape-mismatch; FailedError out-of-memory,
 * device-failed
 */
export async function freeze(
  runtime: Runtime,
  outputs: Outputs,
  weights: ReadonlyMap<string, Values>,
): Promise<Outputs> {
  for (const tensor of namedTensors(outputs).values()) {
    const { producer } = tensor;
    if (producer.kind !== "parameter" || weights.has(producer.name)) continue;
    throw new UsageError("input-missing", `a frozen graph needs the values of ${producer.name}`);
  }
  return computeFixed(runtime, foldScales(outputs, fixedTensors(outputs, weights)), weights);
}
