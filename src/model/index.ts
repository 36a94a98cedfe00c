/**
 * The networks as plain functions on the engine's graph, and the files they are kept in.
 *
 *     const graph = new Graph();
 *     const { logits, attention } = stageOne(slabInput(graph.input("slabs", [1, 5, 384, 384], "uint8")), graph, paperStageOne);
 *
 * Nothing here knows how a network is trained or where its slabs come from; a model file carries both facts along.
 */
export * from "./attention.ts";
export * from "./cnn3d.ts";
export * from "./conv-lstm.ts";
export * from "./dropout.ts";
export * from "./export.ts";
export * from "./export-steps.ts";
export * from "./i3d.ts";
export * from "./import-weights.ts";
export * from "./inference.ts";
export * from "./model.ts";
export * from "./model-file.ts";
export * from "./normalisation.ts";
export * from "./penet.ts";
export * from "./pooling.ts";
export * from "./presets.ts";
export * from "./resnet18.ts";
export * from "./stage-one.ts";
export * from "./stage-two.ts";
export * from "./starting-weights.ts";
export * from "./take-weights.ts";
export * from "./training-cohort-digest.ts";
export * from "./training-graphs.ts";
