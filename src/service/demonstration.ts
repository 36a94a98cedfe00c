/**
 * Fills an empty reading room with a few synthetic studies, one after another, so that a newcomer watches the first
 * being diagnosed while the next is made.
 */
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { writeBeside } from "../cohort/index.ts";
import { makeHospital } from "../phantom/node/index.ts";
import type { OnProgress } from "../progress.ts";
import { takeIn } from "./intake.ts";
import type { Library } from "./library.ts";

/** Seed of each study, and whether it holds emboli. */
const studies = [
  { seed: 101, emboli: true },
  { seed: 102, emboli: false },
  { seed: 103, emboli: true },
  { seed: 104, emboli: false },
] as const;

/** Full detail in-plane, slices as a PACS often keeps them. */
const grid = { columns: 512, sliceSpacing: 2 };

export interface DemonstrationOptions {
  readonly onProgress?: OnProgress;
  readonly signal: AbortSignal;
}

/** How many studies of the demonstration were made before the server ended. */
const madeSchema = z.strictObject({ made: z.int().min(0).max(studies.length) });

/**
 * Fills an empty room, and goes on where an earlier start was stopped; a room with studies of its own is left alone.
 * Stops early, and cleanly, when told to.
 */
export async function addDemonstration(library: Library, { onProgress, signal }: DemonstrationOptions): Promise<void> {
  const before = library.list().length === 0 ? 0 : await madeBefore(library);
  const total = studies.length;
  if (before === total) return;
  for (const [index, study] of studies.entries()) {
    if (index < before) continue;
    onProgress?.({ label: "making synthetic studies", done: index, total, unit: "studies" });
    await writeBeside(library.demonstrationPath, JSON.stringify({ made: index }));
    try {
      await addStudy(library, study, signal);
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    }
    await writeBeside(library.demonstrationPath, JSON.stringify({ made: index + 1 }));
    if (signal.aborted) return;
  }
  onProgress?.({ label: "making synthetic studies", done: total, total, unit: "studies" });
}

/** All of them where nothing is known: such a room was never filled by this. */
async function madeBefore(library: Library): Promise<number> {
  try {
    return madeSchema.parse(JSON.parse(await readFile(library.demonstrationPath, "utf8"))).made;
  } catch {
    return studies.length;
  }
}

async function addStudy(
  library: Library,
  { seed, emboli }: (typeof studies)[number],
  signal: AbortSignal,
): Promise<void> {
  const folder = await library.makeIncoming();
  try {
    const settings = {
      seed,
      studies: 1,
      prevalence: emboli ? 1 : 0,
      hospitals: 4,
      annotated: 0,
      annotationSpacing: 10,
      test: 0,
      confounder: 0,
      grid,
    };
    await makeHospital(folder, settings, { threads: 1, signal });
    await takeIn(library, join(folder, "dicom"), (name) => name);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
