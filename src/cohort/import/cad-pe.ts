/**
 * The CAD-PE challenge's data as a cohort.
 *
 *     const { cohort } = await importCadPe("cad-pe", "cad-pe/cohort.json", {});
 *
 * 91 CT angiographies as NRRD, `001.nrrd`, with the reference standard beside them or in another folder of the same
 * tree, `001RefStd.nrrd`, each clot under its own number. Gonzalez et al. 2020, cad-pe.org. Every slice was looked at.
 * Cases whose reference standard is kept back get no label.
 */
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { RefusedError } from "../../errors.ts";
import { readMask } from "../../volume/index.ts";
import { diskFile } from "../../volume/node/index.ts";
import { relativePath } from "../file.ts";
import type { CohortStudy } from "../manifest.ts";
import type { Imported, ImportOptions } from "./options.ts";

const imageName = /^(\d+)\.nrrd$/i;
const referenceName = /^(\d+)RefStd\.nrrd$/i;

/** @param target the cohort file, which paths are relative to */
export async function importCadPe(folder: string, target: string, options: ImportOptions): Promise<Imported> {
  const files = (await readdir(folder, { recursive: true })).sort();
  const byCase = (pattern: RegExp) =>
    new Map(
      files.flatMap((file): [string, string][] => {
        const found = pattern.exec(basename(file));
        return found ? [[found[1]!, join(folder, file)]] : [];
      }),
    );
  const images = byCase(imageName);
  const references = byCase(referenceName);
  if (images.size === 0) {
    throw new RefusedError("data-insufficient", `${folder} holds no image of CAD-PE, such as 001.nrrd`);
  }
  const base = dirname(resolve(target));
  const studies: CohortStudy[] = [];
  for (const [number, image] of images) {
    options.signal?.throwIfAborted();
    const reference = references.get(number);
    studies.push({
      ...{ id: `CAD-PE-${number}`, patient: number, hospital: null, series: relativePath(base, image) },
      label: reference === undefined ? null : { value: await labelOf(reference), origin: "annotation" },
      annotations: reference === undefined ? [] : [{ mask: relativePath(base, reference), slices: "all" }],
      split: null,
    });
    options.onProgress?.({ label: "importing", done: studies.length, total: images.size, unit: "studies" });
  }
  const description = "Computer aided detection for pulmonary embolism challenge, cad-pe.org; IEEE DataPort.";
  return { cohort: { name: "CAD-PE", description, studies }, skipped: [] };
}

async function labelOf(reference: string): Promise<"present" | "absent"> {
  const mask = await readMask(diskFile(reference, (await stat(reference)).size));
  return mask.voxels.some((value) => value > 0) ? "present" : "absent";
}
