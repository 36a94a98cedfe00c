/** A thread that makes studies: told a planned study, it answers with its id when the study is kept, or with the error. */
import { parentPort, workerData } from "node:worker_threads";
import { type HospitalFolders, type MakingSettings, makeStudy, type PlannedStudy } from "./hospital.ts";

export interface CohortWorkerSetup {
  readonly settings: MakingSettings;
  readonly folders: HospitalFolders;
}

export type CohortWorkerAnswer = { readonly id: string } | { readonly id: string; readonly failure: string };

const { settings, folders } = workerData as CohortWorkerSetup;
const port = parentPort!;
port.on("message", async (study: PlannedStudy) => {
  try {
    await makeStudy(study, settings, folders);
    port.postMessage({ id: study.id } satisfies CohortWorkerAnswer);
  } catch (error) {
    const failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
    port.postMessage({ id: study.id, failure } satisfies CohortWorkerAnswer);
  }
});
