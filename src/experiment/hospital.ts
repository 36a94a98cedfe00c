/**
 * The studies of the experiment: which there are, and how each is made and prepared.
 *
 *     for (const study of planStudies(settings)) await makeStudy(study, settings, stores);
 *
 * Three groups, as in the paper: annotated studies (masks on some slices), studies with a label only, and test studies.
 * A background sign goes with the label among the annotated ones and comes at random in the others.
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { makeFolder, PreparedStore, prepareStudy, type Split, sliceHeight, writeAtomic } from "../cohort/index.ts";
import type { Place } from "../evaluation/index.ts";
import {
  type Burdens,
  drawBurden,
  type EmbolusLevel,
  type GridChoice,
  type PhantomStudy,
  phantomStudy,
} from "../phantom/index.ts";
import { Random } from "../random.ts";
import { type Preprocessing, type SliceRange, sliceExtent, toPatient, voxelPoint } from "../volume/index.ts";

export type Group = "annotated" | "label-only" | "test";

export interface Counts {
  readonly positives: number;
  readonly negatives: number;
}

export interface ExperimentHospitalSettings {
  readonly hospitals: number;
  /** The grid studies are made on: coarser than a scanner's, so that thousands can be made. */
  readonly grid: GridChoice;
  readonly annotated: { readonly train: Counts; readonly validation: Counts };
  readonly labelOnly: { readonly train: Counts; readonly validation: Counts };
  readonly test: Counts;
  /** Where the largest embolus of a positive study lies, as shares. */
  readonly burdens: Burdens;
  /** Millimetres between the annotated slices of an embolus. */
  readonly annotationSpacing: number;
  /** Square millimetres of embolus from which on a slice shows one, to an annotator and in the test. */
  readonly smallestSection: number;
  /** Share of studies with the background sign: among annotated positives, annotated negatives, and all others. */
  readonly sign: { readonly annotatedPositive: number; readonly annotatedNegative: number; readonly other: number };
}

export interface PlannedStudy {
  readonly id: string;
  /** Number of the study under the phantom's seed. */
  readonly index: number;
  readonly group: Group;
  readonly split: Split;
  readonly positive: boolean;
  readonly burden: EmbolusLevel;
  readonly sign: boolean;
}

/** Every study, in an order that mixes groups, so that an unfinished hospital is a small one of the same kind. */
export function planStudies({
  seed,
  hospital,
}: {
  seed: number;
  hospital: ExperimentHospitalSettings;
}): PlannedStudy[] {
  const { annotated, labelOnly, test, sign, burdens } = hospital;
  const planned: PlannedStudy[] = [];
  const add = (group: Group, split: Split, { positives, negatives }: Counts) => {
    for (let number = 0; number < positives + negatives; number++) {
      const positive = number < positives;
      const id = `${group}-${split}-${String(number + 1).padStart(4, "0")}`;
      const marked = positive ? sign.annotatedPositive : sign.annotatedNegative;
      planned.push({
        ...{ id, index: planned.length, group, split, positive },
        burden: drawBurden(burdens, new Random(seed, "burden", id)),
        sign: new Random(seed, "sign", id).chance(group === "annotated" ? marked : sign.other),
      });
    }
  };
  add("annotated", "train", annotated.train);
  add("annotated", "validation", annotated.validation);
  add("label-only", "train", labelOnly.train);
  add("label-only", "validation", labelOnly.validation);
  add("test", "test", test);
  return new Random(seed, "order of making").shuffle(planned);
}

const placeSchema = z.tuple([z.number(), z.number(), z.number()]);

/** Where a study's emboli are: known here because the patient is made. Serves measuring, never training. */
export const truthSchema = z.strictObject({
  emboli: z.array(
    z.strictObject({
      level: z.string(),
      millilitres: z.number(),
      /** Centres of its voxels, millimetres LPS. */
      places: z.array(placeSchema),
    }),
  ),
});
export type Truth = z.infer<typeof truthSchema>;

/** The folders studies are made into; every network has a store of its own pre-processing. */
export interface HospitalFolders {
  readonly slabs: string;
  readonly penet: string;
  readonly cnn3d: string;
  readonly truth: string;
}

export const hospitalFolders = (folder: string): HospitalFolders => ({
  slabs: join(folder, "stores", "slabs"),
  penet: join(folder, "stores", "penet"),
  cnn3d: join(folder, "stores", "cnn3d"),
  truth: join(folder, "truth"),
});

const truthFile = ({ truth }: HospitalFolders, id: string) => join(truth, `${id}.json`);

export async function readTruth(folders: HospitalFolders, id: string): Promise<Truth> {
  return truthSchema.parse(JSON.parse(await readFile(truthFile(folders, id), "utf8")));
}

/** Whether a study is there with all of its parts; its truth is written last. */
export const isMade = (folders: HospitalFolders, { id }: PlannedStudy): boolean => existsSync(truthFile(folders, id));

export interface MakingSettings {
  readonly seed: number;
  readonly hospital: ExperimentHospitalSettings;
  readonly preprocessing: Readonly<Record<"slabs" | "penet" | "cnn3d", Preprocessing>>;
}

/** The stores, empty or as they are. */
export async function openStores({ preprocessing }: MakingSettings, folders: HospitalFolders) {
  return {
    slabs: await PreparedStore.create(folders.slabs, preprocessing.slabs),
    penet: await PreparedStore.create(folders.penet, preprocessing.penet),
    cnn3d: await PreparedStore.create(folders.cnn3d, preprocessing.cnn3d),
  };
}

