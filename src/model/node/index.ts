/**
 * Models on disk.
 *
 *     await writeModelFile("model.safetensors", model);
 *     const same = await readModelFile("model.safetensors");
 */
import { UsageError } from "../../errors.ts";
import type { OnnxModel } from "../../graph/index.ts";
import { writeTensorFile, writeWhole } from "../../graph/node/index.ts";
import { openPaths } from "../../volume/node/index.ts";
import type { Model } from "../model.ts";
import { type LoadedModel, modelTensors, readModel } from "../model-file.ts";

/** Writes beside, then renames. The same model gives the same bytes. @throws FailedError file-unwritable */
export async function writeModelFile(path: string, model: Model): Promise<void> {
  const { tensors, metadata } = modelTensors(model);
  await writeTensorFile(path, tensors, metadata);
}

/** @throws FailedError file-missing, file-unreadable; UsageError option-invalid for a folder; and as `readModel` */
export async function readModelFile(path: string): Promise<LoadedModel> {
  const [source, ...others] = await openPaths([path]);
  if (!source || others.length > 0)
    throw new UsageError("option-invalid", `${path}: a folder where a model file is needed`);
  return readModel(source);
}

/** Writes an exported graph beside, then renames. @throws FailedError file-unwritable */
export async function writeExport(path: string, { bytes }: OnnxModel): Promise<void> {
  await writeWhole(path, [bytes]);
}
