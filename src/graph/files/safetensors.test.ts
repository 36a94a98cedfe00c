import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { EmbolensError } from "../../errors.ts";
import { type ByteSource, bytes } from "../../volume/source.ts";
import { writeTensorFile } from "../node/index.ts";
import { halfToNumber, numberToHalf, toFloat32 } from "./element-types.ts";
import { openTensorFile } from "./read-checkpoint.ts";
import { encodeSafetensors, type NamedTensor, openSafetensors } from "./safetensors.ts";

const tensors: readonly NamedTensor[] = [
  { name: "flags", type: "U8", shape: [3], values: Uint8Array.of(0, 7, 255) },
  { name: "weight", type: "F32", shape: [2, 2], values: Float32Array.of(1, -2.5, Number.POSITIVE_INFINITY, 1e-40) },
  { name: "steps", type: "I64", shape: [], values: BigInt64Array.of(-(2n ** 62n)) },
  { name: "classes", type: "I32", shape: [2], values: Int32Array.of(-1, 2 ** 31 - 1) },
  { name: "exact", type: "F64", shape: [1], values: Float64Array.of(0.1) },
  { name: "half", type: "F16", shape: [3], values: Float32Array.of(1.5, -65504, 2 ** -24) },
  { name: "none", type: "F32", shape: [0, 4], values: new Float32Array(0) },
];

