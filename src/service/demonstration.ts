/**
 * Fills an empty reading room with a few synthetic studies, one after another, so that a newcomer watches the first
 * being diagnosed while the next is made.
 */
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { writeAtomic } from "../cohort/index.ts";
import { ingest, type Library, VolumeCache } from "../library/index.ts";
import { type HospitalSettings, makeHospital } from "../phantom/node/index.ts";
import type { OnProgress } from "../progress.ts";

/**
 * Full detail in-plane, slices as a PACS often keeps them, emboli of the sizes the demonstration model has learned from:
 * half of the studies hold some.
 */
const hospital: HospitalSettings = {
  seed: 101,
  studies: 4,
  prevalence: 0.5,
  hospitals: 4,
  annotated: 0,
  annotationSpacing: 10,
  test: 0,
  confounder: 0,
  grid: { columns: 512, sliceSpacing: 2 },
  largestEmbolus: ["saddle", "main", "lobar"],
};

export interface DemonstrationOptions {
  readonly onProgress?: OnProgress;
  readonly signal: AbortSignal;
}

/** How many studies of the demonstration were made before the server ended. */
const madeSchema = z.strictObject({ made: z.int().min(0).max(hospital.studies) });

/**
 * Fills an empty room, and goes on where an earlier start was stopped; a room with studies of its own is left alone.
 * Stops early, and cleanly, when told to.
 */
export async function addDemonstration(library: Library, { onProgress, signal }: DemonstrationOptions): Promise<void> {
  const before = library.list().length === 0 ? 0 : await madeBefore(library);
  const total = hospital.studies;
  if (before === total) return;
  for (let index = before; index < total; index++) {
    onProgress?.({ label: "making synthetic studies", done: index, total, unit: "studies" });
    await writeAtomic(library.demonstrationPath, JSON.stringify({ made: index }));
    try {
      await addStudy(library, index, signal);
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    }
    await writeAtomic(library.demonstrationPath, JSON.stringify({ made: index + 1 }));
    if (signal.aborted) return;
  }
  onProgress?.({ label: "making synthetic studies", done: total, total, unit: "studies" });
}

/** All of them where nothing is known: such a room was never filled by this. */
async function madeBefore(library: Library): Promise<number> {
  try {
    return madeSchema.parse(JSON.parse(await readFile(library.demonstrationPath, "utf8"))).made;
  } catch {
    return hospital.studies;
  }
}

async function addStudy(library: Library, index: number, signal: AbortSignal): Promise<void> {
  const folder = await library.makeIncoming();
  try {
    await makeHospital(folder, hospital, { only: [index], threads: 1, signal });
    await ingest(library, new VolumeCache(library), join(folder, "dicom"), (name) => name);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
