/**
 * The one door to every kind of model that judges a study.
 *
 *     const detector = await loadDetector(model, runtime);
 *     const findings = await detector.judge(chest, { onProgress });
 *     await detector.release();
 *
 * Whatever the kind, findings are the study's probability and a row of sections along the body, each with its own
 * probability and attention map: slabs of the two-stage network, windows of PENet, layers of the 3D CNN's map. What a
 * network sees is made here from the model's own pre-processing and from nothing else.
 */
import type { Runtime } from "../graph/index.ts";
import {
  cnn3dInference,
  type LoadedModel,
  type ModelKind,
  type ModelOf,
  penetInference,
  pooledProbability,
  requireKind,
  stageOneInference,
  stageTwoInference,
} from "../model/index.ts";
import type { OnProgress } from "../progress.ts";
import {
  attentionSide,
  attentionStride,
  type Lungs,
  type Slabs,
  scanSlabs,
  stageOneSlabs,
  type Volume,
} from "../volume/index.ts";
import type { AttentionField } from "./attention.ts";
import { windowSlices, windowStarts } from "./windows.ts";

export interface DetectorOptions {
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface DetectorOutput {
  /** That the study shows an embolus, 0 to 1. */
  readonly probability: number;
  /** Of each section, 0 to 1, in the order of `attention.positions`: from the feet to the head. */
  readonly sections: readonly number[];
  readonly attention: AttentionField;
  /** Seconds of each phase of the work. */
  readonly seconds: Readonly<Record<string, number>>;
}

/** What of a chest a network is given. */
export interface JudgedVolume {
  readonly volume: Volume;
  readonly lungs: Pick<Lungs, "range">;
}

export interface Detector {
  readonly model: LoadedModel;
  /** @throws FailedError out-of-memory, device-failed, interrupted */
  judge(chest: JudgedVolume, options?: DetectorOptions): Promise<DetectorOutput>;
  release(): Promise<void>;
}

/** The kinds that judge a whole study. */
export const studyKinds = ["two-stage", "penet", "cnn3d"] as const satisfies readonly ModelKind[];

/** Compiles a model for a device. @throws RefusedError `model-kind` for a model that judges no studies; FailedError */
export async function loadDetector(model: LoadedModel, runtime: Runtime): Promise<Detector> {
  const usable = requireKind(model, ...studyKinds);
  switch (usable.kind) {
    case "two-stage":
      return await twoStageDetector(usable, runtime);
    case "penet":
      return await penetDetector(usable, runtime);
    case "cnn3d":
      return await cnn3dDetector(usable, runtime);
  }
}

/** Adds up the time of phases. */
export class Stopwatch {
  readonly seconds: Record<string, number> = {};
  #since = performance.now();

