/**
 * Lung tissue: density that grows toward the back where blood pools, fine texture, emphysema, faint fissures.
 *
 *     paintLungs(hu, brush, grid, scene, level, fine, smooth);   // after brush.cover(lungs)
 */
import { fissures } from "../anatomy/landmarks.ts";
import { cageBack } from "../anatomy/torso.ts";
import type { Lesion } from "../incidental.ts";
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
  for (const lesion of scene.incidental.lesions) paintLesion(hu, brush, grid, scene, z, lesion, smooth);
}

/** A denser patch with a soft, uneven edge; small nodules and scars have a sharper one. */
function paintLesion(
  hu: Float32Array,
  brush: FieldBrush,
  grid: PixelGrid,
  scene: Scene,
  z: number,
  { kind, centre, radii, hounsfield }: Lesion,
  smooth: Texture,
): void {
  const [kx, ky] = scene.patient.scale;
  const dz = (z - centre[2]) / radii[2];
  if (Math.abs(dz) > 1.5) return;
  const crisp = kind === "nodule" || kind === "scar";
  const softness = crisp ? 0.9 * Math.min(...radii) : kind === "ground-glass" ? 1.6 : 3.5;
  const raggedness = crisp ? 0 : 0.16;
  const column = (x: number) => (x * kx - grid.left) / grid.spacing;
  const row = (y: number) => (y * ky - grid.front) / grid.spacing;
  const lastRow = Math.min(grid.rows - 1, Math.floor(row(centre[1] + radii[1] * 1.5)));
  const lastColumn = Math.min(grid.columns - 1, Math.floor(column(centre[0] + radii[0] * 1.5)));
  for (let r = Math.max(0, Math.ceil(row(centre[1] - radii[1] * 1.5))); r <= lastRow; r++) {
    const dy = ((grid.front + r * grid.spacing) / ky - centre[1]) / radii[1];
    const from = Math.max(brush.from[r]!, Math.ceil(column(centre[0] - radii[0] * 1.5)));
    const to = Math.min(brush.to[r]! - 1, lastColumn);
    for (let c = from; c <= to; c++) {
      const dx = ((grid.left + c * grid.spacing) / kx - centre[0]) / radii[0];
      const broad = smooth.tile[smooth.level + smooth.rows[r]! + smooth.columns[c]!]!;
      const away = Math.sqrt(dx * dx + dy * dy + dz * dz) + raggedness * broad;
      const share = Math.min(1, Math.max(0, 0.5 + (1 - away) * softness)) * brush.coverage[r * grid.columns + c]!;
      if (share === 0) continue;
      const pixel = r * grid.columns + c;
      hu[pixel] = hu[pixel]! + (hounsfield + (crisp ? 0 : 12 * broad) - hu[pixel]!) * share;
    }
  }
}

/**
 * Fluid behind the lungs and the lung collapsed in front of it or along the back: both lie where gravity puts them.
 * Takes the fluid out of `open`, as no vessel of the lung runs in it.
 */
export function paintDependent(
  hu: Float32Array,
  brush: FieldBrush,
  grid: PixelGrid,
  scene: Scene,
  level: number,
  open: Float32Array,
): void {
  const { incidental, patient } = scene;
  const { effusion, collapse } = incidental;
  if (effusion.left + effusion.right + collapse === 0) return;
  const [kx, ky] = patient.scale;
  const z = level / patient.scale[2];
  const bottom = patient.diaphragm - 178;
  // Fluid is deepest at the base and reaches up along the back.
  const height = Math.min(1, Math.max(0, 1 - (z - bottom) / 190));
  const back = cageBack(z);
  for (let row = 0; row < grid.rows; row++) {
    const y = (grid.front + row * grid.spacing) / ky;
    const base = row * grid.columns;
    for (let column = brush.from[row]!; column < brush.to[row]!; column++) {
      const pixel = base + column;
      const covered = brush.coverage[pixel]!;
      if (covered === 0) continue;
      const x = (grid.left + column * grid.spacing) / kx;
      const fluid = (x > 0 ? effusion.left : effusion.right) * height * (1 + 0.5 * height);
      // The back wall curves forward to the sides, and the fluid's edge climbs with it.
      const wall = back - 26 * (Math.abs(x) / 110) ** 3;
      const above = fluid > 2 ? wall - fluid - 0.0022 * (Math.abs(x) - 60) ** 2 : 1000;
      const soaked = Math.min(1, Math.max(0, (y - above) / 2.5));
      const edge = Math.min(above, wall) - (collapse * (0.4 + 0.6 * height) + fluid * 0.45);
      const collapsed = Math.min(1, Math.max(0, (y - edge) / Math.max(4, collapse * 0.9)));
      const share = covered * collapsed * (fluid > 2 ? 0.9 : 0.55);
      if (share > 0) hu[pixel] = hu[pixel]! + ((fluid > 2 ? 40 : -250) - hu[pixel]!) * share;
      if (soaked > 0) {
        hu[pixel] = hu[pixel]! + (9 - hu[pixel]!) * soaked * covered;
        open[pixel] = open[pixel]! * (1 - soaked);
      }
    }
  }
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
