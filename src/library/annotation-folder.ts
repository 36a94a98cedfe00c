/**
 * The folder of an annotation, replaced so that no moment without one is left to a server that is killed:
 *
 *     annotation.<random>.part   being written
 *     annotation                 what counts
 *     annotation.before          the earlier one, from the moment it steps aside until the new one is in place
 */
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";

const part = /^annotation\.([0-9a-f]{8}\.)?part$/;

/**
 * @param write fills the new folder
 * @param commit what has to follow from the new annotation; the earlier one is back in place where either fails
 */
export async function replaceAnnotation(
  study: string,
  write: (folder: string) => Promise<void>,
  commit: () => Promise<void>,
): Promise<void> {
  const beside = join(study, `annotation.${randomUUID().slice(0, 8)}.part`);
  const folder = join(study, "annotation");
  const before = join(study, "annotation.before");
  try {
    await mkdir(beside);
    await write(beside);
    if (existsSync(folder)) await rename(folder, before);
    await rename(beside, folder);
    await commit().catch(async (error) => {
      await rename(folder, beside);
      throw error;
    });
  } finally {
    await rm(beside, { recursive: true, force: true });
    await recoverAnnotation(study);
  }
}

/** Puts an annotation back in place that had stepped aside, and removes what was half written. */
export async function recoverAnnotation(study: string): Promise<void> {
  const folder = join(study, "annotation");
  const before = join(study, "annotation.before");
  if (existsSync(before) && !existsSync(folder)) await rename(before, folder);
  await rm(before, { recursive: true, force: true });
  for (const name of await readdir(study)) {
    if (part.test(name)) await rm(join(study, name), { recursive: true, force: true });
  }
}
