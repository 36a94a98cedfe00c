/**
 * What a training step computes, as ONNX models: forward, loss, gradients, optimiser and running statistics.
 *
 *     const { models } = planStep(graph, { loss, optimiser: adam() }, runtime);
 *
 * Whatever a step changes goes in under its name and comes out under the same name with a mark. Names that begin with
 * `step.` or `gradient.` are the step's own.
 */
import { UsageError } from "../../errors.ts";
import { gradients } from "../gradients.ts";
import type { Graph, Parameter } from "../graph.ts";
import { type OnnxModel, writeModel } from "../onnx/writer.ts";
import { add, divide, minimum, multiply, square, squareRoot } from "../operations/elementwise.ts";
import { reshape, split, sum } from "../operations/shape-ops.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { requireValues, type Signature, Tensor } from "../tensor.ts";
import type { Optimiser } from "./optimisers.ts";
import { cachedValues, type ParameterTile, tilesOf } from "./tiles.ts";

export interface TrainingOptions {
  /** One number, usually a mean over the batch. */
  readonly loss: Tensor;
  readonly optimiser: Optimiser;
  /** Starting values in place of drawn ones, by parameter name; others are drawn. */
  readonly weights?: ReadonlyMap<string, Float32Array>;
  /** Parameters that the optimiser leaves alone. Default none. */
  readonly frozen?: (name: string) => boolean;
  /** Limits the norm of all gradients together. Default no limit. */
  readonly clipNorm?: number;
  /** The loss is multiplied by it before differentiating and the gradients are divided by it after. Default 1. */
  readonly lossScale?: number;
  /**
   * A step may be given several micro-batches, whose gradients are averaged. Batch statistics are then each
   * micro-batch's own. Costs one more copy of the gradients. Default false.
   */
  readonly accumulate?: boolean;
}

export const lossName = "step.loss";
export const scalarName = (name: string): string => `step.${name}`;
export const sumName = (name: string): string => `gradient.${name}`;
export const slotName = (slot: string, parameter: string): string => `${slot}.${parameter}`;

/** What a step remembers: of each kind, how many values by name. Sums are of gradients, where they accumulate. */
export type Memory = Readonly<Record<"parameters" | "slots" | "sums", ReadonlyMap<string, number>>>;

/** Where a part of the memory goes into a model, or comes out of it. */
export interface Binding {
  readonly kind: keyof Memory;
  /** In the memory. */
  readonly name: string;
  /** Which values, under their name in the model. */
  readonly piece: ParameterTile;
  readonly isRead: boolean;
  readonly isWritten: boolean;
}

export interface PlannedModel {
  readonly model: OnnxModel;
  readonly bindings: readonly Binding[];
}

export interface StepPlan {
  /** Names of the parameters that the optimiser changes. */
  readonly trained: readonly string[];
  readonly memory: Memory;
  /** The whole step; with accumulation a micro-batch's forward and backward pass, and the update. */
  readonly models: readonly PlannedModel[];
}

/** What the models of a step are written for. */
export type Kernels = Pick<Runtime, "nchwcBlock" | "sentinelOutput" | "plansByShape">;

/** @throws UsageError option-invalid; shape-mismatch, type-mismatch or state-mismatch for starting values */
function requireOptions(graph: Graph, { clipNorm = 1, lossScale = 1, weights = new Map() }: TrainingOptions): void {
  for (const [name, value] of Object.entries({ clipNorm, lossScale })) {
    if (value > 0 && Number.isFinite(value)) continue;
    throw new UsageError("option-invalid", `${name} must be a number above 0, not ${value}`);
  }
  for (const [name, values] of weights) {
    const parameter = graph.parameters.get(name);
    if (parameter) {
      requireValues(name, values, parameter.tensor);
      continue;
    }
    throw new UsageError("state-mismatch", `there are starting values for ${name}, which the graph does not have`, {
      hint: "name them as the graph names its parameters",
    });
  }
}

function memoryOf(graph: Graph, trained: readonly Parameter[], { optimiser, accumulate }: TrainingOptions): Memory {
  const sizes = ({ name, tensor }: Parameter, rename: (name: string) => string) => [rename(name), tensor.size] as const;
  const slots = trained.flatMap((own) => optimiser.slots.map((slot) => sizes(own, (name) => slotName(slot, name))));
  if (new Set(slots.map(([name]) => name)).size < slots.length) {
    throw new UsageError("name-taken", `two slots of ${optimiser.name} have the same name`);
  }
  return {
    parameters: new Map([...graph.parameters.values()].map((own) => sizes(own, (name) => name))),
    slots: new Map(slots),
    sums: new Map(accumulate ? trained.map((own) => sizes(own, sumName)) : []),
  };
}

/** @throws UsageError name-taken when the graph uses a name that the step needs */
function requireFree(graph: Graph, memory: Memory, longestPiece: number): void {
  const needed = new Set(memory.slots.keys());
  for (const [name, size] of [...memory.parameters, ...memory.slots]) {
    if (size > longestPiece) for (const piece of tilesOf(name, size, longestPiece)) needed.add(piece.name);
  }
  for (const name of [...graph.inputs.keys(), ...graph.parameters.keys(), ...graph.outputs.keys()]) {
    if (/^(step|gradient)\./.test(name)) {
      const message = `${name}: names that begin with step. or gradient. are the training step's own`;
      throw new UsageError("name-taken", message);
    }
    if (needed.has(name)) {
      throw new UsageError("name-taken", `${name}: the training step needs this name for what it remembers`);
    }
  }
}

