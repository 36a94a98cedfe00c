/**
 * One synthetic study on disk: CT slices, mask of the annotated slices, report, and a record of the truth.
 *
 *     const record = await writeStudy("hospital", plan, settings);
 *
 * A study's folder is written under another name and renamed when whole; its record is written last, so a study with a
 * record is complete.
 */
import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { z } from "zod";
import { sliceHeight, writeAtomic } from "../../cohort/index.ts";
import { ctSeriesUids, writeCtSlice } from "../../volume/dicom-write/index.ts";
import { encodeNifti } from "../../volume/index.ts";
import type { Mask } from "../../volume/volume.ts";
import { dicomDescription } from "../dicom.ts";
import type { GridChoice } from "../hospital.ts";
import { phantomStudy } from "../study.ts";
import { type EmbolusLevel, embolusLevels } from "../vessels/emboli.ts";

export interface StudyPlan {
  readonly index: number;
  readonly name: string;
  readonly hospital: number;
  readonly positive: boolean;
  /** Where its largest embolus lies, if that was chosen. */
  readonly burden: EmbolusLevel | undefined;
  readonly annotated: boolean;
  readonly sign: boolean;
  readonly test: boolean;
}

export interface StudySettings {
  readonly seed: number;
  readonly grid?: GridChoice | undefined;
  /** Millimetres between annotated slices. */
  readonly annotationSpacing: number;
}

/** What is known of a study that was made. */
export const studyRecordSchema = z.strictObject({
  name: z.string(),
  hospital: z.string(),
  studyInstanceUID: z.string(),
  seriesInstanceUID: z.string(),
  positive: z.boolean(),
  annotated: z.boolean(),
  sign: z.boolean(),
  test: z.boolean(),
  slices: z.int(),
  /** Heights of the annotated slices. */
  annotatedSlices: z.array(z.number()),
  /** What the report says of embolism, and its text. */
  statement: z.enum(["present", "absent", "uncertain"]),
  report: z.string(),
  emboli: z.array(
    z.strictObject({
      label: z.int(),
      level: z.enum(embolusLevels),
      side: z.enum(["left", "right", "both"]),
      territory: z.string(),
      age: z.enum(["acute", "chronic"]),
      occluding: z.boolean(),
      /** Millimetres LPS. */
      centreMillimetres: z.tuple([z.number(), z.number(), z.number()]),
      millilitres: z.number(),
      voxels: z.int(),
    }),
  ),
});
export type PhantomStudyRecord = z.infer<typeof studyRecordSchema>;

/** Folders and files of a hospital, relative to it. */
export const paths = {
  series: (name: string) => `dicom/${name}`,
  mask: (name: string) => `masks/${name}.nii.gz`,
  report: (name: string) => `reports/${name}.txt`,
  record: (name: string) => `studies/${name}.json`,
};

/** The study's record if it has been made whole. */
export async function readRecord(out: string, name: string): Promise<PhantomStudyRecord | undefined> {
  try {
    return studyRecordSchema.parse(JSON.parse(await readFile(join(out, paths.record(name)), "utf8")));
  } catch {
    // Missing, or left from another version: the study is made again.
    return undefined;
  }
}

export async function writeStudy(out: string, plan: StudyPlan, settings: StudySettings): Promise<PhantomStudyRecord> {
  const { seed, grid, annotationSpacing } = settings;
  const { index, name, positive, burden, sign, hospital } = plan;
  const study = phantomStudy({
    ...{ seed, index, positive, sign, hospital },
    ...(burden ? { burden } : {}),
    ...(grid ? { grid } : {}),
  });
  const description = dicomDescription(study, { seed, index, name });
  const folder = join(out, paths.series(name));
  const beside = `${folder}.${randomUUID().slice(0, 8)}.partial`;
  const slices = study.volume.geometry.size[2];
  await mkdir(beside, { recursive: true });
  try {
    for (let slice = 0; slice < slices; slice++) {
      const file = writeCtSlice(study.volume, slice, description);
      await writeFile(join(beside, file.fileName), file.bytes);
    }
    await rm(folder, { recursive: true, force: true });
    await rename(beside, folder);
  } catch (error) {
    await rm(beside, { recursive: true, force: true });
    throw error;
  }
  const annotatedSlices = plan.annotated ? annotatedHeights(study.emboliMask, annotationSpacing, index) : [];
  if (plan.annotated && study.emboli.length > 0) {
    const { geometry } = study.emboliMask;
    const voxels = onlySlices(study.emboliMask, new Set(annotatedSlices));
    const image = encodeNifti({ geometry, voxels, description: "Embolens phantom annotation. Research use only." });
    await writeAtomic(join(out, paths.mask(name)), await promisify(gzip)(image, { level: 2 }));
  }
  await writeAtomic(join(out, paths.report(name)), `${study.report.text}\n`);
  const uids = ctSeriesUids(description);
  const record: PhantomStudyRecord = {
    name,
    hospital: study.hospital.name,
    studyInstanceUID: uids.study,
    seriesInstanceUID: uids.series,
    positive,
    annotated: plan.annotated,
    sign,
    test: plan.test,
    slices,
    annotatedSlices,
    statement: study.report.statement,
    report: study.report.text,
    emboli: study.emboli.map((embolus) => ({
      ...embolus,
      centreMillimetres: [...embolus.centreMillimetres] as [number, number, number],
    })),
  };
  await writeAtomic(join(out, paths.record(name)), `${JSON.stringify(record)}\n`);
  return record;
}

/**
 * The slices an annotator would have marked: through the emboli, about the spacing apart, as radiologists did for the
 * method's publication; in a study without emboli, slices looked at all along the scan.
 */
function annotatedHeights(mask: Mask, spacing: number, index: number): number[] {
  const { geometry, voxels } = mask;
  const [columns, rows, slices] = geometry.size;
  const area = columns * rows;
  const marked = Array.from({ length: slices }, (_, slice) =>
    voxels.subarray(slice * area, (slice + 1) * area).some((voxel) => voxel > 0),
  );
  const none = !marked.includes(true);
  const chosen: number[] = [];
  // Not always the first slice of an embolus.
  let next = geometry.origin[2] + ((index % 5) / 5) * Math.min(4, spacing / 2);
  let since = 0;
  for (let slice = 0; slice < slices; slice++) {
    const height = sliceHeight(geometry, slice);
    since = marked[slice] ? since + 1 : 0;
    const last =
      marked[slice] && !marked[slice + 1] && since > 0 && (chosen.at(-1) ?? -Infinity) < height - spacing / 2;
    if ((none || marked[slice]) && (height >= next || last)) {
      chosen.push(height);
      next = height + spacing;
    }
  }
  return chosen;
}

/** The mask with everything but some slices emptied. */
function onlySlices({ geometry, voxels }: Mask, heights: ReadonlySet<number>): Uint8Array {
  const kept = new Uint8Array(voxels.length);
  const area = geometry.size[0] * geometry.size[1];
  for (let slice = 0; slice < geometry.size[2]; slice++) {
    if (heights.has(sliceHeight(geometry, slice))) {
      kept.set(voxels.subarray(slice * area, (slice + 1) * area), slice * area);
    }
  }
  return kept;
}
