/**
 * The engine under Node: CPU, WebGPU (Vulkan, Metal, Direct3D) and, where its files are installed, CUDA.
 *
 *     const runtime = await createRuntime({ device: "auto", threads: 4 });
 *     console.error(runtime.reason);
 *
 * ONNX Runtime's own threads do the work; a run blocks JavaScript until it is done. Files of weights are opened and
 * written here too:
 *
 *     const [source] = await openPaths(["resnet18.pth"]);
 *     await writeTensorFile("copy.safetensors", tensors);
 */
export { openPaths } from "../../volume/node/files.ts";
export { createRuntime } from "./runtime.ts";
export { writeTensorFile, writeWhole } from "./tensor-file.ts";
