/**
 * Fills a field's cut into a slice: which pixels lie inside, how far those on the edge do, and what tissue looks like.
 *
 *     const brush = new FieldBrush(grid, [scaleX, scaleY]);
 *     brush.cover(field.plane(z, blur, thickness));
 *     brush.paint(hu, 55, texture);
 *
 * Most pixels lie wholly inside or outside; whole cells of the field's coarse grid are decided at once.
 */
import type { FieldPlane } from "../anatomy/field.ts";
import type { PixelGrid } from "./tubes.ts";

/** Unevenness of a tissue: a texture tile read at places prepared for one slice. */
export interface Texture {
  readonly tile: Float32Array;
  /** Cell of the tile for each column, and for each row times the tile's side. */
  readonly columns: Int32Array;
  readonly rows: Int32Array;
  /** Start of the slice's level in the tile. */
  readonly level: number;
  /** HU of one deviation. */
  readonly amplitude: number;
}

/** More nodes than any field has from side to side. */
const largestPlane = 256;

export class FieldBrush {
  /** Share of each pixel that lies inside; right only between a row's `from` and `to`. */
  readonly coverage: Float32Array;
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly #grid: PixelGrid;
  readonly #scale: readonly [number, number];
  readonly #starts = new Int32Array(largestPlane);
  readonly #line = new Float32Array(largestPlane);

  /** @param scale the patient's stretch of the field's x and y */
  constructor(grid: PixelGrid, scale: readonly [number, number]) {
    this.#grid = grid;
    this.#scale = scale;
    this.coverage = new Float32Array(grid.columns * grid.rows);
    this.from = new Int32Array(grid.rows);
    this.to = new Int32Array(grid.rows);
  }

  /**
   * Works out the coverage. Returns whether anything is covered.
   * @param grow millimetres the solid is taken larger by
   * @param sheet covers only a sheet along the surface, this far to both sides, in widths of the edge
   */
  cover(plane: FieldPlane | undefined, grow = 0, sheet?: number): boolean {
    const { columns, rows, left, front, spacing } = this.#grid;
    this.from.fill(0);
    this.to.fill(0);
    if (!plane) return false;
    const { values, inverses } = plane;
    const width = plane.columns;
    const stepX = plane.stepX * this.#scale[0];
    const stepY = plane.stepY * this.#scale[1];
    const origin = (plane.left * this.#scale[0] - left) / spacing;
    const planeFront = plane.front * this.#scale[1];
    const perCell = stepX / spacing;
    // The first pixel column at or beyond each node.
    const starts = this.#starts;
    for (let node = 0; node < width; node++) {
      starts[node] = Math.min(columns, Math.max(0, Math.ceil(origin + node * perCell)));
    }
    const reach = 0.5 + (sheet ?? 0);
    const line = this.#line;
    let any = false;
    for (let row = 0; row < rows; row++) {
      const place = (front + row * spacing - planeFront) / stepY;
      if (place < 0 || place >= plane.rows - 1) continue;
      const node = Math.floor(place);
      const part = place - node;
      const upper = node * width;
      const lower = upper + width;
      let least = reach;
      for (let index = 0; index < width; index++) {
        const above = values[upper + index]!;
        let value = above + part * (values[lower + index]! - above);
        if (grow !== 0) value -= grow * inverses[upper + index]!;
        line[index] = value;
        if (value < least) least = value;
      }
      if (least === reach) continue;
      const covered =
        sheet === undefined
          ? this.#coverRow(row, width, origin, 1 / perCell)
          : this.#coverSheetRow(row, width, origin, 1 / perCell, sheet);
      if (covered) any = true;
    }
    return any;
  }

  #coverRow(row: number, width: number, origin: number, pixelShare: number): boolean {
    const { coverage } = this;
    const line = this.#line;
    const starts = this.#starts;
    const base = row * this.#grid.columns;
    let first = -1;
    let last = -1;
    for (let cell = 0; cell < width - 1; cell++) {
      const one = line[cell]!;
      const other = line[cell + 1]!;
      const start = starts[cell]!;
      let end = starts[cell + 1]!;
      if (start === end) continue;
      if (one >= 0.5 && other >= 0.5) {
        if (first >= 0) for (let pixel = base + start; pixel < base + end; pixel++) coverage[pixel] = 0;
        continue;
      }
      if (first < 0) first = start;
      if (one <= -0.5 && other <= -0.5) {
        while (cell < width - 2 && line[cell + 2]! <= -0.5) end = starts[++cell + 1]!;
        coverage.fill(1, base + start, base + end);
        last = end;
        continue;
      }
      last = end;
      const slope = (other - one) * pixelShare;
      let inside = 0.5 - (one + (start - origin - cell / pixelShare) * slope);
      for (let pixel = base + start; pixel < base + end; pixel++, inside -= slope) {
        coverage[pixel] = Math.max(0, Math.min(1, inside));
      }
    }
    if (first < 0) return false;
    this.from[row] = first;
    this.to[row] = last;
    return true;
  }

