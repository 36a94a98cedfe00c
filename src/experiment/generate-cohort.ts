/**
 * Makes all studies of the hospital in worker threads, those that are not there yet.
 *
 *     const unusable = await generateCohort(settings, hospitalFolders(out), { threads: 2, onProgress, signal });
 */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { FailedError } from "../errors.ts";
import type { OnProgress } from "../progress.ts";
import {
  type HospitalFolders,
  isMade,
  type MakingSettings,
  openStores,
  type PlannedStudy,
  planStudies,
} from "./hospital.ts";
import type { CohortWorkerAnswer, CohortWorkerSetup } from "./study-worker.ts";

export interface GenerateCohortOptions {
  readonly threads?: number | undefined;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

const threadFile = import.meta.url.endsWith(".ts") ? "./study-worker-from-source.mjs" : "./study-worker.js";

/** @throws FailedError `study-not-made` when a study fails, `interrupted` after the studies under way */
export async function generateCohort(
  settings: MakingSettings,
  folders: HospitalFolders,
  { threads = Math.min(8, availableParallelism()), onProgress, signal }: GenerateCohortOptions = {},
): Promise<void> {
  const studies = planStudies(settings);
  const missing = studies.filter((study) => !isMade(folders, study));
  // Made before the threads start, so that they don't race to write the same description.
  await openStores(settings, folders);
  let made = 0;
  const report = () => onProgress?.({ label: "making", done: made, total: missing.length, unit: "studies" });
  const queue = [...missing];
  await Promise.all(
    Array.from({ length: Math.min(threads, missing.length) }, () =>
      oneThread(
        { settings, folders },
        () => {
          signal?.throwIfAborted();
          return queue.shift();
        },
        () => {
          made++;
          report();
        },
      ),
    ),
  );
}

/** Feeds one thread until there is nothing left. */
async function oneThread(
  setup: CohortWorkerSetup,
  next: () => PlannedStudy | undefined,
  done: () => void,
): Promise<void> {
  const worker = new Worker(new URL(threadFile, import.meta.url), { workerData: setup });
  try {
    for (let study = next(); study !== undefined; study = next()) {
      const answer = await ask(worker, study);
      if ("failure" in answer) {
        throw new FailedError("study-not-made", `${answer.id} could not be made: ${answer.failure}`);
      }
      done();
    }
  } finally {
    await worker.terminate();
  }
}

function ask(worker: Worker, study: PlannedStudy): Promise<CohortWorkerAnswer> {
  return new Promise((resolve, reject) => {
    const answered = (answer: CohortWorkerAnswer) => settle(() => resolve(answer));
    const failed = (error: Error) => settle(() => reject(error));
    const ended = (code: number) => settle(() => reject(new Error(`the thread ended with code ${code}`)));
    // One by one: without its own inner listeners a Worker no longer delivers messages.
    const settle = (finish: () => void) => {
      worker.off("message", answered).off("error", failed).off("exit", ended);
      finish();
    };
    worker.on("message", answered).on("error", failed).on("exit", ended);
    worker.postMessage(study);
  });
}
