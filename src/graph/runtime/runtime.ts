/**
 * Running written models on a device: the same interface over Node's and the browser's ONNX Runtime.
 *
 *     const runtime = await createRuntime({ device: "auto", ...options });     // from graph/node or graph/browser
 *     const program = await runtime.load(writeModel({ outputs }));
 *     const { logits } = await program.run({ x: values });        // a Float32Array
 *     await program.release();
 */
import type { Signature, Values } from "../tensor.ts";

export type Device = "cpu" | "webgpu" | "cuda";

export interface RuntimeOptions {
  /** Default "auto": the fastest device at hand. */
  readonly device?: Device | "auto";
  /** Threads of the CPU; default one a core. */
  readonly threads?: number;
}

export interface Runtime {
  readonly device: Device;
  /** Why this device, in a sentence. */
  readonly reason: string;
  readonly threads: number;
  /** Channels a block of the CPU's own convolution kernels, to be given to `writeModel`; 0 where there are none. */
  readonly nchwcBlock: number;
  /**
   * Whether a model written with `sentinelOutput` runs without copies of its results. ONNX Runtime's binding for Node
   * (up to 1.30) copies every output into a new array, those too that it has just written into an array of ours, but
   * ends at the first that it cannot hand out, when all are computed. To go once the binding returns the array it was
   * given (github.com/microsoft/onnxruntime/pull/32346).
   */
  readonly sentinelOutput: boolean;
  /**
   * Whether it plans where results lie by their shapes, before a model runs. ONNX Runtime then keeps the memory of a
   * result nobody needs any more for the next one of the same shape, be it a thousand nodes later: a training step of
   * stage II held 1,085 MiB at once of which 413 were needed. What it cannot foresee it frees, so a training
   * model is better written with `dynamicShapes`.
   */
  readonly plansByShape: boolean;
  /** Compiles a model. @throws FailedError out-of-memory, operation-unsupported, device-failed */
  load(model: LoadableModel, options?: LoadOptions): Promise<CompiledGraph>;
}

export interface LoadableModel {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly inputs: ReadonlyMap<string, Signature>;
  readonly outputs: ReadonlyMap<string, Signature>;
  /** Whether the first dimension of inputs and outputs, 1 in their signatures, may be any number. Default false. */
  readonly anyBatch?: boolean;
  /** An output that cannot be handed out and comes before the others; see {@link Runtime.sentinelOutput}. */
  readonly sentinel?: string | undefined;
  /** What one more input is fed with at each run; see {@link Runtime.plansByShape}. */
  readonly dynamicShapeInput?: { readonly name: string; readonly values: BigInt64Array } | undefined;
  /** Constants that are not in the bytes. */
  readonly externalData?: readonly { readonly path: string; readonly data: Uint8Array }[];
  /** A model run once with `weights`, whose outputs this one is fed with at each run. */
  readonly preparation?: (LoadableModel & { readonly weights: Readonly<Record<string, Values>> }) | undefined;
}

export interface LoadOptions {
  /** "inference" spends time once to make each run faster; "training" starts quickly. Default "inference". */
  readonly purpose?: "inference" | "training";
}

export interface CompiledGraph {
  readonly inputs: ReadonlyMap<string, Signature>;
  readonly outputs: ReadonlyMap<string, Signature>;
  /**
   * Computes the outputs. Where `into` has an array for an output, the result is written there without a copy.
   * A model written for any batch takes as many samples as its first input holds.
   * @throws UsageError input-missing, shape-mismatch, type-mismatch; FailedError out-of-memory, device-failed
   */
  run(
    inputs: Readonly<Record<string, Values>>,
    into?: Readonly<Record<string, Values>>,
  ): Promise<Record<string, Values>>;
  /** Frees its memory. Running it afterwards is an error. */
  release(): Promise<void>;
}
