/**
 * A reader's mask of the clots in one study: kept for the page, written as a DICOM segmentation for the hospital, and
 * entered into the reading room's cohort, from which `embolens train stage-one` starts.
 *
 *     annotation/mask.gz            the mask on the CT's grid, one byte a voxel
 *     annotation/annotation.json    which slices were looked at, by whom, when
 *     annotation/segmentation.dcm   the same as a DICOM object
 */
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { z } from "zod";
import { sliceHeight, writeBeside } from "../cohort/index.ts";
import { RefusedError } from "../errors.ts";
import { writeSegmentation } from "../results/dicom/segmentation.ts";
import { sourceSeries } from "../results/dicom/source-series.ts";
import { type Mask, voxelCount } from "../volume/index.ts";
import { openPaths } from "../volume/node/index.ts";
import type { KeptVolumes } from "./kept.ts";
import type { Library } from "./library.ts";
import { enterIntoCohort } from "./room-cohort.ts";
import type { Study } from "./schema.ts";

export interface NewAnnotation {
  /** The mask, compressed with gzip: one byte a voxel of the CT, 0 or 1. */
  readonly packed: Uint8Array;
  /** Indices of the CT's slices that were looked at, ascending. */
  readonly slices: readonly number[];
  readonly reader: string;
}

const recordSchema = z.object({ slices: z.array(z.int().min(0)), reader: z.string(), at: z.iso.datetime() });

/**
 * Keeps an annotation in place of an earlier one.
 * @throws RefusedError where mask or slices don't fit the CT
 */
export async function keepAnnotation(
  library: Library,
  volumes: KeptVolumes,
  id: string,
  annotation: NewAnnotation,
): Promise<Study> {
  const study = library.get(id);
  const { geometry, seriesInstanceUID } = await volumes.get(study);
  const mask: Mask = { geometry, voxels: await unpackMask(annotation.packed, voxelCount(geometry)) };
  const slices = [...new Set(annotation.slices)].sort((a, b) => a - b);
  if (slices.some((slice) => slice >= geometry.size[2])) {
    throw new RefusedError(
      "annotation-invalid",
      `the CT has ${geometry.size[2]} slices; slice ${slices.at(-1)} is not one of them`,
    );
  }
  const at = new Date();
  const folder = library.path(id, "annotation");
  const beside = `${folder}.part`;
  await rm(beside, { recursive: true, force: true });
  await mkdir(beside);
  await writeBeside(join(beside, "mask.gz"), await promisify(gzip)(mask.voxels));
  await writeBeside(
    join(beside, "annotation.json"),
    JSON.stringify({ slices, reader: annotation.reader, at: at.toISOString() } satisfies z.infer<typeof recordSchema>),
  );
  const source = await sourceSeries(await openPaths([library.path(id, "images")]), seriesInstanceUID);
  const description = { label: "Embolus", by: annotation.reader, at };
  await writeBeside(join(beside, "segmentation.dcm"), writeSegmentation(mask, slices, source, description));
  await rm(folder, { recursive: true, force: true });
  await rename(beside, folder);
  const positive = mask.voxels.some((value) => value > 0);
  await enterIntoCohort(library, {
    id: study.id,
    ...(study.studyInstanceUID === "" ? {} : { studyInstanceUID: study.studyInstanceUID }),
    ...(seriesInstanceUID === "" ? {} : { seriesInstanceUID }),
    patient: study.patient.id || null,
    hospital: study.hospital || null,
    series: `studies/${study.id}/images`,
    label: { value: positive ? "present" : "absent", origin: "annotation" },
    annotations: [
      {
        mask: `studies/${study.id}/annotation/segmentation.dcm`,
        slices: slices.map((slice) => sliceHeight(geometry, slice)),
        annotator: annotation.reader,
      },
    ],
    split: null,
  });
  return library.update(id, { annotatedSlices: slices });
}

/** @throws RefusedError where nobody annotated the study */
export async function keptAnnotation(library: Library, volumes: KeptVolumes, id: string): Promise<Mask> {
  const { geometry } = await volumes.get(library.get(id));
  const packed = await readFile(library.path(id, "annotation", "mask.gz")).catch(() => undefined);
  if (!packed) throw new RefusedError("study-unknown", "nobody has annotated this study");
  return { geometry, voxels: await unpackMask(packed, voxelCount(geometry)) };
}

async function unpackMask(packed: Uint8Array, voxels: number): Promise<Uint8Array> {
  try {
    const mask = await promisify(gunzip)(packed, { maxOutputLength: voxels + 1 });
    if (mask.length === voxels && mask.every((value) => value <= 1)) return new Uint8Array(mask);
  } catch {
    // Not gzip, or longer than the CT: refused below like every other body that is no mask.
  }
  throw new RefusedError(
    "annotation-invalid",
    `the body is not a mask of the CT: ${voxels} bytes of 0 and 1, compressed with gzip`,
  );
}
