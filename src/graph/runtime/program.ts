/**
 * A loaded model: checks what it is given, keeps its session, turns ONNX Runtime's complaints into ours.
 */
import type {
  InferenceSession,
  InferenceSessionFactory,
  Tensor as OrtTensor,
  TensorConstructor,
} from "onnxruntime-common";
import { FailedError, UsageError } from "../../errors.ts";
import { type DataType, type Signature, showShape, sizeOf, type Values } from "../tensor.ts";
import type { LoadableModel, Program } from "./runtime.ts";

/**
 * What Node's and the browser's ONNX Runtime have in common. Each brings its own `Tensor`, and takes no other's.
 */
export interface OrtLibrary {
  readonly InferenceSession: InferenceSessionFactory;
  readonly Tensor: TensorConstructor;
  /** Whether a run writes a result into the array offered for it; else it only comes back in a fresh one. */
  readonly fillsPlaces: boolean;
}

/** Loads a model into a session. @throws FailedError out-of-memory, operation-unsupported, device-failed */
export async function loadProgram(
  library: OrtLibrary,
  model: LoadableModel,
  options: InferenceSession.SessionOptions,
): Promise<Program> {
  const session = await translated("compiling the graph", () => library.InferenceSession.create(model.bytes, options));
  return new SessionProgram(library, session, model);
}

class SessionProgram implements Program {
  readonly inputs: ReadonlyMap<string, Signature>;
  readonly outputs: ReadonlyMap<string, Signature>;
  readonly #library: OrtLibrary;
  #session: InferenceSession | undefined;
  /** Wrapped arrays, so that a buffer used at every step is wrapped once. */
  readonly #wrapped = new WeakMap<Values, OrtTensor>();

  constructor(library: OrtLibrary, session: InferenceSession, model: LoadableModel) {
    this.#library = library;
    this.#session = session;
    this.inputs = model.inputs;
    this.outputs = model.outputs;
  }

  async run(
    inputs: Readonly<Record<string, Values>>,
    into: Readonly<Record<string, Values>> = {},
  ): Promise<Record<string, Values>> {
    const session = this.#session;
    if (session === undefined) throw new UsageError("graph-invalid", "the program was released and cannot run");
    const feeds: Record<string, OrtTensor> = {};
    for (const [name, signature] of this.inputs) {
      const values = inputs[name];
      if (values === undefined) throw new UsageError("input-missing", `the graph needs a value for ${name}`);
      feeds[name] = this.#wrap(name, values, signature);
    }
    const fetches: Record<string, OrtTensor | null> = {};
    for (const [name, signature] of this.outputs) {
      const target = into[name];
      fetches[name] = target === undefined ? null : this.#wrap(name, target, signature);
    }
    const results = await translated("running the graph", () => session.run(feeds, fetches));
    const values: Record<string, Values> = {};
    for (const name of this.outputs.keys()) {
      const target = into[name];
      const computed = results[name]!.data as Values;
      if (target !== undefined && !this.#library.fillsPlaces) copy(computed, target);
      values[name] = target ?? computed;
    }
    return values;
  }

  async release(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.release();
  }

  #wrap(name: string, values: Values, { shape, type }: Signature): OrtTensor {
    const known = this.#wrapped.get(values);
    if (
      known !== undefined &&
      known.dims.length === shape.length &&
      known.dims.every((size, at) => size === shape[at])
    ) {
      return known;
    }
    if (values.length !== sizeOf(shape) || !fits(values, type)) {
      throw new UsageError(
        "shape-mismatch",
        `${name}: ${values.length} values in a ${values.constructor.name} for ${type} ${showShape(shape)}`,
      );
    }
    const tensor = new this.#library.Tensor(type, values, shape);
    this.#wrapped.set(values, tensor);
    return tensor;
  }
}

function copy(from: Values, to: Values): void {
  if (from instanceof BigInt64Array && to instanceof BigInt64Array) to.set(from);
  else if (!(from instanceof BigInt64Array) && !(to instanceof BigInt64Array)) to.set(from);
}

function fits(values: Values, type: DataType): boolean {
  switch (type) {
    case "float32":
      return values instanceof Float32Array;
    case "int32":
      return values instanceof Int32Array;
    case "int64":
      return values instanceof BigInt64Array;
    case "uint8":
    case "bool":
      return values instanceof Uint8Array;
  }
}

/** Runs one call of ONNX Runtime and gives its failure one of our codes. */
async function translated<T>(work: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    throw translate(work, cause);
  }
}

function translate(work: string, cause: unknown): FailedError {
  const message = cause instanceof Error ? cause.message : String(cause);
  if (/bad_alloc|out of memory|failed to allocate|allocation failed|bfcarena|array buffer allocation/i.test(message)) {
    return new FailedError("out-of-memory", `${work}: there was not enough memory`, {
      hint: "use a smaller batch, or micro-batches with accumulated gradients",
      cause,
    });
  }
  if (/not.?implemented|could not find an implementation|unsupported|no op registered/i.test(message)) {
    return new FailedError("operation-unsupported", `${work}: the device lacks an operation: ${message}`, {
      hint: "use --device cpu",
      cause,
    });
  }
  return new FailedError("device-failed", `${work}: ${message}`, { cause });
}
