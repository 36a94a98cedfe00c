/**
 * How good are the scores? ROC curves with DeLong's variance and paired test, decisions at operating points with
 * Wilson intervals, precision and recall, calibration, bootstrap by patient, the RSNA challenge's measures, and
 * whether attention lies on emboli. Pure arithmetic on arrays: runs anywhere. Thresholds and recalibrations are
 * fitted on `Cases<"validation">` only; the types refuse a test set there.
 *
 *     const validation = scoredCases("validation", labels, probabilities);
 *     const point = chooseOperatingPoint(validation, { rule: "sensitivity", atLeast: 0.95 });
 *     const { models, comparisons } = summarise([
 *       { name: "proposed", cases: scoredCases("test", truth, proposed), operatingPoints: [point] },
 *       { name: "PENet", cases: scoredCases("test", truth, penet) },
 *     ]);
 */
export * from "./bootstrap.ts";
export * from "./calibration.ts";
export * from "./cases.ts";
export * from "./confusion.ts";
export * from "./curves.ts";
export * from "./delong.ts";
export * from "./localisation.ts";
export * from "./operating-point.ts";
export * from "./rsna.ts";
export * from "./summary.ts";
