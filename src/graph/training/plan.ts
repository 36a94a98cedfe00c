/**
 * What a training step computes, as ONNX models: forward, loss, gradients, optimiser and running statistics.
 *
 *     const { models } = planStep(graph, { loss, optimiser: adam() }, runtime.block);
 *
 * Whatever a step changes goes in under its name and comes out under the same name with a mark.
 */
import { UsageError } from "../../errors.ts";
import { gradients } from "../gradients.ts";
import type { Graph } from "../graph.ts";
import { type OnnxModel, writeModel } from "../onnx/writer.ts";
import { reshape, split, sum } from "../operations/arrangement.ts";
import { add, divide, minimum, multiply, square, squareRoot } from "../operations/elementwise.ts";
import { type Signature, Tensor } from "../tensor.ts";
import type { Optimiser } from "./optimisers.ts";
import { cachedValues, piecesOf } from "./pieces.ts";

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

export interface Plan {
  /** Names of the parameters that the optimiser changes. */
  readonly trained: readonly string[];
  /** The whole step; with accumulation a micro-batch's forward and backward pass, and the update. */
  readonly models: readonly OnnxModel[];
  /** Parameters and slots of more values enter and leave the models in pieces. */
  readonly longestPiece: number;
}

export function planStep(graph: Graph, options: TrainingOptions, block: number): Plan {
  const { loss, optimiser, frozen = () => false, lossScale = 1, accumulate = false } = options;
  const parameters = [...graph.parameters.values()].filter(({ name, trainable }) => trainable && !frozen(name));
  if (parameters.length === 0) throw new UsageError("graph-invalid", "there is no parameter to train");
  const trained = parameters.map(({ name }) => name);
  // Other devices gain from few large nodes.
  const longestPiece = block > 0 ? cachedValues : Number.POSITIVE_INFINITY;
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
      const pieces = piecesOf(name, tensor.size, longestPiece);
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
      scaled.map((derivative) => divide(derivative, lossScale)),
      outputs,
    );
    return { trained, longestPiece, models: [writeStep(outputs, block)] };
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
  return { trained, longestPiece, models: [writeStep(outputs, block), writeStep(updates, block)] };
}

/** State is read and written under one name, so the outputs carry a mark. */
export const written = (name: string): string => `${name}'`;

function writeStep(outputs: ReadonlyMap<string, Tensor>, block: number): OnnxModel {
  return writeModel({
    block,
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
