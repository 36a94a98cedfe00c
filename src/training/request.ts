/**
 * What every network's training is asked with, and what it gives.
 */
import type { PreparedStore, StudyRecord } from "../cohort/index.ts";
import type { Runtime } from "../graph/index.ts";
import type { ModelDescription, Provenance, StartingWeights } from "../model/index.ts";
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
  /** Weights to start from in place of drawn ones. */
  readonly start?: StartingWeights | undefined;
  /** Layers whose parameters stay as they are; batch norm's running statistics follow the data all the same. */
  readonly freeze?: readonly string[] | undefined;
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

/** What a run depends on beyond its recipe where it starts from weights or leaves layers as they are. */
export function startSettings({ start, freeze = [] }: Pick<TrainingRequest, "start" | "freeze">): {
  readonly start?: { readonly file: string; readonly sha256: string };
  readonly freeze?: readonly string[];
} {
  return {
    ...(start ? { start: { file: start.file, sha256: start.sha256 } } : {}),
    ...(freeze.length > 0 ? { freeze } : {}),
  };
}

/** The trainings that went before this one, each once: of the weights it starts from and of the stage below it. */
export function earlierTrainings(...lists: readonly (readonly Provenance[] | undefined)[]): Provenance[] {
  const each = new Map(lists.flatMap((list) => list ?? []).map((one) => [JSON.stringify(one), one]));
  return [...each.values()];
}
