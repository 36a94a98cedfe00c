/**
 * The training loop, the same for every network.
 *
 *     const result = await runTraining(task, run, { epochs: 20, checkpointMinutes: 10, onProgress, signal });
 *
 * A task says what a batch holds, how a step's outputs are read and how weights are validated; the loop does epochs,
 * metrics, checkpoints, the choice of the best weights, stopping and going on. Everything random in a task depends on
 * the seed, the epoch and the step alone, so a run that was stopped ends with the weights of one that was not.
 */
import { EmbolensError, FailedError } from "../errors.ts";
import type { Inputs, StepResult, TrainingStep } from "../graph/index.ts";
import type { OnProgress } from "../progress.ts";
import { type BatchMetrics, type Measures, MetricAccumulator } from "./metrics.ts";
import { prefetched } from "./prefetch.ts";
import type { EpochMetrics, RunFolder, RunPosition } from "./run-folder.ts";

export interface TrainingBatch {
  /** The graph's inputs, or one set for each micro-batch. */
  readonly inputs: Inputs | readonly Inputs[];
  /** 0 or 1 for each sample. */
  readonly labels: readonly number[];
  /** Whose samples they are, to name them when the loss breaks. */
  readonly studies: readonly string[];
}

export interface Evaluation {
  readonly labels: readonly number[];
  readonly scores: readonly number[];
  readonly measures: Measures;
}

export interface TrainingTask {
  /** What a sample is, plural: "slabs", "studies", "windows". */
  readonly unit: string;
  readonly batchSize: number;
  readonly stepsAnEpoch: number;
  readonly step: TrainingStep;
  /** @param step 0 for the first */
  learningRate(step: number): number;
  /** The batches of an epoch: a function that loads the one of a given step. */
  epoch(epoch: number): (step: number) => Promise<TrainingBatch>;
  read(result: StepResult, batch: TrainingBatch): BatchMetrics;
  validate(weights: ReadonlyMap<string, Float32Array>, signal: AbortSignal | undefined): Promise<Evaluation>;
  /** Writes the model of the best weights so far. */
  saveModel(weights: ReadonlyMap<string, Float32Array>, evaluation: Evaluation, epoch: number): Promise<void>;
}