export function planStep(graph: Graph, options: TrainingOptions, kernels: Kernels): StepPlan {
  const { loss, optimiser, frozen = () => false, lossScale = 1, accumulate = false } = options;
  const parameters = [...graph.parameters.values()].filter(({ name, trainable }) => trainable && !frozen(name));
  if (parameters.length === 0) throw new UsageError("graph-invalid", "there is no parameter to train");
  requireOptions(graph, options);
  const trained = parameters.map(({ name }) => name);
  // Other devices gain from few large nodes.
  const longestTile = kernels.nchwcBlock > 0 ? cachedValues : Number.POSITIVE_INFINITY;
  const memory = memoryOf(graph, parameters, options);
  requireFree(graph, memory, longestTile);
  const planned = (wanted: ReadonlyMap<string, Tensor>): PlannedModel => {
    const model = writeStep(wanted, kernels);
    return { model, bindings: bindingsOf(model, memory, longestTile) };
  };
  const scaled = gradients(
    multiply(loss, lossScale),
    parameters.map(({ tensor }) => tensor),
  );
  const outputs = new Map<string, Tensor>([[lossName, loss], ...graph.outputs, ...graph.updates]);
  const placeholder = (name: string, signature: Signature): Tensor => new Tensor(signature, { kind: "input", name });

  const update = (derivatives: readonly Tensor[], into: Map<string, Tensor>): void => {
    const scalars = Object.fromEntries(
      optimiser.scalarNames.map((name) => [name, placeholder(scalarName(name), { shape: [], type: "float32" })]),
    );
    const limited = options.clipNorm === undefined ? derivatives : clipped(derivatives, options.clipNorm);
    const one = (name: string, parameter: Tensor, gradient: Tensor): void => {
      const slots = Object.fromEntries(
        optimiser.slots.map((slot) => [slot, placeholder(slotName(slot, name), parameter)]),
      );
      const next = optimiser.update({ parameter, gradient, slots, scalars });
      into.set(name, next.parameter);
      for (const slot of optimiser.slots) into.set(slotName(slot, name), next.slots[slot]!);
    };
    parameters.forEach(({ name, tensor }, index) => {
      const pieces = tilesOf(name, tensor.size, longestTile);
      if (pieces.length === 1) {
        one(name, tensor, limited[index]!);
        return;
      }
      const lengths = pieces.map(({ length }) => length);
      split(reshape(limited[index]!, [tensor.size]), lengths, 0).forEach((gradient, at) => {
        one(pieces[at]!.name, placeholder(pieces[at]!.name, gradient), gradient);
      });
    });
  };

  if (!accumulate) {
    update(
      scaled.map((derivative) => multiply(derivative, 1 / lossScale)),
      outputs,
    );
    return { trained, memory, models: [planned(outputs)] };
  }
  const sums = parameters.map(({ name, tensor }) => placeholder(sumName(name), tensor));
  sums.forEach((total, index) => {
    outputs.set(sumName(trained[index]!), add(total, scaled[index]!));
  });
  const share = placeholder(scalarName("share"), { shape: [], type: "float32" });
  const updates = new Map<string, Tensor>();
  update(
    sums.map((total) => multiply(total, share)),
    updates,
  );
  return { trained, memory, models: [planned(outputs), planned(updates)] };
}

/** What of the memory a model reads and writes, whole or in pieces. */
function bindingsOf({ inputs, outputs }: OnnxModel, memory: Memory, longestPiece: number): readonly Binding[] {
  return (["parameters", "slots", "sums"] as const).flatMap((kind) =>
    [...memory[kind]].flatMap(([name, length]) => {
      const whole = { name, start: 0, length };
      const pieces = length > longestPiece ? [whole, ...tilesOf(name, length, longestPiece)] : [whole];
      return pieces
        .map((piece) => ({
          kind,
          name,
          piece,
          isRead: inputs.has(piece.name),
          isWritten: outputs.has(written(piece.name)),
        }))
        .filter(({ isRead, isWritten }) => isRead || isWritten);
    }),
  );
}

/** State is read and written under one name, so the outputs carry a mark. */
export const written = (name: string): string => `${name}'`;

function writeStep(
  outputs: ReadonlyMap<string, Tensor>,
  { nchwcBlock, sentinelOutput, plansByShape }: Kernels,
): OnnxModel {
  return writeModel({
    nchwcBlock,
    sentinelOutput,
    dynamicShapes: plansByShape,
    outputs: new Map([...outputs].map(([name, tensor]) => [written(name), tensor])),
  });
}

/** Gradients made shorter together when their common norm is above the limit, as PyTorch's clip_grad_norm_. */
function clipped(derivatives: readonly Tensor[], limit: number): readonly Tensor[] {
  const squares = derivatives.map((derivative) => sum(square(derivative)));
  const norm = squareRoot(squares.reduce((left, right) => add(left, right)));
  const factor = minimum(divide(limit, add(norm, 1e-6)), 1);
  return derivatives.map((derivative) => multiply(derivative, factor));
}
