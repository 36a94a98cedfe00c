/**
 * Which stage I slabs an epoch shows, and in what order.
 *
 *     const pool = slabPool(records, "train");
 *     const epoch = epochSlabs(pool, seed, 3, 0.7);        // annotated positives and as many random negatives, shuffled
 *
 * docs/method.md#stage-i: positive slabs are the annotated slices with an embolus; as many random slabs of negative
 * studies, redrawn each epoch. The un-annotated slices of positive studies teach nothing: nobody knows what is on them.
 * Emboli are outlined around the hila and random slices lie anywhere, so a network can tell the two apart by the level
 * in the body; drawing negatives at the levels of positives takes that away.
 */
import { type Split, type StudyRecord, sliceHeight } from "../cohort/index.ts";
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
  /** Each with its level in the lungs, 0 at the base and 1 at the apex. */
  readonly positives: readonly (SlabReference & { readonly level: number })[];
  /** Negative studies, with the number of slices that can be the centre of a slab and the slices where the lungs end. */
  readonly negatives: readonly { readonly study: string; readonly slices: number; readonly lungs: LungSlices }[];
}

/** Base and apex of the lungs in slices of the stage I stack, not rounded. */
interface LungSlices {
  readonly base: number;
  readonly apex: number;
}

function lungSlices({ stageOne, scan }: StudyRecord): LungSlices {
  const sliceAt = (height: number) => (height - sliceHeight(stageOne, 0)) / stageOne.spacing[2];
  return { base: sliceAt(sliceHeight(scan, 0)), apex: sliceAt(sliceHeight(scan, scan.size[2] - 1)) };
}

/**
 * @param split whose slabs; null: those of all studies given
 * @throws RefusedError "data-insufficient" without annotated positive slices or without negative studies
 */
export function slabPool(records: readonly StudyRecord[], split: Split | null): SlabPool {
  const members = split === null ? records : records.filter((record) => record.split === split);
  const positives = members
    .filter((record) => record.label?.value === "present")
    .flatMap((record) => {
      const { base, apex } = lungSlices(record);
      return record.annotated
        .filter(({ positive }) => positive)
        .map(({ slice, outline }) => {
          const level = (slice - base) / (apex - base);
          return { study: record.id, slice, positive: true, outline, level };
        });
    });
  const negatives = members
    .filter((record) => record.label?.value === "absent")
    .map((record) => ({ study: record.id, slices: record.stageOne.size[2], lungs: lungSlices(record) }));
  if (positives.length > 0 && negatives.length > 0) return { positives, negatives };
  const missing = positives.length === 0 ? "annotated positive slices" : "negative studies";
  const where = split === null ? "the studies hold" : `the split "${split}" holds`;
  throw new RefusedError("data-insufficient", `${where} no ${missing}`, {
    hint: "stage one needs annotated positive studies and negative studies in training and validation",
  });
}

/**
 * The slabs of one epoch in random order, the same for the same seed and epoch. Positives and negatives alternate, so
 * that every batch is balanced too: a batch of one kind would give batch normalisation statistics of its own.
 * @param matched share of the negatives drawn at the level of their positive, give or take a little; the others lie
 * anywhere
 */
export function epochSlabs(
  pool: SlabPool,
  seed: number,
  epoch: number | "validation",
  matched: number,
): SlabReference[] {
  const random = new Random(seed, "slabs", epoch);
  return random.shuffle(pool.positives).flatMap(({ level, ...positive }): SlabReference[] => {
    const { study, slices, lungs } = random.pick(pool.negatives);
    const anywhere = random.integer(slices);
    const here = lungs.base + (level + random.normal(0, levelSpread)) * (lungs.apex - lungs.base);
    const slice = random.chance(matched) ? Math.min(Math.max(Math.round(here), 0), slices - 1) : anywhere;
    return [positive, { study, slice, positive: false, outline: null }];
  });
}

/** Of the height of the lungs, about a centimetre: patients' hila don't lie at the same share of it. */
const levelSpread = 0.05;
