/**
 * Reverse-mode differentiation of a graph.
 *
 *     const [dWeight] = gradients(loss, [weight]);
 *     const [hessianTimesOne] = gradients(sum(dWeight), [weight]);      // derivatives are tensors like any other
 *
 * Walks from the loss back through the operations, newest first, asking each operation's definition for its rule.
 */
import { UsageError } from "../errors.ts";
import { add } from "./operations/elementwise.ts";
import { zerosLike } from "./operations/shape-ops.ts";
import { constant, formatShape, type Operation, sameShape, type Tensor } from "./tensor.ts";

/** Every operation that the tensors depend on, in the order of their creation. */
export function operationsOf(tensors: Iterable<Tensor>): Operation[] {
  const seen = new Set<Operation>();
  const pending = [...tensors];
  for (let tensor = pending.pop(); tensor !== undefined; tensor = pending.pop()) {
    if (tensor.producer.kind !== "operation" || seen.has(tensor.producer.operation)) continue;
    seen.add(tensor.producer.operation);
    pending.push(...tensor.producer.operation.inputs);
  }
  return [...seen].sort((a, b) => a.outputs[0]!.id - b.outputs[0]!.id);
}

/**
 * The derivative of a scalar with respect to each tensor of `of`, zero where it does not depend on it.
 * @throws UsageError shape-mismatch when the loss is no scalar
 */
export function gradients(loss: Tensor, of: readonly Tensor[]): Tensor[] {
  if (loss.size !== 1) {
    throw new UsageError("shape-mismatch", `gradients: the loss must be one number, not ${formatShape(loss.shape)}`, {
      hint: "take the mean or the sum first",
    });
  }
  return vjp(loss, constant(Float32Array.of(1), loss.shape), of);
}

/**
 * What a derivative `dy` of something with respect to `output` becomes with respect to each tensor of `of`: the
 * gradients of sum(output dy), without that product.
 * @throws UsageError shape-mismatch
 */
export function vjp(output: Tensor, dy: Tensor, of: readonly Tensor[]): Tensor[] {
  if (!sameShape(output.shape, dy.shape)) {
    const shapes = `${formatShape(dy.shape)} for ${formatShape(output.shape)}`;
    throw new UsageError("shape-mismatch", `vjp: the derivative is ${shapes}`);
  }
  const operations = operationsOf([output]);
  const needed = dependents(operations, of);
  const derivatives = new Map<Tensor, Tensor[]>([[output, [dy]]]);
  const targets = new Set(of);
  const totals = new Map<Tensor, Tensor>();
  const take = (tensor: Tensor): Tensor | undefined => {
    const parts = derivatives.get(tensor);
    if (parts === undefined) return undefined;
    derivatives.delete(tensor);
    const total = parts.reduce((left, right) => add(left, right));
    if (targets.has(tensor)) totals.set(tensor, total);
    return total;
  };
  for (const operation of operations.reverse()) {
    const dys = operation.outputs.map(take);
    const { definition } = operation;
    if (definition.gradient === "constant" || dys.every((dy) => dy === undefined)) continue;
    const wanted = operation.inputs.map((input) => needed.has(input));
    if (!wanted.includes(true)) continue;
    const first = operation.outputs[0]!;
    const parts = definition.gradient({
      dy: dys[0] ?? zerosLike(first),
      dys,
      inputs: operation.inputs,
      outputs: operation.outputs,
      output: first,
      attributes: operation.attributes,
      wanted,
    });
    operation.inputs.forEach((input, index) => {
      const part = parts[index];
      if (part === undefined || !needed.has(input)) return;
      const list = derivatives.get(input);
      if (list === undefined) derivatives.set(input, [part]);
      else list.push(part);
    });
  }
  return of.map((tensor) => totals.get(tensor) ?? take(tensor) ?? zerosLike(tensor));
}

/** The tensors through which a derivative must pass to reach `of`. */
function dependents(operations: readonly Operation[], of: readonly Tensor[]): Set<Tensor> {
  const needed = new Set(of);
  for (const operation of operations) {
    if (operation.definition.gradient === "constant" || !operation.inputs.some((input) => needed.has(input))) continue;
    for (const output of operation.outputs) if (output.type === "float32") needed.add(output);
  }
  return needed;
}
