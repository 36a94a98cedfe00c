/**
 * One server a folder. The lock is a file that names its holder; a holder that was killed holds it no longer, since it is
 * asked whether that very process still lives. A holder on another computer, or in another container, can't be asked:
 * it renews its lock every few seconds, and one that stopped renewing is gone.
 *
 *     const lock = await lockFolder("reading-room");
 *     await lock.release();
 */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { link, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { makeFolder } from "../cohort/index.ts";
import { FailedError } from "../errors.ts";

const holderSchema = z.object({
  process: z.int(),
  computer: z.string(),
  /** Tells the process from a later one of the same number; empty where the system doesn't say. */
  started: z.string(),
  since: z.string(),
});
type Holder = z.infer<typeof holderSchema>;

export interface FolderLock {
  release(): Promise<void>;
}

const renewEvery = 2000;
const goneAfter = 5 * renewEvery;

/** @throws FailedError library-in-use where another server holds it */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const path = join(folder, "server.lock");
  const own = join(folder, `server.${randomUUID().slice(0, 8)}.lock`);
  const holder: Holder = {
    process: process.pid,
    computer: hostname(),
    started: startOf(process.pid),
    since: new Date().toISOString(),
  };
  try {
    await makeFolder(folder);
    await writeFile(own, JSON.stringify(holder));
  } catch (cause) {
    throw new FailedError("file-unwritable", `${folder}: the reading room can’t keep its studies there`, {
      hint: "choose a folder that can be written with --data",
      cause,
    });
  }
  try {
    // A link is made by one of two at the same moment, never by both.
    while (!(await linked(own, path))) await dropIfDead(folder, path);
  } finally {
    await rm(own, { force: true });
  }
  const renewing = setInterval(() => {
    const now = new Date();
    // A disk that fails is told of by what is saved.
    utimes(path, now, now).catch(() => {});
  }, renewEvery).unref();
  return {
    async release() {
      clearInterval(renewing);
      await rm(path, { force: true });
    },
  };
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

/** @throws FailedError library-in-use */
async function dropIfDead(folder: string, path: string): Promise<void> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return;
  const holder = parsed(text);
  if (await lives(holder, path)) throw inUse(folder, holder);
  const aside = `${path}.${randomUUID().slice(0, 8)}`;
  await rename(path, aside).catch(() => {});
  // Another server may have taken the dead one's place between the reading and the renaming: give it back.
  if ((await readFile(aside, "utf8").catch(() => text)) !== text) await linked(aside, path);
  await rm(aside, { force: true });
}

function parsed(text: string): Holder | undefined {
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

async function lives(holder: Holder | undefined, path: string): Promise<boolean> {
  if (holder?.computer === hostname()) return runs(holder.process) && startOf(holder.process) === holder.started;
  const before = await stat(path).catch(() => undefined);
  if (!before) return false;
  // By its own clock, which may go otherwise than this computer's: does it move?
  await new Promise((resolve) => setTimeout(resolve, goneAfter));
  return (await stat(path).catch(() => undefined))?.mtimeMs !== before.mtimeMs;
}

function runs(process_: number): boolean {
  try {
    process.kill(process_, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** The system's start and the process's after it; empty where there is no /proc. */
function startOf(process_: number): string {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    // The 22nd field; the second, a name in brackets, may hold blanks.
    const ticks = readFileSync(`/proc/${process_}/stat`, "utf8").split(") ").at(-1)!.split(" ")[19];
    return `${boot} ${ticks}`;
  } catch {
    return "";
  }
}

function inUse(folder: string, holder: Holder | undefined): FailedError {
  const who = holder ? `process ${holder.process} on ${holder.computer}, since ${holder.since}` : "another server";
  return new FailedError("library-in-use", `${folder}: a reading room is open on this folder already (${who})`, {
    hint: "close that one first, or choose another folder with --data",
  });
}
