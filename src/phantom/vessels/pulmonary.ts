/**
 * The pulmonary arteries from the trunk to 2 mm, and the pulmonary veins, of one patient.
 *
 *     const { branches } = growArteries(patient, lungs, random);
 *     branches.filter((branch) => branch.level === "segmental" && branch.side === "right")
 *
 * Central vessels follow the landmarks; inside the lungs the tree is grown into each lobe (tree.ts). Every radius follows
 * from the number of terminals served, so that Murray's law holds at each division from the trunk down.
 */
import type { Random } from "../../random.ts";
import type { Field } from "../anatomy/field.ts";
import {
  arteries,
  type Lobe,
  lobeAt,
  lobes,
  type Path,
  segmentCounts,
  veins as veinPaths,
} from "../anatomy/landmarks.ts";
import type { Patient } from "../anatomy/patient.ts";
import type { TubePoint, Vector } from "../anatomy/shapes.ts";
import { type Branch, type BranchLevel, growTree } from "./tree.ts";

/** Share of a vessel's r^3 that leaves through supernumerary branches between two divisions. */
const supernumerary = 0.16;

export interface PulmonaryTree {
  /** Every branch, parents before children. */
  readonly branches: readonly Branch[];
}

/** Points spread evenly through the lungs, at least `margin` millimetres below the pleura, by lobe. */
function lungPoints(lungs: Field, count: number, margin: number, random: Random): Map<Lobe, Vector[]> {
  const { low, high } = lungs.box;
  const found = new Map<Lobe, Vector[]>(lobes.map((lobe) => [lobe, []]));
  for (let drawn = 0; drawn < count; ) {
    const point: Vector = [
      random.uniform(low[0], high[0]),
      random.uniform(low[1], high[1]),
      random.uniform(low[2], high[2]),
    ];
    if (lungs.at(...point) > -margin) continue;
    found.get(lobeAt(point))!.push(point);
    drawn++;
  }
  return found;
}

/** Moves and re-sizes a landmark path: radii go evenly from one to the other. */
function placed(path: Path, wander: Vector, from: number, to: number): TubePoint[] {
  return path.map(([x, y, z], index) => {
    const part = index / (path.length - 1);
    return [x + wander[0], y + wander[1], z + wander[2], from + part * (to - from)];
  });
}

interface Stretch {
  readonly path: Path;
  readonly level: BranchLevel;
  readonly side: Branch["side"];
  readonly territory: string;
  readonly parent: keyof typeof arteries | undefined;
}

/** The central arteries, parents first, and the lobes they serve. */
const central: Readonly<Record<keyof typeof arteries, Stretch & { readonly serves: readonly Lobe[] }>> = {
  trunk: { path: arteries.trunk, level: "trunk", side: "middle", territory: "trunk", parent: undefined, serves: lobes },
  rightMain: {
    path: arteries.rightMain,
    level: "main",
    side: "right",
    territory: "right main",
    parent: "trunk",
    serves: ["right upper", "right middle", "right lower"],
  },
  truncusAnterior: {
    path: arteries.truncusAnterior,
    level: "lobar",
    side: "right",
    territory: "right upper",
    parent: "rightMain",
    serves: ["right upper"],
  },
  rightInterlobar: {
    path: arteries.rightInterlobar,
    level: "lobar",
    side: "right",
    territory: "right interlobar",
    parent: "rightMain",
    serves: ["right middle", "right lower"],
  },
  middleLobe: {
    path: arteries.middleLobe,
    level: "lobar",
    side: "right",
    territory: "right middle",
    parent: "rightInterlobar",
    serves: ["right middle"],
  },
  rightLower: {
    path: arteries.rightLower,
    level: "lobar",
    side: "right",
    territory: "right lower",
    parent: "rightInterlobar",
    serves: ["right lower"],
  },
  leftMain: {
    path: arteries.leftMain,
    level: "main",
    side: "left",
    territory: "left main",
    parent: "trunk",
    serves: ["left upper", "left lower"],
  },
  leftUpper: {
    path: arteries.leftUpper,
    level: "lobar",
    side: "left",
    territory: "left upper",
    parent: "leftMain",
    serves: ["left upper"],
  },
  leftInterlobar: {
    path: arteries.leftInterlobar,
    level: "lobar",
    side: "left",
    territory: "left interlobar",
    parent: "leftMain",
    serves: ["left lower"],
  },
  lingula: {
    path: arteries.lingula,
    level: "lobar",
    side: "left",
    territory: "lingula",
    parent: "leftInterlobar",
    serves: [],
  },
  leftLower: {
    path: arteries.leftLower,
    level: "lobar",
    side: "left",
    territory: "left lower",
    parent: "leftInterlobar",
    serves: ["left lower"],
  },
};

