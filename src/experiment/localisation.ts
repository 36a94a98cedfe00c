/**
 * Whether attention lies on emboli: every cell of a scan's attention maps is put into the patient and held against the
 * emboli that are known to be there.
 *
 *     const looked = await locatePeaks(request);         // peaks and marks of each test study
 *     const { studyHits, freeResponse } = localise(looked.map(withEmboli), tolerance);
 */
import { z } from "zod";
import type { PreparedStore, StudyRecord } from "../cohort/index.ts";
import {
  freeResponse,
  type HitRule,
  type Mark,
  type MarkedStudy,
  type Place,
  pointingGame,
  separateMarks,
} from "../evaluation/index.ts";
import { attentionGrid, type StageOneInference } from "../model/index.ts";
import type { OnProgress } from "../progress.ts";
import { scanSlabsOf } from "../training/index.ts";
import { type Geometry, patientPoint, toPatient, toVoxel, voxelPoint } from "../volume/index.ts";
import type { Truth } from "./hospital.ts";

const place = z.tuple([z.number(), z.number(), z.number()]);

/** Where one network looked in one study. */
export const peakLocationSchema = z.strictObject({
  study: z.string(),
  marks: z.array(z.strictObject({ place, score: z.number() })),
  /** Stage I's probability of each slab, feet to head. */
  probabilities: z.array(z.number()),
});
export type PeakLocation = z.infer<typeof peakLocationSchema>;

/** Marks nearer to each other than this are one, in millimetres. */
const separation = 20;
/** Marks a study at most; weaker ones matter to nobody. */
const mostMarks = 12;

export interface PeakRequest {
  readonly store: PreparedStore;
  readonly records: readonly StudyRecord[];
  readonly network: StageOneInference;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The strongest places of each study. A cell's strength is its attention times its slab's probability: attention is
 * scaled to 1 in every slab, also where the network sees nothing.
 */
export async function locatePeaks({
  store,
  records,
  network,
  onProgress,
  signal,
}: PeakRequest): Promise<PeakLocation[]> {
  const looked: PeakLocation[] = [];
  for (const record of records) {
    signal?.throwIfAborted();
    const { probabilities, attention } = await network.run(await scanSlabsOf(store, record.id));
    const marks: Mark[] = [];
    const cells = network.grid ** 2;
    for (let slab = 0; slab < probabilities.length; slab++) {
      for (let cell = 0; cell < cells; cell++) {
        const score = attention[slab * cells + cell]! * probabilities[slab]!;
        if (score > 0.01) marks.push({ score, place: cellPlace(store, record.scan, network.grid, slab, cell) });
      }
    }
    looked.push({
      study: record.id,
      marks: separateMarks(marks, separation)
        .slice(0, mostMarks)
        .map(({ place: [x, y, z], score }) => ({ place: [x, y, z], score })),
      probabilities: [...probabilities],
    });
    onProgress?.({ label: "looking", done: looked.length, total: records.length, unit: "studies" });
  }
  return looked;
}

/** The centre of an attention cell of a scan's slab, in the patient. */
function cellPlace({ preprocessing }: PreparedStore, scan: Geometry, grid: number, slab: number, cell: number): Place {
  const { crop, slabSlices, scanStride } = preprocessing;
  const pixels = crop / grid;
  const centre = (index: number) => (index + 0.5) * pixels - 0.5;
  const slice = slab * scanStride + (slabSlices - 1) / 2;
  return toPatient(scan, voxelPoint(centre(cell % grid), centre(Math.floor(cell / grid)), slice));
}

/** Half a cell's side, in millimetres: the peak's own cell, about. */
export const toleranceOf = ({ preprocessing }: PreparedStore, { spacing }: Geometry): number =>
  (preprocessing.crop / attentionGrid(preprocessing.crop) / 2) * spacing[0];

export function markedStudies(looked: readonly PeakLocation[], truths: ReadonlyMap<string, Truth>): MarkedStudy[] {
  return looked.map(({ study, marks }) => ({ marks, emboli: truths.get(study)!.emboli }));
}

export function localise(marked: readonly MarkedStudy[], rule: HitRule) {
  return {
    studyHits: pointingGame(
      marked.map(({ marks, emboli }) => ({ peak: marks[0], emboli })),
      rule,
    ),
    freeResponse: freeResponse(marked, rule),
  };
}

/** Slabs of a scan that lie on an embolus. */
export function positiveSlabs({ preprocessing }: PreparedStore, scan: Geometry, slabs: number, truth: Truth): number[] {
  const { slabSlices, scanStride } = preprocessing;
  const heights = truth.emboli.flatMap(({ places }) => places.map(([, , z]) => z));
  const half = (slabSlices / 2) * scan.spacing[2];
  return Array.from({ length: slabs }, (_, slab) => slab).filter((slab) => {
    const [, , z] = toPatient(scan, voxelPoint(0, 0, slab * scanStride + (slabSlices - 1) / 2));
    return heights.some((height) => Math.abs(height - z) <= half);
  });
}

/** The emboli on a slab's centre slice, crop x crop of 0 and 1. */
export function truthOnSlab({ preprocessing }: PreparedStore, scan: Geometry, slab: number, truth: Truth): Uint8Array {
  const { crop, slabSlices, scanStride } = preprocessing;
  const centre = slab * scanStride + (slabSlices - 1) / 2;
  const outline = new Uint8Array(crop * crop);
  for (const [x, y, z] of truth.emboli.flatMap(({ places }) => places)) {
    const [column, row, slice] = toVoxel(scan, patientPoint(x, y, z));
    if (Math.abs(slice - centre) > 0.6) continue;
    // A voxel of the study is a little larger than a pixel of the network.
    for (const [dx, dy] of [
      [0, 0],
      [0.6, 0],
      [0, 0.6],
      [0.6, 0.6],
    ] as const) {
      const [i, j] = [Math.round(column + dx), Math.round(row + dy)];
      if (i >= 0 && j >= 0 && i < crop && j < crop) outline[j * crop + i] = 1;
    }
  }
  return outline;
}

/** Share of the cells with tissue in them that would count as a hit: what pointing blindly reaches in this slab. */
export function chanceHitRate(slice: Uint8Array, mask: Uint8Array, crop: number): number {
  const grid = Math.round(Math.sqrt(mask.length));
  const pixels = crop / grid;
  let [inBody, hits] = [0, 0];
  for (let cell = 0; cell < mask.length; cell++) {
    const [left, top] = [(cell % grid) * pixels, Math.floor(cell / grid) * pixels];
    let brightest = 0;
    for (let row = top; row < top + pixels; row++) {
      for (let column = left; column < left + pixels; column++) {
        brightest = Math.max(brightest, slice[row * crop + column]!);
      }
    }
    if (brightest < tissue) continue;
    inBody++;
    hits += mask[cell]!;
  }
  return inBody === 0 ? 0 : hits / inBody;
}

/** Grey level of fat, about, in a window of -1024 to 500 HU. */
const tissue = 150;
