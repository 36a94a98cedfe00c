/**
 * Vessels, bronchi, ribs, clots: many tubes drawn slice by slice with partial volume.
 *
 *     const set = new TubeSet();
 *     set.add([0, 0, 0, 4], [0, 0, 20, 3.5], 320);
 *     layer.clear();
 *     layer.draw(index, slice, blur);       // coverage and value of every pixel that a tube touches
 *
 * Tubes of one set join without beads: a pixel takes the largest coverage among them, not their sum. Coverage is averaged
 * over the slice's thickness from several levels, so that a thin vessel running across a thick slice fades as it should.
 */
import type { TubePoint } from "../anatomy/shapes.ts";

const stride = 9;

/** Tubes of one tissue. `value` is in HU; `label` tells tubes apart where that matters (0 to 255). */
export class TubeSet {
  #numbers = new Float32Array(64 * stride);
  #labels = new Uint8Array(64);
  count = 0;

  get numbers(): Float32Array {
    return this.#numbers;
  }

  get labels(): Uint8Array {
    return this.#labels;
  }

  add(from: TubePoint, to: TubePoint, value: number, label = 0): void {
    if (this.count === this.#labels.length) {
      const [numbers, labels] = [this.#numbers, this.#labels];
      this.#numbers = new Float32Array(numbers.length * 2);
      this.#labels = new Uint8Array(labels.length * 2);
      this.#numbers.set(numbers);
      this.#labels.set(labels);
    }
    const numbers = this.#numbers;
    const at = this.count * stride;
    numbers[at] = from[0];
    numbers[at + 1] = from[1];
    numbers[at + 2] = from[2];
    numbers[at + 3] = from[3];
    numbers[at + 4] = to[0];
    numbers[at + 5] = to[1];
    numbers[at + 6] = to[2];
    numbers[at + 7] = to[3];
    numbers[at + 8] = value;
    this.#labels[this.count++] = label;
  }

  addPath(path: readonly TubePoint[], value: number, label = 0): void {
    for (let index = 1; index < path.length; index++) this.add(path[index - 1]!, path[index]!, value, label);
  }
}

/** Which tubes of a set meet which slice. */
export class TubeIndex {
  readonly set: TubeSet;
  readonly #starts: Int32Array;
  readonly #tubes: Int32Array;

  /** @param levels centres of the slices, growing; @param reach how far from its centre a slice sees */
  constructor(set: TubeSet, levels: Float64Array, reach: number) {
    this.set = set;
    const { numbers, count } = set;
    const first = new Int32Array(count);
    const last = new Int32Array(count);
    this.#starts = new Int32Array(levels.length + 1);
    for (let tube = 0; tube < count; tube++) {
      const at = tube * stride;
      const low = Math.min(numbers[at + 2]! - numbers[at + 3]!, numbers[at + 6]! - numbers[at + 7]!) - reach;
      const high = Math.max(numbers[at + 2]! + numbers[at + 3]!, numbers[at + 6]! + numbers[at + 7]!) + reach;
      first[tube] = lowerBound(levels, low);
      last[tube] = lowerBound(levels, high);
      for (let slice = first[tube]!; slice < last[tube]!; slice++) this.#starts[slice + 1]!++;
    }
    for (let slice = 0; slice < levels.length; slice++) this.#starts[slice + 1]! += this.#starts[slice]!;
    this.#tubes = new Int32Array(this.#starts[levels.length]!);
    const next = this.#starts.slice();
    for (let tube = 0; tube < count; tube++) {
      for (let slice = first[tube]!; slice < last[tube]!; slice++) this.#tubes[next[slice]!++] = tube;
    }
  }

