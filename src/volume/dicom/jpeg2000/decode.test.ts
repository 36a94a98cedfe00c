import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import dcmjsCodecs from "dcmjs-codecs";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasProgram } from "../../../../test/system.ts";
import { nodeCodecModules } from "../../node/decoder.ts";
import { diskFile } from "../../node/index.ts";
import { Codecs, type FrameFormat } from "../codecs.ts";
import { describeObject } from "../image.ts";
import { PixelData } from "../pixel-data.ts";
import { Jpeg2000 } from "./decode.ts";

const { Context, NativeCodecs } = dcmjsCodecs;

const own = new Jpeg2000(nodeCodecModules);
const general = new Codecs(nodeCodecModules);

interface Image {
  readonly format: FrameFormat;
  readonly values: readonly number[];
}

const formatOf = (rows: number, columns: number, bitsStored: number, signed = false): FrameFormat => ({
  ...{ rows, columns, bitsStored, signed },
  bitsAllocated: bitsStored > 8 ? 16 : 8,
});

/** Values about a level, as noise is, or anywhere in the range; a part may be empty, as outside a CT's round field. */
const imageOf = (bits: fc.Arbitrary<number>, shortest: number, longest: number): fc.Arbitrary<Image> =>
  fc
    .record({
      rows: fc.oneof(fc.constant(shortest), fc.integer({ min: shortest, max: longest })),
      columns: fc.oneof(fc.constant(shortest), fc.integer({ min: shortest, max: longest })),
      bitsStored: bits,
      signed: fc.boolean(),
      spread: fc.double({ min: 0, max: 1, noNaN: true }),
      empty: fc.double({ min: 0, max: 1, noNaN: true }),
      seed: fc.nat(),
    })
    .map(({ rows, columns, bitsStored, spread, empty, seed, ...rest }) => {
      // The encoder inside dcmjs-codecs takes signed bytes for unsigned ones.
      const signed = rest.signed && bitsStored > 8;
      const least = signed ? -(2 ** (bitsStored - 1)) : 0;
      const range = 2 ** bitsStored - 1;
      let state = seed;
      const random = () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return state / 2 ** 32;
      };
      const values = Array.from({ length: rows * columns }, (_, index) =>
        index % columns < empty * columns * 0.6 ? least : least + Math.round(range * (0.5 + spread * (random() - 0.5))),
      );
      return { format: formatOf(rows, columns, bitsStored, signed), values };
    });

const storedBytes = ({ format, values }: Image): Uint8Array =>
  new Uint8Array((format.bitsAllocated === 8 ? Uint8Array : Uint16Array).from(values).buffer);

/** By the encoder inside dcmjs-codecs: code blocks of 64 x 64, one layer; it fails at images of less than 4 x 4. */
function encoded(image: Image, lossy = false): Uint8Array {
  const { rows, columns, bitsAllocated, bitsStored, signed } = image.format;
  const context = new Context({
    ...{ width: columns, height: rows, bitsAllocated, bitsStored },
    ...{ samplesPerPixel: 1, pixelRepresentation: signed ? 1 : 0, planarConfiguration: 0 },
    photometricInterpretation: "MONOCHROME2",
    decodedBuffer: storedBytes(image),
  });
  return NativeCodecs.encodeJpeg2000(context, { lossy }).getEncodedBuffer()!.slice();
}

async function byGeneral(codestream: Uint8Array, format: FrameFormat): Promise<Uint8Array> {
  let stored = new Uint8Array();
  await general.decode("jpeg-2000", codestream, format, (given) => {
    stored = given.slice();
  });
  return stored;
}

/** Buffers compare without a list of every difference. */
const same = (a: Uint8Array | undefined, b: Uint8Array): boolean => a !== undefined && Buffer.compare(a, b) === 0;

beforeAll(async () => {
  await NativeCodecs.initializeAsync();
});

