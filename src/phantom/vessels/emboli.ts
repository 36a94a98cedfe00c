/**
 * Emboli: clots laid into the arteries along their centre lines.
 *
 *     const { clots, widened } = drawEmboli(arteries, random, "lobar", 3);
 *
 * An acute clot floats in the lumen, longer than wide, with a rim of contrast, or fills the vessel and widens it a little;
 * a chronic one clings to one side of the wall or crosses the lumen as a web. Drawing cuts a clot to the lumen.
 */
import type { Random } from "../../random.ts";
import type { TubePoint, Vector } from "../anatomy/shapes.ts";
import type { PulmonaryTree } from "./pulmonary.ts";
import { type Branch, endOf } from "./tree.ts";

export const embolusLevels = ["saddle", "main", "lobar", "segmental", "subsegmental"] as const;
export type EmbolusLevel = (typeof embolusLevels)[number];

export interface Clot {
  /** 1 to 8, the label in the mask. */
  readonly label: number;
  readonly level: EmbolusLevel;
  readonly side: "left" | "right" | "both";
  /** Lobe or artery, as in "right lower". */
  readonly territory: string;
  readonly age: "acute" | "chronic";
  readonly occluding: boolean;
  /** 20 to 80. */
  readonly hounsfield: number;
  readonly paths: readonly (readonly TubePoint[])[];
}

export interface Emboli {
  readonly clots: readonly Clot[];
  /** Branches that an occluding clot widens, and by how much. */
  readonly widened: ReadonlyMap<Branch, number>;
  /** Branches beyond an occlusion: the share of contrast that still reaches them. */
  readonly starved: ReadonlyMap<Branch, number>;
}

/** Shares of the places where the largest clot of a study may lie; they need not add up to 1. */
export type Burdens = Readonly<Record<EmbolusLevel, number>>;

/** Of positive studies, as shares. */
export const usualBurdens: Burdens = { saddle: 0.1, main: 0.12, lobar: 0.23, segmental: 0.33, subsegmental: 0.22 };

export function drawBurden(shares: Burdens, random: Random): EmbolusLevel {
  let place = random.uniform() * embolusLevels.reduce((sum, level) => sum + shares[level], 0);
  for (const level of embolusLevels) {
    if (place < shares[level]) return level;
    place -= shares[level];
  }
  return embolusLevels.find((level) => shares[level] > 0)!;
}

interface Site {
  /** Centre line with the lumen's radius. */
  readonly line: readonly TubePoint[];
  readonly branches: readonly Branch[];
}

/** The lumen's centre line from a place in a branch on into its children, for some millimetres. */
function follow(branch: Branch, start: number, length: number, random: Random): Site {
  const line: TubePoint[] = [];
  const branches: Branch[] = [];
  let left = length;
  let skip = start;
  for (let current: Branch | undefined = branch; current && left > 0; ) {
    branches.push(current);
    left = walk(current.path, skip, left, line);
    skip = 0;
    const [one, other]: Branch[] = [...current.children].sort((a, b) => b.terminals - a.terminals);
    current = other && random.chance(0.25) ? other : one;
  }
  return { line, branches };
}

const stepLength = 1.5;

/** Adds points every {@link stepLength} along a path from a share of its length on; returns the millimetres left to go. */
function walk(path: readonly TubePoint[], skip: number, left: number, line: TubePoint[]): number {
  const lengths = path.slice(1).map((to, index) => {
    const from = path[index]!;
    return Math.hypot(to[0] - from[0], to[1] - from[1], to[2] - from[2]);
  });
  const whole = lengths.reduce((sum, part) => sum + part, 0);
  let place = skip * whole;
  for (; place <= whole && left > 0; place += stepLength, left -= stepLength) {
    let piece = 0;
    let within = place;
    while (piece < lengths.length - 1 && within > lengths[piece]!) within -= lengths[piece++]!;
    const part = Math.min(1, within / Math.max(lengths[piece]!, 1e-6));
    const [from, to] = [path[piece]!, path[piece + 1]!];
    const mix = (axis: 0 | 1 | 2 | 3) => from[axis] + part * (to[axis] - from[axis]);
    line.push([mix(0), mix(1), mix(2), mix(3)]);
  }
  return left;
}

/** A clot in the middle of the lumen: tapered ends, a wandering centre, an uneven girth. */
function floating(line: readonly TubePoint[], fill: number, random: Random): TubePoint[] {
  const phase = [random.uniform(0, 6.28), random.uniform(0, 6.28), random.uniform(0, 6.28)] as const;
  const pitch = random.uniform(0.12, 0.3);
  return line.map(([x, y, z, lumen], index) => {
    const end = line.length > 1 ? (2 * index) / (line.length - 1) - 1 : 0;
    const taper = Math.sqrt(Math.max(0.06, 1 - end ** 4));
    const radius = lumen * fill * taper * (1 + 0.14 * Math.sin(index * pitch * 2.7 + phase[2]));
    const room = Math.max(0, lumen - radius) * 0.5;
    return [
      x + room * Math.sin(index * pitch + phase[0]),
      y + room * Math.sin(index * pitch + phase[1]),
      z + room * Math.cos(index * pitch + phase[0]),
      radius,
    ];
  });
}

/** A clot that fills the lumen and its wall's give; blunt ends, the near one hollowed by the stream. */
function filling(line: readonly TubePoint[]): TubePoint[] {
  return line.map(([x, y, z, lumen]) => [x, y, z, lumen * 1.25]);
}