  tubesOf(slice: number): Int32Array {
    return this.#tubes.subarray(this.#starts[slice], this.#starts[slice + 1]);
  }
}

function lowerBound(levels: Float64Array, value: number): number {
  let [low, high] = [0, levels.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (levels[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The pixels of a slice: square, `left` and `front` are the centre of the first. */
export interface PixelGrid {
  readonly columns: number;
  readonly rows: number;
  readonly left: number;
  readonly front: number;
  readonly spacing: number;
}

/** Levels within a slice's thickness at which coverage is taken, about a millimetre apart. */
export function sliceLevels(centre: number, thickness: number): Float64Array {
  const count = Math.min(5, Math.max(1, Math.round(thickness / 1.1)));
  return Float64Array.from({ length: count }, (_, index) => centre + ((index + 0.5) / count - 0.5) * thickness);
}

/** Coverage (0 to 1), value and label of the pixels that a set's tubes touch in one slice. */
export class TubeLayer {
  readonly coverage: Float32Array;
  readonly value: Float32Array;
  readonly label: Uint8Array;
  /** Indices of the pixels touched, the first `count` of it. */
  readonly touched: Int32Array;
  count = 0;
  readonly #grid: PixelGrid;

  constructor(grid: PixelGrid) {
    this.#grid = grid;
    const pixels = grid.columns * grid.rows;
    this.coverage = new Float32Array(pixels);
    this.value = new Float32Array(pixels);
    this.label = new Uint8Array(pixels);
    this.touched = new Int32Array(pixels);
  }

  clear(): void {
    for (let index = 0; index < this.count; index++) this.coverage[this.touched[index]!] = 0;
    this.count = 0;
  }

  /**
   * Draws the set's tubes over what is there.
   * @param levels from {@link sliceLevels}
   * @param blur millimetres over which an edge goes from 0 to 1
   */
  draw(index: TubeIndex, slice: number, levels: Float64Array, blur: number): void {
    const { columns, rows, left, front, spacing } = this.#grid;
    const { numbers, labels } = index.set;
    const { coverage, value, label, touched } = this;
    const lowest = levels[0]! - blur;
    const highest = levels.at(-1)! + blur;
    const share = 1 / levels.length;
    const sharpness = 1 / blur;
    const reach = blur * 0.5;
    for (const tube of index.tubesOf(slice)) {
      const at = tube * stride;
      const ax = numbers[at]!;
      const ay = numbers[at + 1]!;
      const az = numbers[at + 2]!;
      const ar = numbers[at + 3]!;
      const dx = numbers[at + 4]! - ax;
      const dy = numbers[at + 5]! - ay;
      const dz = numbers[at + 6]! - az;
      const dr = numbers[at + 7]! - ar;
      const hu = numbers[at + 8]!;
      const squared = dx * dx + dy * dy + dz * dz;
      const inverse = squared === 0 ? 0 : 1 / squared;
      // Only the part of the axis near the slice decides which pixels to look at.
      const widest = Math.max(ar, ar + dr);
      let start = 0;
      let end = 1;
      if (Math.abs(dz) > 1e-6) {
        const one = (lowest - widest - az) / dz;
        const other = (highest + widest - az) / dz;
        start = Math.max(0, Math.min(one, other));
        end = Math.min(1, Math.max(one, other));
        if (start > end) continue;
      }
      const margin = widest + reach;
      const x0 = Math.min(ax + start * dx, ax + end * dx) - margin;
      const x1 = Math.max(ax + start * dx, ax + end * dx) + margin;
      const y0 = Math.min(ay + start * dy, ay + end * dy) - margin;
      const y1 = Math.max(ay + start * dy, ay + end * dy) + margin;
      const firstColumn = Math.max(0, Math.ceil((x0 - left) / spacing));
      const lastColumn = Math.min(columns - 1, Math.floor((x1 - left) / spacing));
      const firstRow = Math.max(0, Math.ceil((y0 - front) / spacing));
      const lastRow = Math.min(rows - 1, Math.floor((y1 - front) / spacing));
      for (let row = firstRow; row <= lastRow; row++) {
        const py = front + row * spacing - ay;
        for (let column = firstColumn; column <= lastColumn; column++) {
          const px = left + column * spacing - ax;
          const flat = px * dx + py * dy;
          let sum = 0;
          for (let level = 0; level < levels.length; level++) {
            const pz = levels[level]! - az;
            let along = (flat + pz * dz) * inverse;
            along = Math.max(0, Math.min(1, along));
            const ex = px - along * dx;
            const ey = py - along * dy;
            const ez = pz - along * dz;
            const radius = ar + along * dr;
            const distanceSquared = ex * ex + ey * ey + ez * ez;
            const outer = radius + reach;
            if (distanceSquared >= outer * outer) continue;
            const inside = 0.5 - (Math.sqrt(distanceSquared) - radius) * sharpness;
            sum += Math.min(1, inside);
          }
          if (sum === 0) continue;
          const pixel = row * columns + column;
          const covered = sum * share;
          const before = coverage[pixel]!;
          if (covered <= before) continue;
          if (before === 0) touched[this.count++] = pixel;
          coverage[pixel] = covered;
          value[pixel] = hu;
          label[pixel] = labels[tube]!;
        }
      }
    }
  }
}
