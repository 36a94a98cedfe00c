/**
 * Zip archives among the files: each entry becomes a source of its own, inflated only when it is read.
 *
 *     const files = await expandArchives([zip, ...loose], skipped);
 *
 * Only the central directory is read here. Nothing is unpacked to disk, so an entry's path is a name and no more; what
 * an entry claims to inflate to is held against its compressed size. Source: PKWARE APPNOTE 6.3, sections 4.3 and 4.4.
 */
import { FailedError, RefusedError } from "../../errors.ts";
import { checkReachable, inflate } from "../formats/inflate.ts";
import { type ByteSource, bytes } from "../source.ts";
import type { SkippedFile } from "./series.ts";

const localHeader = 0x04034b50;
const directoryHeader = 0x02014b50;
const endRecord = 0x06054b50;
const end64Record = 0x06064b50;
const end64Locator = 0x07064b50;
const endRecordLength = 22;
const longestComment = 0xffff;
/** Of all archives that are opened together: several studies have no more files, and no directory is longer. */
const mostEntries = 50_000;
const longestDirectory = 1 << 26;
/**
 * What all archives that are opened together may inflate to. CT is packed to between a half and a tenth; an image of
 * one value alone, to a thousandth.
 */
const mostUnpacked = 2 ** 34;
const honestRatio = 100;
const alwaysUnpacked = 2 ** 30;
/** The largest single entry we inflate: an enhanced CT or a volume. */
const largestEntry = 2 ** 32;

/** Archives within archives within archives, and no further. */
const deepestArchive = 3;
/** The largest archive within an archive: it is held in memory. */
const largestNested = 2 ** 31 - 1;
const archiveName = /\.zip$/i;

interface Entry {
  readonly name: string;
  readonly method: number;
  readonly encrypted: boolean;
  readonly compressedSize: number;
  readonly size: number;
  readonly headerAt: number;
}

/**
 * The given files, archives replaced by what is in them, also where those are archives. What can't be opened is put
 * into `skipped`.
 */
export async function expandArchives(
  sources: readonly ByteSource[],
  skipped: SkippedFile[],
  depth = 0,
  held = { entries: 0, packed: 0, unpacked: 0 },
): Promise<ByteSource[]> {
  const files: ByteSource[] = [];
  for (const source of sources) {
    try {
      if (!(await isZip(source))) {
        files.push(source);
        continue;
      }
      const inside = await entries(source);
      held.entries += inside.length;
      held.packed += source.size;
      for (const { size } of inside) held.unpacked += size;
      checkHonest(source, held);
      const nested: ByteSource[] = [];
      for (const entry of inside) {
        if (entry.name.endsWith("/")) continue;
        if (leavesArchive(entry.name)) {
          const message = `${source.name}: holds a file named ${entry.name.slice(0, 80)}, outside of itself`;
          skipped.push({ file: `${source.name}/${entry.name}`, code: "archive-unsafe", message });
        } else if (archiveName.test(entry.name)) nested.push(entrySource(source, entry));
        else files.push(entrySource(source, entry));
      }
      files.push(...(await expandNested(nested, skipped, depth + 1, held)));
    } catch (error) {
      // One file that cannot be read never spoils the rest.
      if (!(error instanceof RefusedError || error instanceof FailedError)) throw error;
      skipped.push({ file: source.name, code: error.code, message: error.message });
    }
  }
  return files;
}

/** @throws RefusedError archive-unsafe where archives hold more than can be read in bounded time and memory */
function checkHonest({ name }: ByteSource, held: { entries: number; packed: number; unpacked: number }): void {
  if (held.entries > mostEntries) {
    throw new RefusedError("archive-unsafe", `${name}: with it there are more than ${mostEntries} files in archives`, {
      hint: "send fewer studies at a time",
    });
  }
  const most = Math.min(mostUnpacked, Math.max(alwaysUnpacked, honestRatio * held.packed));
  if (held.unpacked > most) {
    const gigabytes = (held.unpacked / 2 ** 30).toPrecision(3);
    throw new RefusedError("archive-unsafe", `${name}: would unpack to ${gigabytes} GB`);
  }
}

/** Archives within an archive, each inflated whole: its files are read in no order. */
async function expandNested(
  archives: readonly ByteSource[],
  skipped: SkippedFile[],
  depth: number,
  held: { entries: number; packed: number; unpacked: number },
): Promise<ByteSource[]> {
  const files: ByteSource[] = [];
  for (const archive of archives) {
    const { name, size } = archive;
    try {
      if (depth > deepestArchive || size > largestNested) {
        throw new RefusedError("archive-unsafe", `${name}: is an archive within an archive; unpack it first`);
      }
      files.push(...(await expandArchives([bytes(name, await archive.read())], skipped, depth, held)));
    } catch (error) {
      if (!(error instanceof RefusedError || error instanceof FailedError)) throw error;
      skipped.push({ file: name, code: error.code, message: error.message });
    }
  }
  return files;
}

/** No honest archive names a file above its own root; we never write one to disk, but say so. */
const leavesArchive = (name: string): boolean => name.split(/[\\/]/).includes("..");

/** As the usual tools take a name from the root of a disk: within the archive. */
const withoutRoot = (name: string): string => name.replace(/^([a-z]:)?[\\/]+/i, "");

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

async function isZip(source: ByteSource): Promise<boolean> {
  if (source.size < endRecordLength) return false;
  const signature = view(await source.read(0, 4)).getUint32(0, true);
  return signature === localHeader || signature === endRecord;
}

