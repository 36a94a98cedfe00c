/**
 * Bronchi beside the arteries, from the lobes outward, as lumina.
 *
 *     for (const lumen of growBronchi(arteries, patient.wander)) …
 */
import { airways, type Path } from "../anatomy/landmarks.ts";
import type { TubePoint, Vector } from "../anatomy/shapes.ts";
import type { PulmonaryTree } from "./pulmonary.ts";
import { type Branch, endOf, headingOf } from "./tree.ts";

/** @param wander displacement of the hilar vessels, which bronchi follow half of the way */
export function growBronchi(arteries: PulmonaryTree, wander: Vector): TubePoint[][] {
  const entrances: Readonly<Record<string, Path>> = {
    "right upper": airways.rightUpper,
    "right middle": airways.middle,
    "right lower": airways.rightLower,
    "left upper": airways.leftUpper,
    lingula: airways.leftUpper,
    "left lower": airways.leftLower,
  };
  const ends = new Map<Branch, TubePoint>();
  const made: TubePoint[][] = [];
  for (const branch of arteries.branches) {
    const parent = branch.parent;
    if (branch.level === "trunk" || branch.level === "main" || !parent) continue;
    const entrance = entrances[branch.territory];
    if (!ends.has(parent)) {
      // The lobe's own artery: its bronchus is a landmark.
      if (entrance && branch.level === "lobar" && !branch.territory.includes("interlobar")) {
        const [x, y, z, radius] = entrance.at(-1)!;
        ends.set(branch, [x + wander[0] * 0.5, y + wander[1] * 0.5, z + wander[2] * 0.5, radius]);
      }
      continue;
    }
    const artery = endOf(branch)[3];
    const lumen = artery * 0.72;
    if (lumen < 0.75) continue;
    const heading = headingOf(branch);
    // Always the same side of the artery, so that the two run on together.
    const side = branch.side === "left" ? -1 : 1;
    let across: Vector = [
      side * heading[1] * 0.6 + heading[2] * 0.8 * side,
      -side * heading[0] * 0.6,
      -heading[0] * 0.8 * side,
    ];
    const length = Math.hypot(...across);
    across = length < 0.2 ? [0, 1, 0] : [across[0] / length, across[1] / length, across[2] / length];
    const off = artery + lumen * 1.35;
    const start = ends.get(parent)!;
    const path: TubePoint[] = [[start[0], start[1], start[2], Math.min(start[3], lumen * 1.15)]];
    for (const [x, y, z] of branch.path.slice(1)) {
      path.push([x + across[0] * off, y + across[1] * off, z + across[2] * off, lumen]);
    }
    ends.set(branch, path.at(-1)!);
    made.push(path);
  }
  return made;
}
