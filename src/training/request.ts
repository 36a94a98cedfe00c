/**
 * What every network's training is asked with, and what it gives.
 */
import type { PreparedStore, StudyRecord } from "../cohort/index.ts";
import type { Runtime } from "../graph/index.ts";
import type { ModelDescription } from "../model/index.ts";
import type { OnProgress } from "../progress.ts";
import type { EpochMetrics } from "./run-folder.ts";

export interface TrainingRequest {
  readonly store: PreparedStore;
  /** Which studies of the store take part; default all. */
  readonly select?: ((record: StudyRecord) => boolean) | undefined;
  /** The run's folder; holding a run of the same settings, it goes on. */
  readonly out: string;
  readonly runtime: Runtime;
  /** Of everything random: initial weights, draws, order, augmentation, dropout. */
  readonly seed: number;
  /** Named in the model. */
  readonly preset: ModelDescription["preset"];
  /** Minutes between checkpoints within an epoch; default 10. */
  readonly checkpointMinutes?: number | undefined;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface TrainingResult {
  /** The model file of the best epoch. */
  readonly model: string;
  readonly epochs: readonly EpochMetrics[];
  readonly best: EpochMetrics;
}
