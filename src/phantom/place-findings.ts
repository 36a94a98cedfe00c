/**
 * All of a scene's tubes, sorted by tissue and stretched to the patient.
 *
 *     const tubes = layOut(patient, contrast, parts, random);
 *     tubes.arteries.count
 */
import type { Random } from "../random.ts";
import { airways, aorta, oesophagus, type Path, systemicVeins } from "./anatomy/landmarks.ts";
import type { Patient } from "./anatomy/patient.ts";
import type { TubePoint, Vector } from "./anatomy/shapes.ts";
import type { Bones } from "./anatomy/skeleton.ts";
import type { Bolus } from "./contrast.ts";
import type { Leads } from "./ecg-leads.ts";
import type { Lookalikes } from "./mimics.ts";
import { TubeSet } from "./render/tubes.ts";
import type { Emboli } from "./vessels/emboli.ts";
import type { PulmonaryTree } from "./vessels/pulmonary.ts";
import { type Branch, endOf, headingOf } from "./vessels/tree.ts";

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

export interface Parts {
  readonly arteries: PulmonaryTree;
  readonly veins: PulmonaryTree;
  readonly bronchi: readonly (readonly TubePoint[])[];
  readonly bones: Bones;
  readonly emboli: Emboli;
  readonly lookalikes: Lookalikes;
  readonly leads: Leads | undefined;
}

export function layOut(patient: Patient, contrast: Bolus, parts: Parts, random: Random): Tubes {
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
  for (const path of Object.values(aorta)) tubes.systemic.addPath(stretch(path), contrast.aorta);
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
  for (const path of Object.values(airways)) {
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
  const walls: readonly Path[] = [aorta.arch, aorta.descending];
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
