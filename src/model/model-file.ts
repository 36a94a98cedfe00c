/**
 * Model files: one safetensors with the weights, and everything else as JSON in its metadata.
 *
 *     const model = await readModel(source);          // checked: version, settings, every tensor's name and shape
 *     model.sha256;                                   // what a diagnosis names as its model
 *
 * Writing to disk is in ./node/. The weights' names are torchvision's and the peers' own, so the file opens in PyTorch.
 */
import { z } from "zod";
import { RefusedError } from "../errors.ts";
import {
  formatShape,
  type NamedTensor,
  openSafetensors,
  type Shape,
  type TensorFile,
  toFloat32,
} from "../graph/index.ts";
import { type ByteSource, bytes } from "../volume/index.ts";
import {
  type Model,
  type ModelDescription,
  type ModelKind,
  type ModelOf,
  modelDescriptionSchema,
  modelFormat,
  type Weights,
  weightShapes,
} from "./model.ts";

/** The metadata's key. */
const descriptionKey = "embolens";
/** No model comes near this; the file is held in memory. */
const maximalBytes = 2 ** 31;

export type LoadedModel = Model & {
  /** Of the whole file, in hexadecimal. */
  readonly sha256: string;
};

/** The file of a model, in pieces for the writer: its tensors and its metadata. */
export function modelTensors(model: Model): {
  readonly tensors: readonly NamedTensor[];
  readonly metadata: Readonly<Record<string, string>>;
} {
  // A loaded model's checksum is not part of its description.
  const { weights, sha256: _, ...rest } = { sha256: "", ...model };
  const description = modelDescriptionSchema.parse(rest);
  const tensors = [...weightShapes(description)].map(([name, shape]): NamedTensor => {
    const values = weights.get(name);
    if (!values) throw new RefusedError("tensor-missing", `${model.name}: there are no values for "${name}"`);
    return { name, type: "F32", shape, values };
  });
  return { tensors, metadata: { format: "pt", [descriptionKey]: JSON.stringify(description) } };
}

/** Bytes of a safetensors header that a model of ours never reaches. */
const mostHeaderBytes = 100_000_000;

/** Whether a file is a model of ours: weights with their settings. @throws RefusedError as a damaged safetensors file */
export async function isModelFile(source: ByteSource): Promise<boolean> {
  if (source.size < 8) return false;
  const head = await source.read(0, 8);
  const length = new DataView(head.buffer, head.byteOffset, 8).getBigUint64(0, true);
  // A zip and a pickle begin with what would be a header of terabytes.
  if (length > BigInt(Math.min(mostHeaderBytes, source.size))) return false;
  return (await openSafetensors(source)).metadata.has(descriptionKey);
}

const versionSchema = z.object({ format: z.int() });

/** Reads the settings of a model file. @throws RefusedError model-invalid, model-version */
function readDescription(file: TensorFile): ModelDescription {
  const text = file.metadata.get(descriptionKey);
  if (text === undefined) {
    throw new RefusedError("model-invalid", `${file.name}: the file holds weights but no settings`, {
      hint: "embolens import-weights makes a model of public weights",
    });
  }
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (cause) {
    throw new RefusedError("model-invalid", `${file.name}: the settings are not JSON`, { cause });
  }
  const version = versionSchema.safeParse(raw);
  if (version.success && version.data.format > modelFormat) {
    throw new RefusedError(
      "model-version",
      `${file.name}: written in format ${version.data.format}, and this program reads up to ${modelFormat}`,
      { hint: "update embolens" },
    );
  }
  const parsed = modelDescriptionSchema.safeParse(raw);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${path.join(".") || "model"}: ${message}`);
    throw new RefusedError("model-invalid", `${file.name}: ${problems.join("; ")}`);
  }
  return parsed.data;
}

/** Reads every tensor the shapes name. @throws RefusedError tensor-missing, tensor-unexpected, tensor-mismatch */
async function readWeights(file: TensorFile, shapes: ReadonlyMap<string, Shape>): Promise<Weights> {
  for (const name of file.entries.keys()) {
    if (!shapes.has(name))
      throw new RefusedError("tensor-unexpected", `${file.name}: "${name}" is not part of the model`);
  }
  const weights = new Map<string, Float32Array>();
  for (const [name, shape] of shapes) {
    const tensor = await file.read(name);
    if (tensor.shape.join() !== shape.join()) {
      throw new RefusedError(
        "tensor-mismatch",
        `${file.name}: "${name}" is ${formatShape(tensor.shape)} where the settings need ${formatShape(shape)}`,
      );
    }
    const values = toFloat32(tensor);
    if (!values.every(Number.isFinite)) {
      throw new RefusedError("model-invalid", `${file.name}: "${name}" holds numbers that are not finite`);
    }
    weights.set(name, values);
  }
  return weights;
}

/** In hexadecimal. */
export async function sha256(content: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", content as Uint8Array<ArrayBuffer>);
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * Reads a model and checks it whole.
 * @throws RefusedError model-invalid, model-version, tensor-missing, tensor-unexpected, tensor-mismatch, and what a
 * damaged safetensors file is refused with
 */
export async function readModel(source: ByteSource): Promise<LoadedModel> {
  if (source.size > maximalBytes) throw new RefusedError("too-large", `${source.name}: ${source.size} bytes of model`);
  const content = await source.read();
  if (content[0] === 0x50 && content[1] === 0x4b) {
    throw new RefusedError("model-invalid", `${source.name}: an archive, perhaps a PyTorch checkpoint, and no model`, {
      hint: "embolens import-weights makes a model of a checkpoint",
    });
  }
  const file = await openSafetensors(bytes(source.name, content));
  const description = readDescription(file);
  const weights = await readWeights(file, weightShapes(description));
  return { ...description, weights, sha256: await sha256(content) };
}

/** The model as one of the kinds the caller can use. @throws RefusedError model-kind */
export function requireKind<M extends Model, Kind extends ModelKind>(
  model: M,
  ...kinds: readonly Kind[]
): M & ModelOf<Kind> {
  if (!(kinds as readonly ModelKind[]).includes(model.kind)) {
    throw new RefusedError("model-kind", `${model.name}: a ${model.kind} model where ${kinds.join(" or ")} is needed`);
  }
  return model as M & ModelOf<Kind>;
}
