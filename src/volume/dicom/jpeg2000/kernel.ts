/**
 * The compiled part of the decoder (assembly/), its memory and what is put there.
 *
 *     const kernel = new Kernel(module);
 *     kernel.bytes.set(coded, kernel.place(coded.length));
 *
 * Addresses are byte offsets into the module's memory.
 */

export type Address = number;

interface KernelExports {
  readonly memory: WebAssembly.Memory;
  free(): Address;
  stride(width: number): number;
  decodeBlocks(blocks: Address, count: number): void;
  synthesise(
    low: Address,
    highAcross: Address,
    highDown: Address,
    high: Address,
    width: number,
    height: number,
    odd: number,
    spare: Address,
    target: Address,
  ): void;
  writeSamples(
    from: Address,
    width: number,
    height: number,
    base: number,
    least: number,
    most: number,
    target: Address,
    targetStride: number,
    bytes: number,
  ): void;
}

const page = 65536;
/** Vectors are read up to this far beyond what lies at an address. */
const beyond = 64;

export class Kernel {
  readonly run: KernelExports;
  /** Where the next thing is put. */
  #end: Address;

  constructor(module: WebAssembly.Module) {
    this.run = new WebAssembly.Instance(module).exports as unknown as KernelExports;
    this.#end = this.run.free();
  }

  /** All of its memory; another array after `place`. */
  get bytes(): Uint8Array {
    return new Uint8Array(this.run.memory.buffer);
  }

  /** Forgets what was put behind `end`, or everything. */
  clear(end = this.run.free()): void {
    this.#end = end;
  }

  /** The address of `length` bytes, aligned for vectors and with some room on both sides. */
  place(length: number): Address {
    const at = this.#end + beyond;
    this.#end = (at + length + 15) & ~15;
    const missing = this.#end + beyond - this.run.memory.buffer.byteLength;
    if (missing > 0) this.run.memory.grow(Math.ceil(missing / page));
    return at;
  }
}
