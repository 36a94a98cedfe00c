/**
 * Cohort files on disk.
 *
 *     const { cohort, folder } = await readCohort("hospital/cohort.json");
 *     const ct = resolvePath(folder, cohort.studies[0].series);
 *     await writeCohort("hospital/cohort.json", { ...cohort, studies: labelled });
 */
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { FailedError, RefusedError } from "../errors.ts";
import { type Cohort, formatCohort, parseCohort } from "./manifest.ts";

export interface CohortOnDisk {
  readonly cohort: Cohort;
  /** The folder its relative paths start from. */
  readonly folder: string;
}

/** @throws FailedError "file-missing" or "file-unreadable", RefusedError "cohort-invalid" */
export async function readCohort(file: string): Promise<CohortOnDisk> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    const missing = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
    throw new FailedError(
      missing ? "file-missing" : "file-unreadable",
      missing ? `there is no cohort file ${file}` : `${file} cannot be read`,
      { cause, hint: "embolens phantom and embolens import write cohort files" },
    );
  }
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new RefusedError("cohort-invalid", `${file} is not JSON: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  }
  return { cohort: parseCohort(file, document), folder: dirname(resolve(file)) };
}

/** Writes beside, then renames: whoever reads sees the old cohort or the new one, never half of one. */
export async function writeCohort(file: string, cohort: Cohort): Promise<void> {
  const text = formatCohort(file, cohort);
  try {
    await makeFolder(dirname(file));
    await writeAtomic(file, text);
  } catch (cause) {
    throw new FailedError("file-unwritable", `${file} cannot be written`, { cause });
  }
}

/**
 * Makes a folder and what is missing above it. Node's own way to do both never returns below /proc, which calls missing
 * what it can't hold.
 * @throws FailedError "file-unwritable"
 */
export async function makeFolder(folder: string): Promise<void> {
  const path = resolve(folder);
  const parent = dirname(path);
  if (!existsSync(parent)) await makeFolder(parent);
  try {
    await mkdir(path);
  } catch (cause) {
    if ((await stat(path).catch(() => undefined))?.isDirectory()) return;
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new FailedError("file-unwritable", `the folder ${folder} cannot be made (${said})`, { cause });
  }
}

/** Replaces a file's content in one step, flushed to disk before the old content goes. */
export async function writeAtomic(file: string, content: string | Uint8Array): Promise<void> {
  const beside = `${file}.${randomUUID().slice(0, 8)}.partial`;
  try {
    const handle = await open(beside, "w");
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(beside, file);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}

/** A path of the cohort as the file system wants it. */
export function resolvePath(folder: string, path: string): string {
  return isAbsolute(path) ? path : join(folder, ...path.split("/"));
}

/** A file-system path as the cohort keeps it: relative to the cohort's folder, with forward slashes. */
export function relativePath(folder: string, path: string): string {
  return relative(folder, resolve(path)).split(sep).join("/");
}
