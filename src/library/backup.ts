/**
 * A copy of a reading room, made while its server works, and the way back.
 *
 *     await backUp("reading-room", "backup-of-monday");
 *     await restore("backup-of-monday", "another-room");
 *
 * Each study is copied as it stood at one moment: where its record changed meanwhile it is copied again. manifest.json holds
 * every file's checksum, and nothing is restored before all of them hold.
 */
import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, rename, rm, rmdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import { makeFolder, writeAtomic } from "../cohort/index.ts";
import { FailedError, RefusedError } from "../errors.ts";
import type { OnProgress } from "../progress.ts";
import { recordFile } from "./study-record.ts";

const manifestFile = "manifest.json";
const manifestSchema = z.object({
  made: z.iso.datetime(),
  files: z.record(z.string(), z.object({ bytes: z.int(), sha256: z.string() })),
});

/** What belongs to the running server, and what is not finished. */
const passedOver = /^(incoming|writable\.txt|server\..*lock.*)$|\.partial$|\.part$|^annotation\.before$/;

export interface BackupOptions {
  readonly onProgress?: OnProgress;
}

export interface BackupReport {
  readonly studies: number;
  readonly files: number;
  readonly bytes: number;
}

/** @throws FailedError file-missing, file-unwritable; RefusedError backup-unfinished where a study would not stand still */
export async function backUp(data: string, out: string, { onProgress }: BackupOptions = {}): Promise<BackupReport> {
  if (!existsSync(join(data, "studies"))) {
    throw new FailedError("file-missing", `${data}: is no reading room’s folder`, { hint: "name it with --data" });
  }
  if (existsSync(out)) {
    throw new FailedError("file-unwritable", `${out}: is there already`, { hint: "choose another name with --out" });
  }
  const part = `${resolve(out)}.part`;
  await rm(part, { recursive: true, force: true });
  await makeFolder(part);
  for (const name of await readdir(data)) {
    if (name !== "studies" && !passedOver.test(name)) await copy(join(data, name), join(part, name));
  }
  await mkdir(join(part, "studies"));
  const ids = await readdir(join(data, "studies"));
  for (const [done, id] of ids.entries()) {
    onProgress?.({ label: "copying studies", done, total: ids.length, unit: "studies" });
    await copyStudy(join(data, "studies", id), join(part, "studies", id));
  }
  const files = await checksumsOf(part);
  await writeAtomic(join(part, manifestFile), JSON.stringify({ made: new Date().toISOString(), files }, null, 1));
  await rename(part, out);
  return report(files);
}

/** How often a study that changes while it is copied is copied again. */
const mostTries = 10;

/** One that is removed meanwhile is left out. */
async function copyStudy(from: string, to: string): Promise<void> {
  const record = () => readFile(join(from, recordFile.record), "utf8").catch(() => undefined);
  for (let tries = 0; tries < mostTries; tries++) {
    const before = await record();
    await rm(to, { recursive: true, force: true });
    try {
      await copy(from, to);
      if ((await record()) === before) return;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
      if (!existsSync(from)) return rm(to, { recursive: true, force: true });
    }
  }
  throw new FailedError("backup-unfinished", `${from}: changed each time it was copied`, { hint: "try again" });
}

const copy = (from: string, to: string): Promise<void> =>
  cp(from, to, {
    recursive: true,
    preserveTimestamps: true,
    filter: (source) => source === from || !passedOver.test(source.split("/").at(-1)!),
  });

/**
 * @param data a folder that is not there yet, or holds nothing
 * @throws RefusedError backup-damaged; FailedError file-missing, file-unwritable
 */
export async function restore(backup: string, data: string): Promise<BackupReport> {
  const files = await readManifest(backup);
  const found = await checksumsOf(backup);
  for (const [name, { bytes, sha256 }] of Object.entries(files)) {
    if (found[name]?.bytes === bytes && found[name].sha256 === sha256) continue;
    throw new RefusedError(
      "backup-damaged",
      `${backup}: ${name} is ${found[name] ? "not as it was written" : "missing"}`,
      {
        hint: "nothing was restored: take another backup, or copy by hand what is whole in this one",
      },
    );
  }
  if ((await readdir(data).catch(() => [])).length > 0) {
    throw new FailedError("file-unwritable", `${data}: holds something already`, {
      hint: "restore into a new folder with --data, and start the server on that",
    });
  }
  const part = `${resolve(data)}.part`;
  await rm(part, { recursive: true, force: true });
  await cp(backup, part, { recursive: true, preserveTimestamps: true });
  await rm(join(part, manifestFile));
  if (existsSync(data)) await rmdir(data);
  await rename(part, data);
  return report(files);
}

type Files = z.infer<typeof manifestSchema>["files"];

async function readManifest(backup: string): Promise<Files> {
  const path = join(backup, manifestFile);
  if (!existsSync(path)) {
    throw new FailedError("file-missing", `${backup}: is no finished backup`, {
      hint: "embolens backup makes one; it is finished once it has its manifest.json",
    });
  }
  try {
    return manifestSchema.parse(JSON.parse(await readFile(path, "utf8"))).files;
  } catch (cause) {
    throw new RefusedError("backup-damaged", `${path}: is no list of a backup’s files`, { cause });
  }
}

/** By paths from `folder` on. */
async function checksumsOf(folder: string): Promise<Files> {
  const files: Files = {};
  for (const entry of await readdir(folder, { recursive: true })) {
    const path = join(folder, entry);
    const { isFile, size } = await stat(path).then((found) => ({ isFile: found.isFile(), size: found.size }));
    if (!isFile || entry === manifestFile) continue;
    const hash = createHash("sha256");
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
    files[entry.split("\\").join("/")] = { bytes: size, sha256: hash.digest("hex") };
  }
  return files;
}

const report = (files: Files): BackupReport => ({
  studies: new Set(Object.keys(files).flatMap((name) => /^studies\/([^/]+)/.exec(name)?.[1] ?? [])).size,
  files: Object.keys(files).length,
  bytes: Object.values(files).reduce((sum, { bytes }) => sum + bytes, 0),
});