/** An old clot along one wall. */
function clinging(line: readonly TubePoint[], random: Random): TubePoint[] {
  const way: Vector = [random.normal(), random.normal(), random.normal()];
  const length = Math.hypot(...way) || 1;
  const depth = random.uniform(0.55, 0.85);
  return line.map(([x, y, z, lumen], index) => {
    const end = line.length > 1 ? (2 * index) / (line.length - 1) - 1 : 0;
    const off = lumen * (depth + 0.3 * end * end);
    const at = (axis: 0 | 1 | 2) => (way[axis] / length) * off;
    return [x + at(0), y + at(1), z + at(2), lumen * 0.85 * Math.sqrt(Math.max(0.15, 1 - end ** 4))];
  });
}

/** Old scar across the lumen: thin bands. */
function web(line: readonly TubePoint[], random: Random): TubePoint[][] {
  return Array.from({ length: 2 + random.integer(2) }, () => {
    const [x, y, z, lumen] = line[random.integer(line.length)]!;
    const way: Vector = [random.normal(), random.normal(), random.normal()];
    const length = Math.hypot(...way) || 1;
    const end = (sign: 1 | -1): TubePoint => [
      x + (sign * way[0] * lumen) / length,
      y + (sign * way[1] * lumen) / length,
      z + (sign * way[2] * lumen) / length,
      Math.max(0.8, lumen * 0.24),
    ];
    return [end(-1), end(1)];
  });
}

const lengths: Readonly<Record<EmbolusLevel, readonly [number, number]>> = {
  saddle: [60, 90],
  main: [22, 50],
  lobar: [14, 42],
  segmental: [8, 26],
  subsegmental: [5, 14],
};

/** Branches a clot of this level can begin in; subsegmental ones are at least 2.4 mm wide, else no reader would see them. */
function sites(tree: PulmonaryTree, level: EmbolusLevel): Branch[] {
  return tree.branches.filter(
    (branch) => branch.level === level && (level !== "subsegmental" || endOf(branch)[3] >= 1.2),
  );
}

/** Across the bifurcation of the trunk into both main arteries. */
function saddle(tree: PulmonaryTree, random: Random): { readonly site: Site; readonly limbs: readonly Site[] } {
  const mains = tree.branches.filter((branch) => branch.level === "main");
  const reach = random.uniform(...lengths.saddle) / 2;
  const limbs = mains.map((branch) => follow(branch, 0, reach * random.uniform(0.8, 1.3), random));
  const [one, other] = limbs;
  return {
    site: { line: [...one!.line].reverse().concat(other!.line), branches: [...one!.branches, ...other!.branches] },
    limbs: [],
  };
}

/** @param count 1 to 8 @param burden the level of the largest */
export function drawEmboli(tree: PulmonaryTree, random: Random, burden: EmbolusLevel, count: number): Emboli {
  const clots: Clot[] = [];
  const widened = new Map<Branch, number>();
  const starved = new Map<Branch, number>();
  const used = new Set<Branch>();
  const order = embolusLevels.slice(embolusLevels.indexOf(burden));
  for (let label = 1; label <= count; label++) {
    // The largest first; the others are as large or smaller.
    const level = label === 1 ? burden : order[Math.min(order.length - 1, random.integer(order.length) + 1)]!;
    const age = level !== "saddle" && random.chance(0.12) ? "chronic" : "acute";
    const drawn = level === "saddle" ? saddle(tree, random) : inBranch(tree, level, used, random);
    if (!drawn) continue;
    for (const branch of drawn.site.branches) used.add(branch);
    const first = drawn.site.branches[0]!;
    const occluding = age === "acute" && level !== "saddle" && level !== "main" && random.chance(0.4);
    const fill = level === "saddle" ? random.uniform(0.32, 0.5) : random.uniform(0.48, 0.8);
    const sitesOfClot = [drawn.site, ...drawn.limbs];
    const paths =
      age === "chronic"
        ? random.chance(0.3)
          ? web(drawn.site.line, random)
          : [clinging(drawn.site.line, random)]
        : sitesOfClot.map(({ line }) => (occluding ? filling(line) : floating(line, fill, random)));
    if (occluding) {
      for (const branch of drawn.site.branches) widened.set(branch, random.uniform(1.04, 1.12));
      for (const child of below(drawn.site.branches.at(-1)!)) starved.set(child, random.uniform(0.45, 0.9));
    }
    clots.push({
      label,
      level,
      side: level === "saddle" ? "both" : first.side === "left" ? "left" : "right",
      territory: first.territory,
      age,
      occluding,
      hounsfield: age === "chronic" ? random.uniform(45, 80) : random.uniform(20, 75),
      paths,
    });
  }
  return { clots, widened, starved };
}

function below(branch: Branch): Branch[] {
  return branch.children.flatMap((child) => [child, ...below(child)]);
}

function inBranch(
  tree: PulmonaryTree,
  level: EmbolusLevel,
  used: ReadonlySet<Branch>,
  random: Random,
): { readonly site: Site; readonly limbs: readonly Site[] } | undefined {
  const free = sites(tree, level).filter((branch) => !used.has(branch) && !(branch.parent && used.has(branch.parent)));
  if (free.length === 0) return undefined;
  const branch = random.pick(free);
  const length = random.uniform(...lengths[level]);
  const site = follow(branch, random.uniform(0.15, 0.7), length, random);
  // Clots like to ride on divisions: some send a limb into the other child.
  const other = branch.children.find((child) => !site.branches.includes(child));
  const rides = other !== undefined && site.branches.length > 1 && random.chance(0.45);
  const limbs = rides ? [follow(other, 0, random.uniform(0.25, 0.5) * length, random)] : [];
  return { site, limbs };
}
