/**
 * A model: what kind of network, all of its settings, the whole pre-processing, where it comes from, and its weights.
 *
 *     if (model.kind === "two-stage") stageTwo(features, scope, model.stageTwo, dropout);
 *
 * Settings travel with the weights, so nobody can judge a study at another size or window than the model was trained
 * with. A two-stage model holds a copy of the stage I that it was trained on.
 */
import { z } from "zod";
import { Graph, type Scope, type Shape } from "../graph/index.ts";
import { preprocessingSchema, scanSlabCount } from "../volume/index.ts";
import { cnn3d, cnn3dSettingsSchema } from "./cnn3d.ts";
import { Dropout } from "./dropout.ts";
import { penet, penetSettingsSchema } from "./penet.ts";
import { cnn3dPresets, type PresetName, penetPresets, presetNames, twoStagePresets } from "./presets.ts";
import { resnet18Stride } from "./resnet18.ts";
import { stageOne, stageOneFeatureShape, stageOneSettingsSchema } from "./stage-one.ts";
import { stageTwo, stageTwoSettingsSchema } from "./stage-two.ts";
import { trainingCohortDigestSchema } from "./training-cohort-digest.ts";

/** The version of what is written; a reader refuses files of a later one. Files of version 1 don't say whom they have seen. */
export const modelFormat = 2;
const readFormats = [1, modelFormat] as const;

export const researchNotice = "Research use, not a medical device.";

/** A threshold on the study's (stage I: the slab's) probability, and how it was found. */
export const operatingPointSchema = z.strictObject({
  /** For instance "half", "sensitivity-95", "youden". */
  name: z.string().min(1),
  /** Probabilities at or above it mean "embolus". */
  threshold: z.number().min(0).max(1),
  /** What it was chosen on, in words: "convention", "validation split of hospital-a". Never a test set. */
  chosenOn: z.string().min(1),
});

export type OperatingPoint = z.infer<typeof operatingPointSchema>;

export const halfOperatingPoint: OperatingPoint = { name: "half", threshold: 0.5, chosenOn: "convention" };

/** What a reader must know of how the weights came about. */
export const provenanceSchema = z.strictObject({
  /** The program and its version, or who published the weights. */
  program: z.string().min(1),
  /** What it was trained on, in a sentence. */
  data: z.string().min(1),
  studies: z.int().min(0),
  positives: z.int().min(0),
  seed: z.int().nullable(),
  /** Every setting of the training that is not a setting of the network. */
  settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  /** Measured on validation while training, by name. */
  metrics: z.record(z.string(), z.number()),
  /** Whom it was trained and chosen on; null where nobody wrote it down: imported weights, files of version 1. */
  seen: trainingCohortDigestSchema.nullable().default(null),
});

export type Provenance = z.infer<typeof provenanceSchema>;

const common = {
  format: z.literal(readFormats).transform((): typeof modelFormat => modelFormat),
  /** Shown to people. */
  name: z.string().min(1).max(200),
  preset: z.enum([...presetNames, "custom"]),
  preprocessing: preprocessingSchema,
  /** The first one decides. */
  operatingPoints: z.array(operatingPointSchema).min(1).readonly(),
  /** In the order of training: stage I before stage II. Empty: the weights are random. */
  training: z.array(provenanceSchema).readonly(),
  notice: z.literal(researchNotice),
};

const description = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("stage-one"), ...common, stageOne: stageOneSettingsSchema }),
  z.strictObject({
    kind: z.literal("two-stage"),
    ...common,
    stageOne: stageOneSettingsSchema,
    stageTwo: stageTwoSettingsSchema,
  }),
  z.strictObject({ kind: z.literal("penet"), ...common, penet: penetSettingsSchema }),
  z.strictObject({ kind: z.literal("cnn3d"), ...common, cnn3d: cnn3dSettingsSchema }),
]);

export type ModelDescription = z.infer<typeof description>;
export type ModelKind = ModelDescription["kind"];

export const modelKinds = ["stage-one", "two-stage", "penet", "cnn3d"] as const satisfies readonly ModelKind[];

/** The description of one kind. */
export type DescriptionOf<Kind extends ModelKind> = Extract<ModelDescription, { readonly kind: Kind }>;

export const modelDescriptionSchema = description.superRefine((model, context) => {
  for (const problem of contradictions(model)) context.addIssue({ code: "custom", message: problem });
});

/** HU of the air that PENet's windows run out into. */
const airOfNativeWindows = -1000;

/** What settings that are each possible cannot be together. */
function contradictions(model: ModelDescription): readonly string[] {
  const { crop, fieldOfView, pixelSpacing, slices, window } = model.preprocessing;
  const problems: string[] = [];
  if (fieldOfView !== undefined && pixelSpacing !== null)
    problems.push("a field of view and a pixel spacing exclude each other");
  if (fieldOfView !== undefined && fieldOfView < crop) problems.push(`a crop of ${crop} out of ${fieldOfView} pixels`);
  if (slices !== undefined && model.kind !== "penet") problems.push("only PENet's windows run through native slices");
  if (slices !== undefined && window.lower < airOfNativeWindows)
    problems.push("windows that run out into air show it as black");
  return [...problems, ...contradictionsOfKind(model)];
}