async function entries(source: ByteSource): Promise<Entry[]> {
  const { start, length, count } = await directoryPlace(source);
  if (count > mostEntries || length > longestDirectory) {
    throw new RefusedError("archive-unsafe", `${source.name}: claims ${count} files`);
  }
  if (start + length > source.size)
    throw new RefusedError("file-truncated", `${source.name}: ends within its directory`);
  const directory = await source.read(start, start + length);
  const words = view(directory);
  const found: Entry[] = [];
  let at = 0;
  while (found.length < count) {
    if (at + 46 > directory.length || words.getUint32(at, true) !== directoryHeader) {
      throw new RefusedError("file-corrupt", `${source.name}: its directory is broken after ${found.length} files`);
    }
    const nameLength = words.getUint16(at + 28, true);
    const extraLength = words.getUint16(at + 30, true);
    const next = at + 46 + nameLength + extraLength + words.getUint16(at + 32, true);
    if (next > directory.length) throw new RefusedError("file-corrupt", `${source.name}: its directory is broken`);
    const extra = view(directory.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength));
    const sizes = wideSizes(extra, {
      size: words.getUint32(at + 24, true),
      compressedSize: words.getUint32(at + 20, true),
      headerAt: words.getUint32(at + 42, true),
    });
    found.push({
      name: withoutRoot(new TextDecoder().decode(directory.subarray(at + 46, at + 46 + nameLength))),
      method: words.getUint16(at + 10, true),
      encrypted: (words.getUint16(at + 8, true) & 1) === 1,
      ...sizes,
    });
    at = next;
  }
  return found;
}

/** Where the central directory is: the end record is the last thing in the file but for a comment. */
async function directoryPlace(source: ByteSource): Promise<{ start: number; length: number; count: number }> {
  const from = Math.max(0, source.size - endRecordLength - longestComment);
  const tail = await source.read(from, source.size);
  const words = view(tail);
  for (let at = tail.length - endRecordLength; at >= 0; at--) {
    if (words.getUint32(at, true) !== endRecord) continue;
    const place = {
      count: words.getUint16(at + 10, true),
      length: words.getUint32(at + 12, true),
      start: words.getUint32(at + 16, true),
    };
    const wide = place.count === 0xffff || place.length === 0xffffffff || place.start === 0xffffffff;
    if (!wide || at < 20 || words.getUint32(at - 20, true) !== end64Locator) return place;
    const end64At = Number(words.getBigUint64(at - 20 + 8, true));
    if (end64At + 56 > source.size) break;
    const record = view(await source.read(end64At, end64At + 56));
    if (record.getUint32(0, true) !== end64Record) break;
    return {
      count: Number(record.getBigUint64(32, true)),
      length: Number(record.getBigUint64(40, true)),
      start: Number(record.getBigUint64(48, true)),
    };
  }
  throw new RefusedError("file-truncated", `${source.name}: is a zip archive without its directory`);
}

type Sizes = Pick<Entry, "size" | "compressedSize" | "headerAt">;

/** Sizes that don't fit 32 bits are in an extra field, in this order, each only if it was needed. */
function wideSizes(extra: DataView, sizes: Sizes): Sizes {
  for (let at = 0; at + 4 <= extra.byteLength; ) {
    const id = extra.getUint16(at, true);
    const end = Math.min(at + 4 + extra.getUint16(at + 2, true), extra.byteLength);
    if (id === 1) {
      let next = at + 4;
      const wide = (value: number): number => {
        if (value !== 0xffffffff || next + 8 > end) return value;
        next += 8;
        return Number(extra.getBigUint64(next - 8, true));
      };
      const size = wide(sizes.size);
      const compressedSize = wide(sizes.compressedSize);
      return { size, compressedSize, headerAt: wide(sizes.headerAt) };
    }
    at = end;
  }
  return sizes;
}

function entrySource(archive: ByteSource, entry: Entry): ByteSource {
  const name = `${archive.name}/${entry.name}`;
  const content = async (end: number): Promise<Uint8Array> => {
    if (entry.encrypted) throw new RefusedError("format-unknown", `${name}: is encrypted`);
    if (entry.size > largestEntry) throw new RefusedError("archive-unsafe", `${name}: claims ${entry.size} bytes`);
    const head = await archive.read(entry.headerAt, entry.headerAt + 30);
    if (head.length < 30 || view(head).getUint32(0, true) !== localHeader) {
      throw new RefusedError("file-corrupt", `${name}: the archive's directory points beside it`);
    }
    const start = entry.headerAt + 30 + view(head).getUint16(26, true) + view(head).getUint16(28, true);
    if (start + entry.compressedSize > archive.size) {
      throw new RefusedError("file-truncated", `${name}: the archive ends within it`);
    }
    switch (entry.method) {
      case 0:
        return archive.read(start, start + Math.min(end, entry.compressedSize));
      case 8: {
        checkReachable(entry.size, entry.compressedSize, name);
        return await inflate("deflate", await archive.read(start, start + entry.compressedSize), end, name);
      }
      default:
        throw new RefusedError("format-unknown", `${name}: is compressed by a method we do not read (${entry.method})`);
    }
  };
  return {
    name,
    size: entry.size,
    read: async (start = 0, end = entry.size) => (await content(Math.min(end, entry.size))).subarray(start),
  };
}
