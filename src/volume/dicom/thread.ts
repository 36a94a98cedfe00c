/**
 * A decoding thread from both sides: what it is told and answers, the work it does, and its frames as its owner sees
 * them.
 *
 *     const thread = new DecodingThread(startThread());
 *     await thread.decode(job, modules, hounsfield);     // true: the HU are there
 *
 * The memory in which frames travel goes back and forth and is used again: fresh memory for each would be a large part
 * of what reading a series takes. A frame that takes too long, or kills its thread, costs its thread, not the program.
 */
import { EmbolensError, type ErrorCode, FailedError, RefusedError } from "../../errors.ts";
import type { CodecModuleName, LoadModule } from "./codecs.ts";
import { decodeFrame, type FrameJob, frameTools, type InflateDataSet, inflateDataSet } from "./frame.ts";
import type { Hounsfield } from "./hounsfield/table.ts";

export interface NamedModule {
  readonly name: CodecModuleName;
  readonly module: WebAssembly.Module;
}

/** The memory that travels with a frame to its thread and back; both have at least the room the frame needs. */
interface Freight {
  readonly stored: ArrayBuffer;
  /** HU on the way back. */
  readonly hounsfield: ArrayBuffer;
}

/** What a decoding thread is told. */
export type ThreadRequest =
  | ({ readonly kind: "module" } & NamedModule)
  | ({
      readonly kind: "decode";
      readonly job: Omit<FrameJob, "stored">;
      readonly storedLength: number;
      readonly fractional: boolean;
    } & Freight);

/** What it answers: first that it is there, then to each frame in order. */
export type ThreadAnswer =
  | { readonly kind: "ready" }
  | ({ readonly kind: "decoded" } & Freight)
  | { readonly kind: "failed"; readonly code: ErrorCode | undefined; readonly message: string };

/** A thread, whoever's: a Web Worker or one of Node's. */
export interface Thread {
  post(request: ThreadRequest, transfer: ArrayBuffer[]): void;
  /** `answer` for each answer, `failure` once when the thread dies. */
  listen(answer: (answer: ThreadAnswer) => void, failure: (error: unknown) => void): void;
  stop(): void;
}

/** Seconds one frame may take; the slowest real one, a large JPEG 2000, takes a tenth of one. */
const longestFrame = 20;
/** Seconds a thread may take to start, on a machine that has other things to do. */
const longestStart = 120;

/** Compressed frames differ in length: memory comes in steps, so that a slightly longer one needs no new one. */
const memoryStep = 1 << 16;

/** The same memory if it is large enough. */
const roomFor = (length: number, memory: ArrayBuffer | undefined): ArrayBuffer =>
  memory && memory.byteLength >= length ? memory : new ArrayBuffer(Math.ceil(length / memoryStep) * memoryStep);

const hounsfieldIn = (memory: ArrayBuffer, count: number, fractional: boolean): Hounsfield =>
  fractional ? new Float32Array(memory, 0, count) : new Int16Array(memory, 0, count);

/** A frame that was sent and not answered yet. */
interface Sent {
  readonly name: string;
  readonly into: Hounsfield;
  readonly resolve: (done: boolean) => void;
  readonly reject: (error: Error) => void;
}

export class DecodingThread {
  readonly #thread: Thread;
  readonly #sent: Sent[] = [];
  readonly #spare: Freight[] = [];
  readonly #modules = new Set<CodecModuleName>();
  #ready = false;
  #tooLong: ReturnType<typeof setTimeout> | undefined;
  dead = false;

  constructor(thread: Thread) {
    this.#thread = thread;
    thread.listen(
      (answer) => this.#answered(answer),
      (failure) => this.#died(failure),
    );
  }

  /** Frames it has not answered yet. */
  get load(): number {
    return this.#sent.length;
  }