describe("JPEG 2000", () => {
  it("gives back every value that was encoded, of 8 to 16 bits, signed or not", async () => {
    await fc.assert(
      fc.asyncProperty(imageOf(fc.constantFrom(8, 10, 12, 16), 4, 80), async (image) => {
        expect(same(await own.decode(encoded(image), image.format), storedBytes(image))).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  const image: Image = {
    format: formatOf(40, 40, 12),
    values: Array.from({ length: 1600 }, (_, index) => (index * 37) % 4096),
  };

  it("leaves the irreversible transform, and samples that are no stored values, to the general decoder", async () => {
    const codestream = encoded(image);
    expect(await own.decode(encoded(image, true), image.format)).toBeUndefined();
    expect(await own.decode(codestream, formatOf(40, 20, 12))).toBeUndefined();
    expect(await own.decode(codestream, formatOf(40, 40, 12, true))).toBeUndefined();
  });

  it("leaves a codestream that ends early to the general decoder", async () => {
    const codestream = encoded(image);
    for (let length = 0; length < codestream.length - 4; length += 13) {
      expect(await own.decode(codestream.subarray(0, length), image.format)).toBeUndefined();
    }
  });

  it("and that one refuses it in a line without names of its functions", async () => {
    const image: Image = { format: formatOf(16, 16, 12), values: Array.from({ length: 256 }, (_, at) => at * 13) };
    const codestream = encoded(image);
    const error = await byGeneral(codestream.subarray(0, codestream.length / 2), image.format).catch((cause) => cause);
    expect(error).toMatchObject({ code: "file-corrupt" });
    expect(error.message).toMatch(/^its jpeg-2000 image cannot be decoded: [^:\n]+$/);
  });

  it("ends on mutated codestreams in values or leaves them to the general decoder", async () => {
    const codestream = encoded(image);
    const place = fc.oneof(fc.integer({ min: 2, max: 160 }), fc.integer({ min: 2, max: codestream.length - 1 }));
    const change = fc.tuple(place, fc.integer({ min: 0, max: 255 }));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 8 }), async (changes) => {
        const mutated = codestream.slice();
        for (const [at, byte] of changes) mutated[at] = byte;
        const stored = await own.decode(mutated, image.format);
        expect([undefined, 3200]).toContain(stored?.length);
      }),
      { numRuns: 3000 },
    );
  });
});

const folder = mkdtempSync(join(tmpdir(), "embolens-jpeg2000-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(!hasProgram("opj_compress"))("JPEG 2000 as OpenJPEG can write it", () => {
  /** Undefined where the encoder does not like the options together. */
  function compressed({ format, values }: Image, options: readonly string[]): Uint8Array | undefined {
    const { rows, columns, bitsStored, signed } = format;
    const [raw, target] = [join(folder, "image.raw"), join(folder, "image.j2k")];
    const big = new DataView(new ArrayBuffer((values.length * format.bitsAllocated) / 8));
    for (const [index, value] of values.entries()) {
      if (format.bitsAllocated === 8) big.setUint8(index, value);
      else big.setUint16(2 * index, value);
    }
    writeFileSync(raw, big);
    const size = `${columns},${rows},1,${bitsStored},${signed ? "s" : "u"}`;
    const done = spawnSync("opj_compress", ["-i", raw, "-o", target, "-F", size, ...options]);
    return done.status === 0 ? new Uint8Array(readFileSync(target)) : undefined;
  }

  /** The most resolutions the encoder makes of a length. */
  const resolutions = (length: number): number => Math.min(6, Math.floor(Math.log2(length)) + 1);
  const option = <Value>(flag: string, values: readonly Value[]): fc.Arbitrary<readonly string[]> =>
    fc.oneof(
      fc.constant<readonly string[]>([]),
      fc.constantFrom(...values).map((value) => [flag, String(value)].filter((word) => word !== "")),
    );
  const coding = fc
    .record({
      levels: fc.nat(5),
      blocks: fc.constantFrom("64,64", "32,32", "16,64", "4,4", "4,1024", "1024,4", "128,32"),
      order: option("-p", ["LRCP", "RLCP", "RPCL", "PCRL", "CPRL"]),
      precincts: option("-c", ["[32,32]", "[64,32],[32,64]", "[128,128],[64,64],[32,32]"]),
      tiles: option("-t", ["32,32", "50,47", "77,64"]),
      place: option("-d", ["1,0", "0,1", "5,3"]),
      layers: option("-r", ["20,10,1", "8,4", "5", "12,3,1"]),
      // Contexts reset, predictable ends, segmentation symbols, and all of them.
      style: option("-M", [2, 16, 32, 50]),
      starts: option("-SOP", [""]),
      ends: option("-EPH", [""]),
    })
    .map(({ levels, blocks, ...rest }) => ({ levels, options: ["-b", blocks, ...Object.values(rest).flat()] }));

  it("gives what the general decoder gives: any size, levels, code blocks, precincts, tiles, layers, order", async () => {
    const bits = fc.integer({ min: 9, max: 16 });
    await fc.assert(
      fc.asyncProperty(imageOf(bits, 1, 150), coding, async (image, { levels, options }) => {
        const shortest = options.includes("-t") ? 32 : Math.min(image.format.rows, image.format.columns);
        const most = Math.min(resolutions(shortest), resolutions(Math.min(image.format.rows, image.format.columns)));
        const codestream = compressed(image, [...options, "-n", String(Math.min(levels + 1, most))]);
        fc.pre(codestream !== undefined);
        const stored = (await own.decode(codestream, image.format))?.slice();
        expect(same(stored, await byGeneral(codestream, image.format)), options.join(" ")).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it("leaves bypassed, terminated and vertically causal passes to the general decoder", async () => {
    const image = { format: formatOf(32, 32, 12), values: Array.from({ length: 1024 }, (_, index) => index) };
    for (const style of [1, 4, 8]) {
      expect(await own.decode(compressed(image, ["-M", String(style)])!, image.format)).toBeUndefined();
    }
  });
});

const shared = join(import.meta.dirname, "../../../../../shared/data/dicom-syntaxes");
const there = existsSync(shared);
if (!there) console.warn("The slices in other writers' JPEG 2000 are not here: their test is skipped.");

describe.skipIf(!there)("JPEG 2000 of other writers", () => {
  it("gives what the general decoder gives", async () => {
    const files = readdirSync(shared).filter((file) => file.includes("JPEG2000"));
    expect(files.length).toBeGreaterThanOrEqual(2);
    for (const file of files) {
      const path = join(shared, file);
      const object = await describeObject(diskFile(path, statSync(path).size));
      const { stored, format } = await new PixelData(object!).job(0);
      const decoded = (await own.decode(stored, format))?.slice();
      expect(same(decoded, await byGeneral(stored, format)), file).toBe(true);
    }
  });
});
