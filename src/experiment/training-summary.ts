/**
 * What a step keeps of a training: where its model lies and how it went. The run's own folder holds the rest.
 */
import { z } from "zod";
import type { TrainingResult } from "../training/index.ts";
import { attentionNames } from "./arms.ts";
import type { Course } from "./results.ts";

export const trainedSchema = z.strictObject({
  model: z.string(),
  epochs: z.array(
    z.strictObject({ loss: z.number(), accuracy: z.number(), auc: z.number().nullable(), best: z.boolean() }),
  ),
});
export type TrainingSummary = z.infer<typeof trainedSchema>;

/** Loss of training; accuracy and AUC of validation. */
export const summarize = ({ model, epochs }: TrainingResult): TrainingSummary => ({
  model,
  epochs: epochs.map(({ training, validation, best }) => ({
    loss: training.loss,
    accuracy: validation.accuracy,
    auc: validation.auc,
    best,
  })),
});

type Runs = Readonly<Record<string, TrainingSummary>>;

const series = (runs: Runs, value: (epoch: TrainingSummary["epochs"][number]) => number) =>
  Object.entries(runs).map(([name, { epochs }]) => ({ name, values: epochs.map(value) }));

/** The learning curves of the report. */
export function learningCurves(
  ones: { readonly with: TrainingSummary; readonly without: TrainingSummary },
  twos: Runs,
  comparators: Runs,
): Course[] {
  const slabs = { [attentionNames.with]: ones.with, [attentionNames.without]: ones.without };
  const both = (title: string, runs: Runs): Course[] => [
    { title, metric: "training loss", series: series(runs, ({ loss }) => loss) },
    { title, metric: "validation AUC", series: series(runs, ({ auc }) => auc ?? 0.5) },
  ];
  const others = Object.keys(comparators).length > 0 ? both("Comparators", comparators) : [];
  return [...both("Stage I", slabs), ...both("Stage II", twos), ...others];
}
