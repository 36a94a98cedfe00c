/** A thread that makes studies: told a plan, it answers with the study's record, or with why there is none. */
import { parentPort, workerData } from "node:worker_threads";
import { type PhantomStudyRecord, type StudyPlan, type StudySettings, writeStudy } from "./write-study.ts";

export interface WorkerSetup {
  readonly out: string;
  readonly settings: StudySettings;
}

export type WorkerAnswer = { readonly record: PhantomStudyRecord } | { readonly failure: string };

const { out, settings } = workerData as WorkerSetup;
const port = parentPort!;
port.on("message", async (plan: StudyPlan) => {
  try {
    port.postMessage({ record: await writeStudy(out, plan, settings) } satisfies WorkerAnswer);
  } catch (error) {
    port.postMessage({ failure: error instanceof Error ? error.message : String(error) } satisfies WorkerAnswer);
  }
});
