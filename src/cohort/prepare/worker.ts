/**
 * The process that prepares studies one after the other, as it is told to; see cohort.ts.
 */
import { EmbolensError } from "../../errors.ts";
import { nodeDecoder } from "../../volume/node/index.ts";
import { PreparedStore } from "../store/store.ts";
import { loadStudy } from "./load.ts";
import { type Answer, type Assignment, assignmentSchema } from "./messages.ts";
import { prepareStudy } from "./study.ts";

/** The other cores are busy with other studies. */
const decoder = nodeDecoder(1);

async function prepare({ store: storeFolder, folder, study, source }: Assignment): Promise<void> {
  const store = await PreparedStore.open(storeFolder);
  const { chest, annotations } = await loadStudy(study, folder, { decoder });
  const prepared = prepareStudy(chest.volume, annotations, store.preprocessing, chest.lungs);
  const { id, patient, hospital, label, split } = study;
  const studyInstanceUID = study.studyInstanceUID ?? (chest.series.studyInstanceUid || null);
  await store.put({ id, patient, hospital, studyInstanceUID, label, split }, prepared, source);
}

function failureOf(error: unknown): Answer["failure"] {
  if (error instanceof EmbolensError) return { code: error.code, message: error.message };
  return { code: "defect", message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

process.on("message", async (message) => {
  const answer: Answer = { failure: null };
  try {
    await prepare(assignmentSchema.parse(message));
    process.send?.(answer);
  } catch (error) {
    process.send?.({ failure: failureOf(error) } satisfies Answer);
  }
});
// Without its parent there is nothing to do.
process.on("disconnect", () => process.exit());
