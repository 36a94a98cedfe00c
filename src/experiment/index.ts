/**
 * The published experiment on a synthetic hospital: studies are made, the two stages trained with and without
 * attention and from annotated and label-only studies, held against pooling, a 3D CNN and PENet, and everything found
 * is written into one report. Can be stopped and continued at any point.
 *
 *     const files = await runExperiment({ out: "experiment", settings: experimentSettings.quick, ...surroundings });
 *     files.report;      // experiment/report.html
 */
export { type ExperimentRequest, runExperiment } from "./experiment.ts";
export type { ExperimentFiles } from "./output.ts";
export type { StepState } from "./pipeline.ts";
export type { Claim, ExperimentResults } from "./results.ts";
export { comparators, type ExperimentSettings, type ExperimentSize, experimentSettings } from "./settings.ts";
