/**
 * Models at work: bytes in, probabilities and maps out. Weights are constants of the compiled graph.
 *
 *     const stage = await stageOneInference(model, runtime);
 *     const { probabilities, attention, features } = await stage.run(slabs.pixels, { onProgress });
 *     const study = await stageTwoInference(model, runtime);
 *     const probability = await study.run(features);
 *     await stage.release();
 */
import { UsageError } from "../errors.ts";
import { type CompiledGraph, Graph, numElements, type Runtime, type Tensor, writeModel } from "../graph/index.ts";
import type { OnProgress } from "../progress.ts";
import { scanSlabCount } from "../volume/index.ts";
import { gradientWeights, normaliseByMaximum, weightedMap } from "./attention.ts";
import { cnn3d, scanInput } from "./cnn3d.ts";
import { Dropout } from "./dropout.ts";
import { featureShape, type ModelOf, scanShape, stagePrefixes, type Weights, weightsUnder } from "./model.ts";
import { penet, windowInput } from "./penet.ts";
import { slabInput, slabProbability, stageOne } from "./stage-one.ts";
import { stageTwo, studyProbability } from "./stage-two.ts";

export interface InferenceOptions {
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Bytes of grey levels, as slabs hold them. */
export type GreyLevels = Uint8Array | Uint8ClampedArray;

/** The inputs and outputs of a network, on a graph for inference. */
export interface InferenceGraph {
  readonly graph: Graph;
  /** By the names under which a program returns them. */
  readonly outputs: ReadonlyMap<string, Tensor>;
}

type WithStageOne = ModelOf<"stage-one"> | ModelOf<"two-stage">;

/** uint8 `slabs` [batch, slices, crop, crop] to `probabilities` [batch], `attention` and `features`. */
export function stageOneGraph(model: Omit<WithStageOne, "weights">, batch: number): InferenceGraph {
  const { crop, slabSlices } = model.preprocessing;
  const graph = new Graph();
  const slabs = graph.input("slabs", [batch, slabSlices, crop, crop], "uint8");
  const { logits, attention, features } = stageOne(slabInput(slabs), graph, model.stageOne);
  return { graph, outputs: new Map(Object.entries({ probabilities: slabProbability(logits), attention, features })) };
}

/** `features` [1, slabs, channels, g, g] to `probability` [1]. */
export function stageTwoGraph(model: Omit<ModelOf<"two-stage">, "weights">): InferenceGraph {
  const graph = new Graph();
  const features = graph.input("features", [1, scanSlabCount(model.preprocessing), ...featureShape(model)]);
  const { logits } = stageTwo(features, graph, model.stageTwo, new Dropout());
  return { graph, outputs: new Map([["probability", studyProbability(logits)]]) };
}

/** uint8 `windows` [batch, 1, slices, crop, crop] to `probabilities` [batch] and a class-activation map. */
export function penetGraph(model: Omit<ModelOf<"penet">, "weights">, batch: number): InferenceGraph {
  const { crop } = model.preprocessing;
  const graph = new Graph();
  const windows = graph.input("windows", [batch, 1, model.penet.slices, crop, crop], "uint8");
  const { logits, stages } = penet(windowInput(windows, model.penet), graph, model.penet, new Dropout());
  const attention = activationMap(logits, stages.at(-1)!);
  return { graph, outputs: new Map(Object.entries({ probabilities: studyProbability(logits), attention })) };
}

/** uint8 `scan` [1, 1, slices, crop, crop] to `probability` [1] and a class-activation map. */
export function cnn3dGraph(model: Omit<ModelOf<"cnn3d">, "weights">): InferenceGraph {
  const graph = new Graph();
  const scan = graph.input("scan", [1, 1, ...scanShape(model)], "uint8");
  const { logits, map } = cnn3d(scanInput(scan), graph, model.cnn3d, new Dropout());
  const outputs = { probability: studyProbability(logits), attention: activationMap(logits, map) };
  return { graph, outputs: new Map(Object.entries(outputs)) };
}

/** Where a network without attention looked: Grad-CAM through the engine's own gradient, [n, t, h, w], 0 to 1. */
function activationMap(logits: Tensor, features: Tensor): Tensor {
  return normaliseByMaximum(weightedMap(features, gradientWeights(logits, features)));
}

function compile(runtime: Runtime, { outputs }: InferenceGraph, constants: Weights): Promise<CompiledGraph> {
  const { nchwcBlock, sentinelOutput } = runtime;
  return runtime.load(
    writeModel({ outputs, constants, nchwcBlock, sentinelOutput, constantWeights: true, externalData: true }),
  );
}

const asBytes = (pixels: GreyLevels): Uint8Array =>
  pixels instanceof Uint8Array ? pixels : new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength);

/** How many samples of a size `pixels` holds. @throws UsageError shape-mismatch when the last one is not whole */
function sampleCount(pixels: GreyLevels, size: number, what: string): number {
  if (pixels.length > 0 && pixels.length % size === 0) return pixels.length / size;
  throw new UsageError("shape-mismatch", `${pixels.length} grey levels are not ${what} of ${size} each`);
}

/**
 * Runs a program of one batch size over any number of samples; what is missing in the last batch is zeros whose
 * results are dropped.
 */
