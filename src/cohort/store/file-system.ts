/**
 * A folder as zarrita sees one: keys are paths below it.
 *
 *     const group = await zarr.open(zarr.root(new FolderStore("store/studies/A1-0007")), { kind: "group" });
 *
 * Node 20 has no Float16Array, so zarrita refuses float16 there. The bytes are the same as uint16's: this folder shows
 * float16 arrays to zarrita as uint16 and writes the arrays it is told to as float16, so that every other reader of
 * Zarr v3 sees the true type.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { FailedError } from "../../errors.ts";

const metadataFile = /(^|\/)zarr\.json$/;

function replaceType(metadata: Uint8Array, from: string, to: string): Uint8Array {
  const text = new TextDecoder().decode(metadata);
  const type = new RegExp(`("data_type"\\s*:\\s*)"${from}"`);
  return type.test(text) ? new TextEncoder().encode(text.replace(type, `$1"${to}"`)) : metadata;
}

export class FolderStore {
  readonly folder: string;
  /** Whether uint16 arrays written here hold float16 bits. */
  readonly #half: boolean;

  constructor(folder: string, options: { readonly half: boolean } = { half: false }) {
    this.folder = folder;
    this.#half = options.half;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    try {
      const content = await readFile(join(this.folder, key));
      return metadataFile.test(key) ? replaceType(content, "float16", "uint16") : content;
    } catch (cause) {
      if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
      throw new FailedError("file-unreadable", `${join(this.folder, key)} cannot be read`, { cause });
    }
  }

  async set(key: string, value: Uint8Array): Promise<void> {
    const file = join(this.folder, key);
    const content = this.#half && metadataFile.test(key) ? replaceType(value, "uint16", "float16") : value;
    try {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
    } catch (cause) {
      throw new FailedError("file-unwritable", `${file} cannot be written`, { cause });
    }
  }
}
