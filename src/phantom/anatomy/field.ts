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

/** A horizontal cut through a field: `values[i + columns * j]` at x = left + i * step, y = front + j * step. */
export interface Plane {
  readonly values: Float32Array;
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

  /** @param formula given a level z, the distance at (x, y); what depends on z alone is then worked out once a level */
  constructor(box: Box, formula: (z: number) => (x: number, y: number) => number) {
    this.box = box;
    const count = (axis: 0 | 1 | 2) => Math.ceil((box.high[axis] - box.low[axis]) / box.step[axis]) + 1;
    this.size = [count(0), count(1), count(2)];
    const [columns, rows, levels] = this.size;
    this.distances = new Float32Array(columns * rows * levels);
    let next = 0;
    for (let level = 0; level < levels; level++) {
      const distance = formula(box.low[2] + level * box.step[2]);
      for (let row = 0; row < rows; row++) {
        const y = box.low[1] + row * box.step[1];
        for (let column = 0; column < columns; column++) {
          this.distances[next++] = distance(box.low[0] + column * box.step[0], y);
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
    const value = (di: number, dj: number, dk: number) =>
      this.distances[i + di + columns * (j + dj + rows * (k + dk))]!;
    const line = (dj: number, dk: number) => value(0, dj, dk) + (u - i) * (value(1, dj, dk) - value(0, dj, dk));
    const face = (dk: number) => line(0, dk) + (v - j) * (line(1, dk) - line(0, dk));
    return face(0) + (w - k) * (face(1) - face(0));
  }

  /**
   * The cut at level z with distances divided by the width of the edge there: at most -0.5 is wholly inside, at least 0.5
   * wholly outside. The edge is as wide as the reconstruction's blur, or as the slice where the surface lies flat in it.
   * @param blur millimetres in the plane
   * @param thickness millimetres of the slice
   * @param grow millimetres the solid is taken larger by
   * @returns undefined where the field has no such level
   */
  plane(z: number, blur: number, thickness: number, grow = 0): Plane | undefined {
    const { low, step } = this.box;
    const [columns, rows, levels] = this.size;
    const place = (z - low[2]) / step[2];
    if (place < 0 || place > levels - 1) return undefined;
    const level = Math.min(Math.floor(place), levels - 2);
    const part = place - level;
    const count = columns * rows;
    const values = new Float32Array(count);
    const below = level * count;
    for (let index = 0; index < count; index++) {
      const lower = this.distances[below + index]!;
      const upper = this.distances[below + count + index]!;
      const distance = lower + part * (upper - lower) - grow;
      const steep = Math.min(1, ((upper - lower) / step[2]) ** 2);
      const width = Math.sqrt(blur * blur * (1 - steep) + thickness * thickness * steep);
      values[index] = distance / width;
    }
    return { values, columns, rows, left: low[0], front: low[1], stepX: step[0], stepY: step[1] };
  }
}
