/**
 * A whole cohort made ready for training: several studies at a time, only what is missing, one bad study skipped.
 *
 *     const report = await prepareCohort({ cohort: "cohort.json", out: "store", preprocessing, seed: 1, workers: 2 });
 *     report.failed;                       // [{ id, code, message }]
 *
 * Studies are read and prepared in processes of their own, since both take whole seconds of computing. Each study
 * appears in the store in one step, so a run killed at any moment leaves a store that can be read and gone on with.
 */
import { type ChildProcess, fork } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { EmbolensError, type ErrorCode, FailedError, RefusedError } from "../../errors.ts";
import type { OnProgress } from "../../progress.ts";
import type { Preprocessing } from "../../volume/index.ts";
import { readCohort, writeBeside } from "../file.ts";
import { type Cohort, type CohortStudy, splits } from "../manifest.ts";
import { defaultValidationShare, refuseLeakage, splitCohort } from "../split.ts";
import type { StudyFacts } from "../store/prepared.ts";
import { PreparedStore } from "../store/store.ts";
import { sourceFingerprint } from "./load.ts";
import { type Answer, type Assignment, answerSchema } from "./messages.ts";

export interface PrepareRequest {
  /** The cohort's file. */
  readonly cohort: string;
  /** The store's folder; made where there is none. */
  readonly out: string;
  readonly preprocessing: Preprocessing;
  /** Of the split of studies that have none. */
  readonly seed: number;
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
  /** Studies of the store that this cohort does not hold. */
  readonly foreign: number;
  readonly splits: Readonly<Record<"train" | "validation" | "test", number>>;
  readonly seconds: number;
}

interface Task {
  readonly study: CohortStudy;
  readonly source: string;
}

/** @throws RefusedError "cohort-invalid", "split-leakage", "store-mismatch"; FailedError "interrupted", … */
export async function prepareCohort(request: PrepareRequest): Promise<PrepareReport> {
  const started = Date.now();
  const { cohort: whole, folder } = await readCohort(request.cohort);
  const store = await PreparedStore.create(request.out, request.preprocessing);
  await store.sweep();
  const cohort = await withSplits(request, whole);
  const failed: FailedStudy[] = [];
  const tasks: Task[] = [];
  let kept = 0;
  for (const study of cohort.studies) {
    throwIfStopped(request.signal);
    try {
      const source = await sourceFingerprint(study, folder);
      const record = store.has(study.id) ? await store.record(study.id) : undefined;
      if (record?.source === source) {
        await store.relabel(record, factsOf(study));
        kept++;
      } else {
        tasks.push({ study, source });
      }
    } catch (error) {
      failed.push(failureOf(study.id, error));
    }
  }
  const prepared = await prepareAll(request, store, folder, tasks, failed);
  await store.sweep();
  const [bad] = failed;
  if (bad !== undefined && kept + prepared === 0) {
    throw new RefusedError("data-insufficient", `no study could be prepared; "${bad.id}": ${bad.message}`);
  }
  const own = new Map(cohort.studies.map((study) => [study.id, study]));
  const records = await store.studies();
  const count = (split: string) => records.filter((record) => own.has(record.id) && record.split === split).length;
  return {
    store: request.out,
    prepared,
    kept,
    failed,
    foreign: records.filter(({ id }) => !own.has(id)).length,
    splits: { train: count("train"), validation: count("validation"), test: count("test") },
    seconds: (Date.now() - started) / 1000,
  };
}

const splitsSchema = z.record(z.string(), z.enum(splits));

/**
 * Splits of the studies that came without one. They are drawn for all of them and written down before any is prepared:
 * a run that was killed, or a cohort that grew, must not move a study that was given one.
 */
async function withSplits(request: PrepareRequest, cohort: Cohort): Promise<Cohort> {
  const file = join(request.out, "splits.json");
  const before = existsSync(file) ? splitsSchema.parse(JSON.parse(await readFile(file, "utf8"))) : {};
  const given = cohort.studies.map((study) => ({ ...study, split: study.split ?? before[study.id] ?? null }));
  const settings = { seed: request.seed, validationShare: defaultValidationShare };
  const whole = splitCohort({ ...cohort, studies: given }, settings);
  refuseLeakage(request.cohort, whole);
  const drawn = cohort.studies.flatMap(({ id, split }, index) =>
    split === null ? [[id, whole.studies[index]!.split] as const] : [],
  );
  await writeBeside(file, `${JSON.stringify({ ...before, ...Object.fromEntries(drawn) }, null, 1)}\n`);
  return whole;
}

const factsOf = ({ id, patient, hospital, label, split }: CohortStudy): StudyFacts => ({
  id,
  patient,
  hospital,
  label,
  split,
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
