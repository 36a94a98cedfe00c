import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nodeCodecModules } from "../../node/decoder.ts";
import { Conversion } from "./conversion.ts";
import { planesToHounsfield, type StoredFormat, toHounsfield } from "./table.ts";
import { VectorRescale, vectorRule } from "./vector.ts";

const vectors = new VectorRescale(await nodeCodecModules("hounsfield"));

/** Frames as scanners store them, with padding or without, of any words: bits that do not count too. */
const frames = fc
  .record({
    rows: fc.integer({ min: 1, max: 9 }),
    columns: fc.integer({ min: 1, max: 40 }),
    bitsStored: fc.integer({ min: 2, max: 16 }),
    signed: fc.boolean(),
    intercept: fc.oneof(fc.constantFrom(0, -1024, -1000, -8192), fc.integer({ min: -40_000, max: 40_000 })),
    padding: fc.option(fc.tuple(fc.integer({ min: -33_000, max: 66_000 }), fc.nat(3000)), { nil: undefined }),
    seed: fc.integer(),
  })
  .map(({ padding, intercept, seed, ...shape }) => {
    const format: StoredFormat = {
      ...{ ...shape, bitsAllocated: 16, highBit: shape.bitsStored - 1, bigEndian: false },
      padding: padding && [padding[0], padding[0] + padding[1]],
    };
    const stored = new Uint8Array(shape.rows * shape.columns * 2);
    for (let index = 0; index < stored.length; index++) stored[index] = Math.imul(seed + index, 0x9e3779b1) >>> 23;
    return { format, stored, rescale: { slope: 1, intercept } };
  });

describe("Hounsfield units eight at a time", () => {
  it("are those of the table, clamped and padded as there, wherever they are a sum of 16-bit numbers", () => {
    let taken = 0;
    fc.assert(
      fc.property(frames, ({ format, stored, rescale }) => {
        const rule = vectorRule(format, rescale);
        if (!rule) return;
        taken++;
        const count = format.rows * format.columns;
        const [expected, found] = [new Int16Array(count), new Int16Array(count)];
        toHounsfield(stored, format, rescale, expected);
        vectors.words(stored, rule, found);
        expect(found).toEqual(expected);
        const held = vectors.room(stored.length);
        held.set(stored);
        vectors.words(held, rule, found.fill(0));
        expect(found).toEqual(expected);
      }),
      { numRuns: 2500 },
    );
    expect(taken).toBeGreaterThan(200);
  });

  it("are those of the table where high and low bytes lie apart", () => {
    fc.assert(
      fc.property(frames, ({ format, stored, rescale }) => {
        const rule = vectorRule(format, rescale);
        if (!rule) return;
        const count = format.rows * format.columns;
        const [expected, found] = [new Int16Array(count), new Int16Array(count)];
        planesToHounsfield(stored, format, rescale, expected);
        vectors.planes(stored, rule, found);
        expect(found).toEqual(expected);
      }),
    );
  });

  it("leave to the table what is no such sum: slopes, other bytes, bits above the value, unsigned words", () => {
    const format: StoredFormat = {
      ...{ rows: 1, columns: 1, bitsAllocated: 16, bitsStored: 12, highBit: 11, signed: false },
      ...{ bigEndian: false, padding: undefined },
    };
    const rescale = { slope: 1, intercept: -1024 };
    expect(vectorRule(format, rescale)).toBeDefined();
    expect(vectorRule(format, { ...rescale, slope: 2 })).toBeUndefined();
    expect(vectorRule(format, { ...rescale, intercept: 0.5 })).toBeUndefined();
    expect(vectorRule({ ...format, bigEndian: true }, rescale)).toBeUndefined();
    expect(vectorRule({ ...format, highBit: 15 }, rescale)).toBeUndefined();
    expect(vectorRule({ ...format, bitsAllocated: 8, bitsStored: 8, highBit: 7 }, rescale)).toBeUndefined();
    expect(vectorRule({ ...format, bitsStored: 16, highBit: 15 }, rescale)).toBeUndefined();
  });

  it("of larger frames come after smaller ones, whatever memory that takes", () => {
    for (const side of [8, 512, 1024, 16]) {
      const format: StoredFormat = {
        ...{ rows: side, columns: side, bitsAllocated: 16, bitsStored: 12, highBit: 11, signed: false },
        ...{ bigEndian: false, padding: undefined },
      };
      const stored = new Uint8Array(new Uint16Array(side * side).fill(1064).buffer);
      const found = new Int16Array(side * side);
      vectors.words(stored, vectorRule(format, { slope: 1, intercept: -1024 })!, found);
      expect(found.every((value) => value === 40)).toBe(true);
    }
  });

  it("come from the table where the compiled part cannot be had or is not understood", async () => {
    const format: StoredFormat = {
      ...{ rows: 2, columns: 2, bitsAllocated: 16, bitsStored: 12, highBit: 11, signed: false },
      ...{ bigEndian: false, padding: undefined },
    };
    const stored = new Uint8Array(Uint16Array.of(0, 1024, 1064, 4095).buffer);
    const unlike = async () => ({}) as WebAssembly.Module;
    for (const load of [() => Promise.reject(new Error("not there")), unlike, nodeCodecModules]) {
      const conversion = new Conversion(load);
      await conversion.ready();
      const found = new Int16Array(4);
      conversion.words(stored, format, { slope: 1, intercept: -1024 }, found);
      expect([...found]).toEqual([-1024, 0, 40, 3071]);
      expect(conversion.room(8)).toHaveLength(8);
    }
  });
});
