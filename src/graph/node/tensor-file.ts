/**
 * Writing files of named tensors to disk, whole or not at all.
 *
 *     await writeTensorFile("model.safetensors", tensors, { settings });
 */
import { randomUUID } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { EmbolensError, FailedError } from "../../errors.ts";
import { encodeSafetensors, type NamedTensor } from "../files/index.ts";

/** Writes beside, then renames: a reader never sees half a file. @throws FailedError file-unwritable */
export async function writeWhole(path: string, chunks: Iterable<Uint8Array>): Promise<void> {
  const beside = `${path}.${randomUUID()}.part`;
  try {
    const file = await open(beside, "wx");
    try {
      for (const chunk of chunks) await file.writeFile(chunk);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (cause) {
    await rm(beside, { force: true });
    if (cause instanceof EmbolensError) throw cause;
    throw new FailedError("file-unwritable", `${path}: ${(cause as Error).message}`, {
      cause,
      hint: "check that the folder exists, may be written to and has room",
    });
  }
}

/**
 * Writes safetensors tensor by tensor beside `path`, then renames, so that a reader never sees half a file.
 * @throws FailedError file-unwritable; UsageError tensor-mismatch, name-taken
 */
export async function writeTensorFile(
  path: string,
  tensors: readonly NamedTensor[],
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  await writeWhole(path, encodeSafetensors(tensors, metadata));
}
