/**
 * Hounsfield units eight at a time, by the compiled part in assembly/.
 *
 *     const vectors = new VectorRescale(module);
 *     const rule = vectorRule(format, rescale);          // undefined: values have to be looked up (table.ts)
 *     if (rule) vectors.words(stored, rule, hounsfield);
 *
 * Nearly all CT is stored with a slope of 1, so that HU are a sum. What comes out is what the table gives, in a quarter of
 * the time.
 */
import { airHounsfield, type Rescale } from "../../formats/values.ts";
import type { StoredFormat } from "./table.ts";
import { usablePadding } from "./table.ts";

/** HU are ((value & mask) ^ flip) + added, but air from `least` to `most`, which are of values before the addition. */
export interface VectorRule {
  readonly mask: number;
  readonly flip: number;
  readonly added: number;
  readonly least: number;
  readonly most: number;
}

const lowest = -32768;
const highest = 32767;
const fitsHalf = (value: number): boolean => Number.isInteger(value) && value >= lowest && value <= highest;

/** How HU follow from stored values; undefined where they are no sum of 16-bit numbers. */
export function vectorRule(format: StoredFormat, rescale: Rescale): VectorRule | undefined {
  const { bitsAllocated, bitsStored, highBit, signed, bigEndian } = format;
  const whole = bitsAllocated === 16 && highBit === bitsStored - 1 && !bigEndian && (signed || bitsStored < 16);
  // With its sign's bit flipped a shorter signed value is none, and too high by that bit.
  const flip = signed && bitsStored < 16 ? 1 << (bitsStored - 1) : 0;
  const added = rescale.intercept - flip;
  if (!whole || rescale.slope !== 1 || !fitsHalf(added)) return undefined;
  const padding = usablePadding(format, rescale);
  // A padding value that bitsStored do not hold has to be looked for in the whole word.
  if (
    padding &&
    (padding[0] < (signed ? -(2 ** (bitsStored - 1)) : 0) || padding[1] > 2 ** (bitsStored - (signed ? 1 : 0)) - 1)
  )
    return undefined;
  const [low, high] = padding ?? [1, 0];
  const [least, most] = [Math.max(low + flip, lowest), Math.min(high + flip, highest)];
  const none = least > most;
  return { mask: 2 ** bitsStored - 1, flip, added, least: none ? highest : least, most: none ? lowest : most };
}

interface VectorExports {
  readonly memory: WebAssembly.Memory;
  free(): number;
  rule(mask: number, flip: number, added: number, least: number, most: number, air: number): void;
  words(from: number, count: number, to: number): void;
  planes(high: number, low: number, count: number, to: number): void;
}

const page = 65536;
/** Vectors reach as far beyond the last value. */
const beyond = 64;

export class VectorRescale {
  readonly #run: VectorExports;

  constructor(module: WebAssembly.Module) {
    this.#run = new WebAssembly.Instance(module).exports as unknown as VectorExports;
  }

  /**
   * Memory for the values of a frame, good until the next call of any method: what lies there is not copied again.
   */
  readonly room = (length: number): Uint8Array<ArrayBuffer> => {
    const at = this.#run.free();
    // Values, and behind them their HU; it must not grow in between, for then what was handed out is gone.
    const missing = at + 2 * (length + beyond) - this.#run.memory.buffer.byteLength;
    if (missing > 0) this.#run.memory.grow(Math.ceil(missing / page));
    return new Uint8Array(this.#run.memory.buffer, at, length);
  };

  /** @param stored two bytes a value, low byte first; they are left as they are */
  words(stored: Uint8Array, rule: VectorRule, hounsfield: Int16Array): void {
    const count = hounsfield.length;
    const held = this.#held(stored.subarray(0, 2 * count));
    this.#apply(rule, hounsfield, held, (to) => this.#run.words(held.byteOffset, count, to));
  }

  /** @param planes the high bytes and, behind them, the low bytes, one of each a value */
  planes(planes: Uint8Array, rule: VectorRule, hounsfield: Int16Array): void {
    const count = hounsfield.length;
    const held = this.#held(planes.subarray(0, 2 * count));
    const high = held.byteOffset;
    this.#apply(rule, hounsfield, held, (to) => this.#run.planes(high, high + count, count, to));
  }

  #held(values: Uint8Array): Uint8Array {
    if (values.buffer === this.#run.memory.buffer) return values;
    const held = this.room(values.length);
    held.set(values);
    return held;
  }

  #apply(rule: VectorRule, hounsfield: Int16Array, held: Uint8Array, run: (to: number) => void): void {
    const { mask, flip, added, least, most } = rule;
    const to = (held.byteOffset + held.length + beyond) & ~15;
    this.#run.rule(mask, flip, added, least, most, airHounsfield);
    run(to);
    hounsfield.set(new Int16Array(this.#run.memory.buffer, to, hounsfield.length));
  }
}
