/**
 * Slabs turned, scaled, mirrored, moved and shifted in HU, their outlines with them.
 *
 *     const change = drawChange(settings, new Random(seed, "augmentation", epoch, sample));
 *     changeStack(slab, 5, 192, change, batch.subarray(offset));     // 0..255, into the batch
 *     const changed = changeOutline(outline, 192, change);
 *
 * One affine map a slab, the same for its slices and its outline, sampled bilinearly around the image centre; what
 * comes from beyond the image is air. Off in the paper's recipe, on in `small`.
 */
import { z } from "zod";
import type { Random } from "../random.ts";

export const augmentationSchema = z.strictObject({
  /** Chance of a left-right mirror image. */
  flip: z.number().min(0).max(1),
  /** Largest rotation, degrees. */
  rotation: z.number().min(0).max(45),
  /** Largest change of scale, as a share: 0.1 is 0.9 to 1.1. */
  scale: z.number().min(0).max(0.5),
  /** Largest movement along rows and columns, pixels. */
  translation: z.number().min(0).max(128),
  /** Largest shift of all grey levels, in levels of 0..255. */
  shift: z.number().min(0).max(64),
});
export type Augmentation = z.infer<typeof augmentationSchema>;

/** A drawn change: where each output pixel comes from, and what is added to its level. */
export interface Change {
  /** Source column = a x + b y + e, source row = c x + d y + f, x and y from the image centre. */
  readonly map: readonly [a: number, b: number, c: number, d: number, e: number, f: number];
  readonly shift: number;
}

export function drawChange(settings: Augmentation, random: Random): Change {
  const mirror = random.chance(settings.flip) ? -1 : 1;
  const angle = (random.uniform(-settings.rotation, settings.rotation) * Math.PI) / 180;
  const size = 1 / (1 + random.uniform(-settings.scale, settings.scale));
  const [cos, sin] = [Math.cos(angle) * size, Math.sin(angle) * size];
  const moved = () => random.uniform(-settings.translation, settings.translation);
  return {
    map: [mirror * cos, -mirror * sin, sin, cos, moved(), moved()],
    shift: random.uniform(-settings.shift, settings.shift),
  };
}

/** Writes `slices` changed slices of side x side into `out`, rounded and clipped to 0..255. */
export function changeStack(
  stack: Uint8Array,
  slices: number,
  side: number,
  { map: [a, b, c, d, e, f], shift }: Change,
  out: Uint8ClampedArray,
): void {
  const area = side * side;
  const middle = (side - 1) / 2;
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const [x, y] = [column - middle, row - middle];
      const sourceColumn = a * x + b * y + e + middle;
      const sourceRow = c * x + d * y + f + middle;
      const left = Math.floor(sourceColumn);
      const top = Math.floor(sourceRow);
      let target = row * side + column;
      if (left < 0 || top < 0 || left >= side - 1 || top >= side - 1) {
        for (let slice = 0; slice < slices; slice++, target += area) out[target] = shift;
        continue;
      }
      const across = sourceColumn - left;
      const down = sourceRow - top;
      const topLeft = (1 - down) * (1 - across);
      const topRight = (1 - down) * across;
      const bottomLeft = down * (1 - across);
      const bottomRight = down * across;
      let source = top * side + left;
      for (let slice = 0; slice < slices; slice++, source += area, target += area) {
        out[target] =
          topLeft * stack[source]! +
          topRight * stack[source + 1]! +
          bottomLeft * stack[source + side]! +
          bottomRight * stack[source + side + 1]! +
          shift;
      }
    }
  }
}

/**
 * The outline after the same change: every pixel the embolus reaches into is embolus, so that a small one is not lost
 * between samples.
 */
export function changeOutline(outline: Uint8Array, side: number, { map: [a, b, c, d, e, f] }: Change): Uint8Array {
  const changed = new Uint8Array(side * side);
  if (!outline.includes(1)) return changed;
  const middle = (side - 1) / 2;
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const [x, y] = [column - middle, row - middle];
      const left = Math.floor(a * x + b * y + e + middle);
      const top = Math.floor(c * x + d * y + f + middle);
      if (left < 0 || top < 0 || left >= side - 1 || top >= side - 1) continue;
      const source = top * side + left;
      changed[row * side + column] =
        outline[source]! | outline[source + 1]! | outline[source + side]! | outline[source + side + 1]!;
    }
  }
  return changed;
}