/** Makes a study, prepares it for every network and keeps it. */
export async function makeStudy(
  planned: PlannedStudy,
  settings: MakingSettings,
  folders: HospitalFolders,
): Promise<void> {
  const { seed, hospital, preprocessing } = settings;
  const stores = await openStores(settings, folders);
  const study = phantomStudy({
    ...{ seed, index: planned.index, positive: planned.positive, sign: planned.sign, burden: planned.burden },
    ...{ hospitals: hospital.hospitals, grid: hospital.grid },
  });
  const facts = {
    id: planned.id,
    patient: null,
    hospital: study.hospital.name,
    label: { value: planned.positive ? "present" : "absent", origin: "simulation" },
    split: planned.split,
  } as const;
  const lungs = { range: lungRange(study), warnings: [] };
  const looked = planned.group !== "label-only";
  const heights = looked ? embolusHeights(study, hospital.smallestSection) : [];
  const sparse = spaced(heights, hospital.annotationSpacing);
  const annotation = (slices: readonly number[]) => (slices.length > 0 ? [{ mask: study.emboliMask, slices }] : []);
  await stores.slabs.put(facts, prepareStudy(study.volume, annotation(sparse), preprocessing.slabs, lungs), null);
  // PENet's windows count positive slices, so its annotated studies are looked at on every slice of the lungs.
  const clear = looked && planned.positive ? clearHeights(study, lungs.range) : [];
  const dense = annotation([...heights.map(({ height }) => height), ...clear]);
  await stores.penet.put(facts, prepareStudy(study.volume, dense, preprocessing.penet, lungs), null);
  await stores.cnn3d.put(facts, prepareStudy(study.volume, [], preprocessing.cnn3d, lungs), null);
  await makeFolder(folders.truth);
  await writeAtomic(truthFile(folders, planned.id), `${JSON.stringify(truthOf(study))}\n`);
}

/** Where the lungs lie, from the anatomy itself: searching the image for them takes longer than making it. */
function lungRange({ scene, acquisition, volume }: PhantomStudy): SliceRange {
  const { box, size, distances } = scene.torso.lungs;
  const [across, deep, along] = scene.patient.scale;
  const cell = box.step[0] * box.step[1] * across * deep;
  const area = size[0] * size[1];
  const extent = sliceExtent(volume);
  let [lower, upper] = [extent.upper, extent.lower];
  for (let level = 0; level < size[2]; level++) {
    const inside = distances
      .subarray(level * area, (level + 1) * area)
      .reduce((sum, each) => sum + Number(each < 0), 0);
    if (inside * cell < smallestLungSection) continue;
    const height = (box.low[2] + level * box.step[2]) * along + acquisition.offset[2];
    const position = Math.min(Math.max(height - volume.geometry.origin[2], extent.lower), extent.upper);
    lower = Math.min(lower, position);
    upper = Math.max(upper, position);
  }
  return { lower, upper };
}

/** Square millimetres of lung from which on a level belongs to the range, as in `findLungs`. */
const smallestLungSection = 100;

interface EmbolusSlice {
  /** Millimetres, as cohorts name slices. */
  readonly height: number;
  readonly voxels: number;
}

/** Heights of the lungs' slices without any embolus. */
function clearHeights({ emboliMask }: PhantomStudy, { lower, upper }: SliceRange): number[] {
  const { geometry, voxels } = emboliMask;
  const [columns, rows, slices] = geometry.size;
  const area = columns * rows;
  return Array.from({ length: slices }, (_, slice) => slice)
    .filter((slice) => slice * geometry.spacing[2] >= lower && slice * geometry.spacing[2] <= upper)
    .filter((slice) => !voxels.subarray(slice * area, (slice + 1) * area).some((voxel) => voxel > 0))
    .map((slice) => sliceHeight(geometry, slice));
}

/** The slices that show an embolus. @param smallest square millimetres */
function embolusHeights({ emboliMask }: PhantomStudy, smallest: number): EmbolusSlice[] {
  const { geometry, voxels } = emboliMask;
  const pixel = geometry.spacing[0] * geometry.spacing[1];
  const [columns, rows, slices] = geometry.size;
  const area = columns * rows;
  return Array.from({ length: slices }, (_, slice) => {
    let count = 0;
    for (let voxel = slice * area; voxel < (slice + 1) * area; voxel++) if (voxels[voxel]) count++;
    return { height: sliceHeight(geometry, slice), voxels: count };
  }).filter((slice) => slice.voxels > 0 && slice.voxels * pixel >= smallest);
}

/** Slices at least so far apart, those with the most embolus first. */
function spaced(slices: readonly EmbolusSlice[], spacing: number): number[] {
  const chosen: number[] = [];
  for (const { height } of [...slices].sort((a, b) => b.voxels - a.voxels)) {
    if (chosen.every((other) => Math.abs(other - height) >= spacing - 1e-6)) chosen.push(height);
  }
  return chosen.sort((a, b) => a - b);
}

function truthOf({ emboliMask, emboli }: PhantomStudy): Truth {
  const { geometry, voxels } = emboliMask;
  const [columns, rows] = geometry.size;
  const places = new Map<number, Place[]>(emboli.map(({ label }) => [label, []]));
  const tenth = (value: number) => Math.round(value * 10) / 10;
  for (let voxel = 0; voxel < voxels.length; voxel++) {
    const label = voxels[voxel]!;
    if (label === 0) continue;
    const [x, y, z] = toPatient(
      geometry,
      voxelPoint(voxel % columns, Math.floor(voxel / columns) % rows, Math.floor(voxel / (columns * rows))),
    );
    places.get(label)?.push([tenth(x), tenth(y), tenth(z)]);
  }
  return {
    emboli: emboli.map(({ label, level, millilitres }) => ({
      level,
      millilitres,
      places: [...places.get(label)!] as [number, number, number][],
    })),
  };
}
