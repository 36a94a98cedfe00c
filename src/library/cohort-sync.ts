/**
 * The cohort of what was annotated in the reading room: `cohort.json` in its folder, ready for `embolens prepare`.
 *
 *     await syncCohort(library, id);   // after the annotation of that study has changed
 *     await syncCohort(library);       // at a start
 *
 * It follows from the studies: one that is damaged is set aside and made again from them, and one that can't be written
 * keeps nobody from annotating. Changes follow one another, so that two readers who save at once both find their study in it.
 */
import { existsSync } from "node:fs";
import { rename } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { type Cohort, type CohortStudy, readCohort, sliceHeight, writeCohort } from "../cohort/index.ts";
import { patientPoint } from "../volume/index.ts";
import { annotationFile, readAnnotation } from "./annotation-files.ts";
import type { Library } from "./library.ts";

/** @param changed a study whose annotation is another now, or gone */
export function syncCohort(library: Library, changed?: string): Promise<void> {
  return library.inTurn("cohort", async () => {
    try {
      const before = await present(library);
      const studies = await following(library, before?.studies ?? [], changed);
      const cohort = { ...(before ?? empty), studies };
      if (before ? JSON.stringify(before) !== JSON.stringify(cohort) : studies.length > 0) {
        await writeCohort(library.cohortPath, cohort);
      }
      library.problems.remove("cohort-unwritable");
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const hint = "annotations are saved; the cohort is made again from them at the next one, or at the next start";
      library.problems.add({
        code: "cohort-unwritable",
        study: null,
        message: `cohort.json is not up to date: ${why}`,
        hint,
      });
    }
  });
}

const empty: Cohort = {
  name: "reading room",
  description: "Annotated in the Embolens reading room. Research use, not a medical device.",
  studies: [],
};

/** Undefined where there is none, or none that can be read any more. */
async function present(library: Library): Promise<Cohort | undefined> {
  const path = library.cohortPath;
  if (!existsSync(path)) return undefined;
  try {
    return (await readCohort(path)).cohort;
  } catch {
    const aside = path.replace(/\.json$/, `.damaged-${new Date().toISOString().replace(/\D/g, "")}.json`);
    await rename(path, aside);
    const message = "cohort.json was damaged: it was made again from the studies’ annotations";
    const hint = `labels and splits that were entered by hand are in ${aside.split("/").at(-1)}`;
    library.problems.add({ code: "cohort-damaged", study: null, message, hint });
    return undefined;
  }
}

/** The entries as the studies are now; those of studies from elsewhere stay. */
async function following(
  library: Library,
  before: readonly CohortStudy[],
  changed: string | undefined,
): Promise<CohortStudy[]> {
  const isGone = ({ id, series }: CohortStudy) => series === imagesOf(id) && !library.has(id);
  const stay = before.filter((entry) => entry.id !== changed && !isGone(entry));
  const present = new Set(stay.map(({ id }) => id));
  const added: CohortStudy[] = [];
  for (const { id, annotatedSlices } of library.list()) {
    if (present.has(id) || (id !== changed && annotatedSlices.length === 0)) continue;
    const entry = await entryOf(library, id);
    if (entry) added.push(entry);
  }
  return [...stay, ...added];
}

const imagesOf = (id: string) => `studies/${id}/images`;

/** Undefined where nobody annotated the study, or where its annotation does not say on which grid. */
async function entryOf(library: Library, id: string): Promise<CohortStudy | undefined> {
  const annotation = await readAnnotation(library, id);
  const record = annotation?.record;
  if (!annotation || annotation.isDamaged || !record?.grid) return undefined;
  const { studyInstanceUID, patient, hospital } = library.get(id);
  const { slices, reader, seriesInstanceUID, noSegmentation } = record;
  const grid = { ...record.grid, origin: patientPoint(...record.grid.origin) };
  const file = noSegmentation === undefined ? annotationFile.segmentation : annotationFile.nifti;
  const positive = (await promisify(gunzip)(annotation.packed)).includes(1);
  return {
    id,
    ...(studyInstanceUID === "" ? {} : { studyInstanceUID }),
    ...(seriesInstanceUID ? { seriesInstanceUID } : {}),
    patient: patient.id || null,
    hospital: hospital || null,
    series: imagesOf(id),
    label: { value: positive ? "present" : "absent", origin: "annotation" },
    annotations: [
      {
        mask: `studies/${id}/annotation/${file}`,
        slices: slices.map((slice) => sliceHeight(grid, slice)),
        annotator: reader,
      },
    ],
    split: null,
  };
}
