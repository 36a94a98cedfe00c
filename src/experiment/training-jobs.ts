/**
 * The trainings of the experiment, each one a piece of work that needs nothing but the folder and the settings.
 *
 *     const trained = await train({ network: "stage-one", arm: "with" }, { out, settings, runtime, onProgress });
 *
 * They read what earlier steps left in the folder: the prepared studies, and stage I's models for stage II.
 */
import { join } from "node:path";
import { z } from "zod";
import type { StudyRecord } from "../cohort/index.ts";
import type { Runtime } from "../graph/index.ts";
import { type ModelOf, requireKind } from "../model/index.ts";
import { readModelFile } from "../model/node/index.ts";
import type { OnProgress } from "../progress.ts";
import {
  assertHeldOut,
  computeFeatures,
  scoreStudies,
  type TrainingResult,
  trainCnn3d,
  trainPenet,
  trainStageOne,
  trainStageTwo,
} from "../training/index.ts";
import type { Arm, AttentionArm } from "./arms.ts";
import { hospitalFolders, openStores, planStudies } from "./hospital.ts";
import type { Comparator, ExperimentSettings } from "./settings.ts";
import { summarize, trainedSchema } from "./training-summary.ts";

/** The arms that stage II is trained for, and the stage I below each. */
const stageOneBelow = {
  proposed: "with",
  "no-attention": "without",
  "annotated-only": "with",
} as const satisfies Partial<Record<Arm, AttentionArm>>;
export type StageTwoArm = keyof typeof stageOneBelow;
export const stageTwoArms = Object.keys(stageOneBelow) as readonly StageTwoArm[];

export type Training =
  | { readonly network: "stage-one"; readonly arm: AttentionArm }
  /** Stage I's features, which the arms of stage II share. */
  | { readonly network: "features"; readonly arm: AttentionArm }
  | { readonly network: "stage-two"; readonly arm: StageTwoArm }
  | { readonly network: "comparator"; readonly arm: Comparator };

export interface TrainingContext {
  readonly out: string;
  readonly settings: ExperimentSettings;
  readonly runtime: Runtime;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a training leaves besides its model: how it went, and a comparator's scores of held-out studies by study. */
export const outcomeSchema = z.strictObject({
  trained: trainedSchema.nullable(),
  scores: z.record(z.string(), z.number()),
});
export type TrainingOutcome = z.infer<typeof outcomeSchema>;

const outcomeOf = (result: TrainingResult): TrainingOutcome => ({ trained: summarize(result), scores: {} });

/** @throws FailedError `interrupted`, `loss-not-finite`; RefusedError `data-insufficient`, `run-mismatch`, `studies-seen` */
export async function train(training: Training, surroundings: TrainingContext): Promise<TrainingOutcome> {
  const { out, settings, runtime, onProgress, signal } = surroundings;
  const stores = await openStores(settings, hospitalFolders(out));
  const store = stores.slabs;
  const annotated = new Set(planStudies(settings).flatMap(({ id, group }) => (group === "annotated" ? [id] : [])));
  const isAnnotated = ({ id }: StudyRecord) => annotated.has(id);
  const shared = { seed: settings.seed, preset: "custom", runtime, onProgress, signal } as const;
  const run = (name: string) => join(out, "runs", name);
  switch (training.network) {
    case "stage-one": {
      const { network, recipe } = settings.stageOne;
      const asked = { ...recipe, attentionWeight: training.arm === "with" ? recipe.attentionWeight : 0 };
      const request = { ...shared, store, select: isAnnotated, network, recipe: asked };
      return outcomeOf(await trainStageOne({ ...request, out: run(`stage-one-${training.arm}`) }));
    }
    case "features": {
      const records = await store.studies();
      await computeFeatures({ ...shared, store, records, model: await stageOneModel(out, training.arm) });
      return { trained: null, scores: {} };
    }
    case "stage-two": {
      const { arm } = training;
      const stageOne = await stageOneModel(out, stageOneBelow[arm]);
      const select = arm === "annotated-only" ? isAnnotated : undefined;
      const request = { ...shared, ...settings.stageTwo, store, select, stageOne };
      return outcomeOf(await trainStageTwo({ ...request, out: run(`stage-two-${arm}`) }));
    }
    case "comparator": {
      const { arm } = training;
      const own = stores[arm];
      const trained =
        arm === "cnn3d"
          ? await trainCnn3d({ ...shared, ...settings.cnn3d, store: own, out: run("cnn3d") })
          : await trainPenet({ ...shared, ...settings.penet, store: own, out: run("penet") });
      const model = requireKind(await readModelFile(trained.model), arm);
      const records = (await own.studies()).filter(({ split }) => split !== "train");
      await assertHeldOut(
        model,
        records.filter(({ split }) => split === "test"),
      );
      const scores = await scoreStudies({ store: own, model, records, runtime, onProgress, signal });
      return {
        trained: summarize(trained),
        scores: Object.fromEntries(scores.map((one) => [one.id, one.probability])),
      };
    }
  }
}

/** A trained stage I of the folder. */
export async function stageOneModel(out: string, arm: AttentionArm): Promise<ModelOf<"stage-one">> {
  return requireKind(await readModelFile(join(out, "runs", `stage-one-${arm}`, "model.safetensors")), "stage-one");
}
