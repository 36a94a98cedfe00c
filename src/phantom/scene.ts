/**
 * One patient as solids: every organ, vessel and finding, ready to be cut into slices.
 *
 *     const scene = buildScene(seed, index, { positive: true });
 *
 * Fields stay in the standard chest's millimetres; tubes are stretched to the patient's.
 */
import { Random } from "../random.ts";
import { buildHeart, type Heart } from "./anatomy/heart.ts";
import {
  airways as airwayPaths,
  aorta as aortaPaths,
  arteries as arteryPaths,
  oesophagus,
  type Path,
  systemicVeins,
} from "./anatomy/landmarks.ts";
import { drawPatient, type Patient } from "./anatomy/patient.ts";
import { smoothUnion, type TubePoint, type Vector } from "./anatomy/shapes.ts";
import { type Bones, buildSkeleton } from "./anatomy/skeleton.ts";
import { buildTorso, chainDistance, type Torso } from "./anatomy/torso.ts";
import { type Contrast, drawContrast } from "./contrast.ts";
import { drawIncidental, type Incidental } from "./incidental.ts";
import { type Leads, placeLeads } from "./leads.ts";
import { drawLookalikes, type Lookalikes } from "./lookalikes.ts";
import { TubeSet } from "./render/tubes.ts";
import { drawBurden, drawEmboli, type Emboli, type EmbolusLevel } from "./vessels/emboli.ts";
import { growArteries, growVeins, type PulmonaryTree } from "./vessels/pulmonary.ts";
import { type Branch, endOf, headingOf } from "./vessels/tree.ts";

export interface Scene {
  readonly patient: Patient;
  readonly contrast: Contrast;
  readonly torso: Torso;
  readonly heart: Heart;
  readonly bones: Bones;
  readonly arteries: PulmonaryTree;
  readonly tubes: Tubes;
  readonly emboli: Emboli;
  readonly lookalikes: Lookalikes;
  readonly incidental: Incidental;
  readonly leads: Leads | undefined;
}

/** Labels of tubes that stay within the lungs, where heart and diaphragm cut them off, and of those that do not. */
export const inLung = 0;
export const inMediastinum = 1;

/** The scene's tubes by tissue, in the order in which they are drawn. */
export interface Tubes {
  readonly cartilage: TubeSet;
  readonly cortex: TubeSet;
  readonly marrow: TubeSet;
  readonly canal: TubeSet;
  readonly soft: TubeSet;
  readonly systemic: TubeSet;
  readonly pulmonaryVeins: TubeSet;
  readonly bronchialWalls: TubeSet;
  readonly bronchialLumina: TubeSet;
  readonly arteries: TubeSet;
  readonly clots: TubeSet;
  readonly calcium: TubeSet;
  readonly pads: TubeSet;
  readonly wires: TubeSet;
}

export interface SceneSettings {
  readonly seed: number;
  readonly index: number;
  readonly positive: boolean;
  /** Whether leads lie on the chest. */
  readonly sign: boolean;
  /** Usual HU in the pulmonary trunk at the hospital. */
  readonly bolus: number;
  /** Where the largest embolus lies; drawn when undefined. */
  readonly burden?: EmbolusLevel | undefined;
}

