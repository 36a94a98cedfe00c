/**
 * A whole cohort made ready for training: several studies at a time, only what is missing, one bad study skipped.
 *
 *     const report = await prepareCohort({ cohort: "cohort.json", out: "store", preprocessing, seed: 1, workers: 2 });
 *     report.failed;                       // [{ id, code, message }]
 *
 * Studies are read and prepared in processes of their own, since both take whole seconds of computing. Each study
 * appears in the store in one step, so a run killed at any moment leaves a store that can be read and gone on with.
 *
 * The store holds studies of this cohort and no others, as the cohort describes them now. What the cohort no longer
 * holds, what has changed and what cannot be read any more is taken out before the first study is prepared: left there,
 * it would be trained and tested on beside the rest, under an old label or on the other side of a split.
 */
import { type ChildProcess, fork } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { EmbolensError, type ErrorCode, FailedError, RefusedError } from "../../errors.ts";
import type { OnProgress } from "../../progress.ts";
import type { Preprocessing } from "../../volume/index.ts";
import { readCohort, writeAtomic } from "../file.ts";
import { type Cohort, type CohortStudy, splits } from "../manifest.ts";
import { defaultValidationShare, refuseLeakage, splitCohort } from "../split.ts";
import type { StudyFacts, StudyRecord } from "../store/prepared.ts";
import { PreparedStore } from "../store/store.ts";
import { sourceFingerprint } from "./load.ts";
import { type Answer, type Assignment, answerSchema } from "./messages.ts";

