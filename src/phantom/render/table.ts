/**
 * Air and the table the patient lies on: the same in every slice, so it is drawn once.
 *
 *     hu.set(tableLayer(grid, hospital, patient));
 */
import type { Patient } from "../anatomy/patient.ts";
import type { Hospital } from "../hospital.ts";
import type { PixelGrid } from "./tubes.ts";

const air = -1000;
const shell = -350;
const foam = -955;

export function tableLayer(grid: PixelGrid, hospital: Hospital, patient: Patient): Float32Array {
  const layer = new Float32Array(grid.columns * grid.rows).fill(air);
  const top = (104 + 24 * patient.muscle) * patient.scale[1] + patient.fat * 0.75 + 14;
  const bend = hospital.table === "flat" ? 0 : hospital.table === "curved" ? 1 / 1300 : 1 / 700;
  const depth = hospital.table === "cradle" ? 26 : 44;
  const half = hospital.table === "cradle" ? 205 : 225;
  for (let column = 0; column < grid.columns; column++) {
    const x = grid.left + column * grid.spacing;
    if (Math.abs(x) > half) continue;
    const surface = top - x * x * bend;
    const bottom = hospital.table === "cradle" ? surface + depth : top + depth - x * x * bend * 0.25;
    for (let row = 0; row < grid.rows; row++) {
      const y = grid.front + row * grid.spacing;
      if (y < surface - 2 || y > bottom + 2) continue;
      const edge = Math.min(Math.abs(y - surface), Math.abs(y - bottom));
      const line = Math.max(0, 1 - edge / Math.max(1.2, grid.spacing));
      const inside = y > surface && y < bottom ? foam : air;
      layer[row * grid.columns + column] = inside + (shell - inside) * line;
    }
  }
  return layer;
}
