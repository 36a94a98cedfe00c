/**
 * Stage I's features of every labelled study, computed once and kept in the store in float16.
 *
 *     const features = await computeFeatures({ store, model: stageOneModel, records, runtime, onProgress });
 *     await features.read("A1-0007", into);
 *
 * Stage II is trained on a frozen stage I (docs/method.md#stage-ii), so its slabs are judged once and not once an
 * epoch. What is there already, from an earlier call that was stopped or from another run with the same stage I, is not
 * computed again.
 */
import { FeatureStore, type PreparedStore, type StudyRecord } from "../cohort/index.ts";
import { RefusedError } from "../errors.ts";
import type { Runtime } from "../graph/index.ts";
import { featureShape, stageOneInference } from "../model/index.ts";
import type { OnProgress } from "../progress.ts";
import { scanSlabCount } from "../volume/index.ts";
import { abortError } from "./loop.ts";
import { type StageOneModel, stageOneHash } from "./studies.ts";

export interface FeatureRequest {
  readonly store: PreparedStore;
  readonly model: StageOneModel;
  readonly records: readonly StudyRecord[];
  readonly runtime: Runtime;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** @throws RefusedError "store-mismatch" where the store was prepared otherwise than the model wants */
export async function computeFeatures(request: FeatureRequest): Promise<FeatureStore> {
  const { store, model, records, runtime, onProgress, signal } = request;
  requireSamePreprocessing(store, model.preprocessing);
  const features = new FeatureStore(store, stageOneHash(model));
  const missing: StudyRecord[] = [];
  for (const record of records) if (!(await features.has(record))) missing.push(record);
  if (missing.length === 0) return features;
  const [channels, rows, columns] = featureShape(model);
  const inference = await stageOneInference(model, runtime);
  try {
    for (const [index, record] of missing.entries()) {
      if (signal?.aborted) throw abortError(signal);
      const { probabilities, features: values } = await inference.run(await scanSlabsOf(store, record.id));
      await features.put(record, {
        shape: [probabilities.length, channels, rows, columns],
        values,
        probabilities: [...probabilities],
      });
      onProgress?.({ label: "features", done: index + 1, total: missing.length, unit: "studies" });
    }
  } finally {
    await inference.release();
  }
  return features;
}

/** The slabs of a study's scan, [slabs, slices, crop, crop]. */
export async function scanSlabsOf(store: PreparedStore, id: string): Promise<Uint8Array> {
  const { crop, slabSlices, scanStride } = store.preprocessing;
  const count = scanSlabCount(store.preprocessing);
  const area = crop * crop;
  const scan = await store.scanSlices(id, 0, (count - 1) * scanStride + slabSlices);
  const slabs = new Uint8Array(count * slabSlices * area);
  for (let slab = 0; slab < count; slab++) {
    const start = slab * scanStride * area;
    slabs.set(scan.subarray(start, start + slabSlices * area), slab * slabSlices * area);
  }
  return slabs;
}

/** @throws RefusedError "store-mismatch" */
export function requireSamePreprocessing(store: PreparedStore, wanted: PreparedStore["preprocessing"]): void {
  if (JSON.stringify(store.preprocessing) === JSON.stringify(wanted)) return;
  throw new RefusedError("store-mismatch", `${store.folder} was prepared otherwise than this network sees studies`, {
    hint: "embolens prepare --preset and --for make a store for each preset and network",
  });
}
