/**
 * The entries of a zip archive whose members are stored without compression, as PyTorch writes them.
 *
 *     const members = await readZipDirectory(source);
 *     const pickle = await readMember(source, members.get("archive/data.pkl")!);
 *
 * APPNOTE.TXT 6.3.10 (PKWARE), sections 4.3.7 to 4.3.16, with the 64-bit extension, since checkpoints exceed 4 GiB.
 * Only the directory at the end is read; a member's bytes come when they are asked for.
 */
import { RefusedError } from "../../errors.ts";
import type { ByteSource } from "../../volume/source.ts";

export interface ZipMember {
  readonly name: string;
  /** Of its local header, in bytes from the start of the file. */
  readonly headerStart: number;
  readonly size: number;
}

const endRecordBytes = 22;
const endRecordSignature = 0x06054b50;
const locator64Signature = 0x07064b50;
const endRecord64Signature = 0x06064b50;
const memberSignature = 0x02014b50;
const localSignature = 0x04034b50;
const escape32 = 0xffffffff;
/** A directory larger than this belongs to no checkpoint. */
const maximalDirectoryBytes = 64 * 1024 * 1024;

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function corrupt(source: ByteSource, what: string): RefusedError {
  return new RefusedError("file-corrupt", `${source.name}: ${what}`, { hint: "fetch the file again" });
}

function exact(source: ByteSource, value: bigint): number {
  if (value > BigInt(source.size)) throw corrupt(source, "the archive points beyond its own end");
  return Number(value);
}

/** Where the central directory lies. */
async function findDirectory(source: ByteSource): Promise<{ start: number; size: number }> {
  const tailStart = Math.max(0, source.size - endRecordBytes - 0xffff);
  const tail = view(await source.read(tailStart, source.size));
  let end = tail.byteLength - endRecordBytes;
  while (end >= 0 && tail.getUint32(end, true) !== endRecordSignature) end--;
  if (end < 0) {
    throw new RefusedError("file-truncated", `${source.name}: the archive's directory is missing`, {
      hint: "fetch the file again; the end of it is gone",
    });
  }
  const size = tail.getUint32(end + 12, true);
  const start = tail.getUint32(end + 16, true);
  if (size !== escape32 && start !== escape32) return { start, size };
  if (end < 20 || tail.getUint32(end - 20, true) !== locator64Signature) {
    throw corrupt(source, "the archive's 64-bit directory is missing");
  }
  const recordStart = exact(source, tail.getBigUint64(end - 12, true));
  if (recordStart + 56 > source.size) throw corrupt(source, "the archive points beyond its own end");
  const record = view(await source.read(recordStart, recordStart + 56));
  if (record.getUint32(0, true) !== endRecord64Signature) throw corrupt(source, "the 64-bit directory is no directory");
  return { size: exact(source, record.getBigUint64(40, true)), start: exact(source, record.getBigUint64(48, true)) };
}

/** Sizes and position that did not fit into 32 bits stand in the extra field 1, in this order. */
function widen(source: ByteSource, extra: DataView, narrow: { size: number; packed: number; start: number }) {
  const wide = { ...narrow };
  for (let at = 0; at + 4 <= extra.byteLength; at += 4 + extra.getUint16(at + 2, true)) {
    if (extra.getUint16(at, true) !== 1) continue;
    let next = at + 4;
    for (const key of ["size", "packed", "start"] as const) {
      if (narrow[key] !== escape32) continue;
      if (next + 8 > extra.byteLength) throw corrupt(source, "a 64-bit size is cut off");
      wide[key] = exact(source, extra.getBigUint64(next, true));
      next += 8;
    }
  }
  return wide;
}

/** @throws RefusedError when the archive is damaged or a member is compressed */
export async function readZipDirectory(source: ByteSource): Promise<ReadonlyMap<string, ZipMember>> {
  const { start, size } = await findDirectory(source);
  if (start + size > source.size) throw corrupt(source, "the archive's directory lies beyond its end");
  if (size > maximalDirectoryBytes) throw new RefusedError("too-large", `${source.name}: ${size} bytes of directory`);
  const bytes = await source.read(start, start + size);
  const directory = view(bytes);
  const members = new Map<string, ZipMember>();
  for (let at = 0; at < size; ) {
    if (at + 46 > size || directory.getUint32(at, true) !== memberSignature) {
      throw corrupt(source, "the archive's directory is damaged");
    }
    const nameBytes = directory.getUint16(at + 28, true);
    const extraBytes = directory.getUint16(at + 30, true);
    const next = at + 46 + nameBytes + extraBytes + directory.getUint16(at + 32, true);
    if (next > size) throw corrupt(source, "the archive's directory is damaged");
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameBytes));
    const extra = view(bytes.subarray(at + 46 + nameBytes, at + 46 + nameBytes + extraBytes));
    const wide = widen(source, extra, {
      size: directory.getUint32(at + 24, true),
      packed: directory.getUint32(at + 20, true),
      start: directory.getUint32(at + 42, true),
    });
    if (directory.getUint16(at + 10, true) !== 0 || wide.size !== wide.packed) {
      throw new RefusedError("format-unknown", `${source.name}: "${name}" is compressed, as no checkpoint's parts are`);
    }
    members.set(name, { name, size: wide.size, headerStart: wide.start });
    at = next;
  }
  return members;
}

/** Bytes `start` to `end` of a member; all of it without them. */
export async function readMember(
  source: ByteSource,
  member: ZipMember,
  start = 0,
  end = member.size,
): Promise<Uint8Array> {
  if (member.headerStart + 30 > source.size) throw corrupt(source, `"${member.name}" lies beyond the end`);
  const header = view(await source.read(member.headerStart, member.headerStart + 30));
  if (header.getUint32(0, true) !== localSignature) throw corrupt(source, `"${member.name}" has no header`);
  const dataStart = member.headerStart + 30 + header.getUint16(26, true) + header.getUint16(28, true);
  if (dataStart + member.size > source.size) throw corrupt(source, `"${member.name}" lies beyond the end`);
  const bytes = await source.read(dataStart + start, dataStart + end);
  if (bytes.length !== end - start) throw corrupt(source, `"${member.name}" is cut off; the file became shorter`);
  return bytes;
}
