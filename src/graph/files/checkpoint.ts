/**
 * PyTorch checkpoints (.pt, .pth: a zip with a pickle and raw storages) read without executing anything in them.
 *
 *     const file = await openCheckpoint(source);
 *     const weight = await file.read("layer1.0.conv1.weight");
 *
 * torch/serialization.py of PyTorch 1.6 and later; what came before it is in legacy-checkpoint.ts. A machine of the other
 * byte order says so in the archive's member "byteorder".
 */
import { RefusedError } from "../../errors.ts";
import type { ByteSource } from "../../volume/source.ts";
import { elementBytes } from "./element-types.ts";
import { unpickle } from "./pickle.ts";
import type { TensorFile } from "./tensor-file.ts";
import { torchTensorFile } from "./torch-tensor-file.ts";
import { corrupt, type StorageKey, TorchStorage, torchReducers } from "./torch-tensors.ts";
import { readMember, readZipDirectory, type ZipMember } from "./zip-directory.ts";

/** A pickle larger than this holds more than names and shapes. */
const maximalPickleBytes = 256 * 1024 * 1024;

function findPickle(source: ByteSource, members: ReadonlyMap<string, ZipMember>): ZipMember {
  const pickles = [...members.values()].filter(({ name }) => /^([^/]+\/)?data\.pkl$/.test(name));
  const [pickle] = pickles;
  if (!pickle || pickles.length > 1) {
    throw new RefusedError("format-unknown", `${source.name}: the archive is no PyTorch checkpoint`);
  }
  if (pickle.size > maximalPickleBytes) {
    throw new RefusedError("too-large", `${source.name}: ${pickle.size} bytes of names`);
  }
  return pickle;
}

/** Whether the elements are big-endian. @throws RefusedError file-corrupt */
async function isBigEndian(source: ByteSource, member: ZipMember | undefined): Promise<boolean> {
  if (!member) return false;
  const order = new TextDecoder().decode(await readMember(source, member, 0, Math.min(member.size, 8)));
  if (order !== "little" && order !== "big") throw corrupt(source.name, `"${order}" is no byte order`);
  return order === "big";
}

/** Turns elements of `width` bytes around, in place. */
function swapBytes(bytes: Uint8Array, width: number): Uint8Array {
  for (let start = 0; start < bytes.length; start += width) bytes.subarray(start, start + width).reverse();
  return bytes;
}

/**
 * Reads a checkpoint's names and shapes.
 * @throws RefusedError checkpoint-unsafe when it asks for any code, file-corrupt, file-truncated, format-unknown
 */
export async function openCheckpoint(source: ByteSource): Promise<TensorFile> {
  const { name } = source;
  const members = await readZipDirectory(source);
  const pickle = findPickle(source, members);
  const folder = pickle.name.slice(0, -"data.pkl".length);
  const bigEndian = await isBigEndian(source, members.get(`${folder}byteorder`));
  const storageOf = ({ type, key, count }: StorageKey): TorchStorage => {
    const found = members.get(`${folder}data/${key}`);
    if (!found) throw corrupt(name, `storage "${key}" is not in the archive`);
    const width = elementBytes(type);
    if (count * width > found.size) {
      throw new RefusedError("file-truncated", `${name}: storage "${key}" is shorter than declared`);
    }
    return new TorchStorage(type, count, async (first, end) => {
      const bytes = await readMember(source, found, first * width, end * width);
      return bigEndian ? swapBytes(bytes.slice(), width) : bytes;
    });
  };
  return torchTensorFile(name, unpickle(name, await readMember(source, pickle), torchReducers(name, storageOf)));
}
