/**
 * A whole synthetic hospital on disk: studies, masks, reports and the cohort file that names them.
 *
 *     const made = await makeHospital("hospital", { seed: 1, studies: 40, prevalence: 0.35, hospitals: 4, ... });
 *
 * Stopped, it leaves the studies under way; started again with the same settings it goes on where it was; with other
 * settings it refuses the folder.
 */
import { readdir, readFile, rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { Worker } from "node:worker_threads";
import { type CohortStudy, makeFolder, writeAtomic, writeCohort } from "../../cohort/index.ts";
import { FailedError, UsageError } from "../../errors.ts";
import type { OnProgress } from "../../progress.ts";
import { Random } from "../../random.ts";
import { type GridChoice, patientNumber } from "../hospital.ts";
import { type Burdens, drawBurden, type EmbolusLevel, embolusLevels, usualBurdens } from "../vessels/emboli.ts";
import type { WorkerAnswer, WorkerSetup } from "./study-worker.ts";
import { type PhantomStudyRecord, paths, readRecord, type StudyPlan } from "./write-study.ts";

export interface HospitalSettings {
  readonly seed: number;
  readonly studies: number;
  /** Share of studies with emboli, 0 to 1. */
  readonly prevalence: number;
  /** 1 to 26. */
  readonly hospitals: number;
  /** Share of studies whose emboli are outlined on some slices, 0 to 1; the others have a label only. */
  readonly annotated: number;
  /** Millimetres between annotated slices. */
  readonly annotationSpacing: number;
  /** Share of studies set apart for testing, 0 to 1. */
  readonly test: number;
  /**
   * How closely leads on the chest follow the label in annotated studies outside the test set: 0 not at all, 1 always.
   * Everywhere else they lie on every second chest, whatever the label.
   */
  readonly confounder: number;
  /** A grid for all studies; each hospital's own when absent. */
  readonly grid?: GridChoice | undefined;
  /** Where the largest embolus of a positive study may lie, in the usual proportions; anywhere when absent. */
  readonly largestEmbolus?: readonly EmbolusLevel[] | undefined;
}

export interface HospitalOptions {
  /** Which of the studies to make now, counted from 0; all when absent. */
  readonly only?: readonly number[] | undefined;
  readonly threads?: number | undefined;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface MadeHospital {
  readonly cohort: string;
  readonly studies: readonly PhantomStudyRecord[];
}

/** Who the studies are: labels, hospitals, annotation, sign, test set. */
export function planHospital(settings: HospitalSettings): StudyPlan[] {
  const { seed, studies } = settings;
  const random = new Random(seed, "phantom", "plan");
  // Shares are kept exactly, not left to chance: a small cohort has the prevalence that was asked for.
  const numbers = Array.from({ length: studies }, (_, index) => index);
  const draw = (share: number, from: readonly number[]) =>
    new Set(random.shuffle(from).slice(0, Math.round(share * from.length)));
  const positive = draw(settings.prevalence, numbers);
  const parts = [numbers.filter((index) => positive.has(index)), numbers.filter((index) => !positive.has(index))];
  // Both labels take part in test set and annotation in equal shares.
  const test = new Set(parts.flatMap((part) => [...draw(settings.test, part)]));
  const annotated = new Set(parts.flatMap((part) => [...draw(settings.annotated, part)]));
  return numbers.map((index) => {
    const own = new Random(seed, "phantom", "plan", index);
    const hospital = own.integer(settings.hospitals);
    const tied = annotated.has(index) && !test.has(index);
    const lean = tied ? (settings.confounder / 2) * (positive.has(index) ? 1 : -1) : 0;
    return {
      index,
      name: patientNumber(seed, hospital, index),
      hospital,
      positive: positive.has(index),
      burden: positive.has(index) ? burdenOf(settings, index) : undefined,
      annotated: annotated.has(index),
      sign: own.chance(0.5 + lean),
      test: test.has(index),
    };
  });
}

/** Where a study's largest embolus lies, when places were chosen. */
function burdenOf({ seed, largestEmbolus }: HospitalSettings, index: number): EmbolusLevel | undefined {
  if (largestEmbolus === undefined) return undefined;
  const shares = Object.fromEntries(
    embolusLevels.map((level) => [level, largestEmbolus.includes(level) ? usualBurdens[level] : 0]),
  ) as Burdens;
  return drawBurden(shares, new Random(seed, "phantom", "plan", index, "burden"));
}

const settingsFile = "phantom.json";

/**
 * @throws UsageError `option-conflict` when the folder holds a hospital of other settings; FailedError `study-not-made`,
 * `file-unwritable`, `interrupted`
 */
export async function makeHospital(
  out: string,
  settings: HospitalSettings,
  { threads = Math.min(8, availableParallelism()), only, onProgress, signal }: HospitalOptions = {},
): Promise<MadeHospital> {
  await claim(out, settings);
  const plans = planHospital(settings).filter(({ index }) => only?.includes(index) ?? true);
  const records = new Map<number, PhantomStudyRecord>();
  for (const { index, name } of plans) {
    const record = await readRecord(out, name);
    if (record) records.set(index, record);
  }
  const queue = plans.filter(({ index }) => !records.has(index));
  const report = () => onProgress?.({ label: "making", done: records.size, total: plans.length, unit: "studies" });
  report();
  const setup: WorkerSetup = {
    out,
    settings: { seed: settings.seed, grid: settings.grid, annotationSpacing: settings.annotationSpacing },
  };
  const next = () => {
    signal?.throwIfAborted();
    return queue.shift();
  };
  const keep = (plan: StudyPlan, record: PhantomStudyRecord) => {
    records.set(plan.index, record);
    report();
  };
  const work = Array.from({ length: Math.min(threads, queue.length) }, () => oneThread(setup, next, keep, signal));
  try {
    await Promise.all(work);
  } catch (error) {
    queue.length = 0;
    await Promise.allSettled(work);
    await removeUnfinished(out);
    throw error;
  }
  const studies = plans.map(({ index }) => records.get(index)!);
  const cohort = join(out, "cohort.json");
  await writeAtomic(join(out, "reports.csv"), reportTable(studies));
  await writeCohort(cohort, {
    name: `synthetic hospital, seed ${settings.seed}`,
    description: `Made by embolens phantom with ${JSON.stringify(settings)}. Synthetic: no patient exists. Research use, not a medical device.`,
    studies: studies.map(cohortStudy),
  });
  return { cohort, studies };
}

/** Makes the folder this hospital's, or checks that it is. */
async function claim(out: string, settings: HospitalSettings): Promise<void> {
  const file = join(out, settingsFile);
  const own: unknown = JSON.parse(JSON.stringify({ format: "embolens-phantom", version: 2, ...settings }));
  let there: unknown;
  try {
    there = JSON.parse(await readFile(file, "utf8"));
  } catch {
    there = undefined;
  }
  if (there !== undefined && !isDeepStrictEqual(there, own)) {
    throw new UsageError(
      "option-conflict",
      `${out} holds a synthetic hospital made with other settings or by an earlier version`,
      {
        hint: `choose another --out, or the settings in ${file}`,
      },
    );
  }
  try {
    for (const folder of folders) await makeFolder(join(out, folder));
    await removeUnfinished(out);
    if (there === undefined) await writeAtomic(file, `${JSON.stringify(own, null, 2)}\n`);
  } catch (cause) {
    throw new FailedError("file-unwritable", `${out} cannot be written`, { cause });
  }
}

const folders = ["dicom", "masks", "reports", "studies"] as const;

/** What a thread that was stopped, or killed, had written beside its place. */
async function removeUnfinished(out: string): Promise<void> {
  for (const folder of folders) {
    const names = (await readdir(join(out, folder))).filter((name) => name.endsWith(".partial"));
    for (const name of names) await rm(join(out, folder, name), { recursive: true, force: true });
  }
}

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

/** id, text, and what the text says of embolism, to check labellers with. */
function reportTable(studies: readonly PhantomStudyRecord[]): string {
  const rows = studies.map(({ name, report, statement }) => `${name},${quoted(report)},${statement}`);
  return `id,text,truth\n${rows.map((row) => `${row}\n`).join("")}`;
}

function cohortStudy(record: PhantomStudyRecord): CohortStudy {
  const { name, positive, annotated, annotatedSlices: slices } = record;
  const marked = record.emboli.length > 0 && slices.length > 0;
  return {
    id: name,
    studyInstanceUID: record.studyInstanceUID,
    seriesInstanceUID: record.seriesInstanceUID,
    patient: name,
    hospital: record.hospital,
    series: paths.series(name),
    report: paths.report(name),
    label: { value: positive ? "present" : "absent", origin: annotated ? "annotation" : "simulation" },
    annotations: !annotated
      ? []
      : marked
        ? [{ mask: paths.mask(name), slices }]
        : [{ mask: null, slices, positiveSlices: [] }],
    split: record.test ? "test" : null,
  };
}

const threadFile = import.meta.url.endsWith(".ts") ? "./study-worker-from-source.mjs" : "./study-worker.js";

/** Feeds one thread until there is nothing left. */
async function oneThread(
  setup: WorkerSetup,
  next: () => StudyPlan | undefined,
  keep: (plan: StudyPlan, record: PhantomStudyRecord) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  const worker = new Worker(new URL(threadFile, import.meta.url), { workerData: setup });
  const stop = () => void worker.terminate();
  signal?.addEventListener("abort", stop);
  try {
    for (let plan = next(); plan !== undefined; plan = next()) {
      const answer = await ask(worker, plan);
      if ("failure" in answer) {
        throw new FailedError("study-not-made", `${plan.name} could not be made: ${answer.failure}`, {
          hint: "free disk space if it is full, then start again: what is made is kept",
        });
      }
      keep(plan, answer.record);
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
    await worker.terminate();
  }
}

function ask(worker: Worker, plan: StudyPlan): Promise<WorkerAnswer> {
  return new Promise((resolve, reject) => {
    const answered = (answer: WorkerAnswer) => settle(() => resolve(answer));
    const failed = (error: Error) => settle(() => reject(error));
    const ended = (code: number) => settle(() => reject(new Error(`the thread ended with code ${code}`)));
    // One by one: without its own inner listeners a Worker no longer delivers messages.
    const settle = (finish: () => void) => {
      worker.off("message", answered).off("error", failed).off("exit", ended);
      finish();
    };
    worker.on("message", answered).on("error", failed).on("exit", ended);
    worker.postMessage(plan);
  });
}
