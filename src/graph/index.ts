/**
 * The engine: graphs of tensors that can be differentiated, trained and run on ONNX Runtime.
 *
 * A network is built from operations on tensors of known shape; `gradients` derives it; `trainingStep` compiles
 * forward, loss, gradients, optimiser and running statistics into one ONNX graph that a single call executes; an
 * inference graph is plain ONNX for any runtime. README.md in this folder is the guide.
 *
 *     const graph = new Graph({ training: true, seed: 1 });
 *     const x = graph.input("x", [8, 1, 28, 28]);
 *     const y = graph.input("y", [8], "int32");
 *     const logits = denseLayer(flatten(relu(convLayer(x, graph.scope("conv"), 8, [3, 3]))), graph.scope("fc"), 10);
 *     const step = await trainingStep(runtime, graph, { loss: mean(crossEntropy(logits, y)), optimiser: adam() });
 *     const { loss } = await step.run({ x: images, y: labels }, { learningRate: 1e-3 });
 */
export { Random } from "../random.ts";
export { type ByteSource, blob, bytes } from "../volume/source.ts";
export * from "./files/index.ts";
export { gradients, vjp } from "./gradients.ts";
export * from "./graph.ts";
export * from "./initializers.ts";
export * from "./layers.ts";
export { freeze } from "./onnx/freeze.ts";
export { type ModelRequest, type OnnxModel, writeModel } from "./onnx/writer.ts";
export * from "./operations/index.ts";
export type { CompiledGraph, Device, LoadableModel, LoadOptions, Runtime, RuntimeOptions } from "./runtime/runtime.ts";
export {
  constant,
  type DataType,
  defineOp,
  formatShape,
  type GradientArguments,
  type KernelArguments,
  type KernelWriter,
  type NodeAttributes,
  numElements,
  type OpDefinition,
  type Shape,
  type Signature,
  Tensor,
  type Values,
} from "./tensor.ts";
export * from "./training/optimisers.ts";
export * from "./training/schedules.ts";
export type { TrainingState } from "./training/state.ts";
export * from "./training/step.ts";