async function runBatches(
  program: CompiledGraph,
  input: string,
  pixels: GreyLevels,
  { onProgress, signal }: InferenceOptions,
  unit: string,
): Promise<Record<string, Float32Array>> {
  const shape = program.inputs.get(input)!.shape;
  const batch = shape[0]!;
  const size = numElements(shape.slice(1));
  const all = asBytes(pixels);
  const count = sampleCount(pixels, size, unit);
  const results: Record<string, Float32Array> = {};
  for (const [name, output] of program.outputs)
    results[name] = new Float32Array(count * numElements(output.shape.slice(1)));
  for (let first = 0; first < count; first += batch) {
    signal?.throwIfAborted();
    const held = Math.min(batch, count - first);
    let fed = all.subarray(first * size, (first + held) * size);
    if (held < batch) {
      const padded = new Uint8Array(batch * size);
      padded.set(fed);
      fed = padded;
    }
    const computed = await program.run({ [input]: fed });
    for (const [name, target] of Object.entries(results)) {
      const each = target.length / count;
      target.set((computed[name] as Float32Array).subarray(0, held * each), first * each);
    }
    onProgress?.({ label: "judging", done: first + held, total: count, unit });
  }
  return results;
}

export interface StageOneResult {
  /** [n], of an embolus in each slab. */
  readonly probabilities: Float32Array;
  /** [n, grid, grid], 0 to 1, each slab by its own maximum. */
  readonly attention: Float32Array;
  /** [n, channels, grid, grid]: what stage II reads. */
  readonly features: Float32Array;
}

export interface StageOneInference {
  /** Cells along each side of the attention map. */
  readonly grid: number;
  /** Channels of the features. */
  readonly channels: number;
  /**
   * @param slabs any number of them, [n, slices, crop, crop]
   * @throws UsageError shape-mismatch; FailedError out-of-memory, device-failed, interrupted
   */
  run(slabs: GreyLevels, options?: InferenceOptions): Promise<StageOneResult>;
  release(): Promise<void>;
}

/** Loads stage I. @param batch slabs computed together; one is best on a CPU */
export async function stageOneInference(model: WithStageOne, runtime: Runtime, batch = 1): Promise<StageOneInference> {
  const weights = model.kind === "two-stage" ? weightsUnder(model.weights, stagePrefixes.one) : model.weights;
  const program = await compile(runtime, stageOneGraph(model, batch), weights);
  const [channels, grid] = featureShape(model);
  return {
    grid,
    channels,
    run: async (slabs, options = {}) => {
      const results = await runBatches(program, "slabs", slabs, options, "slabs");
      return {
        probabilities: results.probabilities!,
        attention: results.attention!,
        features: results.features!,
      };
    },
    release: () => program.release(),
  };
}

export interface StageTwoInference {
  /** @param features of every slab of a study, [slabs, channels, grid, grid] @returns the study's probability */
  run(features: Float32Array): Promise<number>;
  release(): Promise<void>;
}

/** Loads stage II. */
export async function stageTwoInference(model: ModelOf<"two-stage">, runtime: Runtime): Promise<StageTwoInference> {
  const program = await compile(runtime, stageTwoGraph(model), weightsUnder(model.weights, stagePrefixes.two));
  return {
    run: async (features) => {
      const { probability } = await program.run({ features });
      return probability![0] as number;
    },
    release: () => program.release(),
  };
}

export interface PenetResult {
  /** [n], of an embolus in each window. */
  readonly probabilities: Float32Array;
  /** [n, ...attentionShape], 0 to 1, each window by its own maximum. */
  readonly attention: Float32Array;
}

export interface PenetInference {
  /** Slices in a window. */
  readonly slices: number;
  /** Cells of a window's class-activation map: along slices, rows, columns. */
  readonly attentionShape: readonly [number, number, number];
  /** @param windows any number of them, [n, slices, crop, crop] @throws as `StageOneInference.run` */
  run(windows: GreyLevels, options?: InferenceOptions): Promise<PenetResult>;
  release(): Promise<void>;
}

/** Loads PENet. The study's score is the largest of its windows'. */
export async function penetInference(model: ModelOf<"penet">, runtime: Runtime, batch = 1): Promise<PenetInference> {
  const program = await compile(runtime, penetGraph(model, batch), model.weights);
  return {
    slices: model.penet.slices,
    attentionShape: lastThree(program),
    run: async (windows, options = {}) => {
      const results = await runBatches(program, "windows", windows, options, "windows");
      return { probabilities: results.probabilities!, attention: results.attention! };
    },
    release: () => program.release(),
  };
}

export interface Cnn3dResult {
  /** Of an embolus in the study. */
  readonly probability: number;
  /** [...attentionShape], 0 to 1, by its own maximum. */
  readonly attention: Float32Array;
}

export interface Cnn3dInference {
  /** Cells of the class-activation map over the whole scan: along slices, rows, columns. */
  readonly attentionShape: readonly [number, number, number];
  /** @param scan every slice of the study as the model's pre-processing makes them, [slices, crop, crop] */
  run(scan: GreyLevels): Promise<Cnn3dResult>;
  release(): Promise<void>;
}

/** Loads the 3D CNN. */
export async function cnn3dInference(model: ModelOf<"cnn3d">, runtime: Runtime): Promise<Cnn3dInference> {
  const program = await compile(runtime, cnn3dGraph(model), model.weights);
  return {
    attentionShape: lastThree(program),
    run: async (scan) => {
      const { probability, attention } = await program.run({ scan: asBytes(scan) });
      return { probability: probability![0] as number, attention: attention as Float32Array };
    },
    release: () => program.release(),
  };
}

function lastThree(program: CompiledGraph): readonly [number, number, number] {
  const [, depth, height, width] = program.outputs.get("attention")!.shape;
  return [depth!, height!, width!];
}
