import { expect, test } from "vitest";
import { makeChest } from "../../../test/chest.ts";
import type { Volume } from "../volume.ts";
import { findLungs } from "./find.ts";

/** A chest without contrast and a bright ball of so many millilitres where the heart is. */
function withBall(millilitres: number): Volume {
  const chest = makeChest({ blood: 45 });
  const { size, spacing } = chest.geometry;
  const voxels = chest.voxels.slice();
  const blood = [...voxels.keys()].filter((voxel) => Math.abs(voxels[voxel]! - 45) <= 21);
  const at = (voxel: number) => [
    (voxel % size[0]) * spacing[0],
    (Math.floor(voxel / size[0]) % size[1]) * spacing[1],
    Math.floor(voxel / (size[0] * size[1])) * spacing[2],
  ];
  // The middle of the blood at half the lungs' height.
  const level = blood.filter((voxel) => Math.floor(voxel / (size[0] * size[1])) === 34).map(at);
  const centre = [0, 1, 2].map((axis) => level.reduce((sum, place) => sum + place[axis]!, 0) / level.length);
  const wanted = Math.round((millilitres * 1000) / (spacing[0] * spacing[1] * spacing[2]));
  const nearest = [...voxels.keys()]
    .map((voxel) => ({ voxel, distance: Math.hypot(...at(voxel).map((place, axis) => place - centre[axis]!)) }))
    .filter(({ distance }) => distance < 60)
    .sort((a, b) => a.distance - b.distance);
  for (const { voxel } of nearest.slice(0, wanted)) voxels[voxel] = 400;
  return { ...chest, voxels };
}

test("a bright pool of less than 10 ml is a valve or a lead, a larger one is contrast", () => {
  expect(findLungs(withBall(4)).contrast.enhanced).toBe(false);
  expect(findLungs(withBall(25)).contrast.enhanced).toBe(true);
});
