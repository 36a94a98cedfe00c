/**
 * Chooses among the execution providers of onnxruntime-node and loads models with the options that measured best.
 */
import { availableParallelism } from "node:os";
import * as ort from "onnxruntime-node";
import { FailedError, UsageError } from "../../errors.ts";
import { writeModel } from "../onnx/writer.ts";
import { add } from "../operations/elementwise.ts";
import { loadProgram } from "../runtime/program.ts";
import type { Device, LoadableModel, LoadOptions, Program, Runtime, RuntimeOptions } from "../runtime/runtime.ts";
import { Tensor } from "../tensor.ts";

type SessionOptions = ort.InferenceSession.SessionOptions;

function sessionOptions(device: Device, threads: number, _load: LoadOptions): SessionOptions {
  return {
    executionProviders: device === "cpu" ? ["cpu"] : [device, "cpu"],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
    logSeverityLevel: 3,
  };
}

/** Whether a device computes one plus one; the failure's text when it does not. */
async function probe(device: Device): Promise<string | undefined> {
  const one = new Tensor({ shape: [1], type: "float32" }, { kind: "input", name: "one" });
  const model = writeModel({ outputs: new Map([["two", add(one, one)]]) });
  try {
    const program = await loadProgram(ort, model, sessionOptions(device, 1, {}));
    const { two } = await program.run({ one: Float32Array.of(1) });
    await program.release();
    return two?.[0] === 2 ? undefined : `it computed 1 + 1 = ${two?.[0]}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
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
    const problem = built.includes(candidate) ? await probe(candidate) : "not installed";
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
    load: (model: LoadableModel, load: LoadOptions = {}): Promise<Program> =>
      loadProgram(ort, model, sessionOptions(device, threads, load)),
  };
}
