/**
 * Studies as samples: those whose label is present or absent; uncertain ones teach and test nothing.
 *
 *     const records = await studiesOf(request);
 *     const training = labelledStudies(records, "train");
 */
import { createHash } from "node:crypto";
import { refuseStoreLeakage, type Split, type StudyRecord } from "../cohort/index.ts";
import { RefusedError } from "../errors.ts";
import { type ModelOf, stagePrefixes, weightsUnder } from "../model/index.ts";
import type { TrainingRequest } from "./request.ts";
import type { Sample } from "./supervised.ts";

/** The studies that take part. @throws RefusedError "split-leakage" where the store has a patient or a CT in two splits */
export async function studiesOf({ store, select = () => true }: TrainingRequest): Promise<StudyRecord[]> {
  const records = await store.studies();
  refuseStoreLeakage(store.folder, records);
  return records.filter(select);
}

/** @throws RefusedError "data-insufficient" unless the split holds positive and negative studies */
export function labelledStudies(records: readonly StudyRecord[], split: Split): Sample[] {
  const samples = records
    .filter((record) => record.split === split)
    .filter(({ label }) => label?.value === "present" || label?.value === "absent")
    .map(({ id, label }): Sample => ({ study: id, positive: label?.value === "present" }));
  const positives = samples.filter(({ positive }) => positive).length;
  if (positives > 0 && positives < samples.length) return samples;
  throw new RefusedError(
    "data-insufficient",
    `the split "${split}" holds ${positives} positive and ${samples.length - positives} negative studies`,
    { hint: "training and validation need both" },
  );
}

export type StageOneModel = ModelOf<"stage-one"> | ModelOf<"two-stage">;

/** SHA-256 of what decides stage I's features: its weights, settings and pre-processing; alone or within a two-stage model. */
export function stageOneHash(model: StageOneModel): string {
  const weights = model.kind === "two-stage" ? weightsUnder(model.weights, stagePrefixes.one) : model.weights;
  const hash = createHash("sha256").update(JSON.stringify([model.stageOne, model.preprocessing]));
  for (const [name, values] of [...weights].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(name).update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return hash.digest("hex");
}
