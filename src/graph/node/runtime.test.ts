import { describe, expect, it } from "vitest";
import { FailedError, UsageError } from "../../errors.ts";
import { add, cast, concat, conv, Graph, gather, matmul, repeat, reshape, where, writeModel } from "../index.ts";
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
    expect(await errorOf(() => program.run({ x: new Float32Array(4) }))).toMatchObject({ code: "shape-mismatch" });
    expect(await errorOf(() => program.run({ x: new Int32Array(3) }))).toMatchObject({ code: "type-mismatch" });
    await program.release();
  });

  it("takes one array of bytes as numbers and as truths at once", async () => {
    const runtime = await createRuntime({ device: "cpu", threads: 1 });
    const graph = new Graph();
    const [number, truth] = [graph.input("number", [2], "uint8"), graph.input("truth", [2], "bool")];
    const chosen = where(truth, cast(number, "float32"), -1);
    const program = await runtime.load(writeModel({ outputs: new Map([["chosen", chosen]]) }));
    const both = Uint8Array.of(1, 0);
    expect(await program.run({ number: both, truth: both })).toEqual({ chosen: Float32Array.of(1, -1) });
    await program.release();
  });

  it("runs a model written for any batch with as many samples as it is given", async () => {
    const runtime = await createRuntime({ device: "cpu", threads: 1 });
    const graph = new Graph();
    const [x, bias] = [graph.input("x", [1, 2]), graph.input("bias", [1])];
    const outputs = new Map([["y", add(repeat(x, 1, 2), reshape(bias, [1, 1]))]]);
    const program = await runtime.load(writeModel({ outputs, anyBatch: true }));
    for (const count of [1, 3, 2]) {
      const values = Float32Array.from({ length: 2 * count }, (_, at) => at);
      const { y } = await program.run({ x: values, bias: new Float32Array(count).fill(0.5) });
      expect(y).toEqual(Float32Array.from({ length: 4 * count }, (_, at) => Math.floor(at / 2) + 0.5));
    }
    const place = new Float32Array(8);
    await program.run({ x: new Float32Array(4), bias: new Float32Array(2) }, { y: place.fill(9) });
    expect(place).toEqual(new Float32Array(8));
    const uneven = { x: new Float32Array(3), bias: new Float32Array(1) };
    expect(await errorOf(() => program.run(uneven))).toMatchObject({ code: "shape-mismatch" });
    const apart = { x: new Float32Array(4), bias: new Float32Array(1) };
    expect(await errorOf(() => program.run(apart))).toMatchObject({ code: "shape-mismatch" });
    await program.release();
  });

  it("refuses a device that is not there and a number of threads that cannot be", async () => {
    const missing = await errorOf(() => createRuntime({ device: "cuda" }));
    if (missing !== undefined) expect(missing).toMatchObject({ code: "device-missing", exitCode: 1 });
    expect(await errorOf(() => createRuntime({ device: "cpu", threads: 0 }))).toMatchObject({ code: "option-invalid" });
  });

  it("writes results only where they are to be when copies are stopped, and still says what goes wrong", async () => {
    const runtime = await createRuntime({ device: "cpu", threads: 1 });
    expect(runtime.sentinelOutput).toBe(true);
    const graph = new Graph();
    const [x, at] = [graph.input("x", [3]), graph.input("at", [2], "int64")];
    const outputs = new Map(Object.entries({ twice: add(x, x), chosen: gather(x, at, 0) }));
    const program = await runtime.load(writeModel({ outputs, sentinelOutput: true }), { purpose: "training" });
    expect([...program.outputs.keys()]).toEqual(["twice", "chosen"]);
    const place = new Float32Array(3);
    const inputs = { x: Float32Array.of(1, 2, 3), at: BigInt64Array.of(2n, 0n) };
    const results = await program.run(inputs, { twice: place });
    expect(results.twice).toBe(place);
    expect(results).toEqual({ twice: Float32Array.of(2, 4, 6), chosen: Float32Array.of(3, 1) });
    const outside = await errorOf(() => program.run({ ...inputs, at: BigInt64Array.of(7n, 0n) }));
    expect(outside).toMatchObject({ code: "device-failed", message: expect.stringContaining("out of data bounds") });
    await program.release();
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
