/**
 * Random numbers that depend on their place and on nothing else.
 *
 *     const random = new Random(seed, "epoch 3", "shuffle");
 *     random.uniform();            // [0, 1)
 *     random.shuffle([1, 2, 3]);
 *
 * Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): number n of a stream is a
 * function of (seed, stream name, n), so a resumed run draws what an uninterrupted one would have drawn.
 */

const multiplierA = 0xd2511f53;
const multiplierB = 0xcd9e8d57;
const weylA = 0x9e3779b9;
const weylB = 0xbb67ae85;

/** Upper 32 bits of an unsigned 32 x 32 bit product. Every step stays in 32 bits, which engines compute fastest. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = (Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16)) | 0;
  const other = (Math.imul(aLow, bHigh) + (middle & 0xffff)) | 0;
  return (Math.imul(aHigh, bHigh) + (middle >>> 16) + (other >>> 16)) | 0;
}

/**
 * Ten rounds of Philox 4x32 over the words of a counter under the words of a key, written into `out`. Words one by one:
 * a list of them for every four numbers would take as long as the rounds.
 */
export function philox(
  counter0: number,
  counter1: number,
  counter2: number,
  counter3: number,
  key0: number,
  key1: number,
  out: Uint32Array,
): void {
  let x0 = counter0 | 0;
  let x1 = counter1 | 0;
  let x2 = counter2 | 0;
  let x3 = counter3 | 0;
  let k0 = key0 | 0;
  let k1 = key1 | 0;
  for (let round = 0; round < 10; round++) {
    const highA = multiplyHigh(multiplierA, x0);
    const highB = multiplyHigh(multiplierB, x2);
    const lowA = Math.imul(multiplierA, x0);
    const lowB = Math.imul(multiplierB, x2);
    x0 = highB ^ x1 ^ k0;
    x1 = lowB;
    x2 = highA ^ x3 ^ k1;
    x3 = lowA;
    k0 = (k0 + weylA) | 0;
    k1 = (k1 + weylB) | 0;
  }
  out[0] = x0;
  out[1] = x1;
  out[2] = x2;
  out[3] = x3;
}

/** 32-bit FNV-1a of a string's UTF-16 units, to turn a stream's name into a counter word. */
function hashName(name: string, basis: number): number {
  let hash = basis >>> 0;
  for (let index = 0; index < name.length; index++) {
    hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash;
}

export class Random {
  readonly #key: readonly [number, number];
  readonly #stream: readonly [number, number];
  readonly #block = new Uint32Array(4);
  #next = 0;

  /**
   * @param seed any safe integer
   * @param names name the stream; different names give independent numbers under the same seed
   */
  constructor(seed: number, ...names: readonly (string | number)[]) {
    const name = names.join("\u0000");
    this.#key = [seed >>> 0, Math.floor(seed / 0x100000000) >>> 0];
    this.#stream = [hashName(name, 0x811c9dc5), hashName(name, 0x2f0b4c31)];
  }

  /** An unsigned 32-bit integer. */
  bits(): number {
    const lane = this.#next % 4;
    if (lane === 0) this.#draw(this.#next / 4, this.#block);
    this.#next++;
    return this.#block[lane]!;
  }

  #draw(block: number, out: Uint32Array): void {
    const [stream, key] = [this.#stream, this.#key];
    philox(block >>> 0, Math.floor(block / 0x100000000), stream[0], stream[1], key[0], key[1], out);
  }

  /** A number in [0, 1) with 32 random bits; scaled to [low, high) when bounds are given. */
  uniform(low = 0, high = 1): number {
    return low + (high - low) * (this.bits() / 0x100000000);
  }

  /** An integer in [0, count), without bias. @param count 1 to 2^32 */
  integer(count: number): number {
    const limit = 0x100000000 - (0x100000000 % count);
    let bits = this.bits();
    while (bits >= limit) bits = this.bits();
    return bits % count;
  }

  /** Standard normal, by Box-Muller; scaled when mean and deviation are given. */
  normal(mean = 0, deviation = 1): number {
    const radius = Math.sqrt(-2 * Math.log((this.bits() + 1) / 0x100000001));
    return mean + deviation * radius * Math.cos((2 * Math.PI * this.bits()) / 0x100000000);
  }

  /**
   * Fills an array with normal numbers of mean 0, in a third of the time that single ones take: both numbers of each
   * Box-Muller pair are used. They are not those that `normal` would give.
   */
  fillNormal(values: Float32Array, deviation: number): void {
    const bits = new Uint32Array(4);
    const turn = (2 * Math.PI) / 0x100000000;
    for (let at = 0; at < values.length; at += 4) {
      if (this.#next % 4 === 0) {
        this.#draw(this.#next / 4, bits);
        this.#next += 4;
      } else for (let lane = 0; lane < 4; lane++) bits[lane] = this.bits();
      for (let lane = 0; lane < 4; lane += 2) {
        const radius = deviation * Math.sqrt(-2 * Math.log((bits[lane]! + 1) / 0x100000001));
        const angle = turn * bits[lane + 1]!;
        // What lies beyond the end is not kept by the array.
        values[at + lane] = radius * Math.cos(angle);
        values[at + lane + 1] = radius * Math.sin(angle);
      }
    }
  }

  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.integer(items.length)]!;
  }

  /** A shuffled copy (Fisher-Yates). */
  shuffle<T>(items: readonly T[]): T[] {
    const shuffled = [...items];
    for (let index = shuffled.length - 1; index > 0; index--) {
      const other = this.integer(index + 1);
      [shuffled[index], shuffled[other]] = [shuffled[other]!, shuffled[index]!];
    }
    return shuffled;
  }
}
