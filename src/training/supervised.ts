/**
 * Training a network from labelled samples: what stage I, stage II, PENet and the 3D CNN have in common.
 *
 *     const result = await trainSupervised(request, { command: "stage-two", build, load, … });
 *
 * A network says how its graph is built, what a sample is and how a batch of them is loaded. Validation runs the same
 * graph with running statistics and without dropout; where a study has several samples (PENet's windows), its score is
 * the highest of theirs.
 */
import {
  type CompiledGraph,
  type Inputs,
  type Optimiser,
  type Runtime,
  type StepResult,
  trainingStep,
  type Values,
  writeModel,
} from "../graph/index.ts";
import { drawMasks, frozenBy, type TrainingGraph, type TrainingGraphOptions } from "../model/index.ts";
import { Random } from "../random.ts";
import { abortError, type Evaluation, runTraining, type TrainingBatch, type TrainingTask } from "./loop.ts";
import { type BatchMetrics, MetricAccumulator } from "./metrics.ts";
import { type ScheduleSettings, scheduleOf } from "./recipes.ts";
import { startSettings, type TrainingRequest, type TrainingResult } from "./request.ts";
import { RunFolder, type Settings } from "./run-folder.ts";

/** A sample: one slab, study or window. */
export interface Sample {
  readonly study: string;
  readonly positive: boolean;
}

export interface SupervisedNetwork<S extends Sample> {
  /** What a sample is, plural. */
  readonly unit: string;
  /** Everything the result depends on besides store and seed. */
  readonly settings: Settings;
  readonly optimiser: Optimiser;
  readonly epochs: number;
  readonly batch: number;
  readonly microBatch: number;
  readonly schedule: ScheduleSettings;
  /** Limit of the gradients' norm. */
  readonly clipNorm?: number | null;
  /** Whether a study's score is the highest of its samples' and validation is by study. */
  readonly byStudy?: boolean;
  build(options: TrainingGraphOptions): TrainingGraph;
  /** The samples of an epoch in their order; a function of the seed and the epoch alone. */
  epochSamples(epoch: number): readonly S[];
  readonly validation: readonly S[];
  /** @param random draws the augmentation; undefined: the samples as they are */
  load(samples: readonly S[], random: Random | undefined): Promise<Inputs>;
  /** Further quantities of a batch's samples, from its inputs and outputs. */
  more?(samples: readonly S[], inputs: Inputs, outputs: Readonly<Record<string, Values>>): BatchMetrics["more"];
  saveModel(best: BestWeights): Promise<void>;
}

/** The studies that samples are of. */
export const studiesIn = (samples: readonly { readonly study: string }[]): ReadonlySet<string> =>
  new Set(samples.map(({ study }) => study));

/** The weights that did best on validation so far, and what is known of them. */
export interface BestWeights {
  readonly file: string;
  readonly weights: ReadonlyMap<string, Float32Array>;
  readonly epoch: number;
  readonly evaluation: Evaluation;
}

export async function trainSupervised<S extends Sample>(
  request: TrainingRequest,
  network: SupervisedNetwork<S>,
): Promise<TrainingResult> {
  const { runtime, seed, onProgress, signal } = request;
  const run = await RunFolder.open(request.out, { ...network.settings, ...startSettings(request), seed });
  const { epochs } = network;
  const finished = (await run.checkpoint())?.position.history;
  if (finished?.length === epochs) return resultOf(run, finished);
  const stepsAnEpoch = Math.max(1, Math.floor(network.epochSamples(1).length / network.batch));
  const parts = Math.ceil(network.batch / network.microBatch);
  const partSize = Math.ceil(network.batch / parts);
  const { graph, loss, masks } = network.build({ batch: partSize, seed });
  const { start, freeze = [] } = request;
  const step = await trainingStep(runtime, graph, {
    loss,
    ...(start ? { weights: start.weights } : {}),
    ...(freeze.length > 0 ? { frozen: frozenBy(freeze, [...graph.parameters.keys()]) } : {}),
    optimiser: network.optimiser,
    accumulate: parts > 1,
    ...(typeof network.clipNorm === "number" ? { clipNorm: network.clipNorm } : {}),
  });
  const validator = new Validator(runtime, network, partSize);
  const samplesOf = new WeakMap<TrainingBatch, readonly (readonly S[])[]>();
  const task: TrainingTask = {
    unit: network.unit,
    batchSize: parts * partSize,
    stepsAnEpoch,
    step,
    learningRate: scheduleOf(network.schedule, epochs * stepsAnEpoch),
    epoch: (epoch) => {
      const samples = network.epochSamples(epoch);
      return async (index) => {
        const pick = (part: number) =>
          Array.from(
            { length: partSize },
            (_, at) => samples[((index * parts + part) * partSize + at) % samples.length]!,
          );
        const chosen = Array.from({ length: parts }, (_, part) => pick(part));
        const inputs: Inputs[] = [];
        for (const [part, some] of chosen.entries()) {
          const loaded = await network.load(some, new Random(seed, "augmentation", epoch, index, part));
          inputs.push({ ...loaded, ...drawMasks(masks, new Random(seed, "dropout", epoch, index, part)) });
        }
        const flat = chosen.flat();
        const batch: TrainingBatch = {
          inputs: parts > 1 ? inputs : inputs[0]!,
          labels: flat.map(({ positive }) => Number(positive)),
          studies: flat.map(({ study }) => study),
        };
        samplesOf.set(batch, chosen);
        return batch;
      };
    },
    read: (result, batch) => readStep(network, result, batch, samplesOf.get(batch) ?? []),
    validate: (weights, stop) => validator.evaluate(weights, stop),
    saveModel: (weights, evaluation, epoch) => network.saveModel({ file: run.modelFile, weights, epoch, evaluation }),
  };
  try {
    const checkpointMinutes = request.checkpointMinutes ?? 10;
    return resultOf(run, await runTraining(task, run, { epochs, checkpointMinutes, onProgress, signal }));
  } finally {
    await step.release();
    await validator.release();
  }
}

