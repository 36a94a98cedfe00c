/**
 * A solid as signed distances on a coarse grid: organs are smooth, so a few millimetres are enough, and any formula can
 * be sampled however slow it is.
 *
 *     const lungs = new Field({ low: [-150, -110, -210], high: [150, 110, 120], step: [4, 4, 5] }, (z) => (x, y) => …);
 *     lungs.at(12, -30, 4);            // millimetres to the pleura, negative inside
 *
 * Rendering reads one level at a time ({@link Field.plane}).
 */
import type { Vector } from "./shapes.ts";

export interface Box {
  readonly low: Vector;
  readonly high: Vector;
  readonly step: Vector;
}

export function gridOf({ low, high, step }: Box): Vector {
  return [
    Math.ceil((high[0] - low[0]) / step[0]) + 1,
    Math.ceil((high[1] - low[1]) / step[1]) + 1,
    Math.ceil((high[2] - low[2]) / step[2]) + 1,
  ];
}

/** A horizontal cut through a field: `values[i + columns * j]` at x = left + i * step, y = front + j * step. */
export interface FieldPlane {
  readonly values: Float32Array;
  /** One over the width of the edge, by which a millimetre of growth changes a value. */
  readonly inverses: Float32Array;
  readonly columns: number;
  readonly rows: number;
  readonly left: number;
  readonly front: number;
  readonly stepX: number;
  readonly stepY: number;
}

export class Field {
  readonly box: Box;
  readonly size: Vector;
  readonly distances: Float32Array;

  /**
   * @param formula given a level z, the distance at (x, y) and at the node of that number; what depends on z alone is
   * then worked out once a level
   */
  constructor(box: Box, formula: (z: number) => (x: number, y: number, node: number) => number) {
    this.box = box;
    this.size = gridOf(box);
    const [columns, rows, levels] = this.size;
    this.distances = new Float32Array(columns * rows * levels);
    let next = 0;
    for (let level = 0; level < levels; level++) {
      const distance = formula(box.low[2] + level * box.step[2]);
      for (let row = 0; row < rows; row++) {
        const y = box.low[1] + row * box.step[1];
        for (let column = 0; column < columns; column++) {
          this.distances[next] = distance(box.low[0] + column * box.step[0], y, next);
          next++;
        }
      }
    }
  }

  /** Distance at a point, trilinear; far outside the box, a large distance. */
  at(x: number, y: number, z: number): number {
    const { low, step } = this.box;
    const [columns, rows, levels] = this.size;
    const u = (x - low[0]) / step[0];
    const v = (y - low[1]) / step[1];
    const w = (z - low[2]) / step[2];
    if (u < 0 || v < 0 || w < 0 || u > columns - 1 || v > rows - 1 || w > levels - 1) return 1000;
    const i = Math.min(Math.floor(u), columns - 2);
    const j = Math.min(Math.floor(v), rows - 2);
    const k = Math.min(Math.floor(w), levels - 2);
    const { distances } = this;
    const corner = i + columns * (j + rows * k);
    const [du, dv, dw] = [u - i, v - j, w - k];
    let sum = 0;
    for (let level = 0; level < 2; level++) {
      const from = corner + level * columns * rows;
      const front = distances[from]! + du * (distances[from + 1]! - distances[from]!);
      const back = distances[from + columns]! + du * (distances[from + columns + 1]! - distances[from + columns]!);
      sum += (level === 0 ? 1 - dw : dw) * (front + dv * (back - front));
    }
    return sum;
  }

  /**
   * The cut at level z. Distances are divided by the width of the edge there: at most -0.5 is wholly inside, at least 0.5
   * wholly outside. The edge is as wide as the reconstruction's blur, or as the slice where the surface lies flat in it.
   * @param blur millimetres in the plane
   * @param thickness millimetres of the slice
   * @returns undefined where the field has no such level
   */
  plane(z: number, blur: number, thickness: number): FieldPlane | undefined {
    const { low, step } = this.box;
    const [columns, rows, levels] = this.size;
    const place = (z - low[2]) / step[2];
    if (place < 0 || place > levels - 1) return undefined;
    const level = Math.min(Math.floor(place), levels - 2);
    const part = place - level;
    const count = columns * rows;
    const { distances } = this;
    const values = new Float32Array(count);
    const inverses = new Float32Array(count);
    const below = level * count;
    const across = blur * blur;
    const more = thickness * thickness - across;
    const rise = 1 / (step[2] * step[2]);
    for (let index = 0; index < count; index++) {
      const lower = distances[below + index]!;
      const change = distances[below + count + index]! - lower;
      const steep = change * change * rise;
      const inverse = 1 / Math.sqrt(across + more * Math.min(1, steep));
      values[index] = (lower + part * change) * inverse;
      inverses[index] = inverse;
    }
    return { values, inverses, columns, rows, left: low[0], front: low[1], stepX: step[0], stepY: step[1] };
  }
}
