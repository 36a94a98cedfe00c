/**
 * The compressed transfer syntaxes, decoded by WebAssembly: JPEG (8 and 12 bit, baseline to lossless), JPEG 2000 and
 * its high-throughput form by one module, JPEG-LS by another that is twice as fast. (Lossless JPEG and JPEG 2000 as
 * scanners write them come here only where jpeg-lossless.ts and jpeg2000/ leave them.)
 *
 *     const codecs = new Codecs(loadModule);
 *     const format: FrameFormat = { rows: 512, columns: 512, bitsAllocated: 16, bitsStored: 12, signed: false };
 *     await codecs.decode("jpeg-ls", codestream, format, (stored) => toHounsfield(stored, whole, rescale, hounsfield));
 *
 * The general module is the one inside the npm package dcmjs-codecs (libijg, OpenJPEG, OpenJPH). We call its C
 * interface directly: the package's own wrapper loads all of dcmjs, and a decoding thread needs none of that.
 */
import createCharls, { type CharlsModule } from "@cornerstonejs/codec-charls/decodewasmjs";
import { RefusedError } from "../../errors.ts";

export type CodecName = "jpeg" | "jpeg-ls" | "jpeg-2000" | "htj2k";

/**
 * `general` is dcmjs-codecs/build/dcmjs-native-codecs.wasm, `jpegLs` @cornerstonejs/codec-charls/decodewasm, `jpeg2000`
 * and `hounsfield` our own, which `npm run build` compiles.
 */
export type CodecModuleName = "general" | "jpegLs" | "jpeg2000" | "hounsfield";

const modules: Readonly<Record<CodecName, readonly CodecModuleName[]>> = {
  jpeg: ["general"],
  "jpeg-ls": ["jpegLs"],
  "jpeg-2000": ["jpeg2000", "general"],
  htj2k: ["general"],
};

/** The modules that decoding a frame needs: the first, and where there is a second, that takes what the first leaves. */
export const modulesOf = (pixels: CodecName | "native" | "rle"): readonly CodecModuleName[] =>
  pixels === "native" || pixels === "rle" ? [] : modules[pixels];

/** The compiled module, the same one for all who ask: what the engine learns of it in use is kept with it. */
export type LoadModule = (name: CodecModuleName) => Promise<WebAssembly.Module>;

/** What the data set says about the stored values of one monochrome frame. */
export interface FrameFormat {
  readonly rows: number;
  readonly columns: number;
  readonly bitsAllocated: 8 | 16;
  readonly bitsStored: number;
  readonly signed: boolean;
}

/** Length of a frame's stored values. */
export const frameBytes = ({ rows, columns, bitsAllocated }: FrameFormat): number =>
  (rows * columns * bitsAllocated) / 8;

type Pointer = number;

/** The part of the module's C interface that decoding needs. */
interface CodecExports {
  readonly memory: WebAssembly.Memory;
  _initialize(): void;
  CreateDecoderParameters(): Pointer;
  ReleaseDecoderParameters(parameters: Pointer): void;
  CreateCodecsContext(): Pointer;
  ReleaseCodecsContext(context: Pointer): void;
  SetColumns(context: Pointer, value: number): void;
  SetRows(context: Pointer, value: number): void;
  SetBitsAllocated(context: Pointer, value: number): void;
  SetBitsStored(context: Pointer, value: number): void;
  SetSamplesPerPixel(context: Pointer, value: number): void;
  SetPixelRepresentation(context: Pointer, value: number): void;
  SetPlanarConfiguration(context: Pointer, value: number): void;
  SetPhotometricInterpretation(context: Pointer, value: number): void;
  SetEncodedBufferSize(context: Pointer, size: number): void;
  GetEncodedBuffer(context: Pointer): Pointer;
  GetDecodedBuffer(context: Pointer): Pointer;
  GetDecodedBufferSize(context: Pointer): number;
  DecodeJpeg(context: Pointer, parameters: Pointer): void;
  DecodeJpeg2000(context: Pointer, parameters: Pointer): void;
  DecodeHtJpeg2000(context: Pointer, parameters: Pointer): void;
}

const entryPoints = {
  jpeg: "DecodeJpeg",
  "jpeg-2000": "DecodeJpeg2000",
  htj2k: "DecodeHtJpeg2000",
} as const satisfies Record<Exclude<CodecName, "jpeg-ls">, keyof CodecExports>;

/** MONOCHROME2 in the module's own numbering. */
const monochrome2 = 1;

/** An instance is thrown away once its memory has grown past this. */
const memoryLimit = 512 * 1024 * 1024;

export class Codecs {
  readonly #load: LoadModule;
  #general: CodecExports | undefined;
  #charls: Promise<CharlsModule> | undefined;

  constructor(load: LoadModule) {
    this.#load = load;
  }

