/**
 * Many studies, one after another, through one loaded model: the work of `embolens diagnose`.
 *
 *     for await (const outcome of diagnoseStudies(paths, { detector, decoder, out: "results/" })) console.log(outcome);
 *
 * A path may hold several studies (a hospital's export): files are grouped by study. One refused study leaves the
 * others alone. Without a folder nothing is written. A folder that already holds the diagnosis of these images by the same
 * model keeps it, so a run that was stopped goes on where it was; a study that has got further images, or lacks the DICOM
 * objects asked for, is judged again.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { type Detector, type Diagnosis, diagnose, toChestCt } from "../diagnosis/index.ts";
import { type ErrorCode, FailedError, RefusedError, type Warning } from "../errors.ts";
import type { OnProgress } from "../progress.ts";
import { type Decoder, type ScannedStudy, type Series, scanStudy } from "../volume/index.ts";
import { openPaths } from "../volume/node/index.ts";
import { type DiagnosedImages, isDiagnosed, writeDiagnosis } from "./diagnosis-files.ts";
import { isUnreferable, type SourceSeries, sourceSeries } from "./dicom/source-series.ts";

export interface DiagnoseStudiesOptions {
  readonly detector: Detector;
  readonly decoder: Decoder;
  /** Where results go; nothing is written without it. One study goes into the folder itself, several into one each. */
  readonly out?: string | undefined;
  /** Whether results are also written as DICOM objects, where the CT is DICOM. */
  readonly dicom?: boolean | undefined;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a study is called: its path, or its identifier where a path holds several. */
interface Named {
  readonly study: string;
}

export type StudyOutcome = Named &
  (
    | {
        readonly state: "diagnosed";
        readonly document: Diagnosis["document"] & { readonly images: DiagnosedImages };
        readonly files: readonly string[];
      }
    /** Its folder already holds the diagnosis of these images by this model. */
    | { readonly state: "kept"; readonly folder: string }
    | {
        readonly state: "refused" | "failed";
        readonly code: ErrorCode;
        readonly message: string;
        readonly hint: string | undefined;
      }
  );

interface Waiting extends Named {
  readonly content: ScannedStudy;
  /** Name of its folder among several. */
  readonly folder: string;
}

/**
 * @throws FailedError `file-missing` for a path that is not there, before any work; out-of-memory, interrupted and
 *   `file-unwritable` while working
 */
export async function* diagnoseStudies(
  paths: readonly string[],
  options: DiagnoseStudiesOptions,
): AsyncGenerator<StudyOutcome> {
  const { out, signal } = options;
  const waiting = await collect(paths, options);
  for (const study of waiting) {
    signal?.throwIfAborted();
    const folder = out === undefined ? undefined : waiting.length === 1 ? out : join(out, study.folder);
    yield await diagnoseOne(study, folder, options);
  }
}

async function diagnoseOne(
  { study, content }: Waiting,
  folder: string | undefined,
  { detector, decoder, dicom, onProgress, signal }: DiagnoseStudiesOptions,
): Promise<StudyOutcome> {
  const uid = content.series[0]?.studyInstanceUid ?? "";
  const images = imagesOf(content);
  const wanted = { studyInstanceUID: uid, model: detector.model.sha256, images, dicom: dicom ?? false };
  if (folder !== undefined && uid !== "" && (await isDiagnosed(folder, wanted))) {
    return { study, state: "kept", folder };
  }
  try {
    const chest = await toChestCt(content, { decoder, onProgress, signal });
    const diagnosis = await diagnose(chest, detector, { onProgress, signal });
    const { source, warnings } = dicom && folder !== undefined ? await dicomSource(chest.series) : noSource;
    const document = { ...diagnosis.document, warnings: [...diagnosis.document.warnings, ...warnings], images };
    const files =
      folder === undefined ? [] : await writeDiagnosis(folder, chest.volume, { ...diagnosis, document }, { source });
    return { study, state: "diagnosed", document, files };
  } catch (error) {
    if (error instanceof RefusedError) {
      return { study, state: "refused", code: error.code, message: error.message, hint: error.hint };
    }
    // A file that went away or can't be read is this study's matter; the disk being full is everybody's.
    if (error instanceof FailedError && error.code === "file-unreadable") {
      return { study, state: "failed", code: error.code, message: error.message, hint: error.hint };
    }
    throw error;
  }
}

interface DicomSource {
  readonly source?: SourceSeries;
  /** Why there is none. */
  readonly warnings: readonly Warning[];
}
const noSource: DicomSource = { warnings: [] };

/** The images of a series, for objects that refer to them. */
async function dicomSource(series: Series): Promise<DicomSource> {
  try {
    return { source: await sourceSeries(series), warnings: [] };
  } catch (error) {
    if (!isUnreferable(error)) throw error;
    return { warnings: [{ code: error.code, message: `no DICOM objects were written: ${error.message}` }] };
  }
}

/** How many images a study has, and a hash of which they are. */
function imagesOf({ series }: ScannedStudy): DiagnosedImages {
  const identities = series.map(({ seriesInstanceUid, files, pixels }) => {
    const instances = pixels?.kind === "stack" ? pixels.stack.slices.map(({ object }) => object.sopInstanceUid) : [];
    return [seriesInstanceUid, String(files.length), ...instances.sort()].join(" ");
  });
  return {
    number: series.reduce((sum, { files }) => sum + files.length, 0),
    sha256: createHash("sha256").update(identities.sort().join("\n")).digest("hex"),
  };
}

/** All studies in the paths, in their order. */
async function collect(paths: readonly string[], options: DiagnoseStudiesOptions): Promise<Waiting[]> {
  const waiting: Waiting[] = [];
  const taken = new Set<string>();
  for (const path of paths) {
    const found = await scanStudy(await openPaths([path]), options);
    const groups = groupByStudy(found);
    for (const { key, content } of groups) {
      const study = groups.length === 1 ? path : key;
      let folder = folderName(key === "" ? path : key);
      for (let copy = 2; taken.has(folder); copy++) folder = `${folderName(key)}-${copy}`;
      taken.add(folder);
      waiting.push({ study, content, folder });
    }
  }
  return waiting;
}

/** Series of one study together; a file without identifiers is a study of its own. */
function groupByStudy({ series, skipped }: ScannedStudy): { readonly key: string; readonly content: ScannedStudy }[] {
  const groups = new Map<string, Series[]>();
  for (const one of series) {
    const key = one.studyInstanceUid || one.files[0] || "";
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  if (groups.size === 0) return [{ key: "", content: { series, skipped } }];
  return [...groups].map(([key, own]) => ({
    key,
    // What was skipped belongs to no study; it explains only a study that is alone.
    content: { series: own, skipped: groups.size === 1 ? skipped : [] },
  }));
}

const folderName = (key: string): string =>
  key
    .replace(/^.*[\\/](?=[^\\/])/, "")
    .replace(/[\\/]+$/, "")
    .replace(/[^A-Za-z0-9._-]+/g, "_") || "study";
