/**
 * Files of named tensors: safetensors read and written, PyTorch checkpoints read without executing anything in them.
 * A file is opened by its table of contents; each tensor's bytes are fetched when it is asked for.
 *
 *     const file = await openTensorFile(bytes("resnet18.pth", content));
 *     const { shape, values } = await file.read("conv1.weight");
 *     await writeTensorFile("copy.safetensors", [{ name: "w", type: "F32", shape: [2], values }]);   // ../node/
 */
export { openCheckpoint } from "./checkpoint.ts";
export {
  decodeElements,
  type ElementArray,
  type ElementType,
  elementBytes,
  elementCount,
  encodeElements,
  halfToNumber,
  numberToHalf,
  type TensorData,
  toFloat32,
} from "./element-types.ts";
export { openTensorFile } from "./read-checkpoint.ts";
export { encodeSafetensors, type NamedTensor, openSafetensors } from "./safetensors.ts";
export type { TensorEntry, TensorFile } from "./tensor-file.ts";
