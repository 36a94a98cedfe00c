/** The part of CharLS's Emscripten module we use; the package ships no types. */
declare module "@cornerstonejs/codec-charls/decodewasmjs" {
  export interface CharlsDecoder {
    getEncodedBuffer(length: number): Uint8Array;
    decode(): void;
    /** A view on the module's memory. */
    getDecodedBuffer(): Uint8Array;
    delete(): void;
  }
  export interface CharlsModule {
    JpegLSDecoder: new () => CharlsDecoder;
  }
  export default function createCharls(options: {
    readonly instantiateWasm: (
      imports: WebAssembly.Imports,
      receive: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
    ) => WebAssembly.Exports;
    readonly print: (text: string) => void;
    readonly printErr: (text: string) => void;
  }): Promise<CharlsModule>;
}
