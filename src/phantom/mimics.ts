/**
 * What resembles an embolus and is none: lymph nodes beside arteries, mucus in bronchi, patches of poorly mixed contrast.
 * They are drawn without knowing whether the study holds emboli, so they say nothing about the label.
 *
 *     const { nodes, plugs, patches } = drawLookalikes(arteries, bronchi, random);
 *
 * The others need no drawing: divisions of vessels, streaks beside the caval vein (render/artefacts.ts), and veins that the
 * contrast has not reached yet.
 */
import type { Random } from "../random.ts";
import type { TubePoint, Vector } from "./anatomy/shapes.ts";
import type { PulmonaryTree } from "./vessels/pulmonary.ts";
import { type Branch, headingOf } from "./vessels/tree.ts";

/** A soft-edged region of an artery in which contrast is diluted. */
export interface Patch {
  readonly centre: Vector;
  /** Millimetres: distance over which it fades. */
  readonly radius: number;
  /** Share of the contrast left in its middle. */
  readonly share: number;
}

export interface Lookalikes {
  /** Lymph nodes, with their HU. */
  readonly nodes: readonly { readonly path: readonly TubePoint[]; readonly hounsfield: number }[];
  /** Bronchi filled with mucus, as stretches of lumen. */
  readonly plugs: readonly { readonly path: readonly TubePoint[]; readonly hounsfield: number }[];
  readonly patches: readonly Patch[];
}

function acrossOf(branch: Branch, random: Random): Vector {
  const heading = headingOf(branch);
  const way: Vector = [random.normal(), random.normal(), random.normal()];
  const along = way[0] * heading[0] + way[1] * heading[1] + way[2] * heading[2];
  const across: Vector = [way[0] - along * heading[0], way[1] - along * heading[1], way[2] - along * heading[2]];
  const length = Math.hypot(...across) || 1;
  return [across[0] / length, across[1] / length, across[2] / length];
}

/** @param bronchi lumina of bronchi in the lung, 1 to 3 mm in radius */
export function drawLookalikes(
  arteries: PulmonaryTree,
  bronchi: readonly (readonly TubePoint[])[],
  random: Random,
): Lookalikes {
  const large = arteries.branches.filter((branch) => branch.path[0]![3] > 2.6 && branch.level !== "trunk");
  const many = random.chance(0.35);
  const nodes = Array.from({ length: (many ? 4 : 1) + random.integer(many ? 7 : 4) }, () => {
    const branch = random.pick(large);
    const [x, y, z, lumen] = branch.path[random.integer(branch.path.length)]!;
    const way = acrossOf(branch, random);
    const heading = headingOf(branch);
    const radius = random.uniform(2, many ? 6.5 : 4.5);
    const off = lumen + radius * 0.85;
    const half = random.uniform(0.3, 1.1) * radius;
    const end = (sign: 1 | -1): TubePoint => [
      x + way[0] * off + sign * heading[0] * half,
      y + way[1] * off + sign * heading[1] * half,
      z + way[2] * off + sign * heading[2] * half,
      radius * random.uniform(0.85, 1),
    ];
    return { path: [end(-1), end(1)], hounsfield: random.uniform(25, 95) };
  });
  const plugged = bronchi.length > 0 && random.chance(0.4) ? 1 + random.integer(5) : 0;
  const plugs = Array.from({ length: plugged }, () => ({
    path: random.pick(bronchi),
    hounsfield: random.uniform(5, 45),
  }));
  const wide = arteries.branches.filter((branch) => branch.path[0]![3] > 4);
  const patches = Array.from({ length: random.chance(0.45) ? 1 + random.integer(4) : 0 }, () => {
    const branch = random.pick(wide);
    const [x, y, z, lumen] = branch.path[random.integer(branch.path.length)]!;
    const way = acrossOf(branch, random);
    const off = random.uniform(0, 0.6) * lumen;
    return {
      centre: [x + way[0] * off, y + way[1] * off, z + way[2] * off] as const,
      radius: lumen * random.uniform(0.9, 2.2),
      share: random.uniform(0.42, 0.8),
    };
  });
  return { nodes, plugs, patches };
}