export function buildScene({ seed, index, positive, sign, bolus, ...settings }: SceneSettings): Scene {
  const stream = (...names: string[]) => new Random(seed, "phantom", "study", index, ...names);
  const emboliRandom = stream("emboli");
  const drawn = drawBurden(emboliRandom);
  const burden = settings.burden ?? drawn;
  const central = positive && (burden === "saddle" || burden === "main");
  const patientRandom = stream("patient");
  const strain = patientRandom.chance(central ? 0.55 : 0.08);
  const patient = drawPatient(patientRandom, strain);
  const contrast = drawContrast(stream("contrast"), bolus);
  const heart = buildHeart(patient);
  const torso = buildTorso(patient, mediastinum(heart, patient.wander));
  const vessels = stream("vessels");
  const arteries = growArteries(patient, torso.lungs, vessels);
  const veins = growVeins(patient, torso.lungs, vessels);
  const count = burden === "saddle" ? 3 + emboliRandom.integer(6) : 1 + Math.floor(8 * emboliRandom.uniform() ** 1.7);
  const emboli: Emboli = positive
    ? drawEmboli(arteries, emboliRandom, burden, count)
    : { clots: [], widened: new Map(), starved: new Map() };
  const bronchi = growBronchi(arteries, patient.wander);
  const lookalikes = drawLookalikes(
    arteries,
    bronchi.filter(([start]) => start![3] > 0.9 && start![3] < 2.6),
    stream("lookalikes"),
  );
  const occluded = emboli.clots.find((clot) => clot.occluding)?.paths[0]?.at(-1);
  const incidental = drawIncidental(
    patient,
    torso.lungs,
    stream("incidental"),
    occluded && [occluded[0], occluded[1], occluded[2]],
  );
  const leads = sign ? placeLeads(torso, stream("leads")) : undefined;
  const bones = buildSkeleton();
  const tubes = layOut(
    patient,
    contrast,
    { arteries, veins, bronchi, bones, emboli, lookalikes, leads },
    stream("tubes"),
  );
  return { patient, contrast, torso, heart, bones, arteries, tubes, emboli, lookalikes, incidental, leads };
}

/** What keeps the lungs apart: heart, great vessels and hila under one smooth cover. */
function mediastinum(heart: Heart, wander: Vector): (z: number) => (x: number, y: number) => number {
  const chains = [
    ...Object.values(aortaPaths)
      .slice(0, 3)
      .map((path) => ({ path, extra: 3 })),
    { path: systemicVeins.superiorCaval, extra: 3 },
    { path: systemicVeins.inferiorCaval.slice(0, 3), extra: 3 },
    { path: airwayPaths.trachea.slice(1), extra: 7 },
    { path: airwayPaths.rightMain, extra: 5 },
    { path: airwayPaths.leftMain, extra: 5 },
    { path: airwayPaths.intermediate, extra: 3 },
    ...(["trunk", "rightMain", "leftMain", "rightInterlobar", "leftInterlobar"] as const).map((name) => ({
      path: arteryPaths[name].map(([x, y, z, r]): TubePoint => [x + wander[0], y + wander[1], z + wander[2], r]),
      extra: 2.5,
    })),
    { path: oesophagus.slice(0, 5), extra: 3 },
  ].map(({ path, extra }) => {
    const reach = extra + 14 + Math.max(...path.map(([, , , radius]) => radius));
    const span = (axis: 0 | 1 | 2) => {
      const places = path.map((point) => point[axis]);
      return [Math.min(...places) - reach, Math.max(...places) + reach] as const;
    };
    return { distance: chainDistance(path, extra), x: span(0), y: span(1), z: span(2) };
  });
  return (z) => {
    const near = chains.filter((chain) => z > chain.z[0] && z < chain.z[1]);
    const upper = z > 8 ? (z > 30 ? 1 : (z - 8) / 22) : 0;
    return (x, y) => {
      // The vessels to neck and arms fill the upper mediastinum.
      let cover =
        upper === 0 ? 1000 : (Math.hypot((x + 3) / 32, (y + 8) / 47) - 1) * 34 + 30 * (1 - upper) + (z - 30) * 0.06;
      if (z < -10 && z > -175 && x > -95 && x < 120) cover = smoothUnion(cover, heart.outline(x, y, z), 12);
      for (const chain of near) {
        if (x < chain.x[0] || x > chain.x[1] || y < chain.y[0] || y > chain.y[1]) continue;
        cover = smoothUnion(cover, chain.distance(x, y, z), 10);
      }
      return cover;
    };
  };
}

