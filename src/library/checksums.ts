/**
 * Checksums of a folder's files, beside them in checksums.json: what a disk or a hand has damaged is told from what was
 * written, and never handed out.
 *
 *     await writeChecksums(folder);
 *     const bytes = await readIntact(folder, "key-1.png");
 *
 * A folder without them is of an earlier version, and its files are believed.
 */
import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { writeAtomic } from "../cohort/index.ts";
import { RefusedError } from "../errors.ts";

export const checksumFile = "checksums.json";
const checksumsSchema = z.record(z.string(), z.object({ bytes: z.int(), sha256: z.string() }));
type Checksums = z.infer<typeof checksumsSchema>;

/** Of all files of the folder as they are now. */
export async function writeChecksums(folder: string): Promise<void> {
  const checksums: Checksums = {};
  for (const name of (await readdir(folder)).sort()) {
    if (name === checksumFile || !(await stat(join(folder, name))).isFile()) continue;
    const content = await readFile(join(folder, name));
    checksums[name] = { bytes: content.length, sha256: digest(content) };
  }
  await writeAtomic(join(folder, checksumFile), JSON.stringify(checksums, null, 2));
}

/** A file as it was written. @throws RefusedError file-damaged; as `readFile` where there is none and was none */
export async function readIntact(folder: string, name: string): Promise<Buffer> {
  const written = (await readChecksums(folder))?.[name];
  if (!written) return readFile(join(folder, name));
  const content = await readFile(join(folder, name)).catch(() => undefined);
  if (content?.length !== written.bytes || digest(content) !== written.sha256) throw damaged(name);
  return content;
}

/** The first file that is missing or of another length, at little cost; undefined where there is none. */
export async function findDamaged(folder: string): Promise<string | undefined> {
  for (const [name, { bytes }] of Object.entries((await readChecksums(folder)) ?? {})) {
    if ((await stat(join(folder, name)).catch(() => undefined))?.size !== bytes) return name;
  }
  return undefined;
}

export const damaged = (name: string, cause?: unknown): RefusedError =>
  new RefusedError("file-damaged", `${name} is not as it was written`, {
    cause,
    hint: "its diagnosis can be made again from the images: POST /api/studies/<id>/diagnosis, or Judge again on the page",
  });

const digest = (content: Uint8Array): string => createHash("sha256").update(content).digest("hex");

/** Undefined where there are none, or none that can be read: then the files speak for themselves. */
async function readChecksums(folder: string): Promise<Checksums | undefined> {
  try {
    return checksumsSchema.parse(JSON.parse(await readFile(join(folder, checksumFile), "utf8")));
  } catch {
    return undefined;
  }
}
