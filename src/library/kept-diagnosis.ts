/**
 * What the diagnosing process has written for a study, read back: damaged files are told from missing ones, and a study
 * whose diagnosis is damaged is shown as failed, to be judged again.
 *
 *     const document = await keptDiagnosis(library, id);
 */
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { AttentionVolume } from "../diagnosis/index.ts";
import { EmbolensError, RefusedError } from "../errors.ts";
import { patientPoint } from "../volume/index.ts";
import { damaged, readIntact } from "./checksums.ts";
import type { Library } from "./library.ts";
import { type DiagnosisDocument, diagnosisSchema, gridSchema } from "./records.ts";

/** The attention as the page shows it, beside the other files of a diagnosis. */
export const attentionViewFiles = { voxels: "attention-view.gz", grid: "attention-view.json" } as const;

/** A file of the diagnosis. @throws RefusedError file-damaged, study-unknown where there is none */
export const keptResult = (library: Library, id: string, name: string): Promise<Buffer> =>
  read(library, id, name, async (content) => content);

/** What was found in a study. @throws RefusedError file-damaged, study-unknown where nothing was */
export const keptDiagnosis = (library: Library, id: string): Promise<DiagnosisDocument> =>
  read(library, id, "diagnosis.json", async (content) => diagnosisSchema.parse(JSON.parse(String(content))));

/** Where the network looked, 0 to 255, thinned for a screen. @throws RefusedError as `keptDiagnosis` */
export async function keptAttention(library: Library, id: string): Promise<AttentionVolume> {
  const { grid, voxels } = attentionViewFiles;
  const { origin, ...rest } = await read(library, id, grid, async (content) =>
    gridSchema.parse(JSON.parse(String(content))),
  );
  return read(library, id, voxels, async (content) => ({
    geometry: { ...rest, origin: patientPoint(...origin) },
    voxels: new Uint8Array(await promisify(gunzip)(content)),
  }));
}

async function read<Value>(
  library: Library,
  id: string,
  name: string,
  parse: (content: Buffer) => Promise<Value>,
): Promise<Value> {
  const folder = library.path(id, "diagnosis");
  try {
    return await parse(await readIntact(folder, name));
  } catch (cause) {
    // While another diagnosis takes its place its files come and go.
    if (library.get(id).state !== "done" || (!existsSync(folder) && name !== "diagnosis.json"))
      throw noDiagnosis(cause);
    if (isMissing(cause) && name !== "diagnosis.json") throw noDiagnosis(cause);
    if (cause instanceof EmbolensError && cause.code !== "file-damaged") throw cause;
    const error = cause instanceof EmbolensError ? cause : damaged(name, cause);
    await library.update(id, ({ state }) =>
      state === "done" ? { state: "failed", reason: { code: error.code, message: error.message } } : {},
    );
    throw error;
  }
}

const isMissing = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "ENOENT";

const noDiagnosis = (cause: unknown): RefusedError =>
  new RefusedError("study-unknown", "the study has no such diagnosis to show", { cause });
