/**
 * Which stage I slabs an epoch shows, and in what order.
 *
 *     const pool = slabPool(records, "train");
 *     const epoch = epochSlabs(pool, seed, 3);        // annotated positives and as many random negatives, shuffled
 *
 * SPEC 2: positive slabs are the annotated slices with an embolus; as many random slabs of negative studies, redrawn
 * each epoch. The un-annotated slices of positive studies teach nothing: nobody knows what is on them.
 */
import type { Split, StudyRecord } from "../cohort/index.ts";
import { RefusedError } from "../errors.ts";
import { Random } from "../random.ts";

/** One stage I slab of the store, by its centre slice in the study's stage I stack. */
export interface SlabReference {
  readonly study: string;
  readonly slice: number;
  readonly positive: boolean;
  /** Index of the outline in the study's outlines; null on a negative and where none was drawn. */
  readonly outline: number | null;
}

export interface SlabPool {
  readonly positives: readonly SlabReference[];
  /** Negative studies, with the number of slices that can be the centre of a slab. */
  readonly negatives: readonly { readonly study: string; readonly slices: number }[];
}

/** @throws RefusedError "data-insufficient" without annotated positive slices or without negative studies */
export function slabPool(records: readonly StudyRecord[], split: Split): SlabPool {
  const members = records.filter((record) => record.split === split);
  const positives = members
    .filter((record) => record.label?.value === "present")
    .flatMap((record) =>
      record.annotated
        .filter(({ positive }) => positive)
        .map(({ slice, outline }) => ({ study: record.id, slice, positive: true, outline })),
    );
  const negatives = members
    .filter((record) => record.label?.value === "absent")
    .map((record) => ({ study: record.id, slices: record.stageOne.size[2] }));
  if (positives.length > 0 && negatives.length > 0) return { positives, negatives };
  const missing = positives.length === 0 ? "annotated positive slices" : "negative studies";
  throw new RefusedError("data-insufficient", `the store holds no ${missing} in the split "${split}"`, {
    hint: "stage one needs annotated positive studies and negative studies in training and validation",
  });
}

/**
 * The slabs of one epoch in random order, the same for the same seed and epoch. Positives and negatives alternate, so
 * that every batch is balanced too: a batch of one kind would give batch normalisation statistics of its own.
 */
export function epochSlabs(pool: SlabPool, seed: number, epoch: number | "validation"): SlabReference[] {
  const random = new Random(seed, "slabs", epoch);
  return random.shuffle(pool.positives).flatMap((positive): SlabReference[] => {
    const { study, slices } = random.pick(pool.negatives);
    return [positive, { study, slice: random.integer(slices), positive: false, outline: null }];
  });
}
