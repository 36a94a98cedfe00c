/**
 * Chooses among the execution providers of onnxruntime-node and loads models with the options that measured best.
 */
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import * as ort from "onnxruntime-node";
import { FailedError, UsageError } from "../../errors.ts";
import { writeModel } from "../onnx/writer.ts";
import { add } from "../operations/elementwise.ts";
import type { CompiledGraph, Device, LoadableModel, LoadOptions, Runtime, RuntimeOptions } from "../runtime/runtime.ts";
import { loadGraph, type OrtLibrary, runOnce } from "../runtime/session.ts";
import { defineOp, Tensor } from "../tensor.ts";

// What goes wrong becomes one of our errors; ONNX Runtime need not print it as well.
ort.env.logLevel = "fatal";

const library: OrtLibrary = { InferenceSession: ort.InferenceSession, Tensor: ort.Tensor, fillsPlaces: true };

type SessionOptions = ort.InferenceSession.SessionOptions;

function sessionOptions(device: Device, threads: number, { purpose = "inference" }: LoadOptions): SessionOptions {
  return {
    executionProviders: device === "cpu" ? ["cpu"] : [device, "cpu"],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    // A training graph is written as it should run; ONNX Runtime's own passes would only cost time, and one of them
    // copies the filters' derivatives. A device that moves to another layout needs them.
    graphOptimizationLevel: purpose === "training" && device === "cpu" ? "disabled" : "all",
    // A planned block of memory comes on top of what the first run took.
    enableMemPattern: false,
    logSeverityLevel: 4,
  };
}

/** Whether a device computes one plus one; the failure's text when it does not. */
async function probe(device: Device): Promise<string | undefined> {
  const one = new Tensor({ shape: [1], type: "float32" }, { kind: "input", name: "one" });
  const model = writeModel({ outputs: new Map([["two", add(one, one)]]) });
  try {
    const loading = loadGraph(library, model, sessionOptions(device, 1, {}));
    const { two } = await runOnce(loading, { one: Float32Array.of(1) });
    return two?.[0] === 2 ? undefined : `it computed 1 + 1 = ${two?.[0]}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * Channels a block of the CPU's convolution kernels: 16 with AVX-512, 8 with less, 0 where ONNX Runtime has none.
 * Found by reordering the numbers 0 to 31, seen as 16 channels of 2.
 */
async function blockWidth(): Promise<number> {
  const reordered = defineOp<null>({
    name: "reordered",
    signature: ([x]) => [{ shape: x!.shape, type: x!.type }],
    kernel: ({ write, names }) => [write.node("ReorderInput@com.microsoft.nchwc", names)],
    gradient: "constant",
  });
  const numbers = new Tensor({ shape: [1, 16, 2, 1], type: "float32" }, { kind: "input", name: "numbers" });
  const model = writeModel({ outputs: new Map([["reordered", reordered([numbers], null)[0]!]]) });
  try {
    const loading = loadGraph(library, model, sessionOptions("cpu", 1, {}));
    const result = await runOnce(loading, { numbers: Float32Array.from({ length: 32 }, (_, index) => index) });
    // The second position of the first channel comes after one block.
    const block = result.reordered!.findIndex((value) => Number(value) === 1);
    return block === 8 || block === 16 ? block : 0;
  } catch {
    return 0;
  }
}

/** Whether a model with an output that cannot be handed out has its other results written all the same. */
async function sentinelOutput(): Promise<boolean> {
  const one = new Tensor({ shape: [1], type: "float32" }, { kind: "input", name: "one" });
  const model = writeModel({ outputs: new Map([["two", add(one, one)]]), sentinelOutput: true });
  try {
    const { two } = await runOnce(loadGraph(library, model, sessionOptions("cpu", 1, {})), {
      one: Float32Array.of(1),
    });
    return two?.[0] === 2;
  } catch {
    return false;
  }
}

/** Why `auto` should not take a device, if so. */
async function unsuitable(device: "cuda" | "webgpu", built: readonly string[]): Promise<string | undefined> {
  if (!built.includes(device)) return "ONNX Runtime was installed without it";
  // Without a graphics card Vulkan may still be there in software, which is slower than the CPU by far.
  if (process.platform === "linux" && !existsSync("/dev/dri") && !existsSync("/dev/nvidia0")) return "there is no GPU";
  return probe(device);
}

async function choose(device: Device | "auto"): Promise<{ device: Device; reason: string }> {
  if (device === "cpu") return { device, reason: "the CPU was asked for" };
  const built = ort.listSupportedBackends().map((backend) => backend.name);
  if (device !== "auto") {
    const problem = built.includes(device) ? await probe(device) : "ONNX Runtime was installed without it";
    if (problem === undefined) return { device, reason: `${device} was asked for and works` };
    throw new FailedError("device-missing", `${device} cannot be used: ${problem}`, {
      hint: "use --device cpu or auto",
    });
  }
  const failures: string[] = [];
  for (const candidate of ["cuda", "webgpu"] as const) {
    const problem = await unsuitable(candidate, built);
    if (problem === undefined) return { device: candidate, reason: `${candidate} works` };
    failures.push(`${candidate}: ${problem}`);
  }
  return { device: "cpu", reason: `the CPU, because no other device works (${failures.join("; ")})` };
}

/**
 * @throws FailedError device-missing when a device asked for by name does not work
 * @throws UsageError option-invalid
 */
export async function createRuntime(options: RuntimeOptions = {}): Promise<Runtime> {
  const threads = options.threads ?? availableParallelism();
  if (!Number.isInteger(threads) || threads < 1) {
    throw new UsageError("option-invalid", `threads must be a whole number above zero, not ${threads}`);
  }
  const { device, reason } = await choose(options.device ?? "auto");
  return {
    device,
    reason,
    threads,
    nchwcBlock: device === "cpu" ? await blockWidth() : 0,
    sentinelOutput: device === "cpu" && (await sentinelOutput()),
    plansByShape: device === "cpu",
    load: (model: LoadableModel, load: LoadOptions = {}): Promise<CompiledGraph> =>
      loadGraph(library, model, sessionOptions(device, threads, load)),
  };
}
