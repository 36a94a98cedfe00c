/**
 * The cohort of what was annotated in the reading room: `cohort.json` in its folder, ready for `embolens prepare`.
 *
 *     await addToCohort(library, { id, series, label, annotations, … });
 *     await removeFromCohort(library, id);
 *
 * Changes follow one another, so that two readers who save at once both find their study in it.
 */
import { existsSync } from "node:fs";
import { type CohortStudy, readCohort, writeCohort } from "../cohort/index.ts";
import type { Library } from "./library.ts";

/** Puts a study in, in place of an earlier entry of the same identifier. */
export function addToCohort(library: Library, entry: CohortStudy): Promise<void> {
  return change(library, (studies) => [...studies.filter(({ id }) => id !== entry.id), entry]);
}

/** Takes a study out; nothing happens where it is not in. */
export function removeFromCohort(library: Library, removed: string): Promise<void> {
  return change(library, (studies) =>
    studies.some(({ id }) => id === removed) ? studies.filter(({ id }) => id !== removed) : undefined,
  );
}

type Studies = readonly CohortStudy[];

/** @param edit gives the studies as they shall be; undefined leaves the file as it is */
function change(library: Library, edit: (studies: Studies) => Studies | undefined): Promise<void> {
  return library.inTurn("cohort", async () => {
    const path = library.cohortPath;
    const cohort = existsSync(path)
      ? (await readCohort(path)).cohort
      : {
          name: "reading room",
          description: "Annotated in the Embolens reading room. Research use, not a medical device.",
          studies: [],
        };
    const studies = edit(cohort.studies);
    if (studies !== undefined) await writeCohort(path, { ...cohort, studies: [...studies] });
  });
}