  #coverSheetRow(row: number, width: number, origin: number, pixelShare: number, half: number): boolean {
    const { coverage } = this;
    const line = this.#line;
    const starts = this.#starts;
    const base = row * this.#grid.columns;
    const reach = half + 0.5;
    let first = -1;
    let last = -1;
    for (let cell = 0; cell < width - 1; cell++) {
      const one = line[cell]!;
      const other = line[cell + 1]!;
      const start = starts[cell]!;
      const end = starts[cell + 1]!;
      if (start === end) continue;
      if ((one >= reach && other >= reach) || (one <= -reach && other <= -reach)) {
        if (first >= 0) coverage.fill(0, base + start, base + end);
        continue;
      }
      if (first < 0) first = start;
      last = end;
      const slope = (other - one) * pixelShare;
      let distance = one + (start - origin - cell / pixelShare) * slope;
      for (let column = start; column < end; column++, distance += slope) {
        const inside = reach - (distance < 0 ? -distance : distance);
        coverage[base + column] = Math.max(0, Math.min(1, inside));
      }
    }
    if (first < 0) return false;
    this.from[row] = first;
    this.to[row] = last;
    return true;
  }

  /** Lays a tissue of even HU over the slice. @param lastRow rows beyond this one are left alone */
  paint(hu: Float32Array, value: number, lastRow = this.#grid.rows - 1): void {
    const { coverage, from, to } = this;
    for (let row = 0; row <= lastRow; row++) {
      const base = row * this.#grid.columns;
      for (let pixel = base + from[row]!; pixel < base + to[row]!; pixel++) {
        const covered = coverage[pixel]!;
        hu[pixel] = hu[pixel]! + (value - hu[pixel]!) * covered;
      }
    }
  }

  /** Lays a tissue over the slice whose HU wander about a mean. */
  paintTextured(hu: Float32Array, value: number, texture: Texture, lastRow = this.#grid.rows - 1): void {
    const { coverage, from, to } = this;
    const { tile, columns, rows, level, amplitude } = texture;
    for (let row = 0; row <= lastRow; row++) {
      const base = row * this.#grid.columns;
      const tileRow = level + rows[row]!;
      for (let column = from[row]!; column < to[row]!; column++) {
        const pixel = base + column;
        const covered = coverage[pixel]!;
        const own = value + amplitude * tile[tileRow + columns[column]!]!;
        hu[pixel] = hu[pixel]! + (own - hu[pixel]!) * covered;
      }
    }
  }

  /** Writes the coverage into a plane of shares. */
  copyTo(shares: Float32Array): void {
    for (let row = 0; row < this.#grid.rows; row++) {
      const base = row * this.#grid.columns;
      const [start, end] = [base + this.from[row]!, base + this.to[row]!];
      if (end > start) shares.set(this.coverage.subarray(start, end), start);
    }
  }

  /** Takes the coverage out of a plane of shares. */
  eraseFrom(shares: Float32Array): void {
    for (let row = 0; row < this.#grid.rows; row++) {
      const base = row * this.#grid.columns;
      for (let pixel = base + this.from[row]!; pixel < base + this.to[row]!; pixel++) {
        shares[pixel] = shares[pixel]! * (1 - this.coverage[pixel]!);
      }
    }
  }

  /** Lays a tissue where a texture is high: sheets of fat that come and go between muscles. */
  paintBroken(hu: Float32Array, value: number, texture: Texture): void {
    const { coverage, from, to } = this;
    const { tile, columns, rows, level } = texture;
    for (let row = 0; row < this.#grid.rows; row++) {
      const base = row * this.#grid.columns;
      const tileRow = level + rows[row]!;
      for (let column = from[row]!; column < to[row]!; column++) {
        const covered = coverage[base + column]!;
        if (covered === 0) continue;
        const share = Math.min(1, Math.max(0, 0.5 + 0.9 * tile[tileRow + columns[column]!]!));
        hu[base + column] = hu[base + column]! + (value - hu[base + column]!) * covered * share;
      }
    }
  }
}
