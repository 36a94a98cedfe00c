/**
 * Where a texture tile is read for each column, row and level of a scan.
 *
 *     const places = new TexturePlaces(grid, textureTile(1.6), 2.2, random);
 *     brush.paintTextured(hu, 55, { ...places.at(level), amplitude: 8 });
 */
import type { Random } from "../../random.ts";
import type { Texture } from "./brush.ts";
import { textureSide } from "./tiles.ts";
import type { PixelGrid } from "./tubes.ts";

export class TexturePlaces {
  readonly #tile: Float32Array;
  readonly #cell: number;
  readonly #columns: Int32Array;
  readonly #rows: Int32Array;
  readonly #shift: number;

  /** @param cell millimetres a cell of the tile */
  constructor(grid: PixelGrid, tile: Float32Array, cell: number, random: Random) {
    this.#tile = tile;
    this.#cell = cell;
    const mask = textureSide - 1;
    const [shiftX, shiftY] = [random.integer(textureSide), random.integer(textureSide)];
    this.#shift = random.integer(textureSide);
    const places = (shift: number, factor: number, length: number) =>
      Int32Array.from({ length }, (_, index) => ((Math.floor((index * grid.spacing) / cell) + shift) & mask) * factor);
    this.#columns = places(shiftX, 1, grid.columns);
    this.#rows = places(shiftY, textureSide, grid.rows);
  }

  at(level: number): Texture {
    const plane = (Math.floor(level / this.#cell) + this.#shift) & (textureSide - 1);
    return {
      tile: this.#tile,
      columns: this.#columns,
      rows: this.#rows,
      level: plane * textureSide * textureSide,
      amplitude: 1,
    };
  }
}
