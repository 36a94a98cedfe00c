import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { EmbolensError } from "../../errors.ts";
import { type ByteSource, bytes } from "../../volume/source.ts";
import { openTensorFile } from "./read-checkpoint.ts";

const fixture = readFileSync(new URL("../../../test/golden/checkpoint.pt", import.meta.url));
const python = "/usr/bin/python3";
const hasTorch = (() => {
  try {
    execFileSync(python, ["-c", "import torch"], { stdio: "ignore" });
    return true;
  } catch {
    console.warn("PyTorch is not installed: checkpoints written by it are not tested beyond the stored one");
    return false;
  }
})();

const text = (string: string): number[] => [...new TextEncoder().encode(string)];
/** A checkpoint with a pickle of our choosing and one storage of 16 bytes. */
function forged(pickle: readonly number[], extra: Record<string, Uint8Array> = {}): ByteSource {
  const members = { "a/data.pkl": Uint8Array.from(pickle), "a/data/0": new Uint8Array(16), ...extra };
  return bytes("forged.pt", zipSync(members, { level: 0 }));
}

const global = (module: string, name: string) => text(`c${module}\n${name}\n`);
const word = (value: number) => [...text("J"), value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24];
const unicode = (string: string) => [...text("X"), string.length, 0, 0, 0, ...text(string)];
/** {"w": a float tensor of a shape and strides over the storage, which claims `count` elements} */
function tensorPickle(shape: readonly number[], strides: readonly number[], count = 4, offset = 0): number[] {
  const storage = [
    ...text("("),
    ...unicode("storage"),
    ...global("torch", "FloatStorage"),
    ...unicode("0"),
    ...unicode("cpu"),
    ...word(count),
    ...text("tQ"),
  ];
  const tuple = (values: readonly number[]) => [...text("("), ...values.flatMap(word), ...text("t")];
  return [
    0x80,
    2,
    ...text("}"),
    ...unicode("w"),
    ...global("torch._utils", "_rebuild_tensor_v2"),
    ...text("("),
    ...storage,
    ...word(offset),
    ...tuple(shape),
    ...tuple(strides),
    0x89,
    ...global("collections", "OrderedDict"),
    ...text(")RtRs."),
  ];
}

