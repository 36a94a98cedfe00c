/**
 * Public weights into a model: checkpoints of PyTorch or safetensors, by the names their networks gave them.
 *
 *     const { model, drawn, ignored, notes } = await importWeights(await openTensorFile(source), "stage-one", options);
 */
import type { TensorFile } from "../graph/index.ts";
import {
  initialWeights,
  type Model,
  type ModelDescription,
  type ModelKind,
  type Provenance,
  presetDescription,
  weightShapes,
} from "./model.ts";
import { torchNormalisation } from "./normalisation.ts";
import { type PresetName, releasedPenetPreprocessing } from "./presets.ts";
import { type TakenWeights, takeWeights } from "./take-weights.ts";

export interface ImportOptions {
  readonly preset: PresetName;
  readonly name: string;
  /** What the weights were trained on, for the model's provenance. */
  readonly data: string;
  /** Of what is drawn. */
  readonly seed: number;
}

export interface ImportedWeights extends Omit<TakenWeights, "weights"> {
  readonly model: Model;
}

/** What is known of a training that somebody else did. @param data what it was trained on, in a sentence */
export const foreignTraining = (program: string, data: string): Provenance => ({
  ...{ program, data, studies: 0, positives: 0, seed: null, settings: {}, metrics: {}, seen: null },
});

function describe(kind: ModelKind, { preset, name, data }: ImportOptions, file: TensorFile): ModelDescription {
  const description = presetDescription(kind, preset, name);
  const training = [foreignTraining(file.name, data)];
  if (description.kind === "penet" && preset === "paper") {
    return { ...description, training, preprocessing: releasedPenetPreprocessing };
  }
  if (description.kind !== "stage-one") return { ...description, training };
  // torchvision's weights belong to its own batch norm.
  return { ...description, training, stageOne: { ...description.stageOne, normalisation: torchNormalisation } };
}

/**
 * @throws RefusedError tensor-missing, tensor-unexpected or tensor-mismatch, naming the tensors
 */
export async function importWeights(
  file: TensorFile,
  kind: ModelKind,
  options: ImportOptions,
): Promise<ImportedWeights> {
  const description = describe(kind, options, file);
  const { weights, ...report } = await takeWeights(file, kind, {
    wanted: `${options.preset} preset of ${kind}`,
    shapes: weightShapes(description),
    initial: initialWeights(description, options.seed),
  });
  return { model: { ...description, weights }, ...report };
}
