import { describe, expect, it } from "vitest";
import { FailedError, UsageError } from "../../errors.ts";
import { add, concat, conv, Graph, matmul, reshape, writeModel } from "../index.ts";
import { createRuntime } from "./index.ts";

function doubling(size: number) {
  const graph = new Graph();
  const x = graph.input("x", [size]);
  return writeModel({ outputs: new Map([["twice", add(x, x)]]) });
}

/** The error a call ends in. */
async function errorOf(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("a runtime", () => {
  it("computes on the CPU and says why it is the CPU", async () => {
    const runtime = await createRuntime({ device: "cpu", threads: 1 });
    expect(runtime).toMatchObject({ device: "cpu", threads: 1, reason: "the CPU was asked for" });
    const program = await runtime.load(doubling(3));
    expect(await program.run({ x: Float32Array.of(1, 2, 3) })).toEqual({ twice: Float32Array.of(2, 4, 6) });
    const place = new Float32Array(3);
    await program.run({ x: Float32Array.of(1, 0, 0) }, { twice: place });
    expect(place).toEqual(Float32Array.of(2, 0, 0));
    await program.release();
    expect(await errorOf(() => program.run({ x: new Float32Array(3) }))).toBeInstanceOf(UsageError);
  });

  it("names a missing input and one of the wrong size or kind", async () => {
    const runtime = await createRuntime({ device: "cpu", threads: 1 });
    const program = await runtime.load(doubling(3));
    expect(await errorOf(() => program.run({}))).toMatchObject({ code: "input-missing", message: /\bx\b/ });
    for (const values of [new Float32Array(4), new Int32Array(3)]) {
      expect(await errorOf(() => program.run({ x: values }))).toMatchObject({ code: "shape-mismatch" });
    }
    await program.release();
  });

  it("refuses a device that is not there and a number of threads that cannot be", async () => {
    const missing = await errorOf(() => createRuntime({ device: "cuda" }));
    if (missing !== undefined) expect(missing).toMatchObject({ code: "device-missing", exitCode: 1 });
    expect(await errorOf(() => createRuntime({ device: "cpu", threads: 0 }))).toMatchObject({ code: "option-invalid" });
  });

  it("turns more memory than there is into out-of-memory", async () => {
    const runtime = await createRuntime({ device: "cpu", threads: 1 });
    const graph = new Graph();
    const [row, column] = [graph.input("row", [1, 4_000_000]), graph.input("column", [4_000_000, 1])];
    // 64 TB of sums.
    const program = await runtime.load(writeModel({ outputs: new Map([["sums", add(row, column)]]) }));
    const values = new Float32Array(4_000_000);
    const error = await errorOf(() => program.run({ row: values, column: values }));
    expect(error).toBeInstanceOf(FailedError);
    expect(error).toMatchObject({ code: "out-of-memory" });
    await program.release();
  });

  it("refuses a file that is no model", async () => {
    const runtime = await createRuntime({ device: "cpu", threads: 1 });
    const broken = { bytes: Uint8Array.of(1, 2, 3), inputs: new Map(), outputs: new Map() };
    expect(await errorOf(() => runtime.load(broken))).toMatchObject({ code: "device-failed" });
  });
});

describe("a shape that does not fit", () => {
  const graph = new Graph();
  const x = graph.input("x", [2, 3, 8, 8]);

  it.each([
    ["add", () => add(x, graph.input("a", [2, 4, 8, 8])), "2 x 3 x 8 x 8", "2 x 4 x 8 x 8"],
    ["conv", () => conv(x, graph.input("w", [4, 5, 3, 3])), "4 x 5 x 3 x 3", "2 x 3 x 8 x 8"],
    ["matmul", () => matmul(x, graph.input("m", [9, 2])), "2 x 3 x 8 x 8", "9 x 2"],
    ["reshape", () => reshape(x, [7, -1]), "2 x 3 x 8 x 8", "7 x -1"],
    ["concat", () => concat([x, graph.input("c", [2, 3, 8, 7])], 1), "2 x 3 x 8 x 8", "2 x 3 x 8 x 7"],
  ])("is refused where %s is written, naming both", async (_, call, first, second) => {
    const error = await errorOf(call);
    expect(error).toMatchObject({ code: "shape-mismatch" });
    expect((error as Error).message).toContain(first);
    expect((error as Error).message).toContain(second);
  });
});
