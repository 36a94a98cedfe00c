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
export function diskFile(path: string | Buffer, size: number): ByteSource {
  return {
    name: shown(path),
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
        throw new FailedError("file-unreadable", `${shown(path)}: cannot be read (${reason(error)})`, { cause: error });
      }
    },
  };
}

/** What stands in the place of a file or folder that cannot be read: reading it says why, so a scan names it. */
function unreadable(path: string, why: string): ByteSource {
  return {
    name: path,
    size: 1,
    read: async () => {
      throw new FailedError("file-unreadable", `${path}: ${why}`);
    },
  };
}

/**
 * All files in the given files and folders, by name; symbolic links are followed to files. Folders below them that
 * cannot be listed, links to folders, and folders too deep become sources that cannot be read, so that a scan names
 * them and reads the rest. Throws FailedError `file-missing` or `file-unreadable` where that is true of a given path
 * itself, RefusedError `empty-input` when there is no file.
 */
export async function openPaths(paths: readonly string[]): Promise<ByteSource[]> {
  const found: ByteSource[][] = [];
  for (const path of paths) found.push(await collect(path, 0, true));
  const sources = found.flat();
  if (sources.length === 0) throw new RefusedError("empty-input", `${paths.join(", ")}: there is no file in it`);
  return sources;
}

/** A path on disk; bytes where its name is not UTF-8, as zips and shares from Windows leave it. */
type Path = string | Buffer;

const shown = (path: Path): string => (typeof path === "string" ? path : path.toString("latin1"));

function joined(folder: Path, name: Buffer): Path {
  const text = name.toString("utf8");
  if (typeof folder === "string" && Buffer.from(text).equals(name)) return join(folder, text);
  return Buffer.concat([Buffer.from(folder), Buffer.from("/"), name]);
}

async function collect(path: Path, depth: number, enter: boolean): Promise<ByteSource[]> {
  try {
    const found = await stat(path);
    if (found.isFile()) return [diskFile(path, found.size)];
    if (!found.isDirectory()) return [];
    if (!enter) return [unreadable(shown(path), "is a link to a folder, which is not followed")];
    if (depth >= deepest) return [unreadable(shown(path), `lies more than ${deepest} folders deep`)];
  } catch (error) {
    if (depth > 0) return isMissing(error) ? [] : [unreadable(shown(path), `cannot be read (${reason(error)})`)];
    const code = isMissing(error) ? "file-missing" : "file-unreadable";
    throw new FailedError(code, `${shown(path)}: ${isMissing(error) ? "does not exist" : reason(error)}`, {
      cause: error,
    });
  }
  let entries: Dirent<Buffer>[];
  try {
    entries = await readdir(path, { withFileTypes: true, encoding: "buffer" });
  } catch (error) {
    const why = `cannot be listed (${reason(error)})`;
    if (depth > 0) return [unreadable(shown(path), why)];
    throw new FailedError("file-unreadable", `${shown(path)}: ${why}`, { cause: error });
  }
  entries.sort((a, b) => Buffer.compare(a.name, b.name));
  const wanted = entries.filter((entry) => entry.isDirectory() || entry.isFile() || entry.isSymbolicLink());
  // All at once: each asks the system, and on a share each of them waits.
  const found = await Promise.all(
    wanted.map((entry) => collect(joined(path, entry.name), depth + 1, !entry.isSymbolicLink())),
  );
  return found.flat();
}
