/**
 * A training step: forward, loss, gradients, optimiser and running statistics in one ONNX graph, one call a step.
 *
 *     const step = await trainingStep(runtime, graph, { loss: mean(losses), optimiser: adam() });
 *     const { loss } = await step.run({ x, y }, { learningRate: 1e-4 });
 *     const saved = step.state();           // every number needed to go on, bit for bit
 *     step.restore(saved);
 *     await step.release();
 *
 * Parameters live in two sets of arrays: a step reads one and writes the other, and they change places, because the
 * backward pass still reads a filter whose update is done. What only the update reads is written in place.
 */
import { FailedError, RefusedError, UsageError } from "../../errors.ts";
import type { Graph } from "../graph.ts";
import type { CompiledGraph, Runtime } from "../runtime/runtime.ts";
import { missing } from "../runtime/session.ts";
import { requireValues, type Values } from "../tensor.ts";
import type { Optimiser } from "./optimisers.ts";
import {
  type Binding,
  lossName,
  type Memory,
  planStep,
  type StepPlan,
  scalarName,
  type TrainingOptions,
  written,
} from "./plan.ts";
import { StateBuffers, type TrainingState } from "./state.ts";
import { tileView } from "./tiles.ts";

export type { TrainingOptions } from "./plan.ts";

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
   * Takes one step. A batch that does not fit is refused and changes nothing. A step whose loss is not finite changes
   * no parameter; as one that fails on the way, it leaves the optimiser's slots unfit to go on with until a state is
   * restored.
   * @param batch the graph's inputs by name, or a list of micro-batches when built with `accumulate`
   * @throws UsageError input-missing, shape-mismatch, type-mismatch, option-invalid; graph-invalid while another step
   * runs; FailedError out-of-memory, loss-not-finite
   */
  run(batch: Inputs | readonly Inputs[], options: { readonly learningRate: number }): Promise<StepResult>;
  /**
   * A copy of everything that changes, every number of it finite: what a checkpoint holds.
   * @throws FailedError weights-not-finite; UsageError graph-invalid after a step that failed
   */
  state(): TrainingState;
  /** The parameters alone after the last whole step, running statistics included: what an inference graph needs. */
  weights(): Map<string, Float32Array>;
  /**
   * Goes on from a saved state.
   * @throws RefusedError state-mismatch for a state of another network or optimiser, leaving the state as it was
   */
  restore(state: TrainingState): void;
  release(): Promise<void>;
}

/**
 * Compiles a training step.
 * @throws UsageError graph-invalid, name-taken, option-invalid; shape-mismatch, type-mismatch or state-mismatch for
 * starting values; FailedError out-of-memory
 */
export async function trainingStep(runtime: Runtime, graph: Graph, options: TrainingOptions): Promise<TrainingStep> {
  const plan = planStep(graph, options, runtime);
  const buffers = startingBuffers(graph, options, plan);
  const parts: Part[] = [];
  try {
    for (const { model, bindings } of plan.models) {
      parts.push({ program: await runtime.load(model, { purpose: "training" }), bindings });
    }
  } catch (error) {
    for (const { program } of parts) await program.release();
    throw error;
  }
  return new CompiledStep(graph, options, buffers, parts);
}

/** A compiled model of the plan. */
interface Part {
  readonly program: CompiledGraph;
  readonly bindings: readonly Binding[];
}

type Buffers = Readonly<Record<keyof Memory, StateBuffers>>;

function startingBuffers(graph: Graph, { weights }: TrainingOptions, { memory, trained }: StepPlan): Buffers {
  const changing = new Set([...trained, ...graph.updates.keys()]);
  const parameters = new StateBuffers(memory.parameters, (name) => changing.has(name));
  for (const { name, draw } of graph.parameters.values()) {
    parameters.set([[name, weights?.get(name) ?? draw()]]);
  }
  return {
    parameters,
    slots: new StateBuffers(memory.slots),
    sums: new StateBuffers(memory.sums),
  };
}

class CompiledStep implements TrainingStep {
  readonly #graph: Graph;
  readonly #optimiser: Optimiser;
  readonly #lossScale: number;
  readonly #accumulates: boolean;
  readonly #buffers: Buffers;
  /** The whole step, or a micro-batch's part of it and the update. */
  readonly #parts: readonly Part[];
  #steps = 0;
  #isRunning = false;
  #isBroken = false;

  constructor(graph: Graph, options: TrainingOptions, buffers: Buffers, parts: readonly Part[]) {
    this.#graph = graph;
    this.#optimiser = options.optimiser;
    this.#lossScale = options.lossScale ?? 1;
    this.#accumulates = options.accumulate ?? false;
    this.#buffers = buffers;
    this.#parts = parts;
  }

  get steps(): number {
    return this.#steps;
  }

