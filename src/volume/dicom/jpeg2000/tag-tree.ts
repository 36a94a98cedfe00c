/**
 * A tag tree: small numbers, one for each code block of a precinct, sent as far as they are needed.
 *
 *     const included = tree.reaches(bits, column, row, layer + 1);      // its number is at most `layer`
 *
 * Source: ITU-T T.800 annex B.10.2.
 */

/** Where a packet's header is read from, bit by bit. */
export interface Bits {
  bit(): number;
}

export class TagTree {
  /** Widths of its levels, from the leaves up, and where each begins. */
  readonly #widths: number[] = [];
  readonly #starts: number[] = [];
  /** For each node what its number is at least, and whether it is just that. */
  readonly #least: Int32Array;
  readonly #known: Uint8Array;

  constructor(width: number, height: number) {
    let nodes = 0;
    for (let [across, down] = [width, height]; across > 0 && down > 0; ) {
      this.#widths.push(across);
      this.#starts.push(nodes);
      nodes += across * down;
      if (across * down === 1) break;
      across = (across + 1) >> 1;
      down = (down + 1) >> 1;
    }
    this.#least = new Int32Array(nodes);
    this.#known = new Uint8Array(nodes);
  }

  /** Reads until it is known whether the number at a leaf is below `limit`; true when it is. */
  reaches(bits: Bits, column: number, row: number, limit: number): boolean {
    let least = 0;
    for (let level = this.#widths.length - 1; level >= 0; level--) {
      const node = this.#starts[level]! + (row >> level) * this.#widths[level]! + (column >> level);
      least = Math.max(least, this.#least[node]!);
      while (least < limit && this.#known[node] === 0) {
        if (bits.bit() === 1) this.#known[node] = 1;
        else least++;
      }
      this.#least[node] = least;
    }
    return least < limit;
  }

  /** Reads the number at a leaf; `most + 1` when it is greater than `most`. */
  value(bits: Bits, column: number, row: number, most: number): number {
    this.reaches(bits, column, row, most + 1);
    return this.#least[row * this.#widths[0]! + column]!;
  }
}