  /**
   * Sends a frame, and the modules it needs where the thread hasn't got them; not to a dead thread. True when its HU are
   * in `into`, false when the thread died before it came to this frame. Throws RefusedError that names the file.
   */
  decode(job: FrameJob, modules: readonly NamedModule[], into: Hounsfield): Promise<boolean> {
    const { stored, ...rest } = job;
    const spare = this.#spare.pop();
    const freight: Freight = {
      stored: roomFor(stored.length, spare?.stored),
      hounsfield: roomFor(into.byteLength, spare?.hounsfield),
    };
    new Uint8Array(freight.stored).set(stored);
    return new Promise((resolve, reject) => {
      this.#sent.push({ name: job.name, into, resolve, reject });
      for (const module of modules) {
        if (this.#modules.has(module.name)) continue;
        this.#modules.add(module.name);
        this.#thread.post({ kind: "module", ...module }, []);
      }
      const fractional = into instanceof Float32Array;
      const request = { kind: "decode", job: rest, storedLength: stored.length, fractional, ...freight } as const;
      this.#thread.post(request, [freight.stored, freight.hounsfield]);
      if (this.#sent.length === 1) this.#watch();
    });
  }

  stop(): void {
    this.#thread.stop();
    this.dead = true;
    clearTimeout(this.#tooLong);
    const closed = new FailedError("interrupted", "the decoder has been closed");
    for (const { reject } of this.#sent.splice(0)) reject(closed);
  }

  #answered(answer: ThreadAnswer): void {
    if (answer.kind === "ready") {
      this.#ready = true;
      this.#watch();
      return;
    }
    const frame = this.#sent.shift();
    this.#watch();
    if (!frame) return;
    const { name, into, resolve, reject } = frame;
    if (answer.kind === "decoded") {
      this.#spare.push({ stored: answer.stored, hounsfield: answer.hounsfield });
      into.set(hounsfieldIn(answer.hounsfield, into.length, into instanceof Float32Array));
      resolve(true);
    } else {
      const message = answer.message.startsWith(name) ? answer.message : `${name}: ${answer.message}`;
      reject(answer.code === undefined ? new Error(message) : new RefusedError(answer.code, message));
    }
  }

  /** Gives the thread its time to start, and then the frame it is at. */
  #watch(): void {
    clearTimeout(this.#tooLong);
    if (this.#sent.length === 0) return;
    const seconds = this.#ready ? longestFrame : longestStart;
    this.#tooLong = setTimeout(() => {
      this.#thread.stop();
      if (this.#ready) this.#endAt(`decoding it takes more than ${seconds} s`);
      else this.#died(`it was not there after ${seconds} s`);
    }, seconds * 1000);
  }

  /** A thread that dies at a frame dies of it; one that never started is our own fault. */
  #died(failure: unknown): void {
    const said = failure instanceof Error ? failure.message : String(failure);
    if (this.#ready) {
      this.#endAt(`decoding it stopped its thread (${said})`);
      return;
    }
    this.dead = true;
    clearTimeout(this.#tooLong);
    for (const { reject } of this.#sent.splice(0)) reject(new Error(`a decoding thread did not start: ${said}`));
  }

  /** Refuses the frame the thread was at; those behind it go to another thread. */
  #endAt(message: string): void {
    this.dead = true;
    clearTimeout(this.#tooLong);
    const [guilty, ...others] = this.#sent.splice(0);
    guilty?.reject(new RefusedError("file-corrupt", `${guilty.name}: ${message}`));
    for (const { resolve } of others) resolve(false);
  }
}

/**
 * A decoding thread's side: says that it is there, and returns what takes its requests.
 * @param post sends an answer, and with it the memory that travels
 */
export function threadWork(
  post: (answer: ThreadAnswer, transfer: ArrayBuffer[]) => void,
  inflate: InflateDataSet = inflateDataSet,
): (request: ThreadRequest) => void {
  const modules = new Map<CodecModuleName, WebAssembly.Module>();
  const load: LoadModule = async (name) => {
    const module = modules.get(name);
    if (!module) throw new Error(`the codecs' module "${name}" was not sent to this thread`);
    return module;
  };
  const tools = frameTools(load, inflate);
  const work = async (request: ThreadRequest): Promise<void> => {
    if (request.kind === "module") {
      modules.set(request.name, request.module);
      return;
    }
    const { job, storedLength, fractional, stored, hounsfield } = request;
    const into = hounsfieldIn(hounsfield, job.format.rows * job.format.columns, fractional);
    try {
      await decodeFrame({ ...job, stored: new Uint8Array(stored, 0, storedLength) }, tools, into);
      post({ kind: "decoded", stored, hounsfield }, [stored, hounsfield]);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      post({ kind: "failed", code: error instanceof EmbolensError ? error.code : undefined, message }, []);
    }
  };
  post({ kind: "ready" }, []);
  let last = Promise.resolve();
  // One after the other, so that answers come in the order of requests.
  return (request) => {
    last = last.then(() => work(request));
  };
}
