/**
 * Where frames are decoded: in this thread, or in several others.
 *
 *     const decoder = threads(() => browserThread(worker), 2, codecBytes);
 *     const hu = await decoder.decode(job);
 *     await decoder.close();
 *
 * Threads are started when the first compressed frame comes. Frames stored as they are, or by run lengths, never leave
 * this thread: sending them away costs as much as the work. A frame that takes too long costs its thread, not the
 * program.
 */
import { EmbolensError, type ErrorCode, FailedError, RefusedError } from "../../errors.ts";
import { type CodecModules, Codecs } from "./codecs.ts";
import { decodeFrame, type FrameJob } from "./frame.ts";
import type { Hounsfield } from "./hounsfield.ts";

export interface Decoder {
  /** Frames worth handing over at the same time. */
  readonly parallel: number;
  /**
   * Rows x columns HU. They may come in `into`, which has room for them, or in an array of their own; the job's bytes
   * may be gone afterwards. Throws RefusedError.
   */
  decode(job: FrameJob, into?: Hounsfield): Promise<Hounsfield>;
  close(): Promise<void>;
}

/** What a decoding thread is told, and what it answers. */
export type ThreadRequest =
  | { readonly kind: "codecs"; readonly modules: CodecModules }
  | { readonly kind: "decode"; readonly job: FrameJob };
export type ThreadAnswer =
  | { readonly kind: "ready" }
  | { readonly kind: "decoded"; readonly hounsfield: Hounsfield }
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

/** Decodes in this thread. `modules` is called once, when the first compressed frame comes. */
export function inlineDecoder(modules: () => Promise<CodecModules>): Decoder {
  const codecs = once(async () => new Codecs(await modules()));
  return { parallel: 1, decode: (job, into) => decodeFrame(job, codecs, into), close: async () => {} };
}

const needsCodecs = ({ pixels }: FrameJob): boolean => pixels !== "native" && pixels !== "rle";
const staysHere = ({ pixels, inflated }: FrameJob): boolean =>
  pixels === "rle" || (pixels === "native" && inflated === undefined);

/** Decodes in up to `count` threads that `start` makes. */
export function threadedDecoder(start: () => Thread, count: number, modules: () => Promise<CodecModules>): Decoder {
  const loaded = once(modules);
  const idle: Worker[] = [];
  const waiting: ((worker: Worker) => void)[] = [];
  let running = 0;
  let closed = false;
  const acquire = async (): Promise<Worker> => {
    const free = idle.pop();
    if (free) return free;
    if (running < count) {
      running++;
      return new Worker(start(), loaded);
    }
    return new Promise((resolve) => waiting.push(resolve));
  };
  const release = (worker: Worker): void => {
    // A worker that died in its last job is replaced by a fresh one for whoever waits.
    if (worker.dead) running--;
    const next = waiting.shift();
    if (!next) {
      if (!worker.dead) idle.push(worker);
    } else if (worker.dead) {
      void acquire().then(next);
    } else {
      next(worker);
    }
  };
  return {
    // One frame more than threads, so that none waits for its bytes.
    parallel: count + 1,
    decode: async (job, into) => {
      if (closed) throw new FailedError("interrupted", "the decoder has been closed");
      if (staysHere(job)) return decodeFrame(job, noCodecs, into);
      const worker = await acquire();
      try {
        return await worker.decode(job);
      } finally {
        release(worker);
        if (closed) worker.stop();
      }
    },
    close: async () => {
      closed = true;
      for (const worker of idle) worker.stop();
    },
  };
}

/** Native frames ask nothing of a codec. */
const noCodecs = (): Promise<never> => Promise.reject(new Error("a compressed frame was not handed to a thread"));

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

/** One thread and the single frame it is busy with. */
class Worker {
  readonly #thread: Thread;
  readonly #modules: () => Promise<CodecModules>;
  #equipped = false;
  #ready = false;
  #answer: ((answer: ThreadAnswer) => void) | undefined;
  #failure: unknown;
  dead = false;

  constructor(thread: Thread, modules: () => Promise<CodecModules>) {
    this.#thread = thread;
    this.#modules = modules;
    thread.listen(
      (answer) => {
        if (answer.kind === "ready") this.#ready = true;
        else this.#answer?.(answer);
      },
      (error) => {
        this.dead = true;
        this.#failure = error;
        this.#answer?.(this.#died());
      },
    );
  }

  /** A thread that dies at a frame dies of it; one that never started is our own fault. */
  #died(): ThreadAnswer {
    const said = this.#failure instanceof Error ? this.#failure.message : String(this.#failure);
    return this.#ready
      ? { kind: "failed", code: "file-corrupt", message: `decoding it stopped its thread (${said})` }
      : { kind: "failed", code: undefined, message: `a decoding thread did not start: ${said}` };
  }

  async decode(job: FrameJob): Promise<Hounsfield> {
    const { name } = job;
    if (needsCodecs(job) && !this.#equipped) {
      this.#equipped = true;
      this.#thread.post({ kind: "codecs", modules: await this.#modules() }, []);
    }
    const answer = await new Promise<ThreadAnswer>((resolve) => {
      if (this.dead) return resolve(this.#died());
      const tooLong = setTimeout(() => {
        this.stop();
        resolve({ kind: "failed", code: "file-corrupt", message: `decoding it takes more than ${longestFrame} s` });
      }, longestFrame * 1000);
      this.#answer = (given) => {
        clearTimeout(tooLong);
        resolve(given);
      };
      this.#thread.post({ kind: "decode", job }, [job.stored.buffer]);
    });
    this.#answer = undefined;
    if (answer.kind === "decoded") return answer.hounsfield;
    if (answer.kind === "ready") throw new Error("a decoding thread answered before it had decoded");
    const message = answer.message.startsWith(name) ? answer.message : `${name}: ${answer.message}`;
    if (answer.code === undefined) throw new Error(message);
    throw new RefusedError(answer.code, message);
  }

  stop(): void {
    this.dead = true;
    this.#thread.stop();
  }
}

/** The work of a decoding thread: what it answers to a request. `ready` is what it says first. */
export function threadWork(): (request: ThreadRequest) => Promise<ThreadAnswer | undefined> {
  let codecs: Codecs | undefined;
  const equipped = async (): Promise<Codecs> => {
    if (!codecs) throw new Error("no codecs were sent to this thread");
    return codecs;
  };
  return async (request) => {
    switch (request.kind) {
      case "codecs":
        codecs = new Codecs(request.modules);
        return undefined;
      case "decode":
        try {
          return { kind: "decoded", hounsfield: await decodeFrame(request.job, equipped) };
        } catch (error) {
          const message = error instanceof Error ? error.message : String(error);
          return { kind: "failed", code: error instanceof EmbolensError ? error.code : undefined, message };
        }
    }
  };
}

export const ready: ThreadAnswer = { kind: "ready" };
