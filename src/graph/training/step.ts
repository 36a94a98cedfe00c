/**
 * A training step: forward, loss, gradients, optimiser and running statistics in one ONNX graph, one call a step.
 *
 *     const step = await trainingStep(runtime, graph, { loss, optimiser: adam() });
 *     const { loss } = await step.run({ x, y }, { learningRate: 1e-4 });
 *     const saved = step.state();           // every number needed to go on, bit for bit
 *     step.restore(saved);
 *     await step.release();
 *
 * Parameters live in two sets of arrays: a step reads one and writes the other, and they change places, because the
 * backward pass still reads a filter whose update is done. What only the update reads is written in place.
 */
import { FailedError, UsageError } from "../../errors.ts";
import { gradients } from "../gradients.ts";
import type { Graph } from "../graph.ts";
import { type OnnxModel, writeModel } from "../onnx/writer.ts";
import { sum } from "../operations/arrangement.ts";
import { add, divide, minimum, multiply, square, squareRoot } from "../operations/elementwise.ts";
import type { Program, Runtime } from "../runtime/runtime.ts";
import { type Signature, Tensor, type Values } from "../tensor.ts";
import type { Optimiser } from "./optimisers.ts";
import { StateBuffers, type TrainingState } from "./state.ts";

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

export type Inputs = Readonly<Record<string, Values>>;

export interface StepResult {
  /** Of the batch before the update; the mean over micro-batches. */
  readonly loss: number;
  /** The graph's named outputs, of the last micro-batch. */
  readonly outputs: Readonly<Record<string, Values>>;
  /** The same for each micro-batch; a single one without accumulation. */
  readonly each: readonly Readonly<Record<string, Values>>[];
}

export interface TrainingStep {
  /** How many steps the state has seen. */
  readonly steps: number;
  /**
   * Takes one step.
   * @param batch the graph's inputs by name, or a list of micro-batches when built with `accumulate`
   * @throws UsageError input-missing, shape-mismatch; FailedError out-of-memory, loss-not-finite
   */
  run(batch: Inputs | readonly Inputs[], options: { readonly learningRate: number }): Promise<StepResult>;
  /** A copy of everything that changes. */
  state(): TrainingState;
  /** The parameters alone, by name, running statistics included: what an inference graph needs. */
  weights(): Map<string, Float32Array>;
  /** Goes on from a saved state. @throws RefusedError state-mismatch, leaving the state as it was */
  restore(state: TrainingState): void;
  release(): Promise<void>;
}

const lossName = "step.loss";
const scalarName = (name: string): string => `step.${name}`;
const sumName = (name: string): string => `gradient.${name}`;
const slotName = (slot: string, parameter: string): string => `${slot}.${parameter}`;

/** Compiles a training step. @throws UsageError graph-invalid, shape-mismatch; FailedError out-of-memory */
export async function trainingStep(runtime: Runtime, graph: Graph, options: TrainingOptions): Promise<TrainingStep> {
  const plan = planStep(graph, options, runtime.block);
  const programs: Program[] = [];
  try {
    for (const model of plan.models) programs.push(await runtime.load(model, { purpose: "training" }));
  } catch (error) {
    for (const program of programs) await program.release();
    throw error;
  }
  return new CompiledStep(graph, options, plan, programs);
}

/** The ONNX models of a step, without running them: one, or two when gradients are accumulated. */
export function trainingModels(graph: Graph, options: TrainingOptions, block = 0): readonly OnnxModel[] {
  return planStep(graph, options, block).models;
}

interface Plan {
  readonly trained: readonly string[];
  readonly models: readonly OnnxModel[];
}

function planStep(graph: Graph, options: TrainingOptions, block: number): Plan {
  const { loss, optimiser, frozen = () => false, lossScale = 1, accumulate = false } = options;
  const parameters = [...graph.parameters.values()].filter(({ name, trainable }) => trainable && !frozen(name));
  if (parameters.length === 0) throw new UsageError("graph-invalid", "there is no parameter to train");
  const trained = parameters.map(({ name }) => name);
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
    parameters.forEach(({ name, tensor }, index) => {
      const slots = Object.fromEntries(
        optimiser.slots.map((slot) => [slot, placeholder(slotName(slot, name), tensor)]),
      );
      const next = optimiser.update({ parameter: tensor, gradient: limited[index]!, slots, scalars });
      into.set(name, next.parameter);
      for (const slot of optimiser.slots) into.set(slotName(slot, name), next.slots[slot]!);
    });
  };

  if (!accumulate) {
    update(
      scaled.map((derivative) => divide(derivative, lossScale)),
      outputs,
    );
    return { trained, models: [writeStep(outputs, block)] };
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
  return { trained, models: [writeStep(outputs, block), writeStep(updates, block)] };
}

/** State is read and written under one name, so the outputs carry a mark. */
const written = (name: string): string => `${name}'`;

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

