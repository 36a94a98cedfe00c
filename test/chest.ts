/**
 * A chest of ellipsoids for tests that need lungs but no anatomy: body, spine, trachea, heart, two lungs.
 *
 *     const volume = makeChest({ blood: 350, opaqueLeft: true });
 */
import { type Geometry, patientPoint, type Triple, type Volume } from "../src/volume/index.ts";

export interface Chest {
  readonly spacing: Triple;
  readonly size: Triple;
  /** HU of the great vessels. */
  readonly blood: number;
  readonly opaqueLeft: boolean;
  readonly stomachGas: boolean;
  readonly tableFoam: boolean;
  readonly padding: boolean;
  /** z of the first slice; the lungs reach from 0 to 240 mm. */
  readonly start: number;
}

const wholeChest: Chest = {
  spacing: [4, 4, 4],
  size: [96, 96, 75],
  blood: 45,
  opaqueLeft: false,
  stomachGas: false,
  tableFoam: false,
  padding: false,
  start: -30,
};

const inEllipse = (x: number, y: number, a: number, b: number) => (x / a) ** 2 + (y / b) ** 2 < 1;

/** Two half ellipsoids of lung 240 mm high in an elliptic body, trachea, spine, heart, and what the variant adds. */
export function makeChest(variant: Partial<Chest> = {}): Volume {
  const chest = { ...wholeChest, ...variant };
  const { size, spacing } = chest;
  const voxels = new Int16Array(size[0] * size[1] * size[2]);
  let voxel = 0;
  for (let slice = 0; slice < size[2]; slice++) {
    for (let row = 0; row < size[1]; row++) {
      for (let column = 0; column < size[0]; column++) {
        const x = (column - (size[0] - 1) / 2) * spacing[0];
        const y = (row - (size[1] - 1) / 2) * spacing[1];
        const grain = ((voxel * 7919) % 41) - 20;
        voxels[voxel++] = huAt(chest, x, y, chest.start + slice * spacing[2]) + grain;
      }
    }
  }
  if (chest.padding) {
    for (let index = 0; index < voxels.length; index++) {
      const x = (index % size[0]) / (size[0] - 1) - 0.5;
      const y = (Math.floor(index / size[0]) % size[1]) / (size[1] - 1) - 0.5;
      if (x * x + y * y > 0.25) voxels[index] = -3024;
    }
  }
  return { geometry: axialGeometry(size, spacing, chest.start), voxels, warnings: [] };
}

function huAt(chest: Chest, x: number, y: number, z: number): number {
  if (!inEllipse(x, y, 165, 115)) return chest.tableFoam && y > 120 && y < 160 ? -880 : -1000;
  if (inEllipse(x, y - 80, 16, 18)) return 300; // spine
  if (z > 140 && inEllipse(x, y - 20, 9, 9)) return -1000; // trachea
  if (chest.stomachGas && Math.hypot(x - 70, y + 20, (z + 5) * 1.5) < 30) return -1000;
  if (z > 40 && z < 150 && inEllipse(x - 10, y + 25, 45, 40)) return chest.blood; // heart and trunk
  const narrow = Math.sqrt(Math.max(0, 1 - (z / 240) ** 2));
  if (z >= 0 && z <= 240) {
    if (inEllipse(x + 75, y, 62 * narrow, 85 * narrow)) return -850;
    if (inEllipse(x - 75, y, 62 * narrow, 85 * narrow)) return chest.opaqueLeft ? 35 : -850;
  }
  return 45;
}

export const axialGeometry = (size: Triple, spacing: Triple, z: number): Geometry => ({
  size,
  spacing,
  origin: patientPoint((-(size[0] - 1) / 2) * spacing[0], (-(size[1] - 1) / 2) * spacing[1], z),
  axes: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
});