export interface LoopOptions {
  readonly epochs: number;
  /** Minutes between checkpoints within an epoch. */
  readonly checkpointMinutes: number;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

const fresh = (epoch: number, history: readonly EpochMetrics[]): RunPosition => ({
  epoch,
  stepsInEpoch: 0,
  tally: new MetricAccumulator().state(),
  secondsInEpoch: 0,
  history: [...history],
});

/**
 * Trains from where the run folder stands to the last epoch.
 *
 * @returns the metrics of all epochs
 * @throws FailedError "interrupted" after a checkpoint, "loss-not-finite" naming epoch, step and studies
 */
export async function runTraining(task: TrainingTask, run: RunFolder, options: LoopOptions): Promise<EpochMetrics[]> {
  const saved = await run.checkpoint();
  if (saved !== undefined) task.step.restore(saved.state);
  let position = saved?.position ?? fresh(1, []);
  const meter = progressMeter(task, options, position);
  while (position.epoch <= options.epochs) {
    position = await oneEpoch(task, run, options, position, meter);
  }
  return position.history;
}

async function oneEpoch(
  task: TrainingTask,
  run: RunFolder,
  options: LoopOptions,
  position: RunPosition,
  meter: (tally: MetricAccumulator) => void,
): Promise<RunPosition> {
  const { epoch, history } = position;
  const tally = new MetricAccumulator(position.tally);
  const started = Date.now() - position.secondsInEpoch * 1000;
  const seconds = () => (Date.now() - started) / 1000;
  const checkpoint = (stepsInEpoch: number) =>
    run.saveCheckpoint({
      position: { epoch, stepsInEpoch, tally: tally.state(), secondsInEpoch: seconds(), history },
      state: task.step.state(),
    });
  const load = task.epoch(epoch);
  const remaining = Array.from(
    { length: task.stepsAnEpoch - position.stepsInEpoch },
    (_, index) => position.stepsInEpoch + index,
  );
  let done = position.stepsInEpoch;
  let savedAt = Date.now();
  for await (const batch of prefetched(remaining, load)) {
    tally.add(task.read(await oneStep(task, batch, epoch, done), batch));
    done++;
    meter(tally);
    if (options.signal?.aborted) {
      await checkpoint(done);
      throw abortError(options.signal);
    }
    if (Date.now() - savedAt > options.checkpointMinutes * 60_000) {
      await checkpoint(done);
      savedAt = Date.now();
    }
  }
  const weights = task.step.weights();
  let validation: Evaluation;
  try {
    validation = await task.validate(weights, options.signal);
  } catch (error) {
    if (options.signal?.aborted) await checkpoint(done);
    throw error;
  }
  const best = isBest(validation.measures, history);
  if (best) await task.saveModel(weights, validation, epoch);
  const metrics: EpochMetrics = {
    epoch,
    steps: task.step.steps,
    learningRate: task.learningRate(task.step.steps - 1),
    training: tally.measures(),
    validation: validation.measures,
    best,
    seconds: Number(seconds().toFixed(3)),
  };
  const next = fresh(epoch + 1, [...history, metrics]);
  await run.saveMetrics(next.history);
  await run.saveCheckpoint({ position: next, state: task.step.state() });
  return next;
}

async function oneStep(task: TrainingTask, batch: TrainingBatch, epoch: number, index: number): Promise<StepResult> {
  try {
    return await task.step.run(batch.inputs, { learningRate: task.learningRate(task.step.steps) });
  } catch (error) {
    if (!(error instanceof EmbolensError) || error.code !== "loss-not-finite") throw error;
    const studies = [...new Set(batch.studies)].slice(0, 8).join(", ");
    throw new FailedError(
      "loss-not-finite",
      `epoch ${epoch}, step ${index + 1} of ${task.stepsAnEpoch} (studies ${studies}): ${error.message}`,
      { cause: error, ...(error.hint === undefined ? {} : { hint: error.hint }) },
    );
  }
}

/** Best by validation accuracy; of equals the one with the larger AUC; of those the first. */
function isBest(now: Measures, history: readonly EpochMetrics[]): boolean {
  const before = history.findLast(({ best }) => best)?.validation;
  if (before === undefined) return true;
  if (now.accuracy !== before.accuracy) return now.accuracy > before.accuracy;
  return (now.auc ?? 0) > (before.auc ?? 0);
}

/** What an aborted signal asks to be thrown. */
export function abortError(signal: AbortSignal): unknown {
  return signal.reason instanceof EmbolensError
    ? signal.reason
    : new FailedError("interrupted", "training was stopped; the same command goes on from here");
}

/** The figures are those of the epoch so far, and take a sort. */
const millisecondsBetweenReports = 250;

/** Reports samples since this start, so that rate and time left are those of this start. */
function progressMeter(
  task: TrainingTask,
  options: LoopOptions,
  position: RunPosition,
): (tally: MetricAccumulator) => void {
  const before = (position.epoch - 1) * task.stepsAnEpoch + position.stepsInEpoch;
  const total = (options.epochs * task.stepsAnEpoch - before) * task.batchSize;
  let done = 0;
  let reportedAt = 0;
  return (tally) => {
    done += task.batchSize;
    if (Date.now() - reportedAt < millisecondsBetweenReports && done < total) return;
    reportedAt = Date.now();
    const { loss, accuracy, auc } = tally.measures();
    const epoch = Math.floor((before + done / task.batchSize - 1) / task.stepsAnEpoch) + 1;
    const figures = { epoch, loss, accuracy, ...(auc === null ? {} : { AUC: auc }) };
    options.onProgress?.({ label: "training", done, total, unit: task.unit, figures });
  };
}
