import dcmjsCodecs from "dcmjs-codecs";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { nodeCodecModules } from "../node/decoder.ts";
import { reusableBuffer } from "../source.ts";
import { Codecs, type FrameFormat } from "./codecs.ts";
import { decodeJpegLossless } from "./jpeg-lossless.ts";

const { Context, NativeCodecs } = dcmjsCodecs;

const formatOf = (rows: number, columns: number, bitsStored: number): FrameFormat => ({
  rows,
  columns,
  bitsAllocated: 16,
  bitsStored,
  signed: false,
});

function encoded(values: Uint16Array, format: FrameFormat, predictor = 1): Uint8Array {
  const context = new Context({
    width: format.columns,
    height: format.rows,
    bitsAllocated: 16,
    bitsStored: format.bitsStored,
    samplesPerPixel: 1,
    pixelRepresentation: 0,
    planarConfiguration: 0,
    photometricInterpretation: "MONOCHROME2",
    decodedBuffer: new Uint8Array(values.buffer.slice(0)),
  });
  return NativeCodecs.encodeJpeg(context, { lossy: false, predictor, pointTransform: 0 }).getEncodedBuffer()!.slice();
}

/** Values about a level, as noise is, or anywhere in the range. */
const image = fc
  .record({
    rows: fc.integer({ min: 1, max: 24 }),
    columns: fc.integer({ min: 1, max: 40 }),
    bitsStored: fc.constantFrom(10, 12, 16),
    spread: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .chain(({ rows, columns, bitsStored, spread }) => {
    const most = Math.round(spread * (2 ** bitsStored - 1));
    const count = rows * columns;
    return fc
      .array(fc.integer({ min: 0, max: most }), { minLength: count, maxLength: count })
      .map((values) => ({ values: Uint16Array.from(values), format: formatOf(rows, columns, bitsStored) }));
  });

const words = (stored: Uint8Array): number[] => [
  ...new Uint16Array(stored.buffer.slice(stored.byteOffset, stored.byteOffset + stored.length)),
];

beforeAll(async () => {
  await NativeCodecs.initializeAsync();
});

describe("lossless JPEG", () => {
  it("gives back every value that was encoded, of 10, 12 and 16 bits", () => {
    fc.assert(
      fc.property(image, ({ values, format }) => {
        const stored = decodeJpegLossless(encoded(values, format), format, reusableBuffer());
        expect(words(stored!)).toEqual([...values]);
      }),
      { numRuns: 150 },
    );
  });

  it("gives what the general decoder gives", async () => {
    const codecs = new Codecs(nodeCodecModules);
    await fc.assert(
      fc.asyncProperty(image, async ({ values, format }) => {
        const codestream = encoded(values, format);
        let general: number[] = [];
        await codecs.decode("jpeg", codestream, format, (stored) => {
          general = words(stored);
        });
        expect(words(decodeJpegLossless(codestream, format, reusableBuffer())!)).toEqual(general);
      }),
      { numRuns: 50 },
    );
  });

  const format = formatOf(16, 16, 12);
  const values = Uint16Array.from({ length: 256 }, (_, index) => (index * 37) % 4096);

  it("leaves other predictors and other matrices to the general decoder", () => {
    for (const predictor of [2, 3, 4, 5, 6, 7]) {
      expect(decodeJpegLossless(encoded(values, format, predictor), format, reusableBuffer())).toBeUndefined();
    }
    expect(decodeJpegLossless(encoded(values, format), formatOf(16, 8, 12), reusableBuffer())).toBeUndefined();
  });

  it("refuses an image that ends early, and says in which row", () => {
    const codestream = encoded(values, format);
    expect(() =>
      decodeJpegLossless(codestream.subarray(0, codestream.length >> 1), format, reusableBuffer()),
    ).toThrowError(/ends in row \d+/);
  });

  it("ends on mutated codestreams in values or in a named refusal", () => {
    const codestream = encoded(values, format);
    const change = fc.tuple(fc.integer({ min: 2, max: codestream.length - 1 }), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
        const mutated = codestream.slice();
        for (const [at, byte] of changes) mutated[at] = byte;
        try {
          decodeJpegLossless(mutated, format, reusableBuffer());
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^(file-corrupt|pixel-data-truncated)$/) });
        }
      }),
      { numRuns: 2000 },
    );
  });
});
