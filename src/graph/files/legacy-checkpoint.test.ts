import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EmbolensError } from "../../errors.ts";
import { bytes } from "../../volume/source.ts";
import { openTensorFile } from "./read-checkpoint.ts";

/** Written by test/golden/make-checkpoint.py. */
const fixture = readFileSync(new URL("../../../test/golden/legacy-checkpoint.pt", import.meta.url));
const sameInTheNewFormat = readFileSync(new URL("../../../test/golden/checkpoint.pt", import.meta.url));

const text = (string: string): number[] => [...new TextEncoder().encode(string)];
const global = (module: string, name: string) => text(`c${module}\n${name}\n`);
const word = (value: number) => [...text("J"), value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24];
/** A string as Python 2 wrote its own. */
const string2 = (string: string) => [...text("U"), string.length, ...text(string)];
const magic = [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, ...text(".")];
const version = [0x80, 2, ...text("M"), 0xe9, 3, ...text(".")];
const machine = [0x80, 2, ...text("}.")];

interface Forgery {
  /** Elements the pickle says the storage has. */
  readonly declared?: number;
  /** (first element, elements) of the storage's part that the tensor is a view of, as PyTorch before 0.4 wrote it. */
  readonly part?: readonly [number, number];
  readonly shape?: number;
  readonly rebuild?: string;
  readonly keys?: readonly string[];
  /** Elements the storage itself says it has, and those that follow. */
  readonly count?: number;
  readonly elements?: readonly number[];
}

/** {"w": a float vector} as Python 2 and an early PyTorch wrote it. */
function forged(forgery: Forgery = {}) {
  const { declared = 4, part, shape = 2, rebuild = "_rebuild_tensor", keys = ["9"], count = 4 } = forgery;
  const { elements = [1, 2, 3, 4] } = forgery;
  const view = part ? [...text("("), ...string2("10"), ...word(part[0]), ...word(part[1]), ...text("t")] : text("N");
  const storage = [
    ...text("("),
    ...string2("storage"),
    ...global("torch", "FloatStorage"),
    ...string2("9"),
    ...string2("cpu"),
    ...word(declared),
    ...view,
    ...text("tQ"),
  ];
  const object = [
    ...[0x80, 2, ...text("}"), ...string2("w"), ...global("torch._utils", rebuild), ...text("(")],
    ...[...storage, ...word(0), ...text("("), ...word(shape), ...text("t("), ...word(1), ...text("ttRs.")],
  ];
  const list = [0x80, 2, ...text("]("), ...keys.flatMap(string2), ...text("e.")];
  const counted = new Uint8Array(BigUint64Array.of(BigInt(count)).buffer);
  const values = new Uint8Array(Float32Array.from(elements).buffer);
  return bytes(
    "old.pth",
    Uint8Array.from([...magic, ...version, ...machine, ...object, ...list, ...counted, ...values]),
  );
}

describe("checkpoints of PyTorch before 1.6", () => {
  it("hold the very tensors that the same script writes in the new format", async () => {
    const [old, current] = await Promise.all([
      openTensorFile(bytes("legacy-checkpoint.pt", fixture)),
      openTensorFile(bytes("checkpoint.pt", sameInTheNewFormat)),
    ]);
    expect([...old.entries]).toEqual([...current.entries]);
    for (const name of old.entries.keys()) expect(await old.read(name)).toEqual(await current.read(name));
  });

  it("are read as Python 2 wrote them, a tensor being a part of a storage that others share", async () => {
    const file = await openTensorFile(forged({ part: [1, 3] }));
    expect(await file.read("w")).toEqual({ type: "F32", shape: [2], values: Float32Array.of(2, 3) });
    expect([...(await (await openTensorFile(forged())).read("w")).values]).toEqual([1, 2]);
  });

  it("are read where the names alone exceed a megabyte", async () => {
    const name = [...text("X"), 0, 0, 0x20, 0, ...text("n".repeat(0x20_0000))];
    const plain = [...(await forged().read())];
    const at = plain.findIndex((value, index) => value === 0x55 && plain[index + 1] === 1 && plain[index + 2] === 0x77);
    const long = Uint8Array.from(plain.slice(0, at).concat(name, plain.slice(at + 3)));
    const file = await openTensorFile(bytes("long.pth", long));
    expect([...file.entries.keys()].map(({ length }) => length)).toEqual([0x20_0000]);
  });

  it.each<readonly [string, Forgery, string]>([
    ["a function that no weights need", { rebuild: "_import_dotted_name" }, "checkpoint-unsafe"],
    ["a part beyond its storage", { part: [3, 2] }, "file-corrupt"],
    ["a tensor beyond its part", { part: [1, 1] }, "file-corrupt"],
    ["a storage of another length than declared", { count: 5 }, "file-corrupt"],
    ["a storage of 2^31 elements in a small file", { count: 2 ** 31 - 1, declared: 2 ** 31 - 1 }, "file-truncated"],
    ["a storage that no tensor names", { keys: ["9", "8"] }, "file-corrupt"],
    ["a storage listed twice", { keys: ["9", "9"] }, "file-corrupt"],
    ["a storage that is not there", { keys: [] }, "file-corrupt"],
    ["elements that end early", { elements: [1, 2, 3] }, "file-truncated"],
  ])("are refused for %s", async (_, forgery, code) => {
    await expect(openTensorFile(forged(forgery))).rejects.toMatchObject({ code, exitCode: 3 });
  });

  it("end in a file or in one of our errors, whatever bytes are changed or lost", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(fixture.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }),
        fc.oneof(
          { weight: 4, arbitrary: fc.constant(fixture.length) },
          { weight: 1, arbitrary: fc.nat(fixture.length) },
        ),
        async (changes, length) => {
          const mutated = new Uint8Array(fixture.subarray(0, length));
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
