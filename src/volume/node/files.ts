/**
 * Files and folders on disk as byte sources.
 *
 *     const sources = await openPaths(["study/", "extra.zip"]);
 */
import type { Dirent } from "node:fs";
import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { FailedError, RefusedError } from "../../errors.ts";
import type { Allocate, ByteSource } from "../source.ts";

/** Folders deeper than this are a loop or a mistake. */
const deepest = 32;

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const isMissing = (error: unknown): boolean =>
  typeof error === "object" && error !== null && "code" in error && error.code === "ENOENT";

/** Not cleared: every byte is read or cut off. */
const freshRoom: Allocate = (length) => new Uint8Array(Buffer.allocUnsafeSlow(length).buffer);

/** A file on disk; opened for each reading, so that thousands of sources cost no file handles. */
export function diskFile(path: string, size: number): ByteSource {
  return {
    name: path,
    size,
    read: async (start = 0, end = size, room = freshRoom) => {
      try {
        const file = await open(path);
        try {
          const content = room(Math.max(0, Math.min(end, size) - start));
          let filled = 0;
          while (filled < content.length) {
            const { bytesRead } = await file.read(content, filled, content.length - filled, start + filled);
            if (bytesRead === 0) break; // it shrank since we looked
            filled += bytesRead;
          }
          return filled === content.length ? content : content.subarray(0, filled);
        } finally {
          await file.close();
        }
      } catch (error) {
        throw new FailedError("file-unreadable", `${path}: cannot be read (${reason(error)})`, { cause: error });
      }
    },
  };
}

/**
 * All files in the given files and folders, by name; symbolic links are followed to files, not to folders. Throws
 * FailedError `file-missing` or `file-unreadable`, RefusedError `empty-input` when there is no file.
 */
export async function openPaths(paths: readonly string[]): Promise<ByteSource[]> {
  const found: ByteSource[][] = [];
  for (const path of paths) found.push(await collect(path, 0, true));
  const sources = found.flat();
  if (sources.length === 0) throw new RefusedError("empty-input", `${paths.join(", ")}: there is no file in it`);
  return sources;
}

async function collect(path: string, depth: number, enter: boolean): Promise<ByteSource[]> {
  try {
    const found = await stat(path);
    if (found.isFile()) return [diskFile(path, found.size)];
    if (!found.isDirectory() || !enter || depth >= deepest) return [];
  } catch (error) {
    if (depth > 0) return []; // a dangling link, or a file that just went away
    const code = isMissing(error) ? "file-missing" : "file-unreadable";
    throw new FailedError(code, `${path}: ${isMissing(error) ? "does not exist" : reason(error)}`, { cause: error });
  }
  const entries = (await list(path)).filter((entry) => entry.isDirectory() || entry.isFile() || entry.isSymbolicLink());
  // All at once: each asks the system, and on a share each of them waits.
  const found = await Promise.all(
    entries.map((entry) => collect(join(path, entry.name), depth + 1, !entry.isSymbolicLink())),
  );
  return found.flat();
}

async function list(path: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    throw new FailedError("file-unreadable", `${path}: cannot be listed (${reason(error)})`, { cause: error });
  }
}
