/**
 * PENet's windows: runs of consecutive slices, positive from so many positive slices on.
 *
 *     const pool = windowPool(records, "train", 24, 4);
 *     const epoch = epochWindows(pool, { windows: 800, positiveShare: 0.3 }, seed, 3);
 *
 * SPEC 5. Radiologists look at a slice every 10 mm or so, PENet at every slice: an un-annotated slice takes the word of
 * the nearest slice that was looked at, if that lies within half the usual distance. Positive studies without
 * annotations have no windows that anybody could call positive or negative.
 */
import type { Split, StudyRecord } from "../cohort/index.ts";
import { RefusedError } from "../errors.ts";
import { Random } from "../random.ts";
import type { Sample } from "./supervised.ts";

export interface WindowSample extends Sample {
  /** Its first slice in the study's stage I stack. */
  readonly first: number;
}

interface StudyWindows {
  readonly study: string;
  /** Number of possible windows: they begin at slice 0 to count - 1. */
  readonly count: number;
  /** Those that are positive, ascending. */
  readonly positive: readonly number[];
}

export interface WindowPool {
  readonly studies: readonly StudyWindows[];
}

/** Half of the distance at which slices are usually annotated (SPEC 1), and a little. */
const reachMillimetres = 6;

/** Which slices of a study's stage I stack show an embolus, as far as one can say. */
export function positiveSlices({ stageOne, annotated }: StudyRecord): boolean[] {
  const reach = reachMillimetres / stageOne.spacing[2];
  return Array.from({ length: stageOne.size[2] }, (_, slice) => {
    const distances = annotated.map((one) => Math.abs(one.slice - slice));
    const nearest = Math.min(...distances);
    return nearest <= reach && annotated[distances.indexOf(nearest)]!.positive;
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
      const positive = positiveSlices(record);
      const count = Math.max(1, positive.length - slices + 1);
      const starts = Array.from({ length: count }, (_, first) => first);
      const share = (first: number) => positive.slice(first, first + slices).filter(Boolean).length;
      return { study: record.id, count, positive: starts.filter((first) => share(first) >= positiveFrom) };
    });
  const some = (test: (one: StudyWindows) => boolean) => studies.some(test);
  if (some(({ positive }) => positive.length > 0) && some(({ count, positive }) => positive.length < count)) {
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
  const withNegative = studies.filter(({ count, positive }) => positive.length < count);
  return Array.from({ length: windows }, () => {
    if (random.chance(positiveShare)) {
      const { study, positive } = random.pick(withPositive);
      return { study, first: random.pick(positive), positive: true };
    }
    const { study, count, positive } = random.pick(withNegative);
    let first = random.integer(count);
    while (positive.includes(first)) first = random.integer(count);
    return { study, first, positive: false };
  });
}
