/**
 * safetensors: named tensors behind a JSON table of contents, no code inside.
 *
 *     const file = await openSafetensors(source);
 *     const weight = await file.read("fc.weight");
 *     for (const chunk of encodeSafetensors(tensors, { settings: "{…}" })) await sink.write(chunk);
 *
 * Layout (github.com/huggingface/safetensors, "Format"): the header's length as 8 bytes, the header, then the tensors
 * without gaps. Nothing is allocated from a length that the file's own size does not allow.
 */
import { z } from "zod";
import { RefusedError, UsageError } from "../../errors.ts";
import type { ByteSource } from "../../volume/source.ts";
import {
  decodeElements,
  type ElementType,
  elementBytes,
  elementCount,
  encodeElements,
  holdsElements,
  isElementType,
  type TensorData,
} from "./element-types.ts";
import type { TensorEntry, TensorFile } from "./tensor-file.ts";

/** The format's own limit for its header. */
const maximalHeaderBytes = 100_000_000;

const metadataSchema = z.record(z.string(), z.string());
const entrySchema = z.object({
  dtype: z.string(),
  shape: z.array(z.int().nonnegative()),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});

interface PlacedEntry extends TensorEntry {
  /** In bytes from the start of the file. */
  readonly start: number;
  readonly end: number;
}

function corrupt(source: ByteSource, what: string): RefusedError {
  return new RefusedError("file-corrupt", `${source.name}: ${what}`, { hint: "fetch or write the file again" });
}

async function readHeader(source: ByteSource): Promise<{ header: unknown; dataStart: number }> {
  if (source.size < 10) throw new RefusedError("file-truncated", `${source.name}: too short for a safetensors file`);
  const head = await source.read(0, 8);
  const declared = new DataView(head.buffer, head.byteOffset, 8).getBigUint64(0, true);
  if (declared > BigInt(maximalHeaderBytes)) {
    throw new RefusedError("format-unknown", `${source.name}: not a safetensors file (header of ${declared} bytes)`);
  }
  const dataStart = 8 + Number(declared);
  if (dataStart > source.size) {
    throw new RefusedError("file-truncated", `${source.name}: ends inside its header`, { hint: "fetch it again" });
  }
  const bytes = await source.read(8, dataStart);
  try {
    return { header: JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)), dataStart };
  } catch (cause) {
    throw new RefusedError("file-corrupt", `${source.name}: the header is not JSON`, { cause });
  }
}

function placeEntry(source: ByteSource, name: string, raw: unknown, dataStart: number): PlacedEntry {
  const parsed = entrySchema.safeParse(raw);
  if (!parsed.success) throw corrupt(source, `the header's entry for "${name}" is not a tensor`);
  const { dtype, shape, data_offsets: offsets } = parsed.data;
  if (!isElementType(dtype)) {
    throw new RefusedError("format-unknown", `${source.name}: "${name}" is of type ${dtype}, which we do not read`);
  }
  const count = elementCount(shape);
  if (count === undefined || offsets[1] - offsets[0] !== count * elementBytes(dtype)) {
    throw corrupt(source, `"${name}" of ${dtype} [${shape}] does not fill bytes ${offsets[0]} to ${offsets[1]}`);
  }
  return { name, type: dtype, shape, start: dataStart + offsets[0], end: dataStart + offsets[1] };
}

/** Tensors must fill the data without gap or overlap: the format's rule, and what keeps hidden bytes out. */
function checkLayout(source: ByteSource, entries: Iterable<PlacedEntry>, dataStart: number): void {
  let end = dataStart;
  for (const entry of [...entries].sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (entry.start !== end) throw corrupt(source, `"${entry.name}" does not begin where the tensor before it ends`);
    end = entry.end;
  }
  if (end > source.size) {
    throw new RefusedError("file-truncated", `${source.name}: ${end - source.size} bytes are missing at its end`, {
      hint: "fetch it again",
    });
  }
  if (end < source.size) throw corrupt(source, `${source.size - end} bytes after the last tensor`);
}

/**
 * Reads the table of contents.
 * @throws RefusedError file-truncated, file-corrupt or format-unknown, with what is wrong
 */
export async function openSafetensors(source: ByteSource): Promise<TensorFile> {
  const { header, dataStart } = await readHeader(source);
  if (typeof header !== "object" || header === null || Array.isArray(header)) {
    throw corrupt(source, "the header is not an object");
  }
  const entries = new Map<string, PlacedEntry>();
  let metadata = new Map<string, string>();
  for (const [name, raw] of Object.entries(header)) {
    if (name === "__metadata__") {
      const parsed = metadataSchema.safeParse(raw);
      if (!parsed.success) throw corrupt(source, "the metadata are not strings");
      metadata = new Map(Object.entries(parsed.data));
    } else {
      entries.set(name, placeEntry(source, name, raw, dataStart));
    }
  }
  checkLayout(source, entries.values(), dataStart);
  return {
    name: source.name,
    metadata,
    entries,
    read: async (name) => {
      const entry = entries.get(name);
      if (!entry) throw new RefusedError("tensor-missing", `${source.name}: there is no tensor "${name}"`);
      const bytes = await source.read(entry.start, entry.end);
      if (bytes.length !== entry.end - entry.start) {
        throw new RefusedError("file-truncated", `${source.name}: "${name}" is cut off; the file became shorter`);
      }
      return { type: entry.type, shape: entry.shape, values: decodeElements(entry.type, bytes) };
    },
  };
}

/** A tensor to be written; half precision is given as Float32Array and narrowed. */
export interface NamedTensor extends TensorData {
  readonly name: string;
  readonly type: Exclude<ElementType, "BF16">;
}

/**
 * The file, piece by piece: the header, then each tensor's own memory, so that nothing is held twice.
 * Wider elements come first, which keeps each tensor aligned to its element.
 * @throws UsageError tensor-mismatch for values of another type or number than said; name-taken
 */
export function* encodeSafetensors(
  tensors: readonly NamedTensor[],
  metadata: Readonly<Record<string, string>> = {},
): Generator<Uint8Array> {
  const placed = [...tensors].sort((a, b) => elementBytes(b.type) - elementBytes(a.type));
  const entries: [string, unknown][] = [["__metadata__", metadata]];
  let offset = 0;
  for (const { name, type, shape, values } of placed) {
    const end = offset + values.length * elementBytes(type);
    if (!holdsElements(type, values) || values.length !== elementCount(shape)) {
      const found = `${values.length} values in a ${values.constructor.name}`;
      throw new UsageError("tensor-mismatch", `${name}: ${found} for ${type} [${shape}]`);
    }
    entries.push([name, { dtype: type, shape, data_offsets: [offset, end] }]);
    offset = end;
  }
  const names = new Set(entries.map(([name]) => name));
  if (names.size !== entries.length) throw new UsageError("name-taken", "two tensors have the same name");
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const header = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(header.length - 8), true);
  header.set(json, 8);
  yield header;
  for (const { type, values } of placed) yield encodeElements(type, values);
}
