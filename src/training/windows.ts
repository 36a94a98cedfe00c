/**
 * PENet's windows: runs of consecutive slices, positive from so many positive slices on.
 *
 *     const pool = windowPool(records, "train", 24, 4);
 *     const epoch = epochWindows(pool, { windows: 800, positiveShare: 0.3 }, seed, 3);
 *
 * docs/method.md#penet. Radiologists look at a slice every 10 mm or so, PENet at every slice: an un-annotated slice
 * takes the word of the nearest slices that were looked at, if they lie within half the usual distance. Of a study with
 * embolism nothing is known beyond: windows that reach there are neither positive nor negative, unless they hold enough
 * positive slices.
 */
import type { PreparedStore, Split, StudyRecord } from "../cohort/index.ts";
import { RefusedError } from "../errors.ts";
import { Random } from "../random.ts";
import type { Sample } from "./supervised.ts";

export interface WindowSample extends Sample {
  /** Its first slice in the study's stage I stack. */
  readonly first: number;
}

interface StudyWindows {
  readonly study: string;
  /** First slices of its positive windows, and of its negative ones, ascending. */
  readonly positive: readonly number[];
  readonly negative: readonly number[];
}

export interface WindowPool {
  readonly studies: readonly StudyWindows[];
}

/** Half of the distance at which slices are usually annotated, and a little (docs/method.md#penet). */
const reachMillimetres = 6;

/** Whether each slice of a study's stage I stack shows an embolus; undefined where nobody looked. */
export function knownSlices({ stageOne, annotated, label }: StudyRecord): (boolean | undefined)[] {
  const reach = reachMillimetres / stageOne.spacing[2];
  const unseen = label?.value === "absent" ? false : undefined;
  return Array.from({ length: stageOne.size[2] }, (_, slice) => {
    const distances = annotated.map((one) => Math.abs(one.slice - slice));
    const nearest = Math.min(...distances);
    if (nearest > reach) return unseen;
    // Two thin slices can lie on the same slice of the stack.
    return annotated.some(({ positive }, index) => distances[index] === nearest && positive);
  });
}

/** @throws RefusedError "data-insufficient" without positive windows or without studies to draw negative ones from */
export function windowPool(
  records: readonly StudyRecord[],
  split: Split,
  slices: number,
  positiveFrom: number,
): WindowPool {
  const studies = records
    .filter((record) => record.split === split)
    .filter(({ label, annotated }) => label?.value === "absent" || (label?.value === "present" && annotated.length > 0))
    .map((record): StudyWindows => {
      const known = knownSlices(record);
      const starts = Array.from({ length: Math.max(1, known.length - slices + 1) }, (_, first) => first);
      const window = (first: number) => known.slice(first, first + slices);
      const isPositive = (first: number) => window(first).filter((slice) => slice === true).length >= positiveFrom;
      return {
        study: record.id,
        positive: starts.filter(isPositive),
        negative: starts.filter((first) => !isPositive(first) && !window(first).includes(undefined)),
      };
    });
  if (studies.some(({ positive }) => positive.length > 0) && studies.some(({ negative }) => negative.length > 0)) {
    return { studies };
  }
  throw new RefusedError("data-insufficient", `the split "${split}" holds no positive or no negative windows`, {
    hint: "PENet needs annotated positive studies and negative studies in training and validation",
  });
}

/** The windows of one epoch, drawn: a kind, then a study, then one of its windows. */
export function epochWindows(
  { studies }: WindowPool,
  { windows, positiveShare }: { readonly windows: number; readonly positiveShare: number },
  seed: number,
  epoch: number,
): WindowSample[] {
  const random = new Random(seed, "windows", epoch);
  const withPositive = studies.filter(({ positive }) => positive.length > 0);
  const withNegative = studies.filter(({ negative }) => negative.length > 0);
  return Array.from({ length: windows }, () => {
    const positive = random.chance(positiveShare);
    const chosen = random.pick(positive ? withPositive : withNegative);
    return { study: chosen.study, first: random.pick(positive ? chosen.positive : chosen.negative), positive };
  });
}

/**
 * The slices of one window, [slices, crop, crop], 0 to 255. Native slices run out into air, as PENet's windows do; a
 * resampled scan shorter than a window repeats its last slice.
 */
export async function readWindow(
  store: PreparedStore,
  { id, stageOne }: Pick<StudyRecord, "id" | "stageOne">,
  first: number,
  slices: number,
): Promise<Uint8Array> {
  const window = await store.stageOneSlices(id, first, slices);
  const { slices: rule, crop } = store.preprocessing;
  if (rule === "native") window.fill(0, Math.max(0, stageOne.size[2] - first) * crop * crop);
  return window;
}
