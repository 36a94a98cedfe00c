/**
 * What reference files of all kinds share: numbers by name, weights by prefix, settings from the metadata.
 */
import { RefusedError } from "../../src/errors.ts";
import { type TensorFile, toFloat32 } from "../../src/graph/index.ts";

export async function numbers(file: TensorFile, name: string): Promise<Float32Array> {
  return toFloat32(await file.read(name));
}

/** Shape of a tensor in the file. @throws RefusedError tensor-missing */
export function shapeOf(file: TensorFile, name: string): readonly number[] {
  const entry = file.entries.get(name);
  if (!entry) throw new RefusedError("tensor-missing", `${file.name}: there is no tensor "${name}"`);
  return entry.shape;
}

/** All tensors whose names begin with `prefix`, by the rest of the name. */
export async function numbersUnder(file: TensorFile, prefix: string): Promise<Map<string, Float32Array>> {
  const found = new Map<string, Float32Array>();
  for (const name of file.entries.keys()) {
    if (name.startsWith(prefix)) found.set(name.slice(prefix.length), await numbers(file, name));
  }
  return found;
}

/** A number from the metadata. @throws RefusedError model-invalid */
export function setting(file: TensorFile, name: string): number {
  const text = file.metadata.get(name);
  const value = Number(text);
  if (text === undefined || !Number.isFinite(value)) {
    throw new RefusedError("model-invalid", `${file.name}: the metadata give no number for "${name}"`);
  }
  return value;
}
