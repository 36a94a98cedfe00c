/**
 * Bytes from anywhere: a file on disk, a file dropped on a page, an entry of an archive, a buffer in a test.
 *
 *     const source: ByteSource = bytes("slice.dcm", new Uint8Array(buffer));
 *     const head = await source.read(0, 132);
 */
export interface ByteSource {
  /** The path or name to show in messages. */
  readonly name: string;
  /** Length in bytes. */
  readonly size: number;
  /** The bytes from `start` up to, not including, `end`; all of them without arguments. The caller may keep the array. */
  read(start?: number, end?: number): Promise<Uint8Array>;
}

/** Bytes already in memory. */
export function bytes(name: string, content: Uint8Array): ByteSource {
  return { name, size: content.length, read: async (start = 0, end = content.length) => content.subarray(start, end) };
}

/** A file the user dropped on a page or chose there. */
export function blob(name: string, content: Blob): ByteSource {
  return {
    name,
    size: content.size,
    read: async (start = 0, end = content.size) => new Uint8Array(await content.slice(start, end).arrayBuffer()),
  };
}
