/**
 * The published experiment, end to end, on a synthetic hospital.
 *
 *     const { results, report } = await runExperiment({ out: "experiment", settings: experimentSettings.full, … });
 *
 * Each step keeps its result (steps.ts) and the training runs keep their checkpoints, so a run that was stopped at any
 * moment goes on when it is called again. Section 3.3 of the paper; docs/method.md#what-the-paper-measured.
 */
import { z } from "zod";
import packageJson from "../../package.json" with { type: "json" };
import type { Runtime } from "../graph/index.ts";
import { pooledProbability, requireKind, researchNotice, stageOneInference } from "../model/index.ts";
import { readModelFile } from "../model/node/index.ts";
import type { OnProgress } from "../progress.ts";
import { assertHeldOut, scoreStudies } from "../training/index.ts";
import { type AttentionArm, arms, attentionArms } from "./arms.ts";
import { generateCohort } from "./generate-cohort.ts";
import { hospitalFolders, openStores, planStudies, readTruth, type Truth } from "./hospital.ts";
import { locatePeaks, peakLocationSchema, toleranceOf } from "./localisation.ts";
import { type ExperimentFiles, writeExperiment } from "./output.ts";
import { ParallelTrainer } from "./parallel-trainer.ts";
import { Pipeline, type PipelinePlan, type StepState } from "./pipeline.ts";
import { groupCounts, notes } from "./report-notes.ts";
import { findingsOf, patientScoreSchema } from "./results.ts";
import { localisationOf, patientScores, scoredSlabSchema, scoreHeldOutSlabs } from "./scoring.ts";
import type { Comparator, ExperimentSettings } from "./settings.ts";
import { outcomeSchema, stageOneModel, stageTwoArms, type Training } from "./training-jobs.ts";
import { learningCurves } from "./training-summary.ts";

export interface ExperimentRequest {
  readonly out: string;
  readonly settings: ExperimentSettings;
  readonly runtime: Runtime;
  /** As it was typed, for the report. */
  readonly command: string;
  /** Studies made at once, and networks trained at once where the runtime is the CPU's. */
  readonly threads: number;
  readonly onProgress?: OnProgress | undefined;
  readonly onStep?: ((state: StepState) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** About the seconds of each step on one thread, and how many of its kind run at once. */
const planOf = (comparators: readonly Comparator[], threads: number): PipelinePlan => {
  const together = (share: number) => ({ share, together: threads });
  const alone = (share: number) => ({ share, together: 1 });
  return {
    hospital: together(1700),
    "stage one with attention": together(1200),
    "stage one without attention": together(1200),
    "slab scores": alone(60),
    "features with attention": together(120),
    "features without attention": together(120),
    "stage two proposed": together(900),
    "stage two no-attention": together(900),
    "stage two annotated-only": together(400),
    ...Object.fromEntries(comparators.map((arm) => [`comparator ${arm}`, together(1000)])),
    "study scores": alone(60),
    attention: alone(120),
  };
};

const lookedSchemas = z.strictObject({ with: z.array(peakLocationSchema), without: z.array(peakLocationSchema) });

/**
 * @throws RefusedError `run-mismatch` when the folder holds a run with other settings, `studies-seen`; FailedError
 * `interrupted`
 */
export async function runExperiment(request: ExperimentRequest): Promise<ExperimentFiles> {
  const { out, settings, onProgress, onStep, signal, threads, runtime, command } = request;
  const folders = hospitalFolders(out);
  const planned = planStudies(settings);
  const atOnce = runtime.device === "cpu" ? threads : 1;
  const steps = await Pipeline.open(out, settings, planOf(settings.comparators, atOnce), {
    onProgress,
    onStep,
    signal,
  });
  await steps.run("hospital", z.strictObject({ studies: z.int() }), async (report) => {
    await generateCohort(settings, folders, { threads, onProgress: report, signal });
    return { studies: planned.length };
  });

  const store = (await openStores(settings, folders)).slabs;
  const records = await store.studies();
  const annotated = new Set(planned.flatMap(({ id, group }) => (group === "annotated" ? [id] : [])));
  const trainer = new ParallelTrainer({ out, settings, runtime, threads: atOnce, signal });
  const train = (name: string, training: Training) =>
    steps.run(name, outcomeSchema, (report) => trainer.train(training, report));

  const [guided, free] = await trainer.together(
    attentionArms.map((arm) => () => train(`stage one ${arm} attention`, { network: "stage-one", arm })),
  );
  const ones = { with: guided!.trained!, without: free!.trained! };
  const models = { with: await stageOneModel(out, "with"), without: await stageOneModel(out, "without") };
  const slabs = await steps.run("slab scores", z.array(scoredSlabSchema), (report) => {
    const parts = { validation: records.filter(({ id }) => annotated.has(id)), test: records };
    return scoreHeldOutSlabs({
      store,
      models,
      records: parts,
      seed: settings.seed,
      runtime,
      onProgress: report,
      signal,
    });
  });

  await trainer.together(
    attentionArms.map((arm) => () => train(`features ${arm} attention`, { network: "features", arm })),
  );
  const [proposed, noAttention, annotatedOnly, ...others] = await trainer.together([
    ...stageTwoArms.map((arm) => () => train(`stage two ${arm}`, { network: "stage-two", arm })),
    ...settings.comparators.map((arm) => () => train(`comparator ${arm}`, { network: "comparator", arm })),
  ]);
  const twos = {
    proposed: proposed!.trained!,
    "no-attention": noAttention!.trained!,
    "annotated-only": annotatedOnly!.trained!,
  };
  const heldOut = records.filter(({ split }) => split !== "train");
  const test = records.filter(({ split }) => split === "test");
  const patients = await steps.run("study scores", z.array(patientScoreSchema), async (report) => {
    const columns: Record<string, Map<string, number>> = {};
    for (const [arm, { model }] of Object.entries(twos)) {
      const asked = requireKind(await readModelFile(model), "two-stage");
      await assertHeldOut(asked, test);
      const scores = await scoreStudies({ store, model: asked, records: heldOut, runtime, signal, onProgress: report });
      columns[arm] = new Map(scores.map(({ id, probability }) => [id, probability]));
      if (arm !== "proposed") continue;
      for (const pooling of ["mean", "max"] as const) {
        columns[pooling] = new Map(scores.map(({ id, sections }) => [id, pooledProbability(sections, pooling)]));
      }
    }
    return patientScores(heldOut, columns);
  });
  const looked = await steps.run("attention", lookedSchemas, async (report) => {
    const look = async (arm: AttentionArm) => {
      const network = await stageOneInference(models[arm], runtime);
      try {
        return await locatePeaks({ store, records: test, network, onProgress: report, signal });
      } finally {
        await network.release();
      }
    };
    return { with: await look("with"), without: await look("without") };
  });

  const compared = new Map(settings.comparators.map((arm, index) => [arm, others[index]!]));
  const everyone = patients.map(({ scores, ...patient }) => ({
    ...patient,
    scores: {
      ...scores,
      ...Object.fromEntries([...compared].map(([arm, { scores }]) => [arm, scores[patient.study]!])),
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
      courses: learningCurves(ones, twos, Object.fromEntries([...compared].map(([arm, one]) => [arm, one.trained!]))),
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
