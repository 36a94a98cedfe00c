/**
 * The sizes networks come in: `paper` (docs/method.md to the letter), `small` (trains on a laptop; the
 * demonstration model is one), `tiny` (tests).
 *
 *     const { preprocessing, stageOne, stageTwo } = twoStagePresets.small;
 *
 * What a sample costs in the forward pass, counting the convolutions' multiplications and additions (GFLOP), and
 * parameters:
 *
 *                          paper                small
 *     stage I, a slab      18.4   11,183,810    0.34     703,922
 *     stage II, a study   269.8    6,202,369    2.58     221,857
 *     PENet, a window      46.3   28,398,705    0.98   1,011,801
 *     3D CNN, a study    1755.9   17,604,513    2.80   1,116,025
 */
import {
  type Preprocessing,
  paperPreprocessing,
  smallPreprocessing,
  tinyPreprocessing,
} from "../volume/preprocessing.ts";
import type { Cnn3dSettings } from "./cnn3d.ts";
import { kerasNormalisation } from "./normalisation.ts";
import type { PenetSettings } from "./penet.ts";
import type { StageOneSettings } from "./stage-one.ts";
import type { StageTwoSettings } from "./stage-two.ts";

export const presetNames = ["paper", "small", "tiny"] as const;
export type PresetName = (typeof presetNames)[number];

export const paperStageOne: StageOneSettings = {
  width: 64,
  outputStrideFrom: "last-stage",
  attentionScore: "logit",
  hiddenUnits: 0,
  normalisation: kerasNormalisation,
};

export const paperStageTwo: StageTwoSettings = {
  filters: 96,
  recurrentActivation: "hard-sigmoid",
  inputDropout: 0.2,
  recurrentDropout: 0.2,
  dropoutKind: "channel",
  units: 2,
  merge: "concatenate",
  denseDropout: 0.5,
  normalisation: kerasNormalisation,
};

export interface TwoStagePreset {
  readonly preprocessing: Preprocessing;
  readonly stageOne: StageOneSettings;
  readonly stageTwo: StageTwoSettings;
}

/**
 * The score whose attention is trained at high learning rates. With the logit alone the negative slabs, whose attention
 * ought to vanish, can push the positive class's row of weights below zero everywhere while the other row tells the
 * classes apart: measured on the synthetic hospital at 2e-3, the attention was zero from the third epoch on and stayed
 * so. The difference of the rows is what tells the classes apart, so it cannot vanish where a slab is called positive.
 */
const trainedFast = { attentionScore: "probability" } as const;

/** Running statistics of a short training must not lag behind it: a hundred steps are a whole epoch here. */
const shortTraining = { ...kerasNormalisation, momentum: 0.9 };

export const twoStagePresets: Readonly<Record<PresetName, TwoStagePreset>> = {
  paper: { preprocessing: paperPreprocessing, stageOne: paperStageOne, stageTwo: paperStageTwo },
  small: {
    preprocessing: smallPreprocessing,
    stageOne: { ...paperStageOne, ...trainedFast, width: 16, normalisation: shortTraining },
    stageTwo: { ...paperStageTwo, filters: 16, normalisation: shortTraining },
  },
  tiny: {
    preprocessing: tinyPreprocessing,
    stageOne: { ...paperStageOne, ...trainedFast, width: 4, normalisation: shortTraining },
    stageTwo: { ...paperStageTwo, filters: 4, normalisation: shortTraining },
  },
};

/** PENet sees single slices; a window is consecutive ones. */
const penetPreprocessing: Preprocessing = {
  ...paperPreprocessing,
  window: { lower: -100, upper: 900 },
  crop: 192,
  pixelSpacing: 330 / 192,
  slabSlices: 1,
  sliceSpacing: 1.25,
};

/**
 * What PENet's released weights were trained and tested on (its datasets/ct_pe_dataset_3d.py and test.py): the whole
 * field of view reduced to 208 pixels by area averages, the centre 192 of it, every slice of the series as it was
 * scanned, windows of 24 one after the other, the last filled with air.
 */
export const releasedPenetPreprocessing: Preprocessing = {
  ...penetPreprocessing,
  pixelSpacing: null,
  fieldOfView: 208,
  slices: "native",
};

export const paperPenet: PenetSettings = {
  slices: 24,
  width: 64,
  stages: [3, 4, 6, 3],
  cardinality: 32,
  normalisedTogether: 16,
  squeeze: 16,
  depthDropout: 0.5,
  inputMean: 0.15897,
  epsilon: 1e-5,
};

export interface PenetPreset {
  readonly preprocessing: Preprocessing;
  readonly penet: PenetSettings;
}

export const penetPresets: Readonly<Record<PresetName, PenetPreset>> = {
  paper: { preprocessing: penetPreprocessing, penet: paperPenet },
  small: {
    preprocessing: { ...penetPreprocessing, crop: 96, pixelSpacing: 330 / 96, sliceSpacing: 2.5 },
    penet: { ...paperPenet, width: 16, stages: [1, 2, 2, 1], cardinality: 8, normalisedTogether: 8, squeeze: 8 },
  },
  tiny: {
    preprocessing: { ...penetPreprocessing, crop: 32, pixelSpacing: 330 / 32, sliceSpacing: 5 },
    penet: { ...paperPenet, slices: 8, width: 4, stages: [1, 1], cardinality: 2, normalisedTogether: 4, squeeze: 4 },
  },
};

/** The 3D CNN sees every resampled slice of the lungs once. */
const cnn3dPreprocessing: Preprocessing = { ...paperPreprocessing, slabSlices: 1, scanStride: 1 };

export const paperCnn3d: Cnn3dSettings = {
  width: 64,
  normalisation: kerasNormalisation,
  convLstm: {
    filters: 128,
    recurrentActivation: "hard-sigmoid",
    inputDropout: 0.2,
    recurrentDropout: 0.2,
    dropoutKind: "channel",
  },
  denseUnits: [64],
  denseDropout: 0.5,
};

export interface Cnn3dPreset {
  readonly preprocessing: Preprocessing;
  readonly cnn3d: Cnn3dSettings;
}

export const cnn3dPresets: Readonly<Record<PresetName, Cnn3dPreset>> = {
  paper: { preprocessing: cnn3dPreprocessing, cnn3d: paperCnn3d },
  small: {
    preprocessing: { ...cnn3dPreprocessing, crop: 96, pixelSpacing: 330 / 96, scanSlices: 64 },
    cnn3d: {
      ...paperCnn3d,
      width: 16,
      normalisation: shortTraining,
      convLstm: { ...paperCnn3d.convLstm, filters: 32 },
      denseUnits: [32],
    },
  },
  tiny: {
    preprocessing: { ...cnn3dPreprocessing, crop: 32, pixelSpacing: 330 / 32, scanSlices: 16 },
    cnn3d: {
      ...paperCnn3d,
      width: 4,
      normalisation: shortTraining,
      convLstm: { ...paperCnn3d.convLstm, filters: 4 },
      denseUnits: [4],
    },
  },
};