  async run(
    batch: Inputs | readonly Inputs[],
    { learningRate }: { readonly learningRate: number },
  ): Promise<StepResult> {
    const batches: readonly Inputs[] = isList(batch) ? batch : [batch];
    if (batches.length === 0 || (batches.length > 1 && !this.#accumulates)) {
      throw new UsageError("graph-invalid", `a step built without accumulation was given ${batches.length} batches`);
    }
    if (!Number.isFinite(learningRate)) {
      throw new UsageError("option-invalid", `the learning rate must be a number, not ${learningRate}`);
    }
    this.#requireIdle();
    this.#requireWhole();
    for (const inputs of batches) this.#requireInputs(inputs);
    // A micro-batch's running statistics are the next one's; a step that fails is to leave the first one's.
    const before = this.#accumulates ? this.#buffers.parameters.copy(this.#graph.updates.keys()) : undefined;
    this.#isRunning = true;
    // Slots and sums are written in place, so a failure on the way leaves them half changed.
    this.#isBroken = true;
    try {
      const result = await this.#take(batches, learningRate);
      this.#isBroken = false;
      this.#steps++;
      return result;
    } catch (error) {
      if (before !== undefined) this.#buffers.parameters.set(before);
      throw error;
    } finally {
      this.#isRunning = false;
    }
  }

  async #take(batches: readonly Inputs[], learningRate: number): Promise<StepResult> {
    const step = this.#steps + 1;
    const numbers = Object.entries(this.#optimiser.scalars(learningRate, step));
    const scalars = Object.fromEntries(numbers.map(([name, value]) => [scalarName(name), Float32Array.of(value)]));
    this.#buffers.sums.clear();
    const [forward, update] = this.#parts;
    let total = 0;
    const each: Record<string, Values>[] = [];
    for (const inputs of batches) {
      const { results, keep } = await this.#execute(forward!, { ...inputs, ...scalars });
      const loss = results[written(lossName)]![0] as number;
      if (!Number.isFinite(loss)) {
        throw new FailedError("loss-not-finite", `the loss became ${loss} in step ${step}`, {
          hint: "lower the learning rate or limit the gradients' norm",
        });
      }
      keep();
      total += loss;
      each.push(Object.fromEntries([...this.#graph.outputs.keys()].map((name) => [name, results[written(name)]!])));
    }
    if (update !== undefined) {
      const share = Float32Array.of(1 / (batches.length * this.#lossScale));
      (await this.#execute(update, { ...scalars, [scalarName("share")]: share })).keep();
    }
    return { loss: total / batches.length, outputs: each.at(-1)!, each };
  }

  /** Runs a program between the two sets of arrays; `keep` lets them change places where something was written. */
  async #execute(
    { program, bindings }: Part,
    inputs: Inputs,
  ): Promise<{ readonly results: Record<string, Values>; readonly keep: () => void }> {
    const feeds: Record<string, Values> = { ...inputs };
    const places: Record<string, Values> = {};
    for (const { kind, name, piece, isRead, isWritten } of bindings) {
      const buffers = this.#buffers[kind];
      if (isRead) feeds[piece.name] = tileView(buffers.current(name), piece);
      if (isWritten) places[written(piece.name)] = tileView(buffers.next(name), piece);
    }
    const results = await program.run(feeds, places);
    const keep = (): void => {
      for (const { kind, name, piece, isWritten } of bindings) {
        // Once a name, be it written whole or in pieces.
        if (isWritten && piece.start === 0) this.#buffers[kind].swap(name);
      }
    };
    return { results, keep };
  }

  state(): TrainingState {
    this.#requireIdle();
    this.#requireWhole();
    const { parameters, slots } = this.#buffers;
    for (const buffers of [parameters, slots]) {
      for (const name of buffers.names) {
        if (buffers.current(name).every(Number.isFinite)) continue;
        throw new FailedError("weights-not-finite", `${name} is not finite after step ${this.#steps}`, {
          hint: "go on from an earlier checkpoint with a lower learning rate or a limit on the gradients' norm",
        });
      }
    }
    return { steps: this.#steps, optimiser: this.#optimiser.name, parameters: parameters.copy(), slots: slots.copy() };
  }

  weights(): Map<string, Float32Array> {
    return this.#buffers.parameters.copy();
  }

  restore(state: TrainingState): void {
    this.#requireIdle();
    const { name } = this.#optimiser;
    if (state.optimiser !== name) {
      throw new RefusedError(
        "state-mismatch",
        `the saved state is of the optimiser ${state.optimiser}, not of ${name}`,
        { hint: "train with the same optimiser, or start anew from the state's parameters" },
      );
    }
    if (!Number.isSafeInteger(state.steps) || state.steps < 0) {
      throw new RefusedError("state-mismatch", `the saved state is of ${state.steps} steps`, {
        hint: "restore a state as it was saved",
      });
    }
    const { parameters, slots } = this.#buffers;
    parameters.requireFit(state.parameters);
    slots.requireFit(state.slots);
    parameters.set(state.parameters);
    slots.set(state.slots);
    this.#steps = state.steps;
    this.#isBroken = false;
  }

  async release(): Promise<void> {
    for (const { program } of this.#parts) await program.release();
  }

  /** What a batch must hold is checked before anything is computed, so that a wrong one costs nothing. */
  #requireInputs(inputs: Inputs): void {
    for (const [name, signature] of this.#parts[0]!.program.inputs) {
      if (!this.#graph.inputs.has(name)) continue;
      const values = inputs[name];
      if (values === undefined) throw missing(name);
      requireValues(name, values, signature);
    }
  }

  #requireIdle(): void {
    if (this.#isRunning) throw new UsageError("graph-invalid", "a step is still running; await it first");
  }

  #requireWhole(): void {
    if (this.#isBroken) throw new UsageError("graph-invalid", "a step failed on its way; restore a saved state first");
  }
}

function isList(batch: Inputs | readonly Inputs[]): batch is readonly Inputs[] {
  return Array.isArray(batch);
}