function contradictionsOfKind(model: ModelDescription): readonly string[] {
  const { crop, slabSlices } = model.preprocessing;
  switch (model.kind) {
    case "stage-one":
      return crop % resnet18Stride === 0 ? [] : [`a crop of ${crop} pixels is no multiple of ${resnet18Stride}`];
    case "two-stage": {
      const side = crop / resnet18Stride;
      if (!Number.isInteger(side)) return [`a crop of ${crop} pixels is no multiple of ${resnet18Stride}`];
      const left = Math.floor(side / 2 ** model.stageTwo.units);
      return left >= 1 ? [] : [`${model.stageTwo.units} units halve a ${side} x ${side} map to nothing`];
    }
    case "penet":
    case "cnn3d":
      return slabSlices === 1 ? [] : [`this kind takes single slices, not slabs of ${slabSlices}`];
  }
}

/** A description with a preset's settings, decided at one half, not trained on anything yet. */
export function presetDescription<Kind extends ModelKind>(
  kind: Kind,
  preset: PresetName,
  name: string,
): DescriptionOf<Kind> {
  const shared = {
    format: modelFormat,
    name,
    preset,
    operatingPoints: [halfOperatingPoint],
    training: [],
    notice: researchNotice,
  } as const;
  const { preprocessing, stageOne, stageTwo } = twoStagePresets[preset];
  const ofKind: { readonly [Each in ModelKind]: () => DescriptionOf<Each> } = {
    "stage-one": () => ({ kind: "stage-one", ...shared, preprocessing, stageOne }),
    "two-stage": () => ({ kind: "two-stage", ...shared, preprocessing, stageOne, stageTwo }),
    penet: () => ({ kind: "penet", ...shared, ...penetPresets[preset] }),
    cnn3d: () => ({ kind: "cnn3d", ...shared, ...cnn3dPresets[preset] }),
  };
  return ofKind[kind]();
}

/** Parameters and running statistics by name. */
export type Weights = ReadonlyMap<string, Float32Array>;

export type Model = ModelDescription & { readonly weights: Weights };

/** A model with some of the kinds, for functions that need one of them. */
export type ModelOf<Kind extends ModelKind> = Extract<Model, { readonly kind: Kind }>;

/** In front of the names of each stage in a two-stage model. */
export const stagePrefixes = { one: "stage_one", two: "stage_two" } as const;

/** The stage's own weights of a two-stage model, under their own names. */
export function weightsUnder(weights: Weights, prefix: string): Weights {
  return new Map(
    [...weights]
      .filter(([name]) => name.startsWith(`${prefix}.`))
      .map(([name, values]) => [name.slice(prefix.length + 1), values]),
  );
}

/** Weights under names with a prefix, to put two stages into one model. */
export function withPrefix(weights: Weights, prefix: string): Weights {
  return new Map([...weights].map(([name, values]) => [`${prefix}.${name}`, values]));
}

/** [channels, h, w] of what stage I hands to stage II. */
export const featureShape = (model: Pick<DescriptionOf<"two-stage">, "stageOne" | "preprocessing">) =>
  stageOneFeatureShape(model.stageOne, model.preprocessing.crop);

/** Slices along the body that a 3D CNN sees. */
export const scanShape = ({
  preprocessing,
}: Pick<ModelDescription, "preprocessing">): readonly [number, number, number] => [
  scanSlabCount(preprocessing),
  preprocessing.crop,
  preprocessing.crop,
];

/** Writes the whole network of a description into a graph, inputs included, for one sample: what its weights must be. */
function declare(graph: Graph, model: ModelDescription): void {
  const { crop, slabSlices } = model.preprocessing;
  const dropout = new Dropout();
  const one = (scope: Scope, settings: Parameters<typeof stageOne>[2]) =>
    stageOne(graph.input("slabs", [1, slabSlices, crop, crop]), scope, settings);
  switch (model.kind) {
    case "stage-one":
      one(graph, model.stageOne);
      return;
    case "two-stage": {
      one(graph.scope(stagePrefixes.one), model.stageOne);
      const shape = [1, scanSlabCount(model.preprocessing), ...featureShape(model)];
      stageTwo(graph.input("features", shape), graph.scope(stagePrefixes.two), model.stageTwo, dropout);
      return;
    }
    case "penet":
      penet(graph.input("windows", [1, 1, model.penet.slices, crop, crop]), graph, model.penet, dropout);
      return;
    case "cnn3d":
      cnn3d(graph.input("scans", [1, 1, ...scanShape(model)]), graph, model.cnn3d, dropout);
      return;
  }
}

/** Names and shapes of everything a model of this description must hold. */
export function weightShapes(model: ModelDescription): ReadonlyMap<string, Shape> {
  const graph = new Graph();
  declare(graph, model);
  return new Map([...graph.parameters.values()].map(({ name, tensor }) => [name, tensor.shape]));
}

/** Fresh weights, the same for the same seed. */
export function initialWeights(model: ModelDescription, seed: number): Weights {
  const graph = new Graph({ seed });
  declare(graph, model);
  return new Map([...graph.parameters.values()].map(({ name, draw }) => [name, draw()]));
}
