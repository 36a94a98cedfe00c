/**
 * The two sizes of the experiment. Every number that decides its result stands here and travels into its report.
 *
 *     const settings = experimentSettings.quick;
 *
 * `full` is what docs/experiment.md reports; `quick` is the same in small, to see the machinery at work.
 */
import {
  type Cnn3dSettings,
  cnn3dPresets,
  type PenetSettings,
  penetPresets,
  type StageOneSettings,
  type StageTwoSettings,
  twoStagePresets,
} from "../model/index.ts";
import {
  type Cnn3dRecipe,
  cnn3dRecipes,
  type PenetRecipe,
  penetRecipes,
  type StageOneRecipe,
  type StageTwoRecipe,
  stageOneRecipes,
  stageTwoRecipes,
} from "../training/index.ts";
import type { ExperimentHospitalSettings, MakingSettings } from "./hospital.ts";

export type ExperimentSize = "full" | "quick";

export const comparators = ["cnn3d", "penet"] as const;
export type Comparator = (typeof comparators)[number];

export interface ExperimentSettings extends MakingSettings {
  readonly size: ExperimentSize | "custom";
  readonly stageOne: { readonly network: StageOneSettings; readonly recipe: StageOneRecipe };
  readonly stageTwo: { readonly network: StageTwoSettings; readonly recipe: StageTwoRecipe };
  /** Which of the comparators take part. */
  readonly comparators: readonly Comparator[];
  readonly penet: { readonly network: PenetSettings; readonly recipe: PenetRecipe };
  readonly cnn3d: { readonly network: Cnn3dSettings; readonly recipe: Cnn3dRecipe };
}

const { small } = twoStagePresets;

/** 2.5 mm between the slices of a scan, as in stage I, over some 250 mm of lung: 25 slabs that touch each other. */
const slabs = { ...small.preprocessing, scanSlices: 100 };

const hospital: ExperimentHospitalSettings = {
  hospitals: 4,
  grid: { columns: 192, sliceSpacing: 2.5 },
  annotated: { train: { positives: 320, negatives: 160 }, validation: { positives: 60, negatives: 30 } },
  labelOnly: { train: { positives: 400, negatives: 400 }, validation: { positives: 40, negatives: 40 } },
  // Of 300 studies a paired difference of .03 in AUC comes out with p < .05 in every second run, of 900 in nine of ten.
  test: { positives: 450, negatives: 450 },
  // Segmental arteries are three pixels wide on this grid, too little for networks this small.
  burdens: { saddle: 0.2, main: 0.3, lobar: 0.5, segmental: 0, subsegmental: 0 },
  annotationSpacing: 5,
  smallestSection: 35,
  sign: { annotatedPositive: 0.75, annotatedNegative: 0.25, other: 0.5 },
};

const full: ExperimentSettings = {
  size: "full",
  seed: 1,
  hospital,
  preprocessing: {
    slabs,
    // PENet reads windows of the finely spaced stack, the 3D CNN the scan; the stack a network doesn't read is kept short.
    penet: { ...penetPresets.small.preprocessing, scanSlices: 8 },
    cnn3d: { ...cnn3dPresets.small.preprocessing, sliceSpacing: 10 },
  },
  stageOne: {
    network: small.stageOne,
    recipe: { ...stageOneRecipes.small, epochs: 16 },
  },
  stageTwo: {
    // With all of the paper's dropout it was still underfitted after the epochs there is time for.
    network: { ...small.stageTwo, recurrentDropout: 0, denseDropout: 0.3 },
    recipe: { ...stageTwoRecipes.small, epochs: 11, batch: 4, microBatch: 4 },
  },
  comparators,
  penet: { network: penetPresets.small.penet, recipe: { ...penetRecipes.small, epochs: 6, windows: 240 } },
  cnn3d: { network: cnn3dPresets.small.cnn3d, recipe: { ...cnn3dRecipes.small, epochs: 2 } },
};

const quick: ExperimentSettings = {
  ...full,
  size: "quick",
  hospital: {
    ...hospital,
    annotated: { train: { positives: 24, negatives: 14 }, validation: { positives: 8, negatives: 6 } },
    labelOnly: { train: { positives: 12, negatives: 12 }, validation: { positives: 4, negatives: 4 } },
    test: { positives: 16, negatives: 20 },
  },
  stageOne: { ...full.stageOne, recipe: { ...full.stageOne.recipe, epochs: 5 } },
  stageTwo: { ...full.stageTwo, recipe: { ...full.stageTwo.recipe, epochs: 5 } },
  penet: { ...full.penet, recipe: { ...full.penet.recipe, epochs: 2, windows: 80 } },
  cnn3d: { ...full.cnn3d, recipe: { ...full.cnn3d.recipe, epochs: 2 } },
};

export const experimentSettings: Readonly<Record<ExperimentSize, ExperimentSettings>> = { full, quick };
