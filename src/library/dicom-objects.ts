/**
 * What the reading room hands to a hospital: the DICOM objects that `embolens diagnose --dicom` writes, the report with
 * what readers have said in it, and a reader's annotation.
 *
 *     const objects = await keptObjects(library, id);
 *     const zip = await zipped(objects);
 *
 * They are written when they are asked for, from what is kept of the diagnosis; asked for again, they are the same objects
 * under the same identifiers, and a report that more was said in is another one.
 */
import { stat } from "node:fs/promises";
import { promisify } from "node:util";
import { type AsyncZippable, zip } from "fflate";
import { slicesOfView } from "../diagnosis/index.ts";
import { RefusedError } from "../errors.ts";
import { diagnosisObjects, keyImageCount, keySlices, type ResultObject, sourceSeries } from "../results/index.ts";
import { annotationFile } from "./annotation-files.ts";
import { keptSegmentation } from "./annotations.ts";
import { isOnDiagnosis } from "./diagnosis-identity.ts";
import { keptAttention, keptDiagnosis, keptResult } from "./kept-diagnosis.ts";
import type { Library } from "./library.ts";
import { inTurn } from "./preconditions.ts";
import { loadSeries } from "./volume-cache.ts";

/**
 * Those of the diagnosis, and of the annotation where there is one.
 * @throws RefusedError `study-unknown` where nothing has been found in the study yet, `segmentation-source-missing` or
 *   `segmentation-source-mixed` where its CT can carry no DICOM objects
 */
export async function keptObjects(library: Library, id: string): Promise<ResultObject[]> {
  const study = library.get(id);
  const isDiagnosed = study.state === "done";
  const isAnnotated = study.annotatedSlices.length > 0;
  if (!isDiagnosed && !isAnnotated) {
    throw new RefusedError("study-unknown", "the study has neither a diagnosis nor an annotation to hand out", {
      hint: study.reason?.message ?? "wait until it is diagnosed",
    });
  }
  return [...(isDiagnosed ? await ofDiagnosis(library, id) : []), ...(isAnnotated ? [ofAnnotation(library, id)] : [])];
}

async function ofDiagnosis(library: Library, id: string): Promise<ResultObject[]> {
  const study = library.get(id);
  const source = await sourceSeries(await loadSeries(library, study));
  const { writtenAt, ...diagnosis } = await readDiagnosis(library, id);
  const { diagnosed } = study;
  const at = diagnosed === null ? writtenAt : new Date(diagnosed);
  // Slabs of an earlier diagnosis, of fewer images, lay elsewhere under the same numbers.
  const verdicts = study.verdicts.filter((verdict) => isOnDiagnosis(verdict, study));
  // Points measured on another series may lie in another frame of reference.
  const measurements = study.measurements.filter((one) => one.seriesInstanceUID === source.seriesInstanceUID);
  return diagnosisObjects(diagnosis, source, at, { verdicts, measurements });
}

/** @throws RefusedError file-damaged, or study-unknown where another diagnosis is just taking its place */
async function readDiagnosis(library: Library, id: string) {
  const view = await keptAttention(library, id);
  const document = await keptDiagnosis(library, id);
  const slices = keySlices(slicesOfView(view), document.slabs, keyImageCount);
  const images = await Promise.all(
    slices.map(async (slice) => ({ ...slice, png: await keptResult(library, id, slice.name) })),
  );
  return { document, view, images, writtenAt: (await stat(library.path(id, "diagnosis", "diagnosis.json"))).mtime };
}

const ofAnnotation = (library: Library, id: string): ResultObject => ({
  name: annotationFile.segmentation,
  write: () => inTurn(library, id, () => keptSegmentation(library, id)),
});

/** Files of a zip; compressed lightly, since attention is mostly nothing. */
export async function zipped(objects: readonly ResultObject[]): Promise<Uint8Array> {
  const files: AsyncZippable = {};
  for (const { name, write } of objects) files[name] = await write();
  return await promisify<AsyncZippable, { level: 1 }, Uint8Array>(zip)(files, { level: 1 });
}
