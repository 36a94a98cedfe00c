/**
 * Grows a branching tree into a cloud of points: arteries, veins.
 *
 *     const branches = growTree(root, points, { segments: 3, ... });
 *
 * The volume-filling method of Tawhai et al. (J Appl Physiol 97, 2004): a branch heads for the centroid of its points,
 * goes part of the way, and its points are divided between two children by a plane; one point left is one terminal.
 *
 * Radii follow Murray's law: the cube of a vessel's radius is the sum of the cubes of all that leave it. Vessels in the lung
 * also give off supernumerary branches along their way, which outnumber the regular ones (Elliott and Reid 1965): a share
 * `supernumerary` of the cube leaves through them, so the vessel tapers, and the rest is divided between the children by
 * the number of points they serve. Without them a tree that obeys the law is far bushier than a lung's.
 */
import type { Random } from "../../random.ts";
import type { TubePoint, Vector } from "../anatomy/shapes.ts";

/** How far down the pulmonary arterial tree a vessel is. */
export const levels = ["trunk", "main", "lobar", "segmental", "subsegmental"] as const;
export type BranchLevel = (typeof levels)[number];

/** A stretch of vessel between two divisions. */
export interface Branch {
  readonly parent: Branch | undefined;
  readonly children: Branch[];
  readonly level: BranchLevel;
  /** Name of the part of the tree, such as a lobe. */
  readonly territory: string;
  readonly side: "left" | "right" | "middle";
  /** Centre line with radii, from the parent's end to the division; at least two points. */
  readonly path: TubePoint[];
  /** Points served. */
  readonly terminals: number;
  /** Radii of the supernumerary branches that leave along the path. */
  readonly supernumerary: readonly number[];
  /** Divisions below the segment's own vessel, 0 there and above. */
  readonly generation: number;
}

export interface TreeSettings {
  readonly territory: string;
  readonly side: Branch["side"];
  /** Segmental vessels the root divides into. */
  readonly segments: number;
  /** Share of r^3 that leaves each branch through supernumerary branches, 0 to 1. */
  readonly supernumerary: number;
  readonly random: Random;
}

/** The tree named by levels ends here, in millimetres of radius: arteries of 2 mm. What goes on is too small to read. */
export const smallestRadius = 1;
/** Branches go on to their points until they are as thin as this; it is what fills the lung's rim. */
const thinnest = 0.42;

interface Task {
  readonly parent: Branch;
  /** Radius cubed at the start. */
  readonly cube: number;
  readonly points: Vector[];
  readonly segments: number;
  readonly generation: number;
}

const subtract = (a: Vector, b: Vector): Vector => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
const norm = (a: Vector): number => Math.sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2]);
const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

function centroid(points: readonly Vector[]): Vector {
  let [x, y, z] = [0, 0, 0];
  for (const point of points) {
    x += point[0];
    y += point[1];
    z += point[2];
  }
  return [x / points.length, y / points.length, z / points.length];
}

export function endOf(branch: Branch): TubePoint {
  return branch.path.at(-1)!;
}

/** The way a branch points at its end. */
export function headingOf({ path }: Branch): Vector {
  const last = path.at(-1)!;
  const before = path.at(-2)!;
  const way: Vector = [last[0] - before[0], last[1] - before[1], last[2] - before[2]];
  const length = norm(way);
  return length === 0 ? [0, 0, -1] : [way[0] / length, way[1] / length, way[2] / length];
}

/** The direction across the heading in which the points spread most: power iterations on their covariance. */
function widestAcross(points: readonly Vector[], centre: Vector, heading: Vector): Vector {
  let direction: Vector = Math.abs(heading[2]) < 0.8 ? [0.3, 0.2, 1] : [1, 0.4, 0.2];
  for (let round = 0; round < 4; round++) {
    let [x, y, z] = [0, 0, 0];
    for (const point of points) {
      const offset = subtract(point, centre);
      const weight = dot(offset, direction);
      x += weight * offset[0];
      y += weight * offset[1];
      z += weight * offset[2];
    }
    const along = x * heading[0] + y * heading[1] + z * heading[2];
    const across: Vector = [x - along * heading[0], y - along * heading[1], z - along * heading[2]];
    const length = norm(across);
    if (length < 1e-9) break;
    direction = [across[0] / length, across[1] / length, across[2] / length];
  }
  return direction;
}

/** Divides points in two where a share of them lies below, along a direction. */
function divide(points: readonly Vector[], direction: Vector, share: number): [Vector[], Vector[]] {
  const sorted = points
    .map((point) => ({ point, place: dot(point, direction) }))
    .sort((one, other) => one.place - other.place);
  const count = Math.min(points.length - 1, Math.max(1, Math.round(points.length * share)));
  return [sorted.slice(0, count).map(({ point }) => point), sorted.slice(count).map(({ point }) => point)];
}

