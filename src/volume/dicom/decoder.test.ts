import { deflateRawSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { threadedDecoder } from "./decoder.ts";
import type { FrameJob } from "./frame.ts";
import { type Thread, type ThreadAnswer, threadWork } from "./thread.ts";

/** A deflated frame of 2 x 2 values; those go to threads and need no codec. */
function frame(name: string, values: readonly number[]): FrameJob {
  const native = new Uint8Array(Uint16Array.from(values).buffer);
  return {
    name,
    stored: new Uint8Array(deflateRawSync(native)),
    pixels: "native",
    inflated: { start: 0, end: native.length },
    format: {
      ...{ rows: 2, columns: 2, bitsAllocated: 16, bitsStored: 12, highBit: 11 },
      ...{ signed: false, bigEndian: false, padding: undefined },
    },
    rescale: { slope: 1, intercept: -1024 },
  };
}

/** Threads that are none: messages are cloned and memory transferred as between real ones. "bad" kills its thread. */
function threads() {
  const made: { stopped: boolean }[] = [];
  const start = (): Thread => {
    const own = { stopped: false };
    made.push(own);
    let answered: (answer: ThreadAnswer) => void = () => {};
    let failed: (error: unknown) => void = () => {};
    const early: ThreadAnswer[] = [];
    const work = threadWork((answer, transfer) => {
      const received = structuredClone(answer, { transfer });
      if (answer.kind === "ready") early.push(received);
      else setTimeout(() => own.stopped || answered(received));
    });
    return {
      post: (request, transfer) => {
        const received = structuredClone(request, { transfer });
        if (received.kind !== "decode" || received.job.name !== "bad") return work(received);
        setTimeout(() => failed(new Error("out of memory")));
      },
      listen: (answer, failure) => {
        [answered, failed] = [answer, failure];
        for (const given of early) setTimeout(() => answered(given));
      },
      stop: () => {
        own.stopped = true;
      },
    };
  };
  return { made, start };
}

const noModule = (): Promise<never> => Promise.reject(new Error("no codec is needed here"));

describe("decoding in threads", () => {
  test("gives each frame its own HU, more frames than threads at a time, and leaves the stored bytes", async () => {
    const { made, start } = threads();
    const decoder = threadedDecoder(start, 2, noModule);
    const jobs = Array.from({ length: 12 }, (_, index) => frame(`slice ${index}`, [index, 1024, 2048, 4095]));
    const before = jobs.map(({ stored }) => stored.slice());
    const hounsfield = jobs.map((_, index) => (index % 3 === 0 ? new Float32Array(4) : new Int16Array(4)));
    await Promise.all(jobs.map((job, index) => decoder.decode(job, hounsfield[index]!)));
    expect(hounsfield.map((values) => [...values])).toEqual(jobs.map((_, index) => [index - 1024, 0, 1024, 3071]));
    expect(jobs.map(({ stored }) => stored)).toEqual(before);
    expect(made.length).toBe(2);
    await decoder.close();
    expect(made.every(({ stopped }) => stopped)).toBe(true);
  });

  test("refuses the frame that kills its thread by name, and decodes the ones behind it in another", async () => {
    const { start } = threads();
    const decoder = threadedDecoder(start, 1, noModule);
    // A thread is known to work when it has said so.
    await decoder.decode(frame("first", [0, 0, 0, 0]), new Int16Array(4));
    const behind = new Int16Array(4);
    const [bad, good] = await Promise.allSettled([
      decoder.decode(frame("bad", [0, 0, 0, 0]), new Int16Array(4)),
      decoder.decode(frame("behind", [1024, 1025, 1026, 1027]), behind),
    ]);
    expect(bad).toMatchObject({ status: "rejected", reason: { code: "file-corrupt" } });
    expect(bad.status === "rejected" && bad.reason.message).toMatch(/^bad: .*out of memory/);
    expect(good.status).toBe("fulfilled");
    expect([...behind]).toEqual([0, 1, 2, 3]);
    await decoder.close();
    const late = decoder.decode(frame("late", [0, 0, 0, 0]), new Int16Array(4));
    await expect(late).rejects.toMatchObject({ code: "interrupted" });
  });

  test("starts its threads when a compressed frame is announced, and not for one that stays here", async () => {
    const { made, start } = threads();
    const decoder = threadedDecoder(start, 2, noModule);
    decoder.expect({ pixels: "native", deflated: false });
    decoder.expect({ pixels: "rle", deflated: false });
    expect(made.length).toBe(0);
    decoder.expect({ pixels: "native", deflated: true });
    decoder.expect({ pixels: "jpeg", deflated: false });
    expect(made.length).toBe(2);
    await decoder.close();
  });
});
