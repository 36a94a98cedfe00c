/**
 * Where frames are decoded: in this thread, or in several others.
 *
 *     const decoder = threadedDecoder(startThread, 2, loadModule);
 *     await decoder.decode(job, hounsfield);
 *     await decoder.close();
 *
 * Frames stored as they are, or by run lengths, never leave this thread: sending them away costs as much as the work.
 * Threads are started when a frame for them is announced or comes. Each has the next frame waiting while it is busy
 * with one.
 */
import { FailedError } from "../../errors.ts";
import { type CodecModuleName, type LoadModule, modulesOf } from "./codecs.ts";
import { decodeFrame, type FrameJob, frameTools } from "./frame.ts";
import type { Hounsfield } from "./hounsfield/table.ts";
import { DecodingThread, type NamedModule, type Thread } from "./thread.ts";

/** What tells where a frame is decoded, and by what. */
export type FrameKind = Pick<FrameJob, "pixels"> & { readonly deflated: boolean };

export interface Decoder {
  /** Frames worth handing over at the same time. */
  readonly parallel: number;
  /** Says what kind of frame will come, so that what it needs is there by then. */
  expect(kind: FrameKind): void;
  /** Writes a frame's rows x columns HU into `into`. The job's bytes are left as they are. Throws RefusedError. */
  decode(job: FrameJob, into: Hounsfield): Promise<void>;
  close(): Promise<void>;
}

/** Decodes in this thread. */
export function inlineDecoder(load: LoadModule): Decoder {
  const tools = frameTools(load);
  return {
    parallel: 1,
    expect: () => {},
    decode: (job, into) => decodeFrame(job, tools, into),
    close: async () => {},
  };
}

const staysHere = ({ pixels, deflated }: FrameKind): boolean => pixels === "rle" || (pixels === "native" && !deflated);

/** Frames a thread has at a time: the one it decodes, and the one it goes on with. */
const depth = 2;

/** Decodes in up to `count` threads that `start` makes. */
export function threadedDecoder(start: () => Thread, count: number, load: LoadModule): Decoder {
  const here = inlineDecoder(load);
  const waiting: (() => void)[] = [];
  let threads: DecodingThread[] = [];
  let closed = false;
  const started = (): DecodingThread => {
    const thread = new DecodingThread(start());
    threads.push(thread);
    return thread;
  };
  /** An idle thread, else a new one, else the one with least to do; undefined when all have enough. */
  const available = (): DecodingThread | undefined => {
    threads = threads.filter(({ dead }) => !dead);
    const [least] = [...threads].sort((a, b) => a.load - b.load);
    if (least?.load === 0) return least;
    if (threads.length < count) return started();
    return least && least.load < depth ? least : undefined;
  };
  const loaded = async (name: CodecModuleName): Promise<NamedModule> => ({ name, module: await load(name) });
  const modulesFor = async ({ pixels }: Pick<FrameJob, "pixels">): Promise<NamedModule[]> => {
    const needed = await Promise.all(modulesOf(pixels).map(loaded));
    // Conversion does without it, only slower.
    const helpful = await loaded("hounsfield").catch(() => undefined);
    return helpful ? [...needed, helpful] : needed;
  };
  return {
    // One frame more than threads have, so that none waits for its bytes.
    parallel: count * depth + 1,
    expect: (kind) => {
      if (closed || staysHere(kind) || threads.length > 0) return;
      while (threads.length < count) started();
      // If it can't be loaded, the first frame says so.
      modulesFor(kind).catch(() => {});
    },
    decode: async (job, into) => {
      if (staysHere({ pixels: job.pixels, deflated: job.inflated !== undefined })) return here.decode(job, into);
      const modules = await modulesFor(job);
      let done = false;
      while (!done) {
        if (closed) throw new FailedError("interrupted", "the decoder has been closed");
        const thread = available();
        if (thread) {
          // False when the thread died of another frame before it came to this one.
          done = await thread.decode(job, modules, into).finally(() => waiting.shift()?.());
        } else {
          await new Promise<void>((resolve) => waiting.push(resolve));
        }
      }
    },
    close: async () => {
      closed = true;
      for (const thread of threads) thread.stop();
      for (const wake of waiting) wake();
    },
  };
}
