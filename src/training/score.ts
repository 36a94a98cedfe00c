/**
 * What trained models say of prepared slabs and studies: for tests on held-out data, without reading CT again.
 *
 *     const studies = await scoreStudies({ store, model, records: testRecords, runtime });
 *     const slabs = await scoreSlabs({ store, model, slabs: heldOutSlabs(records, "test", seed), runtime });
 */
import type { PreparedStore, Split, StudyRecord } from "../cohort/index.ts";
import { windowStarts } from "../diagnosis/index.ts";
import type { Runtime } from "../graph/index.ts";
import {
  cnn3dInference,
  type ModelOf,
  penetInference,
  pooledProbability,
  stageOneInference,
  stageTwoInference,
} from "../model/index.ts";
import type { OnProgress } from "../progress.ts";
import { scanSlabCount } from "../volume/index.ts";
import { computeFeatures, requireSamePreprocessing } from "./features.ts";
import { abortError } from "./loop.ts";
import { loadSlabs } from "./slab-batches.ts";
import { epochSlabs, type SlabReference, slabPool } from "./slabs.ts";
import type { StageOneModel } from "./studies.ts";
import { readWindow } from "./windows.ts";

interface ScoreOptions {
  readonly store: PreparedStore;
  readonly runtime: Runtime;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface StudyScore {
  readonly id: string;
  /** Of an embolus in the study. */
  readonly probability: number;
  /** Of each slab (two-stage) or window (PENet), from base to apex; empty for the 3-D CNN. */
  readonly sections: readonly number[];
}

export interface StudyScoreRequest extends ScoreOptions {
  readonly model: ModelOf<"two-stage"> | ModelOf<"penet"> | ModelOf<"cnn3d">;
  readonly records: readonly StudyRecord[];
}

/** @throws RefusedError "store-mismatch" */
export async function scoreStudies(request: StudyScoreRequest): Promise<StudyScore[]> {
  const { store, model, records, onProgress, signal } = request;
  requireSamePreprocessing(store, model.preprocessing);
  const judge = await judgeOf(request);
  const scores: StudyScore[] = [];
  try {
    for (const record of records) {
      if (signal?.aborted) throw abortError(signal);
      scores.push({ id: record.id, ...(await judge.score(record)) });
      onProgress?.({ label: "scoring", done: scores.length, total: records.length, unit: "studies" });
    }
  } finally {
    await judge.release();
  }
  return scores;
}

interface Judge {
  score(record: StudyRecord): Promise<Omit<StudyScore, "id">>;
  release(): Promise<void>;
}

async function judgeOf({ store, model, records, runtime, onProgress, signal }: StudyScoreRequest): Promise<Judge> {
  switch (model.kind) {
    case "two-stage": {
      const features = await computeFeatures({ store, model, records, runtime, onProgress, signal });
      const network = await stageTwoInference(model, runtime);
      return {
        score: async ({ id }) => {
          const shape = await features.shape(id);
          const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
          await features.read(id, values);
          return { probability: await network.run(values), sections: await features.probabilities(id) };
        },
        release: () => network.release(),
      };
    }
    case "penet": {
      const network = await penetInference(model, runtime);
      return {
        score: async (record) => {
          const parts: number[] = [];
          for (const first of windowStarts(record.stageOne.size[2], network.slices, store.preprocessing)) {
            const window = await readWindow(store, record, first, network.slices);
            parts.push((await network.run(window)).probabilities[0]!);
          }
          return { probability: pooledProbability(parts, "max"), sections: parts };
        },
        release: () => network.release(),
      };
    }
    case "cnn3d": {
      const network = await cnn3dInference(model, runtime);
      const slices = scanSlabCount(store.preprocessing);
      return {
        score: async ({ id }) => {
          const { probability } = await network.run(await store.scanSlices(id, 0, slices));
          return { probability, sections: [] };
        },
        release: () => network.release(),
      };
    }
  }
}

/** Every annotated positive slab of a split (null: of all studies) and as many random negative ones, by the seed. */
export function heldOutSlabs(records: readonly StudyRecord[], split: Split | null, seed: number): SlabReference[] {
  return epochSlabs(slabPool(records, split), seed, "validation", 0);
}

export interface SlabScore {
  readonly slab: SlabReference;
  readonly probability: number;
  /** Where stage I looked, grid x grid, 0 to 1 by its own maximum. */
  readonly attention: Float32Array;
  /** The outline on the same grid, 0 or 1; null where there is none. */
  readonly mask: Uint8Array | null;
  /** Whether the attention's peak lies on the outline; null without one. */
  readonly hit: boolean | null;
}

export interface SlabScoreRequest extends ScoreOptions {
  readonly model: StageOneModel;
  readonly slabs: readonly SlabReference[];
}

/** @throws RefusedError "store-mismatch" */
export async function scoreSlabs(request: SlabScoreRequest): Promise<SlabScore[]> {
  const { store, model, slabs, runtime, onProgress, signal } = request;
  requireSamePreprocessing(store, model.preprocessing);
  const network = await stageOneInference(model, runtime);
  const cells = network.grid ** 2;
  const scores: SlabScore[] = [];
  try {
    for (const slab of slabs) {
      if (signal?.aborted) throw abortError(signal);
      const { slabs: pixels, masks } = await loadSlabs(store, [slab]);
      const { probabilities, attention } = await network.run(pixels);
      const mask = slab.outline === null ? null : masks;
      const peak = peakOf(attention.subarray(0, cells));
      const hit = mask && attention[peak]! > 0 && mask[peak] === 1;
      scores.push({ slab, probability: probabilities[0]!, attention, mask, hit });
      onProgress?.({ label: "scoring", done: scores.length, total: slabs.length, unit: "slabs" });
    }
  } finally {
    await network.release();
  }
  return scores;
}

/** The index of the largest value. */
export function peakOf(map: Float32Array): number {
  let peak = 0;
  for (let cell = 1; cell < map.length; cell++) if (map[cell]! > map[peak]!) peak = cell;
  return peak;
}
