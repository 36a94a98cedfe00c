/** All operations, gathered for the room's door; what only other operations need stays in their files. */

export { type ConvOptions, type ConvTransposeOptions, conv, convTranspose } from "./convolution.ts";
export {
  absolute,
  add,
  cast,
  clip,
  divide,
  equal,
  exp,
  greater,
  greaterOrEqual,
  hardSigmoid,
  leakyRelu,
  less,
  log,
  maximum,
  minimum,
  multiply,
  negate,
  type Operand,
  relu,
  sigmoid,
  sign,
  softplus,
  square,
  squareRoot,
  stopGradient,
  subtract,
  tanh,
  where,
} from "./elementwise.ts";
export * from "./indexing.ts";
export { dense, logSoftmax, matmul, max, mean, softmax } from "./linear.ts";
export * from "./losses.ts";
export {
  channelMoments,
  type Moments,
  type Normalisation,
  normaliseChannels,
  normaliseGroups,
  scaleChannels,
} from "./normalisation.ts";
export { type AveragePoolOptions, averagePool, globalAveragePool, maxPool } from "./pooling.ts";
export * from "./resize.ts";
export {
  concat,
  dropAxes,
  expand,
  flatten,
  type ReductionOptions,
  reshape,
  split,
  sum,
  transpose,
  zerosLike,
} from "./shape-ops.ts";
export type { PerSpatialAxis, WindowOptions } from "./window.ts";
export { type GradientRule, withGradient } from "./with-gradient.ts";