  /**
   * Decodes one frame and hands its stored values to `receive`: little endian, rows x columns x bitsAllocated / 8
   * bytes. They lie in the decoder's own memory, good only until `receive` returns.
   * Throws RefusedError `file-corrupt` when the codestream is not what it says.
   */
  async decode(
    codec: CodecName,
    codestream: Uint8Array,
    format: FrameFormat,
    receive: (stored: Uint8Array) => void,
  ): Promise<void> {
    const module = await this.#load(codec === "jpeg-ls" ? "jpegLs" : "general");
    const expected = frameBytes(format);
    const checked = (decoded: Uint8Array): void => {
      if (decoded.length === expected) receive(decoded);
      else if (decoded.length * 2 === expected) receive(widened(decoded));
      else throw new Error(`${decoded.length} bytes instead of ${expected}`);
    };
    try {
      if (codec === "jpeg-ls") await this.#decodeJpegLs(module, codestream, checked);
      else this.#decodeGeneral(module, codec, codestream, format, checked);
    } catch (error) {
      // An exception leaves a module's stack and heap as they were in mid-flight: start afresh next time.
      this.#general = undefined;
      this.#charls = undefined;
      // The module says first which of its functions failed, and ends its lines.
      const said = (error instanceof Error ? error.message : String(error)).replace(/^(\w+::)+/, "").trim();
      throw new RefusedError("file-corrupt", `its ${codec} image cannot be decoded: ${said}`, { cause: error });
    }
  }

  #decodeGeneral(
    module: WebAssembly.Module,
    codec: Exclude<CodecName, "jpeg-ls">,
    codestream: Uint8Array,
    format: FrameFormat,
    receive: (decoded: Uint8Array) => void,
  ): void {
    const wasm = this.#instantiate(module);
    const context = wasm.CreateCodecsContext();
    const parameters = wasm.CreateDecoderParameters();
    wasm.SetColumns(context, format.columns);
    wasm.SetRows(context, format.rows);
    wasm.SetBitsAllocated(context, format.bitsAllocated);
    wasm.SetBitsStored(context, format.bitsStored);
    wasm.SetSamplesPerPixel(context, 1);
    wasm.SetPixelRepresentation(context, format.signed ? 1 : 0);
    wasm.SetPlanarConfiguration(context, 0);
    wasm.SetPhotometricInterpretation(context, monochrome2);
    wasm.SetEncodedBufferSize(context, codestream.length);
    new Uint8Array(wasm.memory.buffer).set(codestream, wasm.GetEncodedBuffer(context));
    wasm[entryPoints[codec]](context, parameters);
    receive(new Uint8Array(wasm.memory.buffer, wasm.GetDecodedBuffer(context), wasm.GetDecodedBufferSize(context)));
    wasm.ReleaseDecoderParameters(parameters);
    wasm.ReleaseCodecsContext(context);
    if (wasm.memory.buffer.byteLength > memoryLimit) this.#general = undefined;
  }

  async #decodeJpegLs(
    module: WebAssembly.Module,
    codestream: Uint8Array,
    receive: (decoded: Uint8Array) => void,
  ): Promise<void> {
    this.#charls ??= createCharls({
      instantiateWasm: (imports, instantiated) => {
        const instance = new WebAssembly.Instance(module, imports);
        instantiated(instance, module);
        return instance.exports;
      },
      print: noMessage,
      printErr: noMessage,
    });
    const decoder = new (await this.#charls).JpegLSDecoder();
    try {
      decoder.getEncodedBuffer(codestream.length).set(codestream);
      decoder.decode();
      receive(decoder.getDecodedBuffer());
    } finally {
      decoder.delete();
    }
  }

  #instantiate(module: WebAssembly.Module): CodecExports {
    if (this.#general) return this.#general;
    const text = (start: number, length: number) => {
      const bytes = new Uint8Array((instance.exports.memory as WebAssembly.Memory).buffer, start, length);
      return new TextDecoder().decode(bytes);
    };
    const instance: WebAssembly.Instance = new WebAssembly.Instance(module, {
      env: {
        onCodecsException: (start: number, length: number) => {
          throw new Error(text(start, length));
        },
        onCodecsInfo: noMessage,
        onCodecsTrace: noMessage,
        emscripten_notify_memory_growth: noMessage,
      },
      wasi_snapshot_preview1: {
        proc_exit: (status: number) => {
          throw new Error(`the decoder stopped with status ${status}`);
        },
        clock_time_get: () => 28, // "invalid": no decoder's result may depend on the time
        fd_write: (_file: number, _vectors: number, _count: number, written: number) => {
          new DataView((instance.exports.memory as WebAssembly.Memory).buffer).setUint32(written, 0, true);
          return 8; // "bad file": decoders print warnings nobody reads
        },
        fd_close: () => 0,
        fd_seek: () => 0,
        environ_sizes_get: (count: number, size: number) => {
          const view = new DataView((instance.exports.memory as WebAssembly.Memory).buffer);
          view.setUint32(count, 0, true);
          view.setUint32(size, 0, true);
          return 0;
        },
        environ_get: () => 0,
      },
    });
    const exports = instance.exports as unknown as CodecExports;
    exports._initialize();
    this.#general = exports;
    return exports;
  }
}

const noMessage = (): void => {};

/** Bytes as 16-bit values: an 8-bit image in a data set that allocates 16. */
function widened(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const words = new Uint8Array(bytes.length * 2);
  for (let index = 0; index < bytes.length; index++) words[2 * index] = bytes[index]!;
  return words;
}
