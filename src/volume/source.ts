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
  /**
   * The bytes from `start` up to, not including, `end`; all of them without arguments. They may be read into memory
   * that `room` gives; without it the caller may keep the array.
   */
  read(start?: number, end?: number, room?: Allocate): Promise<Uint8Array>;
}

/** Gives memory for `length` bytes. */
export type Allocate = (length: number) => Uint8Array<ArrayBuffer>;

/** One piece of memory for one reading after the other; fresh memory for each costs more time than reading. */
export function reusableBuffer(): Allocate {
  let memory = new Uint8Array(0);
  return (length) => {
    if (memory.length < length) memory = new Uint8Array(length);
    return memory.subarray(0, length);
  };
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
