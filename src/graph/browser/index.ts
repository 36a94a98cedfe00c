/**
 * The engine in a browser: WebAssembly threads, or WebGPU.
 *
 *     import module from "onnxruntime-web/ort-wasm-simd-threaded.mjs?url";
 *     import binary from "onnxruntime-web/ort-wasm-simd-threaded.wasm?url";
 *     const runtime = await createRuntime({ device: "cpu", addresses: { cpu: { module, binary } } });
 *
 * Threads need a cross-origin isolated page (COOP and COEP headers); without them there is one. The bundler must resolve
 * onnxruntime-web with the condition `onnxruntime-web-use-extern-wasm`, so that its WebAssembly comes from the page's
 * own server. A run in a page blocks it: use a worker.
 */
import { FailedError } from "../../errors.ts";
import { writeModel } from "../onnx/writer.ts";
import { add } from "../operations/elementwise.ts";
import type { Device, Runtime, RuntimeOptions } from "../runtime/runtime.ts";
import { loadGraph, type OrtLibrary, runOnce } from "../runtime/session.ts";
import { Tensor } from "../tensor.ts";

/** Where the page serves one build of ONNX Runtime from. */
export interface RuntimeFiles {
  readonly module: string;
  readonly binary: string;
}

export interface BrowserRuntimeOptions extends RuntimeOptions {
  readonly addresses: {
    readonly cpu: RuntimeFiles;
    /** Without it, WebGPU is not tried. */
    readonly webgpu?: RuntimeFiles;
  };
}

/** More threads than this give a network of this size nothing. */
const mostThreads = 16;

/** @throws FailedError device-missing when a device asked for by name does not work */
export async function createRuntime({ device = "auto", threads, addresses }: BrowserRuntimeOptions): Promise<Runtime> {
  const available = globalThis.crossOriginIsolated ? Math.min(navigator.hardwareConcurrency, mostThreads) : 1;
  const count = threads ?? available;
  if (device === "cuda") {
    throw new FailedError("device-missing", "cuda cannot be used in a browser", { hint: "use webgpu, cpu or auto" });
  }
  let problem = "the CPU was asked for";
  if (device !== "cpu") {
    const tried = await tryWebGpu(addresses.webgpu);
    if (typeof tried !== "string") return runtimeOver(tried, "webgpu", count, "webgpu works");
    if (device === "webgpu") {
      throw new FailedError("device-missing", `webgpu cannot be used: ${tried}`, { hint: "use cpu or auto" });
    }
    problem = `the CPU, because webgpu cannot be used (${tried})`;
  }
  const ort = await import("onnxruntime-web/wasm");
  ort.env.wasm.wasmPaths = { mjs: addresses.cpu.module, wasm: addresses.cpu.binary };
  ort.env.wasm.numThreads = count;
  return runtimeOver(ort, "cpu", count, problem);
}

type OrtModule = Omit<OrtLibrary, "fillsPlaces">;

function runtimeOver(
  { InferenceSession, Tensor }: OrtModule,
  device: Device,
  threads: number,
  reason: string,
): Runtime {
  return {
    device,
    reason,
    threads,
    nchwcBlock: 0,
    sentinelOutput: false,
    plansByShape: device === "cpu",
    load: (model) =>
      loadGraph({ InferenceSession, Tensor, fillsPlaces: false }, model, {
        executionProviders: device === "cpu" ? ["wasm"] : ["webgpu", "wasm"],
        graphOptimizationLevel: "all",
        logSeverityLevel: 3,
      }),
  };
}

/** ONNX Runtime falls back to the CPU in silence where there is no adapter, so it is asked for first. */
async function gpuAdapter(): Promise<unknown> {
  const { gpu } = navigator as Navigator & { readonly gpu?: { requestAdapter(): Promise<unknown> } };
  return gpu?.requestAdapter().catch(() => null);
}

/** The library once it has computed one plus one on the GPU, or why it can't. */
async function tryWebGpu(files: RuntimeFiles | undefined): Promise<OrtModule | string> {
  if (!files) return "this page brings no files for it";
  if (!(await gpuAdapter())) return "this browser has none";
  try {
    const ort = await import("onnxruntime-web/webgpu");
    ort.env.wasm.wasmPaths = { mjs: files.module, wasm: files.binary };
    const one = new Tensor({ shape: [1], type: "float32" }, { kind: "input", name: "one" });
    const runtime = runtimeOver(ort, "webgpu", 1, "");
    const loading = runtime.load(writeModel({ outputs: new Map([["two", add(one, one)]]) }));
    const { two } = await runOnce(loading, { one: Float32Array.of(1) });
    return two?.[0] === 2 ? ort : `it computed 1 + 1 = ${two?.[0]}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