/** The lingula takes the lowest third of the left upper lobe, so the arteries to it leave the interlobar artery. */
function lingulaOf(points: Map<Lobe, Vector[]>): { readonly lingula: Vector[]; readonly upper: Vector[] } {
  const sorted = [...points.get("left upper")!].sort((one, other) => one[2] - other[2]);
  const third = Math.floor(sorted.length / 3);
  return { lingula: sorted.slice(0, third), upper: sorted.slice(third) };
}

export function growArteries(patient: Patient, lungs: Field, random: Random): PulmonaryTree {
  const points = lungPoints(lungs, patient.terminals, 6, random);
  const { lingula, upper } = lingulaOf(points);
  points.set("left upper", upper);
  const perPoint = patient.trunk / Math.cbrt(patient.terminals);
  const count = (name: keyof typeof arteries): number => {
    if (name === "lingula") return lingula.length;
    const served = central[name].serves.reduce((sum, lobe) => sum + points.get(lobe)!.length, 0);
    return served + (["trunk", "leftMain", "leftInterlobar"].includes(name) ? lingula.length : 0);
  };
  const radius = (name: keyof typeof arteries) => perPoint * Math.cbrt(Math.max(1, count(name)));
  const made = new Map<keyof typeof arteries, Branch>();
  const branches: Branch[] = [];
  for (const [key, stretch] of Object.entries(central)) {
    const name = key as keyof typeof arteries;
    const parent = stretch.parent ? made.get(stretch.parent) : undefined;
    const branch: Branch = {
      parent,
      children: [],
      level: stretch.level,
      territory: stretch.territory,
      side: stretch.side,
      path: placed(stretch.path, patient.wander, radius(name), radius(name)),
      terminals: count(name),
      supernumerary: [],
      generation: 0,
    };
    parent?.children.push(branch);
    made.set(name, branch);
    branches.push(branch);
  }
  const grow = (name: keyof typeof arteries, cloud: Vector[], segments: number) => {
    const { territory, side } = central[name];
    branches.push(...growTree(made.get(name)!, cloud, { territory, side, segments, supernumerary, random }));
  };
  grow("truncusAnterior", points.get("right upper")!, segmentCounts["right upper"]);
  grow("middleLobe", points.get("right middle")!, segmentCounts["right middle"]);
  grow("rightLower", points.get("right lower")!, segmentCounts["right lower"]);
  grow("leftUpper", points.get("left upper")!, segmentCounts["left upper"] - 2);
  grow("lingula", lingula, 2);
  grow("leftLower", points.get("left lower")!, segmentCounts["left lower"]);
  return { branches };
}

/** Veins run between the arteries, so they get a cloud of their own. */
export function growVeins(patient: Patient, lungs: Field, random: Random): PulmonaryTree {
  const points = lungPoints(lungs, Math.round(patient.terminals * 0.8), 6, random);
  const roots = {
    rightSuperior: ["right upper", "right middle"],
    rightInferior: ["right lower"],
    leftSuperior: ["left upper"],
    leftInferior: ["left lower"],
  } as const satisfies Record<keyof typeof veinPaths, readonly Lobe[]>;
  const branches: Branch[] = [];
  for (const [key, served] of Object.entries(roots)) {
    const name = key as keyof typeof veinPaths;
    const cloud = served.flatMap((lobe) => points.get(lobe)!);
    if (cloud.length === 0) continue;
    const mouth = 1.02 * patient.trunk * Math.cbrt(cloud.length / (2 * patient.terminals));
    const side = name.startsWith("left") ? "left" : "right";
    const root: Branch = {
      parent: undefined,
      children: [],
      level: "lobar",
      territory: served[0],
      side,
      path: placed(veinPaths[name], patient.wander, mouth * 1.15, mouth),
      terminals: cloud.length,
      supernumerary: [],
      generation: 0,
    };
    branches.push(root, ...growTree(root, cloud, { territory: served[0], side, segments: 3, supernumerary, random }));
  }
  return { branches };
}