class CompiledStep implements TrainingStep {
  readonly #programs: readonly Program[];
  readonly #optimiser: Optimiser;
  readonly #lossScale: number;
  readonly #graph: Graph;
  readonly #state: StateBuffers;
  /** Sums of gradients, only when they are accumulated. */
  readonly #sums: StateBuffers | undefined;
  #steps = 0;
  #broken = false;

  constructor(graph: Graph, options: TrainingOptions, { trained }: Plan, programs: readonly Program[]) {
    const { optimiser, weights } = options;
    this.#graph = graph;
    this.#programs = programs;
    this.#optimiser = optimiser;
    this.#lossScale = options.lossScale ?? 1;
    const sizes = new Map([...graph.parameters.values()].map(({ name, tensor }) => [name, tensor.size]));
    const slots = trained.flatMap((name) =>
      optimiser.slots.map((slot): [string, number] => [slotName(slot, name), sizes.get(name)!]),
    );
    const changing = new Set([...trained, ...graph.updates.keys()]);
    this.#state = new StateBuffers(new Map([...sizes, ...slots]), (name) => changing.has(name));
    for (const { name, draw } of graph.parameters.values()) this.#state.set(name, weights?.get(name) ?? draw());
    this.#sums = options.accumulate
      ? new StateBuffers(new Map(trained.map((name) => [sumName(name), sizes.get(name)!])), () => false)
      : undefined;
  }

  get steps(): number {
    return this.#steps;
  }

  async run(
    batch: Inputs | readonly Inputs[],
    { learningRate }: { readonly learningRate: number },
  ): Promise<StepResult> {
    const batches: readonly Inputs[] = isList(batch) ? batch : [batch];
    if (batches.length === 0 || (batches.length > 1 && this.#sums === undefined)) {
      throw new UsageError("graph-invalid", `a step built without accumulation was given ${batches.length} batches`);
    }
    if (this.#broken) throw new UsageError("graph-invalid", "the step stopped halfway; restore a saved state first");
    const step = this.#steps + 1;
    const numbers = Object.entries(this.#optimiser.scalars(learningRate, step));
    const scalars = Object.fromEntries(numbers.map(([name, value]) => [scalarName(name), Float32Array.of(value)]));
    const [forward, apply] = this.#programs;
    this.#sums?.clear();
    let total = 0;
    const each: Record<string, Values>[] = [];
    // Slots and sums are written in place, so a failure on the way leaves them half changed.
    this.#broken = true;
    for (const inputs of batches) {
      const results = await this.#execute(forward!, { ...inputs, ...scalars });
      total += results[written(lossName)]![0] as number;
      each.push(Object.fromEntries([...this.#graph.outputs.keys()].map((name) => [name, results[written(name)]!])));
    }
    if (apply !== undefined) {
      const share = Float32Array.of(1 / (batches.length * this.#lossScale));
      await this.#execute(apply, { ...scalars, [scalarName("share")]: share });
    }
    this.#broken = false;
    this.#steps = step;
    const loss = total / batches.length;
    if (!Number.isFinite(loss)) {
      throw new FailedError("loss-not-finite", `the loss became ${loss} in step ${step}`, {
        hint: "lower the learning rate or limit the gradients' norm",
      });
    }
    return { loss, outputs: each.at(-1)!, each };
  }

  /** Runs a program between the two sets of arrays and lets them change places where something was written. */
  async #execute(program: Program, inputs: Inputs): Promise<Record<string, Values>> {
    const feeds: Record<string, Values> = { ...inputs };
    const places: Record<string, Values> = {};
    for (const buffers of [this.#state, this.#sums]) {
      for (const name of buffers?.names ?? []) {
        if (program.inputs.has(name)) feeds[name] = buffers!.current(name);
        if (program.outputs.has(written(name))) places[written(name)] = buffers!.next(name);
      }
    }
    const results = await program.run(feeds, places);
    for (const buffers of [this.#state, this.#sums]) {
      for (const name of buffers?.names ?? []) if (places[written(name)] !== undefined) buffers!.swap(name);
    }
    return results;
  }

  state(): TrainingState {
    const optimiser = new Map<string, Float32Array>();
    for (const name of this.#state.names) {
      if (!this.#graph.parameters.has(name)) optimiser.set(name, this.#state.current(name).slice());
    }
    return { steps: this.#steps, optimiser: this.#optimiser.name, parameters: this.weights(), slots: optimiser };
  }

  weights(): Map<string, Float32Array> {
    return new Map([...this.#graph.parameters.keys()].map((name) => [name, this.#state.current(name).slice()]));
  }

  restore(state: TrainingState): void {
    this.#state.replace(new Map([...state.parameters, ...state.slots]));
    this.#steps = state.steps;
    this.#broken = false;
  }

  async release(): Promise<void> {
    for (const program of this.#programs) await program.release();
  }
}

function isList(batch: Inputs | readonly Inputs[]): batch is readonly Inputs[] {
  return Array.isArray(batch);
}