describe("PyTorch checkpoints", () => {
  it("finds the nested state dict, takes 'module.' off and reads every type", async () => {
    const file = await openTensorFile(bytes("checkpoint.pt", fixture));
    expect([...file.entries.keys()].slice(0, 2)).toEqual(["0.weight", "0.bias"]);
    const read = async (name: string) => [...(await file.read(name)).values].map(Number);
    expect(await file.read("1.num_batches_tracked")).toMatchObject({ type: "I64", shape: [] });
    expect(await read("half")).toEqual([1.5, -2, 65504, 2 ** -24]);
    expect(await read("bfloat16")).toEqual([1.5, -3]);
    expect(await read("double")).toEqual([0.1]);
    expect(await read("integers")).toEqual([-7, 2 ** 31 - 1]);
    expect(await read("bytes")).toEqual([0, 255]);
    expect(await read("flags")).toEqual([1, 0]);
    expect(await read("scalar")).toEqual([2.5]);
    expect((await file.read("empty")).shape).toEqual([0, 3]);
  });

  it("reads views into a shared storage, transposed ones in row-major order", async () => {
    const file = await openTensorFile(bytes("checkpoint.pt", fixture));
    const transposed = await file.read("transposed");
    expect(transposed.shape).toEqual([4, 3]);
    expect([...transposed.values]).toEqual([0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]);
    expect([...(await file.read("part")).values]).toEqual([4, 5, 6, 7]);
  });

  it.skipIf(!hasTorch)(
    "reads what torch.save writes here, to the last bit, over 64 KiB and in several layouts",
    async () => {
      const folder = mkdtempSync(join(tmpdir(), "checkpoint-"));
      try {
        const script = `
import torch, sys
torch.manual_seed(1)
net = torch.nn.Sequential(torch.nn.Conv2d(5, 64, 7), torch.nn.Linear(300, 200))
torch.save(net.state_dict(), sys.argv[1] + "/plain.pt")
torch.save({"model": net.state_dict(), "ema": net.state_dict()}, sys.argv[1] + "/several.pt")
torch.save(net.state_dict(), sys.argv[1] + "/legacy.pt", _use_new_zipfile_serialization=False)
torch.save(net, sys.argv[1] + "/module.pt")
net.state_dict()["1.weight"].numpy().tofile(sys.argv[1] + "/raw")
`;
        execFileSync(python, ["-c", script, folder], { stdio: "pipe" });
        const open = (name: string) => openTensorFile(bytes(name, readFileSync(join(folder, name))));
        const raw = readFileSync(join(folder, "raw"));
        for (const name of ["plain.pt", "several.pt", "legacy.pt"]) {
          const { shape, values } = await (await open(name)).read("1.weight");
          expect(shape).toEqual([200, 300]);
          expect(Buffer.from(values.buffer, values.byteOffset, values.byteLength).equals(raw)).toBe(true);
        }
        await expect(open("module.pt")).rejects.toMatchObject({ code: "checkpoint-unsafe" });
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );

  it("reads the forged tensor it should, so that the refusals below are about what they say", async () => {
    const file = await openTensorFile(forged(tensorPickle([2, 2], [2, 1])));
    expect(await file.read("w")).toEqual({ type: "F32", shape: [2, 2], values: new Float32Array(4) });
  });

  it.each([
    ["os.system", [0x80, 2, ...global("posix", "system"), ...unicode("id"), 0x85, ...text("R.")], "checkpoint-unsafe"],
    [
      "eval by STACK_GLOBAL",
      [0x80, 4, 0x8c, 8, ...text("builtins"), 0x8c, 4, ...text("eval"), 0x93, ...text(".")],
      "checkpoint-unsafe",
    ],
    [
      "a function as a method's owner",
      [0x80, 2, ...global("torch._utils._rebuild_tensor_v2", "__globals__"), ...text(".")],
      "checkpoint-unsafe",
    ],
    ["INST", [0x80, 2, ...text("(iposix\nsystem\n.")], "file-corrupt"],
    ["a call of a storage type", [0x80, 2, ...global("torch", "FloatStorage"), ...text(")R.")], "file-corrupt"],
    ["a call of a text", [0x80, 2, ...unicode("x"), ...text(")R.")], "file-corrupt"],
    ["an empty stack", [0x80, 2, ...text(".")], "file-corrupt"],
    ["a missing mark", [0x80, 2, ...text("t.")], "file-corrupt"],
    ["a missing memory", [0x80, 2, ...text("h"), 9, ...text(".")], "file-corrupt"],
    ["a text of 4 GB", [0x80, 2, ...text("X"), 255, 255, 255, 255, ...text(".")], "file-truncated"],
    ["a pickle without end", [0x80, 2, ...text("}")], "file-truncated"],
    ["no tensors", [0x80, 2, ...text("}.")], "tensor-missing"],
    [
      "a dictionary within itself",
      [0x80, 2, ...text("}q"), 0, ...unicode("a"), ...text("h"), 0, ...text("s.")],
      "tensor-missing",
    ],
    ["a tensor of 2^31 repeated elements", tensorPickle([2 ** 31 - 1], [0]), "file-corrupt"],
    ["a tensor beyond its storage", tensorPickle([2, 2], [3, 1]), "file-corrupt"],
    ["a tensor that starts beyond its storage", tensorPickle([1], [1], 4, 4), "file-corrupt"],
    ["a negative stride", tensorPickle([2, 2], [-2, 1]), "file-corrupt"],
    ["strides of another rank", tensorPickle([2, 2], [1]), "file-corrupt"],
    ["a storage shorter than it claims", tensorPickle([2, 2], [2, 1], 5), "file-truncated"],
  ])("refuses %s", async (_, pickle, code) => {
    await expect(openTensorFile(forged(pickle))).rejects.toMatchObject({ code, exitCode: 3 });
  });

  it("turns the elements around that a big-endian machine wrote", async () => {
    const big = forged(tensorPickle([2], [1]), {
      "a/byteorder": Uint8Array.from(text("big")),
      "a/data/0": Uint8Array.from([0x3f, 0x80, 0, 0, 0xc0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    });
    expect([...(await (await openTensorFile(big)).read("w")).values]).toEqual([1, -2.5]);
  });

  it("refuses compressed members, unknown byte orders and archives that are no checkpoint", async () => {
    const members = { "a/data.pkl": Uint8Array.from(tensorPickle([1], [1])), "a/data/0": new Uint8Array(4096) };
    const compressed = bytes("a.pt", zipSync(members, { level: 9 }));
    await expect(openTensorFile(compressed)).rejects.toMatchObject({ code: "format-unknown" });
    const mixed = forged(tensorPickle([1], [1]), { "a/byteorder": Uint8Array.from(text("pdp")) });
    await expect(openTensorFile(mixed)).rejects.toMatchObject({ code: "file-corrupt" });
    const other = bytes("a.zip", zipSync({ "readme.txt": new Uint8Array(3) }, { level: 0 }));
    await expect(openTensorFile(other)).rejects.toMatchObject({ code: "format-unknown" });
  });

  it("does not blow up a small pickle of dictionaries that contain each other many times", async () => {
    const width = 200;
    const level = (inner: number, key: number) => [
      ...text("}q"),
      key,
      ...Array.from({ length: width }, (_, index) => [
        ...unicode(`k${index}`),
        ...text("h"),
        inner,
        ...text("s"),
      ]).flat(),
    ];
    const pickle = [0x80, 2, ...text("}q"), 0, ...[0, 1, 2, 3, 4].flatMap((key) => level(key, key + 1)), ...text(".")];
    const started = performance.now();
    await expect(openTensorFile(forged(pickle))).rejects.toMatchObject({ code: "tensor-missing" });
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it("takes no more time than its length allows over a list that is remembered and passed on again and again", async () => {
    const [pairs, calls] = [4000, 2000];
    const pickle = [
      ...[0x80, 2, ...global("collections", "OrderedDict"), ...text("q"), 0],
      ...[...text("]q"), 1, ...text("(")],
      ...Array.from({ length: pairs }, (_, index) => [...word(index), ...text("N"), 0x86]).flat(),
      ...[...text("eh"), 1, 0x85, ...text("q"), 2, ...text("(")],
      ...Array.from({ length: calls }, () => [...text("h"), 0, ...text("h"), 2, ...text("R")]).flat(),
      ...text("t."),
    ];
    const started = performance.now();
    await expect(openTensorFile(forged(pickle))).rejects.toMatchObject({ code: "file-corrupt" });
    expect(performance.now() - started).toBeLessThan(1500);
  });

  it("takes any number of wrappers' prefixes off", async () => {
    const pickle = tensorPickle([1], [1]);
    const at = pickle.indexOf("w".charCodeAt(0));
    const name = text(`${"module.".repeat(9000)}w`);
    const long = [
      ...pickle.slice(0, at - 4),
      name.length & 255,
      name.length >> 8,
      0,
      0,
      ...name,
      ...pickle.slice(at + 1),
    ];
    expect([...(await openTensorFile(forged(long))).entries.keys()]).toEqual(["w"]);
  });

  it("ends in a file or in one of our errors, whatever bytes are changed or lost", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(fixture.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        fc.oneof(
          { weight: 4, arbitrary: fc.constant(fixture.length) },
          { weight: 1, arbitrary: fc.nat(fixture.length) },
        ),
        async (changes, kept) => {
          const mutated = new Uint8Array(fixture.subarray(0, kept));
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
