/**
 * Series in every transfer syntax, for tests on machines that have no compressed CT lying about: written by our own
 * writer, encoded by the encoders inside dcmjs-codecs, put into fragments here.
 *
 *     const files = await encodedSeries("jpeg-2000");
 */
import { createRequire } from "node:module";
import { deflateRawSync } from "node:zlib";
import dcmjsCodecs from "dcmjs-codecs";
import { type ByteSource, bytes } from "../../src/volume/source.ts";
import { type SyntheticSeries, series } from "./synthetic-series.ts";

const { Context, NativeCodecs } = dcmjsCodecs;

const syntaxes = {
  deflated: "1.2.840.10008.1.2.1.99",
  rle: "1.2.840.10008.1.2.5",
  "jpeg-lossless": "1.2.840.10008.1.2.4.70",
  "jpeg-ls": "1.2.840.10008.1.2.4.80",
  "jpeg-2000": "1.2.840.10008.1.2.4.90",
  htj2k: "1.2.840.10008.1.2.4.201",
} as const;

export type Encoding = keyof typeof syntaxes;
export const encodings = Object.keys(syntaxes) as readonly Encoding[];

function encodeFrame(
  encoding: Exclude<Encoding, "deflated">,
  native: Uint8Array,
  columns: number,
  rows: number,
): Uint8Array {
  const context = new Context({
    width: columns,
    height: rows,
    bitsAllocated: 16,
    bitsStored: 12,
    samplesPerPixel: 1,
    pixelRepresentation: 0,
    planarConfiguration: 0,
    photometricInterpretation: "MONOCHROME2",
    decodedBuffer: native,
  });
  switch (encoding) {
    case "rle":
      return NativeCodecs.encodeRle(context).getEncodedBuffer()!;
    case "jpeg-lossless":
      return NativeCodecs.encodeJpeg(context, { lossy: false, predictor: 1, pointTransform: 0 }).getEncodedBuffer()!;
    case "jpeg-ls":
      return NativeCodecs.encodeJpegLs(context, { lossy: false }).getEncodedBuffer()!;
    case "jpeg-2000":
      return NativeCodecs.encodeJpeg2000(context, { lossy: false }).getEncodedBuffer()!;
    case "htj2k":
      return NativeCodecs.encodeHtJpeg2000(context, { lossy: false }).getEncodedBuffer()!;
  }
}

const item = (content: Uint8Array): Uint8Array => {
  const padded = content.length + (content.length % 2);
  const whole = new Uint8Array(8 + padded);
  const view = new DataView(whole.buffer);
  view.setUint32(0, 0xe000fffe, true);
  view.setUint32(4, padded, true);
  whole.set(content, 8);
  return whole;
};

function concatenate(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** The same file in another syntax: meta information renamed, pixel data (its last element) replaced. */
function reencode(file: Uint8Array, encoding: Encoding, columns: number, rows: number): Uint8Array {
  const metaLength = new DataView(file.buffer, file.byteOffset).getUint32(140, true);
  const dataSet = file.subarray(144 + metaLength);
  const meta = withSyntax(file.subarray(0, 144 + metaLength), syntaxes[encoding]);
  if (encoding === "deflated") return concatenate(meta, deflateRawSync(dataSet));
  const length = columns * rows * 2;
  const pixelHeader = 12;
  const native = dataSet.slice(dataSet.length - length);
  const encoded = encodeFrame(encoding, native, columns, rows);
  const header = Uint8Array.from([0xe0, 0x7f, 0x10, 0, 0x4f, 0x42, 0, 0, 0xff, 0xff, 0xff, 0xff]);
  const end = Uint8Array.from([0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0]);
  const head = dataSet.subarray(0, dataSet.length - length - pixelHeader);
  return concatenate(meta, head, header, item(new Uint8Array(0)), item(encoded), end);
}

/** A file's meta information with another transfer syntax; lengths follow. */
export function withSyntax(meta: Uint8Array, uid: string): Uint8Array {
  const before = Buffer.from("1.2.840.10008.1.2.1\0");
  const at = Buffer.from(meta).indexOf(before);
  const value = Buffer.from(uid.length % 2 === 0 ? uid : `${uid}\0`);
  const changed = concatenate(meta.subarray(0, at), value, meta.subarray(at + before.length));
  const view = new DataView(changed.buffer);
  view.setUint16(at - 2, value.length, true);
  view.setUint32(140, view.getUint32(140, true) + value.length - before.length, true);
  return changed;
}

async function startEncoders(): Promise<void> {
  if (NativeCodecs.isInitialized()) return;
  const wasm = createRequire(import.meta.url).resolve("dcmjs-codecs/build/dcmjs-native-codecs.wasm");
  await NativeCodecs.initializeAsync({ webAssemblyModulePathOrUrl: wasm });
}

/** A file of our writer, 12 bits in explicit VR little endian, in another transfer syntax. */
export async function encodedFile(
  file: Uint8Array,
  encoding: Encoding,
  columns: number,
  rows: number,
): Promise<Uint8Array> {
  await startEncoders();
  return reencode(file, encoding, columns, rows);
}

/** A synthetic series in another transfer syntax. */
export async function encodedSeries(encoding: Encoding, options: SyntheticSeries = {}): Promise<ByteSource[]> {
  const [columns, rows] = options.geometry?.size ?? [16, 12];
  return Promise.all(
    series(options).map(async (file) =>
      bytes(file.name, await encodedFile(await file.read(), encoding, columns, rows)),
    ),
  );
}
