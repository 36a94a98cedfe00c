/**
 * The pictures of the report: test slabs with the attention of both networks (the paper's figure 3), and test studies
 * with the slab of strongest attention (its figure 5). Always the first of the list, never chosen by result.
 *
 *     const pairs = await pairedPictures(source, slabs);
 */
import type { PreparedStore, StudyRecord } from "../cohort/index.ts";
import type { Runtime } from "../graph/index.ts";
import { type StageOneInference, stageOneInference } from "../model/index.ts";
import { overlayPicture, type Picture } from "../results/report/index.ts";
import { scanSlabsOf } from "../training/index.ts";
import type { AttentionArm } from "./arms.ts";
import type { Truth } from "./hospital.ts";
import { type PeakLocation, positiveSlabs, truthOnSlab } from "./localisation.ts";
import type { ScoredSlab, StageOneModels } from "./scoring.ts";

export interface PictureSource {
  readonly store: PreparedStore;
  readonly records: readonly StudyRecord[];
  readonly models: StageOneModels;
  readonly looked: Readonly<Record<AttentionArm, readonly PeakLocation[]>>;
  readonly truths: ReadonlyMap<string, Truth>;
  readonly runtime: Runtime;
}

/** One slab, as both networks see it. */
export interface PairedPicture {
  readonly caption: string;
  readonly with: Picture;
  readonly without: Picture;
}

/** A study's most suspicious slab and its scores from the feet to the head. */
export interface StudyPicture {
  readonly caption: string;
  readonly picture: Picture;
  readonly probabilities: readonly number[];
  /** Slabs that hold an embolus. */
  readonly positive: readonly number[];
}

const pairCount = 8;
const studyCount = 8;

async function withNetwork<T>(
  source: PictureSource,
  arm: AttentionArm,
  work: (network: StageOneInference) => Promise<T>,
): Promise<T> {
  const network = await stageOneInference(source.models[arm], source.runtime);
  try {
    return await work(network);
  } finally {
    await network.release();
  }
}

/** Slabs of different test studies with an annotated embolus. */
export async function pairedPictures(source: PictureSource, slabs: readonly ScoredSlab[]): Promise<PairedPicture[]> {
  const positives = slabs
    .filter(({ part, blind }) => part === "test" && blind !== null)
    .sort((a, b) => (a.study === b.study ? a.slice - b.slice : a.study < b.study ? -1 : 1));
  const firsts = positives.filter(
    ({ study }, index) => positives.findIndex((other) => other.study === study) === index,
  );
  const { store } = source;
  const { crop, slabSlices } = store.preprocessing;
  const chosen = await Promise.all(
    firsts.slice(0, pairCount).map(async ({ study, slice }) => {
      const record = source.records.find(({ id }) => id === study)!;
      const { outline } = record.annotated.find((annotated) => annotated.slice === slice)!;
      return {
        study,
        slab: await store.stageOneSlices(study, slice - (slabSlices - 1) / 2, slabSlices),
        truth: await store.outline(study, outline!),
      };
    }),
  );
  const pictures = (arm: AttentionArm) =>
    withNetwork(source, arm, async (network) => {
      const drawn: Picture[] = [];
      for (const { slab, truth } of chosen) {
        const { attention } = await network.run(slab);
        drawn.push(await overlayPicture({ slice: centreSlice(slab, slabSlices), size: crop, truth, attention }));
      }
      return drawn;
    });
  const [guided, free] = [await pictures("with"), await pictures("without")];
  return chosen.map(({ study }, index) => ({ caption: study, with: guided[index]!, without: free[index]! }));
}

const centreSlice = (slab: Uint8Array, slices: number): Uint8Array => {
  const area = slab.length / slices;
  return slab.subarray(((slices - 1) / 2) * area, ((slices + 1) / 2) * area);
};

/** Test studies with embolism, through the network with attention training. */
export async function studyPictures(source: PictureSource): Promise<StudyPicture[]> {
  const { store, truths } = source;
  const { crop, slabSlices } = store.preprocessing;
  const positives = source.looked.with.filter(({ study }) => truths.get(study)!.emboli.length > 0).slice(0, studyCount);
  return withNetwork(source, "with", async (network) => {
    const pictures: StudyPicture[] = [];
    for (const { study, probabilities } of positives) {
      const { scan } = source.records.find(({ id }) => id === study)!;
      const truth = truths.get(study)!;
      const slabs = await scanSlabsOf(store, study);
      const size = slabs.length / probabilities.length;
      const slab = probabilities.indexOf(Math.max(...probabilities));
      const pixels = slabs.subarray(slab * size, (slab + 1) * size);
      const { attention } = await network.run(pixels);
      const levels = truth.emboli.map(({ level }) => level);
      pictures.push({
        caption: `${study}: slab ${slab + 1} of ${probabilities.length}, ${[...new Set(levels)].join(", ")}`,
        picture: await overlayPicture({
          ...{ slice: centreSlice(pixels, slabSlices), size: crop, attention },
          truth: truthOnSlab(store, scan, slab, truth),
        }),
        probabilities,
        positive: positiveSlabs(store, scan, probabilities.length, truth),
      });
    }
    return pictures;
  });
}
