/**
 * Each network with its loss, ready for a training step, or for validation with running statistics and no dropout.
 *
 *     const { graph, loss, masks } = stageOneTraining(description, { batch: 48, seed, loss: paperStageOneLoss });
 *     const step = await trainingStep(runtime, graph, { loss, optimiser: adam() });
 *     await step.run({ slabs, labels, masks: outlines, ...drawMasks(masks, random) }, { learningRate: 1e-4 });
 *
 * Inputs carry the names said here; outputs of the graph are what a loop wants to watch, one value a sample:
 * `probabilities` [batch] and `losses` [batch], whose mean is the loss, for every network.
 */
import { binaryCrossEntropy, cast, Graph, mean, type Tensor } from "../graph/index.ts";
import { scanSlabCount } from "../volume/index.ts";
import { cnn3d, scanInput } from "./cnn3d.ts";
import { Dropout, type MaskRequest } from "./dropout.ts";
import { type DescriptionOf, featureShape, scanShape } from "./model.ts";
import { penet, penetLosses, windowInput } from "./penet.ts";
import {
  attentionGrid,
  type StageOneLossSettings,
  slabInput,
  slabProbability,
  stageOne,
  stageOneLoss,
} from "./stage-one.ts";
import { stageTwo, studyProbability } from "./stage-two.ts";

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
  /** false: running statistics, no dropout. Default true. */
  readonly training?: boolean;
}

function watched(graph: Graph, probabilities: Tensor, losses: Tensor, dropout: Dropout): TrainingGraph {
  graph.output("probabilities", probabilities);
  graph.output("losses", losses);
  return { graph, loss: mean(losses), masks: dropout.requests };
}

/**
 * Stage I. Inputs: uint8 `slabs` [batch, slices, crop, crop], int32 `labels` [batch], uint8 `masks` [batch, grid, grid],
 * `outlined` [batch], 0 where a positive slab has no outline to hold its attention to. Further outputs: `attention`
 * [batch, grid, grid] and `similarity` [batch] (the continuous Dice of attention and mask).
 */
export function stageOneTraining(
  model: Pick<DescriptionOf<"stage-one">, "preprocessing" | "stageOne">,
  options: TrainingGraphOptions & { readonly loss: StageOneLossSettings },
): TrainingGraph {
  const { batch, seed, training = true } = options;
  const { crop, slabSlices } = model.preprocessing;
  const grid = attentionGrid(crop);
  const graph = new Graph({ training, seed });
  const slabs = graph.input("slabs", [batch, slabSlices, crop, crop], "uint8");
  const labels = graph.input("labels", [batch], "int32");
  const masks = graph.input("masks", [batch, grid, grid], "uint8");
  const outlined = graph.input("outlined", [batch]);
  const { logits, attention } = stageOne(slabInput(slabs), graph, model.stageOne);
  const targets = { labels, masks: cast(masks, "float32"), outlined };
  const { losses, similarity } = stageOneLoss({ logits, attention }, targets, options.loss);
  graph.output("attention", attention);
  graph.output("similarity", similarity);
  return watched(graph, slabProbability(logits), losses, new Dropout());
}

/**
 * Stage II on the features of a frozen stage I. Inputs: `features` [batch, slabs, channels, grid, grid], `labels`
 * [batch] of 0 and 1, and the masks of dropout.
 */
export function stageTwoTraining(
  model: Pick<DescriptionOf<"two-stage">, "preprocessing" | "stageOne" | "stageTwo">,
  { batch, seed, training = true }: TrainingGraphOptions,
): TrainingGraph {
  const graph = new Graph({ training, seed });
  const dropout = new Dropout();
  const features = graph.input("features", [batch, scanSlabCount(model.preprocessing), ...featureShape(model)]);
  const labels = graph.input("labels", [batch]);
  const { logits } = stageTwo(features, graph, model.stageTwo, dropout);
  return watched(graph, studyProbability(logits), binaryCrossEntropy(logits, labels), dropout);
}

/**
 * PENet. Inputs: uint8 `windows` [batch, 1, slices, crop, crop], `labels` [batch] of 0 and 1, and the blocks'
 * survival.
 */
export function penetTraining(
  model: Pick<DescriptionOf<"penet">, "preprocessing" | "penet">,
  { batch, seed, training = true }: TrainingGraphOptions,
): TrainingGraph {
  const { crop } = model.preprocessing;
  const graph = new Graph({ training, seed });
  const dropout = new Dropout();
  const windows = graph.input("windows", [batch, 1, model.penet.slices, crop, crop], "uint8");
  const labels = graph.input("labels", [batch]);
  const { logits } = penet(windowInput(windows, model.penet), graph, model.penet, dropout);
  return watched(graph, studyProbability(logits), penetLosses(logits, labels), dropout);
}

/**
 * The 3D CNN. Inputs: uint8 `scans` [batch, 1, slices, crop, crop], `labels` [batch] of 0 and 1, and the masks of
 * dropout.
 */
export function cnn3dTraining(
  model: Pick<DescriptionOf<"cnn3d">, "preprocessing" | "cnn3d">,
  { batch, seed, training = true }: TrainingGraphOptions,
): TrainingGraph {
  const graph = new Graph({ training, seed });
  const dropout = new Dropout();
  const scans = graph.input("scans", [batch, 1, ...scanShape(model)], "uint8");
  const labels = graph.input("labels", [batch]);
  const { logits } = cnn3d(scanInput(scans), graph, model.cnn3d, dropout);
  return watched(graph, studyProbability(logits), binaryCrossEntropy(logits, labels), dropout);
}
