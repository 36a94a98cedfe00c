/**
 * Trainings of the experiment side by side, each in a thread of its own.
 *
 *     const trainer = new ParallelTrainer({ out, settings, runtime, threads: 2, signal });
 *     const [one, other] = await trainer.together([
 *       () => trainer.train({ network: "stage-one", arm: "with" }, onProgress),
 *       () => trainer.train({ network: "stage-one", arm: "without" }, onProgress),
 *     ]);
 *
 * Networks this small gain little from a second thread inside an operation, and nearly all of it from a second network:
 * two trainings with a thread each take about the time of one. On other devices they follow one another.
 */
import { Worker } from "node:worker_threads";
import { FailedError, RefusedError, UsageError } from "../errors.ts";
import type { OnProgress } from "../progress.ts";
import { type Training, type TrainingContext, type TrainingOutcome, train } from "./training-jobs.ts";
import type { TrainingFailure, TrainingMessage, TrainingSetup } from "./training-worker.ts";

const threadFile = import.meta.url.endsWith(".ts") ? "./training-worker-from-source.mjs" : "./training-worker.js";

export interface TrainerSettings extends Omit<TrainingContext, "onProgress"> {
  /** Trainings at once; with 1 they use the runtime given, in this thread. */
  readonly threads: number;
}

export class ParallelTrainer {
  readonly #settings: TrainerSettings;

  constructor(settings: TrainerSettings) {
    this.#settings = settings;
  }

  /** Does works in order, some at a time; the first failure lets those under way end and starts no more. */
  async together<T>(works: readonly (() => Promise<T>)[]): Promise<T[]> {
    const results: T[] = [];
    let next = 0;
    const lane = async () => {
      while (next < works.length) {
        const index = next++;
        try {
          results[index] = await works[index]!();
        } catch (error) {
          next = works.length;
          throw error;
        }
      }
    };
    const lanes = await Promise.allSettled(Array.from({ length: this.#settings.threads }, lane));
    for (const one of lanes) if (one.status === "rejected") throw one.reason;
    return results;
  }

  /** @throws what the training throws; FailedError `device-failed` when its thread dies */
  async train(training: Training, onProgress: OnProgress): Promise<TrainingOutcome> {
    const { threads, ...surroundings } = this.#settings;
    return threads === 1
      ? train(training, { ...surroundings, onProgress })
      : inThread(training, { ...surroundings, onProgress });
  }
}

function inThread(
  training: Training,
  { out, settings, onProgress, signal }: TrainingContext,
): Promise<TrainingOutcome> {
  signal?.throwIfAborted();
  const workerData: TrainingSetup = { training, out, settings };
  const worker = new Worker(new URL(threadFile, import.meta.url), { workerData });
  const stop = () => worker.postMessage("stop");
  signal?.addEventListener("abort", stop, { once: true });
  return new Promise<TrainingOutcome>((resolve, reject) => {
    worker.on("message", (message: TrainingMessage) => {
      switch (message.kind) {
        case "progress":
          return onProgress?.(message.progress);
        case "outcome":
          return resolve(message.outcome);
        case "failure":
          return reject(errorOf(message.failure, signal));
      }
    });
    worker.on("error", reject);
    // After an outcome or a failure this changes nothing.
    worker.on("exit", (code) =>
      reject(new FailedError("device-failed", `the thread that trained ${training.arm} ended with code ${code}`)),
    );
  }).finally(() => signal?.removeEventListener("abort", stop));
}

function errorOf({ code, exitCode, message, hint }: TrainingFailure, signal: AbortSignal | undefined): unknown {
  if (code === null) return new Error(message);
  if (code === "interrupted" && signal?.aborted) return signal.reason;
  const details = hint === null ? {} : { hint };
  switch (exitCode) {
    case 1:
      return new FailedError(code, message, details);
    case 2:
      return new UsageError(code, message, details);
    case 3:
      return new RefusedError(code, message, details);
  }
}
