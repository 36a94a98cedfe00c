/**
 * The published experiment, end to end, on a synthetic hospital.
 *
 *     const { results, report } = await runExperiment({ out: "experiment", settings: experimentSettings.full, … });
 *
 * Each step keeps its result (steps.ts) and the training runs keep their checkpoints, so a run that was stopped at any
 * moment goes on when it is called again. Section 3 of the paper; SPEC 4.
 */
import { join } from "node:path";
import { z } from "zod";
import packageJson from "../../package.json" with { type: "json" };
import type { PreparedStore, StudyRecord } from "../cohort/index.ts";
import type { Runtime } from "../graph/index.ts";
import { pooledProbability, requireKind, researchNotice, stageOneInference } from "../model/index.ts";
import { readModelFile } from "../model/node/index.ts";
import type { OnProgress } from "../progress.ts";
import {
  scoreStudies,
  type TrainingResult,
  trainCnn3d,
  trainPenet,
  trainStageOne,
  trainStageTwo,
} from "../training/index.ts";
import { type Arm, type AttentionArm, arms } from "./arms.ts";
import { hospitalFolders, openStores, planStudies, readTruth, type Truth } from "./hospital.ts";
import { judgedSlabSchema, judgeSlabs, localisationOf, patientScores } from "./judging.ts";
import { lookAtStudies, lookedSchema, toleranceOf } from "./localisation.ts";
import { makeHospital } from "./making.ts";
import { type ExperimentFiles, writeExperiment } from "./output.ts";
import { findingsOf, patientScoreSchema } from "./results.ts";
import type { Comparator, ExperimentSettings } from "./settings.ts";
import { type Plan, type StepState, Steps } from "./steps.ts";
import { courses, kept, trainedSchema } from "./trained.ts";
import { groupCounts, notes } from "./words.ts";