function encode(list: readonly NamedTensor[], metadata: Record<string, string> = {}): Uint8Array {
  const chunks = [...encodeSafetensors(list, metadata)];
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** A file with a header of our choosing. */
function forged(header: string, dataBytes = 0, declared = BigInt(header.length)): ByteSource {
  const content = new Uint8Array(8 + header.length + dataBytes);
  new DataView(content.buffer).setBigUint64(0, declared, true);
  content.set(new TextEncoder().encode(header), 8);
  return bytes("forged.safetensors", content);
}

const entry = (dtype: string, shape: unknown, offsets: unknown) =>
  JSON.stringify({ w: { dtype, shape, data_offsets: offsets } });

describe("safetensors", () => {
  it("gives back every tensor and every metadata string it was given", async () => {
    const file = await openSafetensors(bytes("a.safetensors", encode(tensors, { settings: '{"größe":"1"}' })));
    expect(file.metadata.get("settings")).toBe('{"größe":"1"}');
    for (const { name, type, shape, values } of tensors) {
      expect(await file.read(name), name).toEqual({ type, shape, values });
    }
  });

  it("starts every tensor at a multiple of its element's size, as other readers need", () => {
    const whole = encode(tensors);
    const headerBytes = Number(new DataView(whole.buffer).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(whole.subarray(8, 8 + headerBytes)));
    expect((8 + headerBytes) % 8).toBe(0);
    expect(header.exact.data_offsets[0] % 8).toBe(0);
    expect(header.weight.data_offsets[0] % 4).toBe(0);
    expect(header.half.data_offsets[0] % 2).toBe(0);
  });

  it("reads only the header when opened, and one tensor when one is asked for", async () => {
    const inner = bytes("a.safetensors", encode(tensors));
    const asked: number[] = [];
    const counting: ByteSource = {
      ...inner,
      read: (start = 0, end = inner.size) => {
        asked.push(end - start);
        return inner.read(start, end);
      },
    };
    const file = await openSafetensors(counting);
    asked.length = 0;
    await file.read("weight");
    expect(asked).toEqual([16]);
  });

  it("reads a file whose header leaves the tensors at odd places, from Node's buffers too", async () => {
    const { name, content } = { name: "odd", content: await forged(entry("F32", [2], [0, 8]), 8).read() };
    content.set(new Uint8Array(Float32Array.of(1.5, -2).buffer), content.length - 8);
    for (const shift of [0, 1, 2, 3]) {
      const buffer = Buffer.alloc(content.length + shift)
        .fill(content, shift)
        .subarray(shift);
      const file = await openSafetensors(bytes(name, buffer));
      expect([...(await file.read("w")).values]).toEqual([1.5, -2]);
    }
  });

  it.each([
    ["a header longer than the file", forged(entry("F32", [1], [0, 4]), 4, 5000n), "file-truncated"],
    ["a header of 2^63 bytes", forged("{}", 0, 2n ** 63n), "format-unknown"],
    ["a header that is no JSON", forged("{nonsense", 0), "file-corrupt"],
    ["a header that is a list", forged("[1, 2, 3]"), "file-corrupt"],
    ["a tensor cut off at the end", forged(entry("F32", [4], [0, 16]), 12), "file-truncated"],
    ["a shape of 2^40 elements in 4 bytes", forged(entry("F32", [2 ** 40], [0, 4]), 4), "file-corrupt"],
    ["a shape whose product overflows", forged(entry("F32", Array(9).fill(2 ** 30), [0, 4]), 4), "file-corrupt"],
    ["a negative size", forged(entry("F32", [-1], [0, 4]), 4), "file-corrupt"],
    ["a fractional size", forged(entry("F32", [0.5], [0, 2]), 2), "file-corrupt"],
    ["offsets in the wrong order", forged(entry("F32", [1], [4, 0]), 4), "file-corrupt"],
    ["a gap before the first tensor", forged(entry("F32", [1], [4, 8]), 8), "file-corrupt"],
    ["bytes after the last tensor", forged(entry("F32", [1], [0, 4]), 9), "file-corrupt"],
    ["a type we do not know", forged(entry("F8_E4M3", [4], [0, 4]), 4), "format-unknown"],
    ["metadata that are no strings", forged(`{"__metadata__":{"a":1}}`), "file-corrupt"],
    ["an empty file", bytes("empty", new Uint8Array(0)), "empty-input"],
  ])("refuses %s", async (_, source, code) => {
    await expect(openTensorFile(source)).rejects.toMatchObject({ code, exitCode: 3 });
  });

  it("refuses tensors that overlap", async () => {
    const header = `{"a":${entry("F32", [2], [0, 8]).slice(5, -1)},"b":${entry("F32", [1], [4, 8]).slice(5, -1)}}`;
    await expect(openSafetensors(forged(header, 8))).rejects.toMatchObject({ code: "file-corrupt" });
  });

  it("ends in a file or in one of our errors, whatever bytes are changed or lost", async () => {
    const whole = encode(tensors, { a: "b" });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 6 }),
        fc.nat(whole.length),
        async (changes, kept) => {
          const mutated = whole.slice(0, kept || undefined);
          for (const [at, value] of changes) if (at < mutated.length) mutated[at] = value;
          try {
            const file = await openTensorFile(bytes("mutated", mutated));
            for (const name of file.entries.keys()) await file.read(name);
          } catch (error) {
            expect(error).toBeInstanceOf(EmbolensError);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe("tensors that are not what is said of them", () => {
  it.each<[string, NamedTensor]>([
    ["whole numbers in an array of floats", { name: "w", type: "I32", shape: [2], values: Float32Array.of(1, 2) }],
    ["single precision in an array of doubles", { name: "w", type: "F32", shape: [2], values: Float64Array.of(1, 2) }],
    ["half precision in an array of doubles", { name: "w", type: "F16", shape: [1], values: Float64Array.of(1) }],
    ["more values than the shape has", { name: "w", type: "F32", shape: [2], values: Float32Array.of(1, 2, 3) }],
  ])("are not written: %s", (_, tensor) => {
    expect(() => encode([tensor])).toThrow(expect.objectContaining({ code: "tensor-mismatch", exitCode: 2 }));
  });

  it("are not written under one name, to disk neither", async () => {
    const twice = [tensors[0]!, tensors[0]!];
    expect(() => encode(twice)).toThrow(expect.objectContaining({ code: "name-taken" }));
    const path = join(tmpdir(), "twice.safetensors");
    await expect(writeTensorFile(path, twice)).rejects.toMatchObject({ code: "name-taken" });
  });
});

describe("half precision", () => {
  it("keeps all 65,536 patterns", () => {
    for (let bits = 0; bits < 65536; bits++) {
      const value = halfToNumber(bits);
      if (!Number.isNaN(value)) expect(numberToHalf(value)).toBe(bits);
    }
  });

  it("rounds to the nearest half, ties to even", () => {
    fc.assert(
      fc.property(fc.float({ min: Math.fround(-65503), max: Math.fround(65503), noNaN: true }), (value) => {
        const bits = numberToHalf(value);
        const error = Math.abs(halfToNumber(bits) - value);
        for (const neighbour of [bits - 1, bits + 1]) {
          if ((neighbour & 0x7fff) === 0x7fff || neighbour < 0) continue;
          const other = Math.abs(halfToNumber(neighbour) - value);
          if (Number.isNaN(other) || (neighbour & 0x7c00) === 0x7c00) continue;
          expect(error).toBeLessThanOrEqual(other);
          if (error === other && error > 0) expect(bits & 1).toBe(0);
        }
      }),
      { numRuns: 2000 },
    );
    expect(numberToHalf(65520)).toBe(0x7c00);
    expect(numberToHalf(Number.NaN)).toBe(0x7e00);
  });

  it("widens integers to single precision", () => {
    expect(toFloat32({ type: "I64", shape: [1], values: BigInt64Array.of(3n) })).toEqual(Float32Array.of(3));
  });
});

describe("writing to disk", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "tensor-file-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("leaves the whole file and nothing beside it", async () => {
    const path = join(folder, "a.safetensors");
    await writeTensorFile(path, tensors, { a: "b" });
    expect(new Uint8Array(await readFile(path))).toEqual(encode(tensors, { a: "b" }));
    expect(await readdir(folder)).toEqual(["a.safetensors"]);
  });

  it("says that a folder is missing, and leaves nothing", async () => {
    await expect(writeTensorFile(join(folder, "no", "a.safetensors"), tensors)).rejects.toMatchObject({
      code: "file-unwritable",
      exitCode: 1,
    });
  });
});
