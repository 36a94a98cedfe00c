/**
 * Fills an empty reading room with a few synthetic studies, one after another, so that a newcomer watches the first
 * being diagnosed while the next is made.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
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

/** Does nothing where there are studies already. Stops early, and cleanly, when told to. */
export async function addDemonstration(library: Library, { onProgress, signal }: DemonstrationOptions): Promise<void> {
  if (library.list().length > 0) return;
  for (const [index, { seed, emboli }] of studies.entries()) {
    if (signal.aborted) return;
    onProgress?.({ label: "making synthetic studies", done: index, total: studies.length, unit: "studies" });
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
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  onProgress?.({ label: "making synthetic studies", done: studies.length, total: studies.length, unit: "studies" });
}