export interface ExperimentRequest {
  readonly out: string;
  readonly settings: ExperimentSettings;
  readonly runtime: Runtime;
  /** As it was typed, for the report. */
  readonly command: string;
  /** Threads that make studies. */
  readonly threads?: number | undefined;
  readonly onProgress?: OnProgress | undefined;
  readonly onStep?: ((state: StepState) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** About the shares of the time. */
const planOf = (comparators: readonly Comparator[]): Plan => ({
  hospital: 25,
  "stage one with attention": 12,
  "stage one without attention": 12,
  "slab scores": 2,
  "stage two proposed": 14,
  "stage two no-attention": 14,
  "stage two annotated-only": 5,
  "study scores": 3,
  attention: 4,
  ...Object.fromEntries(comparators.map((arm) => [`comparator ${arm}`, 8])),
});

const lookedSchemas = z.strictObject({ with: z.array(lookedSchema), without: z.array(lookedSchema) });
const comparatorSchema = z.strictObject({ trained: trainedSchema, scores: z.record(z.string(), z.number()) });

/**
 * @throws RefusedError `run-mismatch` when the folder holds a run with other settings; FailedError `interrupted`
 */
export async function runExperiment(request: ExperimentRequest): Promise<ExperimentFiles> {
  const { out, settings, onProgress, onStep, signal, threads, runtime, command } = request;
  const folders = hospitalFolders(out);
  const planned = planStudies(settings);
  const steps = await Steps.open(out, settings, planOf(settings.comparators), { onProgress, onStep, signal });
  await steps.run("hospital", z.strictObject({ studies: z.int() }), async (report) => {
    await makeHospital(settings, folders, { threads, onProgress: report, signal });
    return { studies: planned.length };
  });

  const stores = await openStores(settings, folders);
  const store = stores.slabs;
  const records = await store.studies();
  const annotated = new Set(planned.flatMap(({ id, group }) => (group === "annotated" ? [id] : [])));
  const isAnnotated = ({ id }: StudyRecord) => annotated.has(id);
  const shared = { seed: settings.seed, preset: "custom", runtime, signal } as const;
  const run = (name: string) => join(out, "runs", name);

  const trainOne = (arm: AttentionArm) =>
    steps.run(`stage one ${arm} attention`, trainedSchema, async (report) => {
      const { network, recipe } = settings.stageOne;
      const asked = { ...recipe, attentionWeight: arm === "with" ? recipe.attentionWeight : 0 };
      const request = { ...shared, store, select: isAnnotated, network, recipe: asked, onProgress: report };
      return kept(await trainStageOne({ ...request, out: run(`stage-one-${arm}`) }));
    });
  const ones = { with: await trainOne("with"), without: await trainOne("without") };
  const models = {
    with: requireKind(await readModelFile(ones.with.model), "stage-one"),
    without: requireKind(await readModelFile(ones.without.model), "stage-one"),
  };
  const slabs = await steps.run("slab scores", z.array(judgedSlabSchema), (report) => {
    const parts = { validation: records.filter(isAnnotated), test: records };
    return judgeSlabs({ store, models, records: parts, seed: settings.seed, runtime, onProgress: report, signal });
  });

  const trainTwo = (arm: Arm, one: AttentionArm, select?: (record: StudyRecord) => boolean) =>
    steps.run(`stage two ${arm}`, trainedSchema, async (report) => {
      const request = { ...shared, ...settings.stageTwo, store, select, stageOne: models[one], onProgress: report };
      return kept(await trainStageTwo({ ...request, out: run(`stage-two-${arm}`) }));
    });
  const twos = {
    proposed: await trainTwo("proposed", "with"),
    "no-attention": await trainTwo("no-attention", "without"),
    "annotated-only": await trainTwo("annotated-only", "with", isAnnotated),
  };
  const heldOut = records.filter(({ split }) => split !== "train");
  const patients = await steps.run("study scores", z.array(patientScoreSchema), async (report) => {
    const columns: Record<string, Map<string, number>> = {};
    for (const [arm, { model }] of Object.entries(twos)) {
      const asked = requireKind(await readModelFile(model), "two-stage");
      const scores = await scoreStudies({ store, model: asked, records: heldOut, runtime, signal, onProgress: report });
      columns[arm] = new Map(scores.map(({ id, probability }) => [id, probability]));
      if (arm !== "proposed") continue;
      for (const pooling of ["mean", "max"] as const) {
        columns[pooling] = new Map(scores.map(({ id, sections }) => [id, pooledProbability(sections, pooling)]));
      }
    }
    return patientScores(heldOut, columns);
  });
  const test = records.filter(({ split }) => split === "test");
  const looked = await steps.run("attention", lookedSchemas, async (report) => {
    const look = async (arm: AttentionArm) => {
      const network = await stageOneInference(models[arm], runtime);
      try {
        return await lookAtStudies({ store, records: test, network, onProgress: report, signal });
      } finally {
        await network.release();
      }
    };
    return { with: await look("with"), without: await look("without") };
  });

  const compare = (arm: Comparator, own: PreparedStore, train: (report: OnProgress) => Promise<TrainingResult>) =>
    steps.run(`comparator ${arm}`, comparatorSchema, async (report) => {
      const trained = kept(await train(report));
      const model = requireKind(await readModelFile(trained.model), arm);
      const some = (await own.studies()).filter(({ split }) => split !== "train");
      const scores = await scoreStudies({ store: own, model, records: some, runtime, signal, onProgress: report });
      return { trained, scores: Object.fromEntries(scores.map(({ id, probability }) => [id, probability])) };
    });
  const train: Readonly<Record<Comparator, (onProgress: OnProgress) => Promise<TrainingResult>>> = {
    cnn3d: (onProgress) =>
      trainCnn3d({ ...shared, ...settings.cnn3d, store: stores.cnn3d, out: run("cnn3d"), onProgress }),
    penet: (onProgress) =>
      trainPenet({ ...shared, ...settings.penet, store: stores.penet, out: run("penet"), onProgress }),
  };
  const compared: Partial<Record<Comparator, z.infer<typeof comparatorSchema>>> = {};
  for (const arm of settings.comparators) compared[arm] = await compare(arm, stores[arm], train[arm]);
  const everyone = patients.map(({ scores, ...patient }) => ({
    ...patient,
    scores: {
      ...scores,
      ...Object.fromEntries(Object.entries(compared).map(([arm, { scores }]) => [arm, scores[patient.study]!])),
    },
  }));

  const truths = new Map<string, Truth>();
  for (const { id } of test) truths.set(id, await readTruth(folders, id));
  const present = arms.filter((arm) => arm in everyone[0]!.scores);
  const tolerance = toleranceOf(store, test[0]!.scan);
  return writeExperiment({
    out,
    results: {
      notice: researchNotice,
      version: packageJson.version,
      command,
      made: new Date().toISOString().slice(0, 10),
      ...findingsOf(slabs, everyone, present),
      localisation: localisationOf(slabs, looked, truths, tolerance),
      hospital: groupCounts(planned, records),
      courses: courses(
        ones,
        twos,
        Object.fromEntries(Object.entries(compared).map(([arm, one]) => [arm, one.trained])),
      ),
      seconds: steps.seconds,
      notes: notes(settings),
      settings,
    },
    slabs,
    patients: everyone,
    looked,
    truths,
    ...{ store, records, models, runtime },
    trained: twos.proposed.model,
  });
}
