/**
 * What readers have done on a study, its annotation, its verdicts and its measurements, taken as one: which version of
 * it is kept, and its removal with the study.
 */
import { readAnnotation } from "./annotation-files.ts";
import { syncCohort } from "./cohort-sync.ts";
import type { Library } from "./library.ts";
import { keptMeasurements } from "./measurements.ts";
import { type Current, type IfMatch, inTurn, requirePrecondition, versionOf } from "./preconditions.ts";
import { keptVerdicts } from "./verdicts.ts";

interface Work extends Current {
  readonly isEmpty: boolean;
}

async function readWork(library: Library, id: string): Promise<Work> {
  const { verdicts, measurements } = library.get(id);
  const annotation = await readAnnotation(library, id);
  const given = keptVerdicts(verdicts);
  const measured = keptMeasurements(measurements);
  const done = [
    ...(annotation ? [annotation.last] : []),
    ...(verdicts.length > 0 ? [given.last] : []),
    ...(measurements.length > 0 ? [measured.last] : []),
  ];
  return {
    isEmpty: done.length === 0,
    version: versionOf(
      annotation?.version ?? "",
      given.version,
      ...(measurements.length > 0 ? [measured.version] : []),
    ),
    last: done.join("; ") || "nobody has worked on this study",
  };
}

/** @throws RefusedError study-unknown */
export const studyEtag = (library: Library, id: string): Promise<string> =>
  inTurn(library, id, async () => (await readWork(library, id)).version);

/** Removes a study with all work on it; what was still to be saved finds no study. */
export function removeStudyIfMatch(library: Library, id: string, seen: IfMatch): Promise<void> {
  return inTurn(library, id, async () => {
    const work = await readWork(library, id);
    requirePrecondition(seen, work, !work.isEmpty);
    await library.remove(id);
    await syncCohort(library, id);
  });
}
