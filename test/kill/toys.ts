/**
 * The cohort and the store that preparing and training are killed on.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type CohortStudy, sliceHeight, writeCohort } from "../../src/cohort/index.ts";
import { toNrrd, toyChest, toyGeometry, toyMask } from "../toy-chest.ts";

/** @returns the cohort file */
export async function toyCohort(folder: string, studies: number): Promise<string> {
  await mkdir(folder, { recursive: true });
  const chest = toNrrd(toyChest());
  await writeFile(join(folder, "mask.nrrd"), toNrrd(toyMask(25, 27)));
  const made: CohortStudy[] = [];
  for (let index = 0; index < studies; index++) {
    const positive = index % 2 === 0;
    await writeFile(join(folder, `ct-${index}.nrrd`), chest);
    made.push({
      ...{ id: `s${index}`, patient: `p${index}`, hospital: null, series: `ct-${index}.nrrd`, split: null },
      label: { value: positive ? "present" : "absent", origin: "manual" },
      annotations: positive ? [{ mask: "mask.nrrd", slices: [25, 27].map((at) => sliceHeight(toyGeometry, at)) }] : [],
    });
  }
  await writeCohort(join(folder, "cohort.json"), { name: "toy", studies: made });
  return join(folder, "cohort.json");
}
