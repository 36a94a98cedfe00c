/**
 * Lung tissue: density that grows toward the back where blood pools, fine texture, emphysema, faint fissures.
 *
 *     paintLungs(hu, brush, grid, scene, level, fine, smooth);   // after brush.cover(lungs)
 */
import { fissures } from "../anatomy/landmarks.ts";
import type { Scene } from "../scene.ts";
import type { FieldBrush, Texture } from "./brush.ts";
import type { PixelGrid } from "./tubes.ts";

export function paintLungs(
  hu: Float32Array,
  brush: FieldBrush,
  grid: PixelGrid,
  scene: Scene,
  level: number,
  fine: Texture,
  smooth: Texture,
): void {
  const { patient } = scene;
  const { coverage, from, to } = brush;
  const z = level / patient.scale[2];
  const holes = patient.emphysema;
  for (let row = 0; row < grid.rows; row++) {
    if (from[row] === to[row]) continue;
    const base = row * grid.columns;
    const y = (grid.front + row * grid.spacing) / patient.scale[1];
    const mean = patient.lung + (patient.gravity * (y - 5)) / 95;
    const fineRow = fine.level + fine.rows[row]!;
    const smoothRow = smooth.level + smooth.rows[row]!;
    for (let column = from[row]!; column < to[row]!; column++) {
      const pixel = base + column;
      const covered = coverage[pixel]!;
      if (covered === 0) continue;
      const broad = smooth.tile[smoothRow + smooth.columns[column]!]!;
      let own = mean + 17 * fine.tile[fineRow + fine.columns[column]!]! + 10 * broad;
      if (holes > 0 && broad > 1.6 - 3 * holes) own -= Math.min(90, 60 * (broad - 1.6 + 3 * holes));
      hu[pixel] = hu[pixel]! + (own - hu[pixel]!) * covered;
    }
  }
  paintFissures(hu, brush, grid, scene, z);
}

/** Fissures are thinner than a pixel: each leaves a faint line where it crosses the slice. */
function paintFissures(hu: Float32Array, brush: FieldBrush, grid: PixelGrid, scene: Scene, z: number): void {
  const { coverage, from, to } = brush;
  const [kx, ky] = scene.patient.scale;
  for (let column = 0; column < grid.columns; column++) {
    const x = (grid.left + column * grid.spacing) / kx;
    const { height, slope } = x > 0 ? fissures.left : fissures.right;
    const bow = 6 * Math.cos(x / 34) + 3 * Math.sin(x / 15 + z / 40);
    const place = (((z - height) / slope + bow) * ky - grid.front) / grid.spacing;
    const row = Math.floor(place);
    for (const [at, share] of [
      [row, 1 - (place - row)],
      [row + 1, place - row],
    ] as const) {
      if (at < 0 || at >= grid.rows || column < from[at]! || column >= to[at]!) continue;
      const pixel = at * grid.columns + column;
      if (coverage[pixel]! > 0.99) hu[pixel] = hu[pixel]! + 95 * share;
    }
  }
}