export interface PrepareRequest {
  /** The cohort's file. */
  readonly cohort: string;
  /** The store's folder; made where there is none. */
  readonly out: string;
  readonly preprocessing: Preprocessing;
  /** Of the split of studies that have none; a store that has drawn splits keeps to the seed it first drew with. */
  readonly seed: number;
  /** Share of the patients without a split that are set apart for testing; default what the store first drew with, or 0. */
  readonly testShare?: number | undefined;
  /** Studies prepared at the same time. */
  readonly workers: number;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface FailedStudy {
  readonly id: string;
  readonly code: ErrorCode | "defect";
  readonly message: string;
}

export interface PrepareReport {
  readonly store: string;
  /** Studies prepared by this call. */
  readonly prepared: number;
  /** Studies that were there already and had not changed. */
  readonly kept: number;
  readonly failed: readonly FailedStudy[];
  /** Studies that were in the store and are no longer: this cohort does not hold them, or they could not be prepared. */
  readonly removed: { readonly foreign: number; readonly failed: number };
  readonly splits: Readonly<Record<"train" | "validation" | "test", number>>;
  /** What the store draws splits with. */
  readonly drawing: { readonly seed: number; readonly testShare: number };
  readonly seconds: number;
}

interface Task {
  readonly study: CohortStudy;
  readonly source: string;
}

/** @throws RefusedError "cohort-invalid", "data-insufficient", "split-leakage", "store-mismatch"; FailedError "interrupted", … */
export async function prepareCohort(request: PrepareRequest): Promise<PrepareReport> {
  const started = Date.now();
  const { cohort: whole, folder } = await readCohort(request.cohort);
  if (whole.studies.length === 0) throw new RefusedError("data-insufficient", `${request.cohort} holds no study`);
  const store = await PreparedStore.create(request.out, request.preprocessing);
  await store.sweep();
  const { cohort, drawing } = await withSplits(request, whole);
  const failed: FailedStudy[] = [];
  const tasks: Task[] = [];
  const current: { readonly study: CohortStudy; readonly record: StudyRecord }[] = [];
  for (const study of cohort.studies) {
    throwIfStopped(request.signal);
    try {
      const source = await sourceFingerprint(study, folder);
      const record = store.has(study.id) ? await store.record(study.id) : undefined;
      if (record?.source === source) current.push({ study, record });
      else tasks.push({ study, source });
    } catch (error) {
      failed.push(failureOf(study.id, error));
    }
  }
  // Where nothing can be read, the disk with the studies is more likely missing than all of them gone.
  refuseNone(failed, current.length + tasks.length);
  const keeping = new Set(current.map(({ study }) => study.id));
  const outdated = (await store.ids()).filter((id) => !keeping.has(id));
  for (const id of outdated) await store.remove(id);
  for (const { record, study } of current) {
    throwIfStopped(request.signal);
    await store.relabel(record, factsOf(study));
  }
  const prepared = await prepareAll(request, store, folder, tasks, failed);
  await store.sweep();
  refuseNone(failed, current.length + prepared);
  const own = new Set(cohort.studies.map(({ id }) => id));
  const lost = new Set(failed.map(({ id }) => id));
  const records = await store.studies();
  const count = (split: string) => records.filter((record) => record.split === split).length;
  return {
    store: request.out,
    prepared,
    kept: current.length,
    failed,
    removed: {
      foreign: outdated.filter((id) => !own.has(id)).length,
      failed: outdated.filter((id) => lost.has(id)).length,
    },
    splits: { train: count("train"), validation: count("validation"), test: count("test") },
    drawing,
    seconds: (Date.now() - started) / 1000,
  };
}

/** @param usable studies that are or can be prepared */
function refuseNone([bad]: readonly FailedStudy[], usable: number): void {
  if (bad === undefined || usable > 0) return;
  throw new RefusedError("data-insufficient", `no study could be prepared; "${bad.id}": ${bad.message}`);
}

const splitNames = z.record(z.string(), z.enum(splits));
const drawnSchema = z.strictObject({ seed: z.int().min(0), testShare: z.number(), splits: splitNames });

interface Drawn {
  readonly splits: z.infer<typeof splitNames>;
  /** Undefined where nothing was drawn yet, or by a version that did not write it down. */
  readonly seed?: number;
  readonly testShare?: number;
}

/** What was drawn for the studies of a store before. @throws RefusedError "store-invalid" */
async function readDrawn(file: string): Promise<Drawn> {
  if (!existsSync(file)) return { splits: {} };
  try {
    const drawn = z.union([drawnSchema, splitNames.transform((splits): Drawn => ({ splits }))]);
    const read: Drawn = drawn.parse(JSON.parse(await readFile(file, "utf8")));
    return Object.keys(read.splits).length > 0 ? read : { splits: {} };
  } catch (cause) {
    throw new RefusedError("store-invalid", `${file} does not say which splits were drawn`, {
      cause,
      hint: "mend it, or delete it and let every split be drawn anew",
    });
  }
}

/**
 * Splits of the studies that came without one. They are drawn for all of them and written down before any is prepared:
 * a run that was killed, or a cohort that grew, must not move a study that was given one.
 */
async function withSplits(
  request: PrepareRequest,
  cohort: Cohort,
): Promise<{ cohort: Cohort; drawing: PrepareReport["drawing"] }> {
  const file = join(request.out, "splits.json");
  const before = await readDrawn(file);
  const drawing = {
    seed: before.seed ?? request.seed,
    testShare: before.testShare ?? request.testShare ?? 0,
  };
  const given = cohort.studies.map((study) => ({ ...study, split: study.split ?? before.splits[study.id] ?? null }));
  const whole = splitCohort({ ...cohort, studies: given }, { ...drawing, validationShare: defaultValidationShare });
  const free = new Set(cohort.studies.flatMap(({ id, split }) => (split === null ? [id] : [])));
  refuseLeakage(request.cohort, whole, (one, other) => {
    const kept = [one, other].filter(({ id }) => free.has(id) && before.splits[id] !== undefined);
    const named = kept.map(({ id }) => `"${id}"`).join(" and ");
    return kept.length === 0
      ? 'put both into one split, or set "split" to null in both and let prepare choose'
      : `${named} ${kept.length === 1 ? "was" : "were"} drawn before: give both the same "split" in the cohort file, ` +
          `or take ${named} out of ${file}, and prepare again`;
  });
  const drawn = whole.studies.flatMap(({ id, split }) => (free.has(id) ? [[id, split] as const] : []));
  const document = { ...drawing, splits: { ...before.splits, ...Object.fromEntries(drawn) } };
  await writeAtomic(file, `${JSON.stringify(document, null, 1)}\n`);
  return { cohort: whole, drawing };
}

const factsOf = ({ id, patient, hospital, studyInstanceUID, label, split }: CohortStudy): StudyFacts => ({
  ...{ id, patient, hospital, studyInstanceUID, label, split },
});

function failureOf(id: string, error: unknown): FailedStudy {
  if (error instanceof EmbolensError) return { id, code: error.code, message: error.message };
  return { id, code: "defect", message: error instanceof Error ? error.message : String(error) };
}

function throwIfStopped(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return;
  throw signal.reason instanceof EmbolensError
    ? signal.reason
    : new FailedError("interrupted", "preparing was stopped; the same command goes on from here");
}

/** Hands studies to worker processes until none is left. @returns how many were prepared */
async function prepareAll(
  request: PrepareRequest,
  store: PreparedStore,
  folder: string,
  tasks: readonly Task[],
  failed: FailedStudy[],
): Promise<number> {
  const { onProgress, signal } = request;
  let next = 0;
  let done = 0;
  let prepared = 0;
  const lane = async () => {
    const worker = new StudyWorker();
    try {
      while (next < tasks.length && !signal?.aborted) {
        const { study, source } = tasks[next++]!;
        const answer = await worker.prepare({ store: store.folder, folder, study, source }, signal);
        if (signal?.aborted) return;
        if (answer.failure === null) prepared++;
        else failed.push({ id: study.id, code: answer.failure.code, message: answer.failure.message });
        done++;
        onProgress?.({
          label: "preparing",
          done,
          total: tasks.length,
          unit: "studies",
          ...(failed.length > 0 ? { figures: { failed: failed.length } } : {}),
        });
      }
    } finally {
      worker.stop();
    }
  };
  await Promise.all(Array.from({ length: Math.min(request.workers, tasks.length) }, lane));
  throwIfStopped(signal);
  return prepared;
}

const workerFile = import.meta.url.endsWith(".ts") ? "./worker-from-source.mjs" : "./worker.js";

/** A process that prepares one study after the other; started anew when it dies. */
class StudyWorker {
  #process: ChildProcess | undefined;

  async prepare(assignment: Assignment, signal: AbortSignal | undefined): Promise<Answer> {
    this.#process ??= fork(new URL(workerFile, import.meta.url), { execArgv: [] });
    const worker = this.#process;
    return new Promise((resolve) => {
      const finish = (answer: Answer) => {
        worker.off("message", answered);
        worker.off("exit", died);
        signal?.removeEventListener("abort", stopped);
        resolve(answer);
      };
      const answered = (message: unknown) => finish(answerSchema.parse(message));
      const died = (code: number | null, reason: string | null) => {
        this.#process = undefined;
        const message = `the process that prepared it ended with ${reason ?? `code ${code}`}`;
        finish({ failure: { code: "out-of-memory", message } });
      };
      const stopped = () => {
        this.stop();
        finish({ failure: { code: "interrupted", message: "stopped" } });
      };
      worker.on("message", answered);
      worker.on("exit", died);
      signal?.addEventListener("abort", stopped, { once: true });
      worker.send(assignment);
    });
  }

  stop(): void {
    this.#process?.kill("SIGKILL");
    this.#process = undefined;
  }
}
