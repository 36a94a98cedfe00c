/**
 * From a folder of files that came in to studies on the worklist: sorted by study, each moved into a folder of its own.
 * Images of a study that is on the worklist already are added to it, and it is judged again: a study may come in pieces.
 * What is no CT is refused by name; a study that is a CT but cannot be judged goes on the worklist and is refused there
 * with its reason, so that nobody waits for it.
 */
import { randomUUID } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { RefusedError } from "../errors.ts";
import { studyAttributes } from "../results/dicom/study-attributes.ts";
import { describeObject } from "../volume/dicom/image.ts";
import { type ByteSource, expandArchives, type Series, type SkippedFile, scanStudy } from "../volume/index.ts";
import { openPaths } from "../volume/node/index.ts";
import { resampleAnnotation } from "./annotations.ts";
import { judgeAgain } from "./jobs.ts";
import type { Library } from "./library.ts";
import type { Study } from "./records.ts";
import type { VolumeCache } from "./volume-cache.ts";

export interface Intake {
  /** Studies that are new, and known ones that got further images. */
  readonly studies: readonly Study[];
  /** How many images each known study got. */
  readonly added: readonly { readonly id: string; readonly images: number }[];
  readonly refused: readonly SkippedFile[];
}

/**
 * Takes in one folder after another, so that the same study sent twice at once is taken once.
 * @param folder what came in, zips included; it is left as it is
 * @param shownName how to name a file to the person who sent it
 */
export function ingest(
  library: Library,
  volumes: VolumeCache,
  folder: string,
  shownName: (name: string) => string,
): Promise<Intake> {
  return library.inTurn("intake", async () => {
    const unpacked = await library.makeIncoming();
    try {
      return await sorted(library, volumes, folder, unpacked, shownName);
    } finally {
      await rm(unpacked, { recursive: true, force: true });
    }
  });
}

async function sorted(
  library: Library,
  volumes: VolumeCache,
  folder: string,
  unpacked: string,
  shownName: (name: string) => string,
): Promise<Intake> {
  const refused: SkippedFile[] = [];
  const files = await withNested(await expandArchives(await openPaths([folder]), refused), unpacked, refused);
  // What was refused has said why; an upload of nothing at all was refused before it came here.
  const { series, skipped } = files.length === 0 && refused.length > 0 ? nothing : await scanStudy(files);
  // One by one: a call takes no more arguments than fit on the stack.
  for (const file of skipped) refused.push(file);
  const byName = new Map(files.map((file) => [file.name, file]));
  const studies: Study[] = [];
  const added: { id: string; images: number }[] = [];
  for (const [uid, group] of groupByStudy(series)) {
    const sources = group.flatMap((one) =>
      one.files.map((name) => byName.get(name)).filter((source) => source !== undefined),
    );
    const hidden = group.flatMap((one) => one.files.filter((name) => !byName.has(name)));
    for (const file of hidden) refused.push({ file, code: "archive-unsafe", message: tooDeep });
    if (sources.length === 0) continue;
    const known = uid === "" ? undefined : library.withStudyInstanceUID(uid);
    if (!known) {
      studies.push(await addStudy(library, uid, group, sources, shownName));
      continue;
    }
    const further = await furtherImages(library, known, sources, refused);
    if (further.length > 0) {
      studies.push(await addToStudy(library, volumes, known, further));
      added.push({ id: known.id, images: further.length });
    } else if (known.state === "failed") {
      // Whoever sends it again wants it judged.
      studies.push(await judgeAgain(library, known.id));
      added.push({ id: known.id, images: 0 });
    } else {
      const message = `${known.patient.name || uid} is on the worklist already`;
      refused.push({ file: sources[0]!.name, code: "study-known", message });
    }
  }
  return {
    studies,
    added,
    refused: refused.map((file) => ({ ...file, file: shownName(file.file), message: shownName(file.message) })),
  };
}

const nothing = { series: [], skipped: [] } as const;

