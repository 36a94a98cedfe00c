/**
 * Blocks of noise that repeat seamlessly: tissue texture and reconstruction noise are read from them at shifted places
 * instead of being drawn anew for every voxel.
 *
 *     const grain = grainTile({ fine: 0.6, coarse: 1.6, spacing: 0.7 });
 *     const noisy = hu + sigma * grain[(row + shiftY) % 512 * 512 + (column + shiftX) % 512];
 *
 * The tiles are constants of the program: they depend on no seed. A study's seed decides where they are read.
 */
import { Random } from "../../random.ts";

export const grainSide = 512;
export const textureSide = 64;

let white: Float32Array | undefined;

/** A plane of independent normal deviates, the same in every run. */
function whiteTile(): Float32Array {
  if (white === undefined) {
    const random = new Random(1, "phantom", "grain");
    const made = new Float32Array(grainSide * grainSide);
    for (let index = 0; index < made.length; index += 2) {
      // Both halves of Box-Muller's pair, as there are many to draw.
      const radius = Math.sqrt(-2 * Math.log((random.bits() + 1) / 0x100000001));
      const angle = (2 * Math.PI * random.bits()) / 0x100000000;
      made[index] = radius * Math.cos(angle);
      made[index + 1] = radius * Math.sin(angle);
    }
    white = made;
  }
  return white;
}

/** Smooths along one axis of a periodic array by a Gaussian. @param deviation in samples */
function smooth(values: Float32Array, side: number, step: number, deviation: number): Float32Array {
  const reach = Math.max(1, Math.ceil(deviation * 2.6));
  const weights = Float32Array.from({ length: 2 * reach + 1 }, (_, index) =>
    Math.exp(-0.5 * ((index - reach) / Math.max(deviation, 1e-3)) ** 2),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const mask = side - 1;
  const out = new Float32Array(values.length);
  for (let index = 0; index < values.length; index++) {
    const place = Math.floor(index / step) & mask;
    const base = index - place * step;
    let sum = 0;
    for (let offset = -reach; offset <= reach; offset++) {
      sum += weights[offset + reach]! * values[base + ((place + offset) & mask) * step]!;
    }
    out[index] = sum / total;
  }
  return out;
}

function normalised(values: Float32Array): Float32Array {
  let sum = 0;
  let squares = 0;
  for (const value of values) {
    sum += value;
    squares += value * value;
  }
  const mean = sum / values.length;
  const scale = 1 / Math.sqrt(squares / values.length - mean * mean);
  return values.map((value) => (value - mean) * scale);
}

export interface Grain {
  /** Gaussian blur of the finest and of the coarsest detail kept, millimetres; a sharper kernel has smaller ones. */
  readonly fine: number;
  readonly coarse: number;
  /** Millimetres a pixel. */
  readonly spacing: number;
  /** How many times longer the grain is from side to side than from front to back: the shoulders' streaks. */
  readonly stretch?: number;
}

const tiles = new Map<string, Float32Array>();
const keptTiles = 40;

/** Blurs are rounded to steps of a tenth, so that studies share tiles. */
const rounded = (pixels: number): number => 1.1 ** Math.round(Math.log(pixels) / Math.log(1.1));

/** Band-filtered noise of deviation 1, `grainSide` square: the grain that a reconstruction kernel leaves. */
export function grainTile({ fine, coarse, spacing, stretch = 1 }: Grain): Float32Array {
  const [finest, coarsest] = [rounded(fine / spacing), rounded(coarse / spacing)];
  const key = [finest, coarsest, stretch].map((part) => part.toFixed(3)).join(" ");
  const known = tiles.get(key);
  if (known) return known;
  const blurred = (pixels: number) =>
    smooth(smooth(whiteTile(), grainSide, 1, pixels * stretch), grainSide, grainSide, pixels);
  const low = blurred(coarsest);
  const made = normalised(blurred(finest).map((value, index) => value - 0.85 * low[index]!));
  if (tiles.size >= keptTiles) tiles.delete(tiles.keys().next().value!);
  tiles.set(key, made);
  return made;
}

const textures = new Map<number, Float32Array>();

/** Smooth noise of deviation 1 in space, `textureSide` cubed. @param deviation of the smoothing, in cells */
export function textureTile(deviation: number): Float32Array {
  const known = textures.get(deviation);
  if (known) return known;
  const side = textureSide;
  let values = new Float32Array(whiteTile().subarray(0, side ** 3));
  for (const step of [1, side, side * side]) values = new Float32Array(smooth(values, side, step, deviation));
  const made = normalised(values);
  textures.set(deviation, made);
  return made;
}
