/**
 * From a folder of files that came in to studies on the worklist: sorted by study, each moved into a folder of its own.
 * What is no CT is refused by name; a study that is a CT but cannot be judged goes on the worklist and is refused there
 * with its reason, so that nobody waits for it.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { studyAttributes } from "../results/dicom/study-attributes.ts";
import { type ByteSource, expandArchives, type Series, type SkippedFile, scanStudy } from "../volume/index.ts";
import { openPaths } from "../volume/node/index.ts";
import type { Library } from "./library.ts";
import type { Study } from "./schema.ts";

export interface Intake {
  readonly studies: readonly Study[];
  readonly refused: readonly SkippedFile[];
}

/**
 * @param folder what came in, zips included; it is left as it is
 * @param shownName how to name a file to the person who sent it
 */
export async function takeIn(library: Library, folder: string, shownName: (name: string) => string): Promise<Intake> {
  const refused: SkippedFile[] = [];
  const files = await expandArchives(await openPaths([folder]), refused);
  const { series, skipped } = await scanStudy(files);
  refused.push(...skipped);
  const byName = new Map(files.map((file) => [file.name, file]));
  const studies: Study[] = [];
  for (const [uid, group] of groupByStudy(series)) {
    const sources = group.flatMap((one) =>
      one.files.map((name) => byName.get(name)).filter((source) => source !== undefined),
    );
    const known = uid === "" ? undefined : library.withStudyInstanceUID(uid);
    if (known) {
      refused.push({
        file: sources[0]!.name,
        code: "study-known",
        message: `${known.patient.name || uid} is on the worklist already`,
      });
    } else if (sources.length > 0) studies.push(await addStudy(library, uid, group, sources));
  }
  return {
    studies,
    refused: refused.map((file) => ({ ...file, file: shownName(file.file), message: shownName(file.message) })),
  };
}

/** Series of one study together; a file without identifiers is a study of its own. */
function groupByStudy(series: readonly Series[]): [string, Series[]][] {
  const groups = new Map<string, Series[]>();
  const alone: [string, Series[]][] = [];
  for (const one of series) {
    if (one.studyInstanceUid === "") alone.push(["", [one]]);
    else groups.set(one.studyInstanceUid, [...(groups.get(one.studyInstanceUid) ?? []), one]);
  }
  return [...groups, ...alone];
}

async function addStudy(
  library: Library,
  uid: string,
  series: readonly Series[],
  sources: readonly ByteSource[],
): Promise<Study> {
  const images = join(await library.makeIncoming(), "images");
  await mkdir(images);
  for (const [index, source] of sources.entries()) {
    await writeFile(join(images, fileName(source.name, index)), await source.read());
  }
  const attributes = await studyAttributes(sources[0]!);
  return library.add(
    {
      ...attributes,
      studyInstanceUID: uid,
      description: attributes.description || (series[0]?.description ?? ""),
      images: sources.length,
    },
    images,
  );
}

/** A name of our own making, so that no name in an upload reaches the disk; the ending tells formats apart. */
function fileName(name: string, index: number): string {
  const ending = /\.(nii\.gz|nii|nrrd|nhdr|mha)$/i.exec(name)?.[0].toLowerCase() ?? ".dcm";
  return `${String(index + 1).padStart(5, "0")}${ending}`;
}