  /** Books the time since the last call, or the start, on a phase. */
  lap(phase: string): void {
    const now = performance.now();
    this.seconds[phase] = (this.seconds[phase] ?? 0) + (now - this.#since) / 1000;
    this.#since = now;
  }
}

/** A CPU computes one slab with all its cores; a GPU wants several. */
const batchFor = (runtime: Runtime): number => (runtime.device === "cpu" ? 1 : 5);

const fieldOf = (slabs: Slabs, maps: Float32Array, weights: readonly number[]): AttentionField => ({
  volume: slabs.volume,
  plane: slabs.plane,
  cells: attentionSide(slabs),
  cellStride: attentionStride,
  cellOffset: (attentionStride - 1) / 2,
  positions: slabs.positions,
  maps,
  weights,
});

async function twoStageDetector(model: LoadedModel & ModelOf<"two-stage">, runtime: Runtime): Promise<Detector> {
  const one = await stageOneInference(model, runtime, batchFor(runtime));
  const two = await stageTwoInference(model, runtime);
  return {
    model,
    judge: async ({ volume, lungs }, options = {}) => {
      const watch = new Stopwatch();
      const slabs = scanSlabs(volume, lungs.range, model.preprocessing, { signal: options.signal });
      watch.lap("slabs");
      const { probabilities, attention, features } = await one.run(slabs.pixels, options);
      watch.lap("stageOne");
      const probability = await two.run(features);
      watch.lap("stageTwo");
      const sections = Array.from(probabilities);
      return { probability, sections, attention: fieldOf(slabs, attention, sections), seconds: watch.seconds };
    },
    release: async () => {
      await one.release();
      await two.release();
    },
  };
}

async function penetDetector(model: LoadedModel & ModelOf<"penet">, runtime: Runtime): Promise<Detector> {
  const network = await penetInference(model, runtime);
  const { slices, attentionShape } = network;
  const [depth, cells] = attentionShape;
  const { preprocessing } = model;
  return {
    model,
    judge: async ({ volume, lungs }, options = {}) => {
      const watch = new Stopwatch();
      const { crop } = preprocessing;
      const { positions, spacing } = windowSlices(volume, lungs.range, slices, preprocessing);
      const stack = stageOneSlabs(volume, positions, preprocessing, { signal: options.signal });
      const starts = windowStarts(positions.length, slices, preprocessing);
      const area = crop * crop;
      // Air is level 0 in every window that PENet knows.
      const windows = new Uint8ClampedArray(starts.length * slices * area);
      starts.forEach((start, window) => {
        windows.set(stack.pixels.subarray(start * area, (start + slices) * area), window * slices * area);
      });
      watch.lap("slabs");
      const { probabilities, attention } = await network.run(windows, options);
      watch.lap("network");
      // A map cell along the window stands at every (slices / depth)-th slice; its padding is symmetric, as in-plane.
      const step = slices / depth;
      const layers = starts
        .flatMap((start, window) =>
          Array.from({ length: depth }, (_, layer) => ({
            position: positions[0]! + (start + layer * step) * spacing,
            map: attention.subarray(
              (window * depth + layer) * cells * cells,
              (window * depth + layer + 1) * cells * cells,
            ),
            probability: probabilities[window]!,
          })),
        )
        .sort((a, b) => a.position - b.position);
      return {
        probability: pooledProbability(probabilities, "max"),
        sections: layers.map(({ probability }) => probability),
        attention: {
          volume: stack.volume,
          plane: stack.plane,
          cells,
          cellStride: crop / cells,
          cellOffset: 0,
          positions: layers.map(({ position }) => position),
          maps: joined(layers.map(({ map }) => map)),
          weights: layers.map(({ probability }) => probability),
        },
        seconds: watch.seconds,
      };
    },
    release: () => network.release(),
  };
}

async function cnn3dDetector(model: LoadedModel & ModelOf<"cnn3d">, runtime: Runtime): Promise<Detector> {
  const network = await cnn3dInference(model, runtime);
  const [depth, cells] = network.attentionShape;
  const { preprocessing } = model;
  return {
    model,
    judge: async ({ volume, lungs }, options = {}) => {
      const watch = new Stopwatch();
      const scan = scanSlabs(volume, lungs.range, preprocessing, { signal: options.signal });
      watch.lap("slabs");
      const { probability, attention } = await network.run(scan.pixels);
      watch.lap("network");
      // "Same" padding of the 3D CNN centres a cell on the slices and pixels it covers.
      const span = scan.count / depth;
      const positionOf = (layer: number) => {
        const slice = Math.min((layer + 0.5) * span - 0.5, scan.count - 1);
        const below = Math.floor(slice);
        const above = Math.min(below + 1, scan.count - 1);
        return scan.positions[below]! + (slice - below) * (scan.positions[above]! - scan.positions[below]!);
      };
      const layers = Array.from({ length: depth }, (_, layer) => layer);
      // It gives one probability for the whole study: a layer gets it in the share of its own highest attention.
      const sections = layers.map(
        (layer) =>
          probability *
          attention.subarray(layer * cells * cells, (layer + 1) * cells * cells).reduce((a, b) => Math.max(a, b), 0),
      );
      return {
        probability,
        sections,
        attention: {
          volume: scan.volume,
          plane: scan.plane,
          cells,
          cellStride: preprocessing.crop / cells,
          cellOffset: (preprocessing.crop / cells - 1) / 2,
          positions: layers.map(positionOf),
          maps: attention,
          weights: layers.map(() => probability),
        },
        seconds: watch.seconds,
      };
    },
    release: () => network.release(),
  };
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
