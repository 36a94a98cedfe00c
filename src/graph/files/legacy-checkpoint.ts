/**
 * Checkpoints of PyTorch before 1.6 (and of `_use_new_zipfile_serialization=False`), read without executing anything.
 *
 *     const file = await openLegacyCheckpoint(source);
 *     const weight = await file.read("layer1.0.conv1.weight");
 *
 * torch/serialization.py, `_legacy_save`: five pickles one after the other (a magic number, the format's version, the
 * machine, the object itself, the keys of its storages), then each storage as its length and its elements. Length and
 * elements are little-endian whatever machine wrote them. Several tensors may share a storage; before 0.4 a storage may be
 * a part of another.
 */
import { RefusedError } from "../../errors.ts";
import type { ByteSource } from "../../volume/source.ts";
import { elementBytes } from "./element-types.ts";
import { type PickleReducers, type PickleValue, unpickleAt } from "./pickle.ts";
import type { TensorFile } from "./tensor-file.ts";
import { torchTensorFile } from "./torch-tensor-file.ts";
import { corrupt, isSizes, type StorageKey, type StoredTensor, TorchStorage, torchReducers } from "./torch-tensors.ts";

/** Enough for the names and shapes of most networks; larger pickles are read again. */
const firstBytes = 1024 * 1024;
/** Pickles larger than this hold more than names and shapes. */
const maximalPickleBytes = 256 * 1024 * 1024;
/** Version 1001, the only one there has been. */
const formatVersion = 1001;
const countBytes = 8;

const nothing: PickleReducers<never> = {
  callables: new Map(),
  persistent: () => null,
};

interface Pickles {
  readonly root: PickleValue<TorchStorage | StoredTensor>;
  /** In the order in which the storages follow. */
  readonly keys: readonly string[];
  /** Where the last pickle ends, in bytes. */
  readonly end: number;
}

function readPickles(name: string, bytes: Uint8Array, reducers: PickleReducers<TorchStorage | StoredTensor>): Pickles {
  const magic = unpickleAt(name, bytes, 0, nothing);
  const version = unpickleAt(name, bytes, magic.end, nothing);
  if (version.value !== formatVersion) throw corrupt(name, `version ${String(version.value)} of the format`);
  const machine = unpickleAt(name, bytes, version.end, nothing);
  const root = unpickleAt(name, bytes, machine.end, reducers);
  const keys = unpickleAt(name, bytes, root.end, nothing);
  if (!Array.isArray(keys.value) || !keys.value.every((key) => typeof key === "string")) {
    throw corrupt(name, "the list of storages is damaged");
  }
  return { root: root.value, keys: keys.value as string[], end: keys.end };
}

/** A storage as the pickle names it, and the part of the file where its elements lie once that is known. */
interface Placed {
  readonly count: number;
  readonly width: number;
  start: number;
}

/**
 * Which part of its root a storage is: all of it, or what an old pickle's (key, first element, elements) says.
 * @throws RefusedError file-corrupt
 */
function partOf(name: string, { count, view }: StorageKey): { readonly first: number; readonly count: number } {
  if (view === undefined) return { first: 0, count };
  const [, first, length] = Array.isArray(view) ? view : [];
  if (!isSizes([first ?? null, length ?? null]) || (first as number) + (length as number) > count) {
    throw corrupt(name, "a part of a storage is damaged");
  }
  return { first: first as number, count: length as number };
}

/** Finds where each storage lies. @throws RefusedError file-corrupt, file-truncated */
async function place(source: ByteSource, placed: ReadonlyMap<string, Placed>, { keys, end }: Pickles): Promise<void> {
  const { name } = source;
  let at = end;
  const found = new Set<string>();
  for (const key of keys) {
    const storage = placed.get(key);
    // Nothing else says how wide its elements are, so where the next one begins is unknown too.
    if (!storage || found.has(key)) throw corrupt(name, `storage "${key}" belongs to no tensor, or is listed twice`);
    if (at + countBytes > source.size) throw truncated(name, key);
    const header = await source.read(at, at + countBytes);
    if (header.length !== countBytes) throw truncated(name, key);
    const count = new DataView(header.buffer, header.byteOffset, countBytes).getBigUint64(0, true);
    if (count !== BigInt(storage.count)) {
      throw corrupt(name, `storage "${key}" has ${count} elements where ${storage.count} are declared`);
    }
    storage.start = at + countBytes;
    at = storage.start + storage.count * storage.width;
    if (at > source.size) throw truncated(name, key);
    found.add(key);
  }
  for (const key of placed.keys()) {
    if (!found.has(key)) throw corrupt(name, `storage "${key}" is not in the file`);
  }
}

const truncated = (name: string, key: string): RefusedError =>
  new RefusedError("file-truncated", `${name}: the file ends inside storage "${key}"`, {
    hint: "fetch the file again; the end of it is gone",
  });

/**
 * Reads a checkpoint's names and shapes.
 * @throws RefusedError checkpoint-unsafe when it asks for any code, file-corrupt, file-truncated, format-unknown
 */
export async function openLegacyCheckpoint(source: ByteSource): Promise<TensorFile> {
  const { name } = source;
  for (let length = firstBytes; ; length *= 16) {
    const bytes = await source.read(0, Math.min(length, source.size));
    const placed = new Map<string, Placed>();
    const reducers = torchReducers(name, (key) => {
      const width = elementBytes(key.type);
      const before = placed.get(key.key);
      if (before && (before.count !== key.count || before.width !== width)) {
        throw corrupt(name, `storage "${key.key}" is declared in two ways`);
      }
      const storage = before ?? { count: key.count, width, start: 0 };
      placed.set(key.key, storage);
      const part = partOf(name, key);
      return new TorchStorage(key.type, part.count, async (first, end) => {
        const start = storage.start + part.first * width;
        const content = await source.read(start + first * width, start + end * width);
        if (content.length !== (end - first) * width) throw truncated(name, key.key);
        return content;
      });
    });
    let pickles: Pickles;
    try {
      pickles = readPickles(name, bytes, reducers);
    } catch (error) {
      const endsEarly = error instanceof RefusedError && error.code === "file-truncated";
      if (!endsEarly || bytes.length === source.size) throw error;
      if (length >= maximalPickleBytes) throw new RefusedError("too-large", `${name}: over ${length} bytes of names`);
      continue;
    }
    await place(source, placed, pickles);
    return torchTensorFile(name, pickles.root);
  }
}
