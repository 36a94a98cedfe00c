/**
 * Each network with its loss, ready for a training step.
 *
 *     const { graph, loss, masks } = stageOneTraining(description, { batch: 48, seed, loss: paperStageOneLoss });
 *     const step = await trainingStep(runtime, graph, { loss, optimiser: adam() });
 *     await step.run({ slabs, labels, masks: outlines, ...drawMasks(masks, random) }, { learningRate: 1e-4 });
 *
 * Inputs carry the names said here; outputs of the graph are what a loop wants to watch, one value a sample.
 */
import { cast, Graph, type Tensor } from "../graph/index.ts";
import { scanSlabCount } from "../volume/index.ts";
import { cnn3d, scanInput } from "./cnn3d.ts";
import { Dropout, type MaskRequest } from "./dropout.ts";
import { type DescriptionOf, featureShape, scanShape } from "./model.ts";
import { penet, penetLoss, windowInput } from "./penet.ts";
import {
  attentionGrid,
  type StageOneLossSettings,
  slabInput,
  slabProbability,
  stageOne,
  stageOneLoss,
} from "./stage-one.ts";
import { stageTwo, studyLoss, studyProbability } from "./stage-two.ts";

export interface TrainingGraph {
  readonly graph: Graph;
  /** One number, to be made small. */
  readonly loss: Tensor;
  /** Dropout inputs to fill at every step; see `drawMasks`. */
  readonly masks: readonly MaskRequest[];
}

export interface TrainingGraphOptions {
  /** Samples in a (micro-)batch. */
  readonly batch: number;
  /** Of the initial weights. */
  readonly seed: number;
}

/**
 * Stage I. Inputs: uint8 `slabs` [batch, slices, crop, crop], int32 `labels` [batch], uint8 `masks` [batch, grid, grid].
 * Outputs: `probabilities` [batch], `similarity` [batch] (the continuous Dice of attention and mask), `crossEntropy`.
 */
export function stageOneTraining(
  model: Pick<DescriptionOf<"stage-one">, "preprocessing" | "stageOne">,
  options: TrainingGraphOptions & { readonly loss: StageOneLossSettings },
): TrainingGraph {
  const { batch, seed } = options;
  const { crop, slabSlices } = model.preprocessing;
  const grid = attentionGrid(crop);
  const graph = new Graph({ training: true, seed });
  const slabs = graph.input("slabs", [batch, slabSlices, crop, crop], "uint8");
  const labels = graph.input("labels", [batch], "int32");
  const masks = graph.input("masks", [batch, grid, grid], "uint8");
  const outputs = stageOne(slabInput(slabs), graph, model.stageOne);
  const { loss, crossEntropy, similarity } = stageOneLoss(
    outputs,
    { labels, masks: cast(masks, "float32") },
    options.loss,
  );
  graph.output("probabilities", slabProbability(outputs.logits));
  graph.output("similarity", similarity);
  graph.output("crossEntropy", crossEntropy);
  return { graph, loss, masks: [] };
}

/**
 * Stage II on the features of a frozen stage I. Inputs: `features` [batch, slabs, channels, grid, grid], `labels`
 * [batch] of 0 and 1, and the masks of dropout. Output: `probabilities` [batch].
 */
export function stageTwoTraining(
  model: Pick<DescriptionOf<"two-stage">, "preprocessing" | "stageOne" | "stageTwo">,
  { batch, seed }: TrainingGraphOptions,
): TrainingGraph {
  const graph = new Graph({ training: true, seed });
  const dropout = new Dropout();
  const features = graph.input("features", [batch, scanSlabCount(model.preprocessing), ...featureShape(model)]);
  const labels = graph.input("labels", [batch]);
  const { logits } = stageTwo(features, graph, model.stageTwo, dropout);
  graph.output("probabilities", studyProbability(logits));
  return { graph, loss: studyLoss(logits, labels), masks: dropout.requests };
}

/**
 * PENet. Inputs: uint8 `windows` [batch, 1, slices, crop, crop], `labels` [batch] of 0 and 1, and the blocks'
 * survival. Output: `probabilities` [batch].
 */
export function penetTraining(
  model: Pick<DescriptionOf<"penet">, "preprocessing" | "penet">,
  { batch, seed }: TrainingGraphOptions,
): TrainingGraph {
  const { crop } = model.preprocessing;
  const graph = new Graph({ training: true, seed });
  const dropout = new Dropout();
  const windows = graph.input("windows", [batch, 1, model.penet.slices, crop, crop], "uint8");
  const labels = graph.input("labels", [batch]);
  const { logits } = penet(windowInput(windows, model.penet), graph, model.penet, dropout);
  graph.output("probabilities", studyProbability(logits));
  return { graph, loss: penetLoss(logits, labels), masks: dropout.requests };
}

/**
 * The 3D CNN. Inputs: uint8 `scans` [batch, 1, slices, crop, crop], `labels` [batch] of 0 and 1, and the masks of
 * dropout. Output: `probabilities` [batch].
 */
export function cnn3dTraining(
  model: Pick<DescriptionOf<"cnn3d">, "preprocessing" | "cnn3d">,
  { batch, seed }: TrainingGraphOptions,
): TrainingGraph {
  const graph = new Graph({ training: true, seed });
  const dropout = new Dropout();
  const scans = graph.input("scans", [batch, 1, ...scanShape(model)], "uint8");
  const labels = graph.input("labels", [batch]);
  const { logits } = cnn3d(scanInput(scans), graph, model.cnn3d, dropout);
  graph.output("probabilities", studyProbability(logits));
  return { graph, loss: studyLoss(logits, labels), masks: dropout.requests };
}