/** A zip that holds the zips of several studies is what some archives hand out; nobody packs deeper on purpose. */
const deepest = 3;
const tooDeep = "it lies in an archive within an archive: unpack the outer one and send it again";

/** Archives in archives are written out first, since to read one of their files would inflate them whole each time. */
async function withNested(
  files: readonly ByteSource[],
  unpacked: string,
  refused: SkippedFile[],
  depth = 1,
): Promise<ByteSource[]> {
  const found: ByteSource[] = [];
  for (const file of files) {
    if (!/\.zip$/i.test(file.name)) {
      found.push(file);
      continue;
    }
    try {
      if (depth > deepest) throw new RefusedError("archive-unsafe", `${file.name}: archives lie too deep in archives`);
      const path = join(unpacked, randomUUID());
      await writeFile(path, await file.read());
      const onDisk = (await openPaths([path])).map((source) => ({ ...source, name: file.name }));
      const inner = await expandArchives(onDisk, refused);
      // One that is named a zip and is none goes on as it came.
      const isArchive = inner.some(({ name }) => name !== file.name) || inner.length === 0;
      found.push(...(isArchive ? await withNested(inner, unpacked, refused, depth + 1) : [file]));
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      refused.push({ file: file.name, code: error.code, message: error.message });
    }
  }
  return found;
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

/**
 * The images that a study does not have yet, told apart by their SOP Instance UIDs; another image of a UID that is taken
 * is refused by name, the same image once more is not.
 */
async function furtherImages(
  library: Library,
  { id }: Study,
  sources: readonly ByteSource[],
  refused: SkippedFile[],
): Promise<ByteSource[]> {
  const known = new Map<string, ByteSource>();
  for (const image of await openPaths([library.path(id, "images")])) known.set(await instanceOf(image), image);
  const further: ByteSource[] = [];
  for (const source of sources) {
    const uid = await instanceOf(source);
    const before = known.get(uid);
    if (!before) {
      known.set(uid, source);
      further.push(source);
    } else if (before.size !== source.size || Buffer.compare(await before.read(), await source.read()) !== 0) {
      const message = `${source.name}: the study holds another image of the same SOP Instance UID`;
      refused.push({ file: source.name, code: "slice-duplicate", message });
    }
  }
  return further;
}

async function instanceOf(image: ByteSource): Promise<string> {
  return (await describeObject(image))?.sopInstanceUid ?? "";
}

async function addStudy(
  library: Library,
  uid: string,
  series: readonly Series[],
  sources: readonly ByteSource[],
  shownName: (name: string) => string,
): Promise<Study> {
  return withImages(library, sources, async (images) => {
    const attributes = await studyAttributes(sources[0]!);
    return library.add(
      {
        ...attributes,
        studyInstanceUID: uid,
        // A series of another format is described by its file's name.
        description: attributes.description || shownName(series[0]?.description ?? ""),
        images: sources.length,
      },
      images,
    );
  });
}

async function addToStudy(
  library: Library,
  volumes: VolumeCache,
  { id }: Study,
  further: readonly ByteSource[],
): Promise<Study> {
  const study = await withImages(library, further, (images) => library.addImages(id, images));
  await resampleAnnotation(library, volumes, id, study.seriesInstanceUID);
  return library.get(id);
}

/** Writes the images beside the library's studies, to be moved from there; what is not moved goes. */
async function withImages<Result>(
  library: Library,
  sources: readonly ByteSource[],
  move: (images: string) => Promise<Result>,
): Promise<Result> {
  const folder = await library.makeIncoming();
  try {
    const images = join(folder, "images");
    await mkdir(images);
    for (const [index, source] of sources.entries()) {
      await writeFile(join(images, fileName(source.name, index)), await source.read());
    }
    return await move(images);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A name of our own making, so that no name in an upload reaches the disk; the ending tells formats apart. */
function fileName(name: string, index: number): string {
  const ending = /\.(nii\.gz|nii|nrrd|nhdr|mha)$/i.exec(name)?.[0].toLowerCase() ?? ".dcm";
  return `${String(index + 1).padStart(5, "0")}${ending}`;
}
