import { expect, test } from "vitest";
import { patientPoint, toPatient, toVoxel, voxelPoint } from "../volume/index.ts";
import { attentionView } from "./attention-view.ts";

test("a hot voxel keeps its place in the patient within a thinned voxel", () => {
  const geometry = {
    size: [40, 36, 5],
    spacing: [0.7, 0.8, 2],
    origin: patientPoint(-100, -90, 20),
    axes: [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ],
  } as const;
  const voxels = new Uint8Array(40 * 36 * 5);
  voxels[22 + 40 * (14 + 36 * 3)] = 200;
  const view = attentionView({ geometry, voxels });
  const hot = view.voxels.indexOf(200);
  expect(hot).toBeGreaterThanOrEqual(0);
  const [columns, rows] = view.geometry.size;
  const found = voxelPoint(hot % columns, Math.floor(hot / columns) % rows, Math.floor(hot / (columns * rows)));
  const back = toVoxel(geometry, toPatient(view.geometry, found));
  expect([...back].map((value) => Math.round(value * 1e6) / 1e6)).toEqual([22, 14, 3]);
});
