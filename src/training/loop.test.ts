import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { TrainingStep } from "../graph/index.ts";
import { runTraining, type TrainingTask } from "./loop.ts";
import type { Measures } from "./metrics.ts";
import { RunFolder } from "./run-folder.ts";

const weights = () => new Map([["w", Float32Array.of(1)]]);

interface Toy {
  readonly task: TrainingTask;
  readonly saved: number[];
}

/** A task of two steps an epoch that validates as told. */
function toy(validate: (epoch: number) => Measures): Toy {
  let steps = 0;
  let epoch = 0;
  const saved: number[] = [];
  const step = {
    get steps() {
      return steps;
    },
    run: async () => {
      steps++;
      return { loss: 1 };
    },
    weights,
    state: () => ({ optimiser: "adam", steps, values: new Map(), slots: new Map() }),
    restore: () => {},
  } as unknown as TrainingStep;
  const task: TrainingTask = {
    unit: "slabs",
    batchSize: 2,
    stepsAnEpoch: 2,
    step,
    learningRate: () => 1e-3,
    epoch: (number) => {
      epoch = number;
      return async () => ({ inputs: {}, labels: [0, 1], studies: ["a"] });
    },
    read: () => ({ loss: 1, labels: [0, 1], scores: [0.2, 0.8] }),
    validate: async () => ({ labels: [0, 1], scores: [0.2, 0.8], measures: validate(epoch) }),
    saveModel: async (_, __, number) => {
      saved.push(number);
    },
  };
  return { task, saved };
}

/** A run folder that remembers its checkpoints. */
async function folder() {
  const run = await RunFolder.open(await mkdtemp(join(tmpdir(), "loop-")), { test: true });
  const checkpoints: { readonly epoch: number; readonly stepsInEpoch: number }[] = [];
  const watched = {
    checkpoint: async () => undefined,
    saveCheckpoint: async ({ position }: { position: { epoch: number; stepsInEpoch: number } }) => {
      checkpoints.push({ epoch: position.epoch, stepsInEpoch: position.stepsInEpoch });
    },
    saveMetrics: async () => {},
  };
  return { run: Object.assign(Object.create(run), watched) as RunFolder, checkpoints };
}

test("the best epoch is that of the highest accuracy, of equals of the larger AUC, of those the first", async () => {
  const measures: Measures[] = [
    { loss: 1, accuracy: 0.8, auc: 0.7 },
    { loss: 1, accuracy: 0.8, auc: 0.9 },
    { loss: 1, accuracy: 0.8, auc: 0.8 },
    { loss: 1, accuracy: 0.8, auc: 0.9 },
    { loss: 1, accuracy: 0.7, auc: 1 },
    { loss: 1, accuracy: 0.9, auc: 0.5 },
  ];
  const { task, saved } = toy((epoch) => measures[epoch - 1]!);
  const { run } = await folder();
  const history = await runTraining(task, run, { epochs: 6, checkpointMinutes: 10 });
  expect(saved).toEqual([1, 2, 6]);
  expect(history.map(({ best }) => best)).toEqual([true, true, false, false, false, true]);
});

test("a run that is stopped while it validates keeps the whole epoch's steps in a checkpoint", async () => {
  const controller = new AbortController();
  const { task } = toy(() => {
    controller.abort();
    throw controller.signal.reason;
  });
  const { run, checkpoints } = await folder();
  const { signal } = controller;
  await expect(runTraining(task, run, { epochs: 1, checkpointMinutes: 10, signal })).rejects.toThrow();
  expect(checkpoints).toEqual([{ epoch: 1, stepsInEpoch: 2 }]);
});
