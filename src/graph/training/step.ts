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
import { FailedError, RefusedError, UsageError } from "../../errors.ts";
import type { Graph } from "../graph.ts";
import type { OnnxModel } from "../onnx/writer.ts";
import type { Program, Runtime } from "../runtime/runtime.ts";
import type { Values } from "../tensor.ts";
import type { Optimiser } from "./optimisers.ts";
import { piecesOf, seenPiece } from "./pieces.ts";
import { lossName, type Plan, planStep, scalarName, slotName, sumName, type TrainingOptions, written } from "./plan.ts";
import { StateBuffers, type TrainingState } from "./state.ts";

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
   * Takes one step. One whose loss is not finite changes no parameter; as one that fails on the way, it leaves the
   * optimiser's slots unfit to go on with until a state is restored.
   * @param batch the graph's inputs by name, or a list of micro-batches when built with `accumulate`
   * @throws UsageError input-missing, shape-mismatch; FailedError out-of-memory, loss-not-finite
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

class CompiledStep implements TrainingStep {
  readonly #programs: readonly Program[];
  readonly #optimiser: Optimiser;
  readonly #lossScale: number;
  readonly #longestPiece: number;
  readonly #graph: Graph;
  readonly #state: StateBuffers;
  /** Sums of gradients, only when they are accumulated. */
  readonly #sums: StateBuffers | undefined;
  #steps = 0;
  #broken = false;

  constructor(graph: Graph, options: TrainingOptions, plan: Plan, programs: readonly Program[]) {
    const { optimiser, weights } = options;
    const { trained, longestPiece } = plan;
    this.#longestPiece = longestPiece;
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
    this.#requireWhole();
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
    if (apply !== undefined) {
      const share = Float32Array.of(1 / (batches.length * this.#lossScale));
      (await this.#execute(apply, { ...scalars, [scalarName("share")]: share })).keep();
    }
    this.#broken = false;
    this.#steps = step;
    return { loss: total / batches.length, outputs: each.at(-1)!, each };
  }

  /** Runs a program between the two sets of arrays; `keep` lets them change places where something was written. */
  async #execute(
    program: Program,
    inputs: Inputs,
  ): Promise<{ readonly results: Record<string, Values>; readonly keep: () => void }> {
    const feeds: Record<string, Values> = { ...inputs };
    const places: Record<string, Values> = {};
    const changed: (() => void)[] = [];
    for (const buffers of this.#sums === undefined ? [this.#state] : [this.#state, this.#sums]) {
      for (const name of buffers.names) {
        const [current, next] = [buffers.current(name), buffers.next(name)];
        if (program.inputs.has(name)) feeds[name] = current;
        if (program.outputs.has(written(name))) places[written(name)] = next;
        const pieces = piecesOf(name, current.length, this.#longestPiece);
        for (const piece of pieces) {
          if (program.inputs.has(piece.name)) feeds[piece.name] = seenPiece(current, piece);
          if (program.outputs.has(written(piece.name))) places[written(piece.name)] = seenPiece(next, piece);
        }
        if ([name, pieces[0]!.name].some((own) => program.outputs.has(written(own))))
          changed.push(() => buffers.swap(name));
      }
    }
    const results = await program.run(feeds, places);
    const keep = (): void => {
      for (const swap of changed) swap();
    };
    return { results, keep };
  }

  state(): TrainingState {
    this.#requireWhole();
    for (const name of this.#state.names) {
      if (this.#state.current(name).every(Number.isFinite)) continue;
      throw new FailedError("weights-not-finite", `${name} is not finite after step ${this.#steps}`, {
        hint: "go on from an earlier checkpoint with a lower learning rate or a limit on the gradients' norm",
      });
    }
    const optimiser = new Map<string, Float32Array>();
    for (const name of this.#state.names) {
      if (!this.#graph.parameters.has(name)) optimiser.set(name, this.#state.current(name).slice());
    }
    return { steps: this.#steps, optimiser: this.#optimiser.name, parameters: this.weights(), slots: optimiser };
  }

  weights(): Map<string, Float32Array> {
    return new Map([...this.#graph.parameters.keys()].map((name) => [name, this.#state.current(name).slice()]));
  }

  #requireWhole(): void {
    if (this.#broken) throw new UsageError("graph-invalid", "a step failed on its way; restore a saved state first");
  }

  restore(state: TrainingState): void {
    if (state.optimiser !== this.#optimiser.name) {
      throw new RefusedError(
        "state-mismatch",
        `the saved state is of the optimiser ${state.optimiser}, not of ${this.#optimiser.name}`,
        { hint: "train with the same optimiser, or start anew from the state's parameters" },
      );
    }
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