/** Bronchi beside the arteries, from the lobes outward, as lumina. */
function growBronchi(arteries: PulmonaryTree, wander: Vector): TubePoint[][] {
  const entrances: Readonly<Record<string, Path>> = {
    "right upper": airwayPaths.rightUpper,
    "right middle": airwayPaths.middle,
    "right lower": airwayPaths.rightLower,
    "left upper": airwayPaths.leftUpper,
    lingula: airwayPaths.leftUpper,
    "left lower": airwayPaths.leftLower,
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

interface Parts {
  readonly arteries: PulmonaryTree;
  readonly veins: PulmonaryTree;
  readonly bronchi: readonly (readonly TubePoint[])[];
  readonly bones: Bones;
  readonly emboli: Emboli;
  readonly lookalikes: Lookalikes;
  readonly leads: Leads | undefined;
}

function layOut(patient: Patient, contrast: Contrast, parts: Parts, random: Random): Tubes {
  const [kx, ky, kz] = patient.scale;
  const stretch = (path: readonly TubePoint[], radius = 1, extra = 0): TubePoint[] =>
    path.map(([x, y, z, r]) => [x * kx, y * ky, z * kz, Math.max(0.2, r * radius + extra)]);
  const names = [
    "cartilage",
    "cortex",
    "marrow",
    "canal",
    "soft",
    "systemic",
    "pulmonaryVeins",
    "bronchialWalls",
    "bronchialLumina",
    "arteries",
    "clots",
    "calcium",
    "pads",
    "wires",
  ] as const satisfies readonly (keyof Tubes)[];
  const tubes = Object.fromEntries(names.map((name) => [name, new TubeSet()])) as Record<keyof Tubes, TubeSet>;

  const cortical = 780 - Math.max(0, patient.age - 50) * 5;
  const marrow = 260 - Math.max(0, patient.age - 30) * 2.2;
  for (const path of parts.bones.chains) {
    tubes.cortex.addPath(stretch(path), cortical);
    if (path[0]![3] > 2.2) tubes.marrow.addPath(stretch(path, 1, -1.5), marrow);
  }
  for (const path of parts.bones.cartilage) tubes.cartilage.addPath(stretch(path), 95 + patient.age);
  tubes.canal.addPath(stretch(parts.bones.canal), 28);

  const gullet = stretch(oesophagus);
  tubes.soft.addPath(gullet, 42);
  for (const { path, hounsfield } of parts.lookalikes.nodes) tubes.soft.addPath(stretch(path), hounsfield);

  const armed = random.chance(0.5) ? "leftBrachiocephalic" : "rightBrachiocephalic";
  for (const path of Object.values(aortaPaths)) tubes.systemic.addPath(stretch(path), contrast.aorta);
  for (const [name, path] of Object.entries(systemicVeins)) {
    const value =
      name === "superiorCaval"
        ? contrast.superiorCaval
        : name === armed
          ? contrast.superiorCaval * 1.1
          : name === "inferiorCaval"
            ? contrast.inferiorCaval
            : 60 + contrast.timing * 40;
    tubes.systemic.addPath(stretch(path), value);
  }

  for (const branch of parts.veins.branches) {
    tubes.pulmonaryVeins.addPath(
      stretch(branch.path),
      contrast.veins,
      branch.level === "lobar" ? inMediastinum : inLung,
    );
    twigs(branch, random, (path) => tubes.pulmonaryVeins.addPath(stretch(path), contrast.veins));
  }
  for (const path of Object.values(airwayPaths)) {
    tubes.bronchialWalls.addPath(stretch(path, 1, 1.6), 30, inMediastinum);
    tubes.bronchialLumina.addPath(stretch(path), -985, inMediastinum);
  }
  for (const path of parts.bronchi) {
    tubes.bronchialWalls.addPath(stretch(path, 1.12, 0.45), 0);
    tubes.bronchialLumina.addPath(stretch(path), -960);
  }
  for (const { path, hounsfield } of parts.lookalikes.plugs)
    tubes.bronchialLumina.addPath(stretch(path, 1.3), hounsfield);

  const smallest = Math.log(2.2);
  for (const branch of parts.arteries.branches) {
    const depth = 1 - Math.min(1, Math.max(0, (Math.log(endOf(branch)[3]) - smallest) / (Math.log(14) - smallest)));
    const value = contrast.arteries * (1 - (1 - contrast.distal) * depth) * (parts.emboli.starved.get(branch) ?? 1);
    // Lobar arteries lie too deep in the hilum to be cut off where the lung begins.
    const place = branch.level === "segmental" || branch.level === "subsegmental" ? inLung : inMediastinum;
    tubes.arteries.addPath(stretch(branch.path, parts.emboli.widened.get(branch) ?? 1), value, place);
    twigs(branch, random, (path) => tubes.arteries.addPath(stretch(path), value));
  }
  for (const { label, hounsfield, paths } of parts.emboli.clots) {
    for (const path of paths) tubes.clots.addPath(stretch(path), hounsfield, label);
  }
  for (const path of parts.leads?.pads ?? []) tubes.pads.addPath(stretch(path), 2600);
  for (const path of parts.leads?.wires ?? []) tubes.wires.addPath(stretch(path), 3000);
  calcify(patient, random, (path) => tubes.calcium.addPath(stretch(path), random.uniform(350, 900)));
  return tubes;
}

/** Plaques in the aorta's wall and along the coronary arteries. */
function calcify(patient: Patient, random: Random, add: (path: TubePoint[]) => void): void {
  const walls: readonly Path[] = [aortaPaths.arch, aortaPaths.descending];
  const count = Math.round(patient.calcium * patient.calcium * 16);
  for (let plaque = 0; plaque < count; plaque++) {
    const path = random.pick(walls);
    const piece = random.integer(path.length - 1);
    const [from, to] = [path[piece]!, path[piece + 1]!];
    const part = random.uniform();
    const angle = random.uniform(0, 2 * Math.PI);
    const radius = from[3] + part * (to[3] - from[3]) - 0.5;
    const at = (axis: 0 | 1 | 2) => from[axis] + part * (to[axis] - from[axis]);
    const spot = (turn: number): TubePoint => [
      at(0) + radius * Math.cos(angle + turn),
      at(1) + radius * Math.sin(angle + turn),
      at(2) + turn * 3,
      random.uniform(0.5, 1.3),
    ];
    add([spot(0), spot(0.25)]);
  }
  // The left anterior descending artery runs between the ventricles.
  for (let plaque = 0; plaque < count / 3; plaque++) {
    const part = random.uniform();
    const [x, y, z] = [24 + 30 * part, -46 - 16 * part, -58 - 34 * part];
    add([
      [x, y, z, 1],
      [x + 2.5, y - 1.5, z - 3, 0.9],
    ]);
  }
}

/** Vessels below 2 mm, as single twigs: supernumerary ones along a branch, and those a last branch ends in. */
function twigs(branch: Branch, random: Random, add: (path: TubePoint[]) => void): void {
  const heading = headingOf(branch);
  const sprout = ([x, y, z]: TubePoint, radius: number, forward: number) => {
    const length = random.uniform(7, 16);
    const way: Vector = [
      heading[0] * forward + random.normal(0, 0.7),
      heading[1] * forward + random.normal(0, 0.7),
      heading[2] * forward + random.normal(0, 0.7),
    ];
    const at = (part: number, narrow: number): TubePoint => [
      x + way[0] * length * part,
      y + way[1] * length * part,
      z + way[2] * length * part,
      radius * narrow,
    ];
    add([at(0, 1), at(1, 0.5)]);
  };
  for (const radius of branch.supernumerary) {
    const piece = random.integer(branch.path.length - 1);
    const [from, to] = [branch.path[piece]!, branch.path[piece + 1]!];
    const part = random.uniform();
    const mix = (axis: 0 | 1 | 2) => from[axis] + part * (to[axis] - from[axis]);
    sprout([mix(0), mix(1), mix(2), 0], radius * 0.8, 0.5);
  }
  if (branch.children.length === 0) {
    const end = endOf(branch);
    for (let twig = 0; twig < 2; twig++) sprout(end, Math.min(0.8, end[3] * 0.79), 1);
  }
}