/** Turns a wanted direction toward the heading until the angle between them is small enough for a vessel. */
function limitTurn(wanted: Vector, heading: Vector, largest: number): Vector {
  const cosine = dot(wanted, heading);
  const limit = Math.cos(largest);
  if (cosine >= limit) return wanted;
  const across: Vector = [
    wanted[0] - cosine * heading[0],
    wanted[1] - cosine * heading[1],
    wanted[2] - cosine * heading[2],
  ];
  const length = norm(across) || 1;
  const sine = Math.sin(largest) / length;
  return [
    heading[0] * limit + across[0] * sine,
    heading[1] * limit + across[1] * sine,
    heading[2] * limit + across[2] * sine,
  ];
}

const largestTurn = (70 * Math.PI) / 180;

/**
 * Inside a segment a vessel counts as subsegmental below this radius, in millimetres. Murray's law alone makes the first
 * divisions wide, so size tells better than counting divisions what a reader would call the vessel.
 */
export const subsegmentalRadius = 2.25;

/** Grows from the end of `root` into the points and returns every new branch, parents before children. */
export function growTree(root: Branch, points: Vector[], settings: TreeSettings): Branch[] {
  const { random } = settings;
  const grown: Branch[] = [];
  const whole = { parent: root, cube: endOf(root)[3] ** 3, points, segments: settings.segments, generation: 0 };
  const tasks: Task[] = split(whole, random);
  for (let task = tasks.pop(); task; task = tasks.pop()) {
    const { parent, cube, segments, generation } = task;
    if (cube < thinnest ** 3) continue;
    const start = endOf(parent);
    const from: Vector = [start[0], start[1], start[2]];
    const target = centroid(task.points);
    const way = subtract(target, from);
    const distance = Math.max(norm(way), 1e-6);
    const heading = headingOf(parent);
    const towards = limitTurn([way[0] / distance, way[1] / distance, way[2] / distance], heading, largestTurn);
    const last = task.points.length === 1;
    const length = distance * (last ? random.uniform(0.75, 1) : random.uniform(0.36, 0.5));
    const radius = Math.cbrt(cube);
    // What leaves sideways, as whole vessels of about the smallest radius or less.
    const lost = radius > smallestRadius ? cube * settings.supernumerary : 0;
    const leaving = Math.round(lost / (0.75 * smallestRadius) ** 3);
    const left = cube - (leaving === 0 ? 0 : lost);
    const narrowed = Math.cbrt(left);
    const bend = length * 0.09;
    const wobble = (): number => random.uniform(-bend, bend);
    // Leaves along the parent's heading and bends toward its own: vessels curve, they do not kink.
    const lead = length * 0.12;
    const along = (part: number, sway: number): TubePoint => [
      from[0] + towards[0] * length * part + heading[0] * lead * (1 - part) * 2 * part + sway,
      from[1] + towards[1] * length * part + heading[1] * lead * (1 - part) * 2 * part + (sway && wobble()),
      from[2] + towards[2] * length * part + heading[2] * lead * (1 - part) * 2 * part + (sway && wobble()),
      radius + part * (narrowed - radius),
    ];
    const pieces = length > 14 ? 3 : 2;
    const path: TubePoint[] = [[from[0], from[1], from[2], radius]];
    for (let piece = 1; piece < pieces; piece++) path.push(along(piece / pieces, wobble()));
    path.push(along(1, 0));
    const branch: Branch = {
      parent,
      children: [],
      level: segments > 1 ? "lobar" : radius >= subsegmentalRadius ? "segmental" : "subsegmental",
      territory: settings.territory,
      side: settings.side,
      path,
      terminals: task.points.length,
      supernumerary: Array.from({ length: leaving }, () => Math.cbrt(lost / leaving)),
      generation,
    };
    parent.children.push(branch);
    grown.push(branch);
    tasks.push(...split({ ...task, parent: branch, cube: left }, random));
  }
  return grown;
}

/** The children a branch's points make: none for one terminal, else two. */
function split({ parent, cube, points, segments, generation }: Task, random: Random): Task[] {
  if (points.length < 2) return [];
  const across = widestAcross(points, centroid(points), headingOf(parent));
  const lower = segments > 1 ? Math.floor(segments / 2) : 0;
  const share = segments > 1 ? lower / segments : random.uniform(0.3, 0.7);
  const [one, other] = divide(points, across, share);
  const next = segments > 1 ? 0 : generation + 1;
  return [
    { parent, cube: (cube * one.length) / points.length, points: one, segments: Math.max(1, lower), generation: next },
    {
      parent,
      cube: (cube * other.length) / points.length,
      points: other,
      segments: Math.max(1, segments - lower),
      generation: next,
    },
  ];
}
