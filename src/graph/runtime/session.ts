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
import { allocate, numElements, requireValues, type Signature, sameShape, type Values } from "../tensor.ts";
import type { CompiledGraph, LoadableModel } from "./runtime.ts";

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
export async function loadGraph(
  library: OrtLibrary,
  model: LoadableModel,
  options: InferenceSession.SessionOptions,
): Promise<CompiledGraph> {
  const { preparation } = model;
  const prepared = preparation && (await runOnce(loadGraph(library, preparation, options), preparation.weights));
  const { externalData = [] } = model;
  const session = await translated("compiling the graph", () =>
    library.InferenceSession.create(model.bytes, { ...options, externalData }),
  );
  return new SessionProgram(library, session, model, prepared);
}

/** Runs a program that is needed only once, and releases it whatever happens. */
export async function runOnce(
  loading: Promise<CompiledGraph>,
  inputs: Readonly<Record<string, Values>>,
): Promise<Record<string, Values>> {
  const program = await loading;
  try {
    return await program.run(inputs);
  } finally {
    await program.release();
  }
}

/**
 * The signature, written for a batch of one, with the first dimension that its values have.
 * @param batch what that has to be; undefined where these are the first values to say it
 * @throws UsageError shape-mismatch, type-mismatch
 */
function ofBatch(name: string, { shape, type }: Signature, values: Values, batch: number | undefined): Signature {
  if (shape.length === 0) return { shape, type };
  const count = batch ?? Math.max(1, Math.floor(values.length / numElements(shape.slice(1))));
  const signature = { shape: [count, ...shape.slice(1)], type };
  requireValues(name, values, signature);
  return signature;
}

class SessionProgram implements CompiledGraph {
  readonly inputs: ReadonlyMap<string, Signature>;
  readonly outputs: ReadonlyMap<string, Signature>;
  readonly #library: OrtLibrary;
  readonly #anyBatch: boolean;
  readonly #sentinel: string | undefined;
  /** What is fed at every run beside what the caller gives. */
  readonly #held: Record<string, OrtTensor>;
  #session: InferenceSession | undefined;
  /** Wrapped arrays, so that a buffer used at every step is wrapped once. */
  readonly #wrapped = new WeakMap<Values, OrtTensor>();

  /** @param prepared what the model's preparation gave */
  constructor(
    library: OrtLibrary,
    session: InferenceSession,
    model: LoadableModel,
    prepared: Readonly<Record<string, Values>> = {},
  ) {
    this.#library = library;
    this.#session = session;
    this.inputs = model.inputs;
    this.outputs = model.outputs;
    this.#anyBatch = model.anyBatch ?? false;
    this.#sentinel = model.sentinel;
    const { dynamicShapeInput, preparation } = model;
    const held = Object.entries(prepared).map(
      ([name, values]) => [name, this.#wrap(name, values, preparation!.outputs.get(name)!)] as const,
    );
    this.#held = Object.fromEntries(held);
    if (dynamicShapeInput !== undefined) {
      const { name, values } = dynamicShapeInput;
      this.#held[name] = this.#wrap(name, values, { shape: [values.length], type: "int64" });
    }
  }

  async run(
    inputs: Readonly<Record<string, Values>>,
    into: Readonly<Record<string, Values>> = {},
  ): Promise<Record<string, Values>> {
    const session = this.#session;
    if (session === undefined) throw new UsageError("graph-invalid", "the program was released and cannot run");
    const feeds: Record<string, OrtTensor> = { ...this.#held };
    let batch: number | undefined;
    const wrap = (name: string, values: Values, written: Signature): OrtTensor => {
      const signature = this.#anyBatch ? ofBatch(name, written, values, batch) : written;
      if (signature.shape.length > 0) batch = signature.shape[0];
      return this.#wrap(name, values, signature);
    };
    for (const [name, signature] of this.inputs) {
      const values = inputs[name];
      if (values === undefined) throw missing(name);
      feeds[name] = wrap(name, values, signature);
    }
    if (this.#sentinel !== undefined) return this.#runWithoutCopies(session, feeds, into);
    const fetches: Record<string, OrtTensor | null> = {};
    for (const [name, signature] of this.outputs) {
      const target = into[name];
      const place = target === undefined ? null : wrap(name, target, signature);
      // The browser's library would hand back what it was offered, without the result in it.
      fetches[name] = this.#library.fillsPlaces ? place : null;
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

  /** Every result has its place, and the binding is to stop before it copies what lies there. */
  async #runWithoutCopies(
    session: InferenceSession,
    feeds: Readonly<Record<string, OrtTensor>>,
    into: Readonly<Record<string, Values>>,
  ): Promise<Record<string, Values>> {
    const fetches: Record<string, OrtTensor | null> = { [this.#sentinel!]: null };
    const places: Record<string, Values> = {};
    for (const [name, signature] of this.outputs) {
      const place = into[name] ?? allocate(signature);
      places[name] = place;
      fetches[name] = this.#wrap(name, place, signature);
    }
    await translated("running the graph", async () => {
      try {
        await session.run(feeds, fetches);
      } catch (stopped) {
        if (!isStop(stopped)) throw stopped;
      }
    });
    return places;
  }

  async release(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.release();
  }

  #wrap(name: string, values: Values, { shape, type }: Signature): OrtTensor {
    const known = this.#wrapped.get(values);
    if (known !== undefined && known.type === type && sameShape(known.dims, shape)) return known;
    requireValues(name, values, { shape, type });
    const tensor = new this.#library.Tensor(type, values, shape);
    this.#wrapped.set(values, tensor);
    return tensor;
  }
}

/** What Node's binding says of an output that is no tensor, after the run. */
function isStop(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith("Non tensor type");
}

function copy(from: Values, to: Values): void {
  if (from instanceof BigInt64Array && to instanceof BigInt64Array) to.set(from);
  else if (!(from instanceof BigInt64Array) && !(to instanceof BigInt64Array)) to.set(from);
}

/** For a batch or a call without one of the inputs. */
export const missing = (name: string): UsageError =>
  new UsageError("input-missing", `the graph needs a value for ${name}`);

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
