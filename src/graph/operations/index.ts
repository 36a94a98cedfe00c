/** All operations, gathered for the room's door. */
export * from "./arrangement.ts";
export * from "./convolution.ts";
export * from "./elementwise.ts";
export * from "./linear.ts";
export * from "./losses.ts";
export * from "./normalisation.ts";
export * from "./pooling.ts";
export * from "./resize.ts";
export * from "./selection.ts";
export type { PerSpatialAxis, WindowOptions } from "./window.ts";
export { type GradientRule, withGradient } from "./with-gradient.ts";