function resultOf(run: RunFolder, epochs: TrainingResult["epochs"]): TrainingResult {
  return { model: run.modelFile, epochs, best: epochs.findLast(({ best }) => best)! };
}

function readStep<S extends Sample>(
  network: SupervisedNetwork<S>,
  result: StepResult,
  batch: TrainingBatch,
  samples: readonly (readonly S[])[],
): BatchMetrics {
  const all = Array.isArray(batch.inputs) ? (batch.inputs as readonly Inputs[]) : [batch.inputs as Inputs];
  const more: Record<string, number[]> = {};
  result.each.forEach((outputs, part) => {
    for (const [name, values] of Object.entries(network.more?.(samples[part]!, all[part]!, outputs) ?? {})) {
      more[name] = [...(more[name] ?? []), ...values];
    }
  });
  const scores = result.each.flatMap((outputs) => [...(outputs.probabilities as Float32Array)]);
  return { loss: result.loss, labels: batch.labels, scores, more };
}

/** Runs the network over the validation samples in batches of one size; the last one is filled up and cut off. */
class Validator<S extends Sample> {
  readonly #runtime: Runtime;
  readonly #network: SupervisedNetwork<S>;
  readonly #size: number;
  #program: Promise<CompiledGraph> | undefined;

  constructor(runtime: Runtime, network: SupervisedNetwork<S>, size: number) {
    this.#runtime = runtime;
    this.#network = network;
    this.#size = size;
  }

  async evaluate(weights: ReadonlyMap<string, Float32Array>, signal: AbortSignal | undefined): Promise<Evaluation> {
    const network = this.#network;
    this.#program ??= this.#compile();
    const program = await this.#program;
    const fixed = Object.fromEntries([...weights].filter(([name]) => program.inputs.has(name)));
    const tally = new MetricAccumulator();
    const studies = new Map<string, { label: number; score: number }>();
    for (let first = 0; first < network.validation.length; first += this.#size) {
      if (signal?.aborted) throw abortError(signal);
      const some = network.validation.slice(first, first + this.#size);
      const filled = Array.from({ length: this.#size }, (_, index) => some[index % some.length]!);
      const inputs = await network.load(filled, undefined);
      const outputs = await program.run({ ...inputs, ...fixed });
      const cut = Object.fromEntries(
        Object.entries(outputs).map(([name, values]) => {
          const each = values.length / this.#size;
          return [name, values.subarray(0, some.length * each)];
        }),
      );
      const scores = [...(cut.probabilities as Float32Array)];
      const losses = cut.losses as Float32Array;
      const labels = some.map(({ positive }) => Number(positive));
      const more = network.more?.(some, inputs, cut);
      const loss = losses.reduce((sum, value) => sum + value, 0) / losses.length;
      tally.add({ loss, labels, scores, ...(more === undefined ? {} : { more }) });
      some.forEach(({ study }, index) => {
        const score = Math.max(scores[index]!, studies.get(study)?.score ?? 0);
        studies.set(study, { label: Math.max(labels[index]!, studies.get(study)?.label ?? 0), score });
      });
    }
    if (!network.byStudy) return { labels: tally.labels, scores: tally.scores, measures: tally.measures() };
    const labels = [...studies.values()].map(({ label }) => label);
    const scores = [...studies.values()].map(({ score }) => score);
    const whole = new MetricAccumulator();
    whole.add({ loss: tally.measures().loss, labels, scores });
    return { labels, scores, measures: whole.measures() };
  }

  async #compile(): Promise<CompiledGraph> {
    const { graph } = this.#network.build({ batch: this.#size, seed: 0, training: false });
    return this.#runtime.load(writeModel({ outputs: graph.outputs }));
  }

  async release(): Promise<void> {
    await (await this.#program)?.release();
  }
}
