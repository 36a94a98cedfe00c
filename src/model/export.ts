/**
 * A model as plain ONNX for any runtime: slabs in as bytes, probabilities and maps out, nothing left to know.
 *
 *     const { bytes } = await exportModel(model, runtime);
 *
 * Weights are constants, batch norm is inside the filters. The file's metadata hold the model's whole description
 * (window, spacing, crop, slab layout, operating points, provenance) and the steps that make its input.
 */
import { freeze, Graph, type OnnxModel, type Runtime, reshape, type Tensor, writeModel } from "../graph/index.ts";
import { scanSlabCount } from "../volume/index.ts";
import { Dropout } from "./dropout.ts";
import { preprocessingSteps } from "./export-steps.ts";
import { cnn3dGraph, type InferenceGraph, penetGraph, stageOneGraph } from "./inference.ts";
import { featureShape, type Model, type ModelOf, stagePrefixes } from "./model.ts";
import type { LoadedModel } from "./model-file.ts";
import { slabInput, slabProbability, stageOne } from "./stage-one.ts";
import { stageTwo, studyProbability } from "./stage-two.ts";

/** Both stages in one graph: every slab of a study in, the study's probability out. */
function twoStageGraph(model: ModelOf<"two-stage">): InferenceGraph {
  const { crop, slabSlices } = model.preprocessing;
  const count = scanSlabCount(model.preprocessing);
  const graph = new Graph();
  const slabs = graph.input("slabs", [count, slabSlices, crop, crop], "uint8");
  const one = stageOne(slabInput(slabs), graph.scope(stagePrefixes.one), model.stageOne);
  const features = reshape(one.features, [1, count, ...featureShape(model)]);
  const { logits } = stageTwo(features, graph.scope(stagePrefixes.two), model.stageTwo, new Dropout());
  const outputs = {
    probability: studyProbability(logits),
    slab_probabilities: slabProbability(one.logits),
    attention: one.attention,
  };
  return { graph, outputs: new Map<string, Tensor>(Object.entries(outputs)) };
}

function graphOf(model: Model): InferenceGraph {
  switch (model.kind) {
    case "stage-one":
      return stageOneGraph(model, 1);
    case "two-stage":
      return twoStageGraph(model);
    case "penet":
      return penetGraph(model, 1);
    case "cnn3d":
      return cnn3dGraph(model);
  }
}

/** What each kind takes and gives, for the reader of the file. */
const layouts: Readonly<Record<Model["kind"], string>> = {
  "stage-one":
    "slabs: uint8 [n, slices, rows, columns], 0 to 255 over the window, slices to the head, columns to the patient's left. " +
    "probabilities: of an embolus in each slab. attention: 0 to 1 on a grid of 16 pixels. features: for stage II.",
  "two-stage":
    "slabs: uint8 [slabs of one study from foot to head, slices, rows, columns], 0 to 255 over the window, columns to the " +
    "patient's left. probability: of an embolus in the study. slab_probabilities, attention: of each slab.",
  penet:
    "windows: uint8 [n, 1, slices, rows, columns], 0 to 255 over the window. probabilities: of an embolus in each window; " +
    "a study's is the largest. attention: class-activation map.",
  cnn3d:
    "scan: uint8 [1, 1, slices, rows, columns], 0 to 255 over the window. probability: of an embolus in the study. " +
    "attention: class-activation map.",
};

/** Samples of one slab or window may come in any number; a whole study comes alone. */
const takesAnyBatch: Readonly<Record<Model["kind"], boolean>> = {
  "stage-one": true,
  "two-stage": false,
  penet: false,
  cnn3d: false,
};

/** @throws FailedError out-of-memory, device-failed */
export async function exportModel(model: LoadedModel, runtime: Runtime): Promise<OnnxModel> {
  const { weights, sha256, ...description } = model;
  return writeModel({
    outputs: await freeze(runtime, graphOf(model).outputs, weights),
    anyBatch: takesAnyBatch[model.kind],
    metadata: {
      embolens: JSON.stringify(description),
      layout: layouts[model.kind],
      steps: preprocessingSteps(description).join("\n"),
      model_sha256: sha256,
      notice: model.notice,
    },
  });
}
