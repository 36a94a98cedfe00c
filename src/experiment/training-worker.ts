/** A thread that does one training of the experiment with one thread of the engine's, and answers with its outcome. */
import { parentPort, workerData } from "node:worker_threads";
import { EmbolensError, type ErrorCode } from "../errors.ts";
import { createRuntime } from "../graph/node/index.ts";
import type { Progress } from "../progress.ts";
import type { ExperimentSettings } from "./settings.ts";
import { type Training, type TrainingOutcome, train } from "./training-jobs.ts";

export interface TrainingSetup {
  readonly training: Training;
  readonly out: string;
  readonly settings: ExperimentSettings;
}

export interface TrainingFailure {
  /** Null for a defect of ours. */
  readonly code: ErrorCode | null;
  readonly exitCode: 1 | 2 | 3;
  readonly message: string;
  readonly hint: string | null;
}

export type TrainingMessage =
  | { readonly kind: "progress"; readonly progress: Progress }
  | { readonly kind: "outcome"; readonly outcome: TrainingOutcome }
  | { readonly kind: "failure"; readonly failure: TrainingFailure };

const { training, out, settings } = workerData as TrainingSetup;
const port = parentPort!;
const tell = (message: TrainingMessage) => port.postMessage(message);
const stop = new AbortController();
port.once("message", () => stop.abort());

const failureOf = (error: unknown): TrainingFailure =>
  error instanceof EmbolensError
    ? { code: error.code, exitCode: error.exitCode, message: error.message, hint: error.hint ?? null }
    : {
        ...{ code: null, exitCode: 1, hint: null },
        message: error instanceof Error ? (error.stack ?? error.message) : String(error),
      };

try {
  const runtime = await createRuntime({ device: "cpu", threads: 1 });
  const onProgress = (progress: Progress) => tell({ kind: "progress", progress });
  const outcome = await train(training, { out, settings, runtime, onProgress, signal: stop.signal });
  tell({ kind: "outcome", outcome });
} catch (error) {
  tell({ kind: "failure", failure: failureOf(error) });
}
port.close();
