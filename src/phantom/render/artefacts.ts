/**
 * What the scanner adds: the kernel's noise grain, stronger and streakier through the shoulders, and rays from dense
 * contrast in the superior caval vein.
 *
 *     noise.finish(hu, slice, level, out);    // floats in, rounded HU out
 */
import type { Random } from "../../random.ts";
import { outsideHu } from "../hospital.ts";
import type { Scene } from "../scene.ts";
import { grainSide, grainTile } from "./tiles.ts";
import type { PixelGrid } from "./tubes.ts";

export interface NoiseSettings {
  readonly grain: { readonly fine: number; readonly coarse: number };
  /** HU in the middle of the chest. */
  readonly noise: number;
  /** Whether pixels outside the circle of reconstruction are left empty. */
  readonly padded: boolean;
}

const rays = 256;
/** Above the value that stands for "outside the reconstruction". */
const lowestHu = -1023;

export class SliceNoise {
  readonly #grid: PixelGrid;
  readonly #noise: number;
  readonly #padded: boolean;
  readonly #grain: Float32Array;
  readonly #streaks: Float32Array;
  readonly #profile: Float32Array;
  readonly #scene: Scene;
  readonly #random: Random;
  readonly #rays: Float32Array;
  readonly #scale: Float32Array;

  constructor(grid: PixelGrid, { grain, noise, padded }: NoiseSettings, scene: Scene, random: Random) {
    this.#grid = grid;
    this.#noise = noise;
    this.#padded = padded;
    this.#scene = scene;
    this.#random = random;
    this.#grain = grainTile({ ...grain, spacing: grid.spacing });
    this.#streaks = grainTile({ fine: grain.fine * 1.2, coarse: grain.coarse * 2, spacing: grid.spacing, stretch: 9 });
    // Noise is highest in the middle, where most tissue lies in the beam's way.
    this.#profile = Float32Array.from({ length: grid.columns }, (_, index) => {
      const away = (grid.left + index * grid.spacing) / (190 * scene.patient.scale[0]);
      return 0.62 + 0.38 * Math.exp(-1.6 * away * away);
    });
    this.#rays = new Float32Array(rays);
    this.#scale = new Float32Array(grid.columns);
  }

  finish(hu: Float32Array, slice: number, level: number, out: Int16Array): void {
    const { columns, rows } = this.#grid;
    this.#castRays(hu, slice, level);
    const random = this.#random;
    const mask = grainSide - 1;
    const [shiftX, shiftY] = [random.integer(grainSide), random.integer(grainSide)];
    const [streakX, streakY] = [random.integer(grainSide), random.integer(grainSide)];
    const z = level / this.#scene.patient.scale[2];
    // Shoulders above, the abdomen's bulk below.
    const shoulders = Math.min(1, Math.max(0, (z - 62) / 45));
    const strength = this.#noise * (1 + 0.45 * shoulders + 0.2 * Math.min(1, Math.max(0, (-z - 90) / 60)));
    const streakiness = this.#noise * 1.5 * shoulders;
    const scale = this.#scale;
    for (let column = 0; column < columns; column++) scale[column] = strength * this.#profile[column]!;
    const grain = this.#grain;
    const streaks = this.#streaks;
    for (let row = 0; row < rows; row++) {
      const base = row * columns;
      const grainRow = ((row + shiftY) & mask) * grainSide;
      const streakRow = ((row + streakY) & mask) * grainSide;
      if (streakiness > 0) {
        for (let column = 0; column < columns; column++) {
          hu[base + column] = hu[base + column]! + streakiness * streaks[streakRow + ((column + streakX) & mask)]!;
        }
      }
      for (let column = 0; column < columns; column++) {
        const value = hu[base + column]! + scale[column]! * grain[grainRow + ((column + shiftX) & mask)]!;
        // Rounds by truncation of a number made positive: several times faster than Math.round.
        out[base + column] = value < lowestHu ? lowestHu : value > 3071 ? 3071 : ((value + 2048.5) | 0) - 2048;
      }
      if (this.#padded) this.#cutCircle(out, row);
    }
  }

  /** Outside the circle that the detectors see there is nothing to reconstruct. */
  #cutCircle(out: Int16Array, row: number): void {
    const { columns, rows } = this.#grid;
    const radius = columns / 2;
    const half = Math.sqrt(Math.max(0, radius ** 2 - (row - (rows - 1) / 2) ** 2));
    const inset = Math.max(0, Math.ceil((columns - 1) / 2 - half));
    out.fill(outsideHu, row * columns, row * columns + inset);
    out.fill(outsideHu, (row + 1) * columns - inset, (row + 1) * columns);
  }

  /** Light and dark rays from the caval vein and from metal, fading over some centimetres. */
  #castRays(hu: Float32Array, slice: number, level: number): void {
    const { contrast, patient, leads } = this.#scene;
    const [kx, ky, kz] = patient.scale;
    const z = level / kz;
    // A new set of rays every few slices, drifting in between, as the arm's contrast pulses.
    if (slice % 2 === 0) {
      for (let ray = 0; ray < rays; ray++) this.#rays[ray] = 0.5 * this.#rays[ray]! + 0.8 * this.#random.normal();
    }
    const excess = contrast.superiorCaval - 450;
    if (excess > 0 && z > -60 && z < 60) {
      const part = Math.min(1, Math.max(0, (48 - z) / 96));
      const strength = Math.min(90, excess * 0.11);
      this.#rayBundle(hu, (-30 - 8 * part) * kx, (-28 + 18 * part) * ky, strength, 75, 6);
    }
    for (const [x, y, height] of leads?.metal ?? []) {
      const away = Math.abs(height * kz - level);
      if (away < 7) this.#rayBundle(hu, x * kx, y * ky, 170 * (1 - away / 7), 60, 3);
    }
  }

  /** @param reach millimetres @param hole radius without rays */
  #rayBundle(hu: Float32Array, centreX: number, centreY: number, strength: number, reach: number, hole: number): void {
    const { columns, rows, left, front, spacing } = this.#grid;
    const firstRow = Math.max(0, Math.ceil((centreY - reach - front) / spacing));
    const lastRow = Math.min(rows - 1, Math.floor((centreY + reach - front) / spacing));
    const firstColumn = Math.max(0, Math.ceil((centreX - reach - left) / spacing));
    const lastColumn = Math.min(columns - 1, Math.floor((centreX + reach - left) / spacing));
    const fade = reach * 0.37;
    for (let row = firstRow; row <= lastRow; row++) {
      const dy = front + row * spacing - centreY;
      for (let column = firstColumn; column <= lastColumn; column++) {
        const dx = left + column * spacing - centreX;
        const away = Math.sqrt(dx * dx + dy * dy);
        if (away > reach || away < hole) continue;
        const turn = ((Math.atan2(dy, dx) / (2 * Math.PI) + 1) * rays) % rays;
        const ray = Math.floor(turn);
        const share = turn - ray;
        const light = this.#rays[ray]! * (1 - share) + this.#rays[(ray + 1) % rays]! * share;
        const pixel = row * columns + column;
        hu[pixel] = hu[pixel]! + strength * light * Math.exp(-away / fade) * (1 - away / reach);
      }
    }
  }
}
