/**
 * Other disease that a chest CT shows: effusions, consolidation, ground glass, nodules, collapsed lung at the back, scars,
 * calcified arteries. Drawn from the same odds with and without emboli, but for infarcts, which need an occlusion.
 *
 *     const findings = drawIncidental(patient, torso.lungs, random, [-90, 20, -60]);
 */
import type { Random } from "../random.ts";
import type { Field } from "./anatomy/field.ts";
import { type Lobe, lobeAt } from "./anatomy/landmarks.ts";
import type { Patient } from "./anatomy/patient.ts";
import type { Vector } from "./anatomy/shapes.ts";

/** A patch of lung that holds something denser than air. */
export interface Lesion {
  readonly kind: "consolidation" | "ground-glass" | "nodule" | "infarct" | "scar";
  readonly centre: Vector;
  readonly radii: Vector;
  /** HU in its middle. */
  readonly hounsfield: number;
  readonly lobe: Lobe;
}

export interface Incidental {
  readonly lesions: readonly Lesion[];
  /** Depth of fluid behind each lung in millimetres, 0 for none. */
  readonly effusion: { readonly left: number; readonly right: number };
  /** Depth of collapsed lung along the back in millimetres. */
  readonly collapse: number;
}

function place(lungs: Field, random: Random, depth: readonly [number, number]): Vector {
  const { low, high } = lungs.box;
  for (;;) {
    const point: Vector = [
      random.uniform(low[0], high[0]),
      random.uniform(low[1], high[1]),
      random.uniform(low[2], high[2]),
    ];
    const below = -lungs.at(...point);
    if (below > depth[0] && below < depth[1]) return point;
  }
}

function lesion(
  kind: Lesion["kind"],
  centre: Vector,
  radius: number,
  hounsfield: number,
  random: Random,
  uneven = 0.25,
): Lesion {
  const stretch = () => radius * random.uniform(1 - uneven, 1 + uneven);
  return { kind, centre, radii: [stretch(), stretch(), stretch()], hounsfield, lobe: lobeAt(centre) };
}

/** @param infarctNear where an occluded artery ends, if any */
export function drawIncidental(
  patient: Patient,
  lungs: Field,
  random: Random,
  infarctNear: Vector | undefined,
): Incidental {
  const lesions: Lesion[] = [];
  const effused = random.chance(0.22);
  const both = random.chance(0.5);
  const first = random.chance(0.5) ? "left" : "right";
  const depth = random.uniform(8, 38);
  const other = both ? depth * random.uniform(0.4, 1.1) : 0;
  if (random.chance(0.16)) {
    const centre = place(lungs, random, [4, 30]);
    lesions.push(lesion("consolidation", centre, random.uniform(12, 32), random.uniform(20, 60), random));
  }
  if (random.chance(0.14)) {
    for (let patch = 0; patch < 1 + random.integer(4); patch++) {
      const centre = place(lungs, random, [5, 60]);
      lesions.push(lesion("ground-glass", centre, random.uniform(12, 30), random.uniform(-680, -520), random));
    }
  }
  if (random.chance(0.28)) {
    for (let nodule = 0; nodule < 1 + random.integer(3); nodule++) {
      const calcified = random.chance(0.25) ? random.uniform(300, 700) : random.uniform(0, 60);
      lesions.push(lesion("nodule", place(lungs, random, [4, 50]), random.uniform(1.6, 5.5), calcified, random, 0.12));
    }
  }
  if (random.chance(0.2)) {
    for (let scar = 0; scar < 1 + random.integer(3); scar++) {
      const centre = place(lungs, random, [2, 14]);
      const radii: Vector = [random.uniform(8, 26), random.uniform(1.2, 2.2), random.uniform(6, 18)];
      lesions.push({ kind: "scar", centre, radii, hounsfield: random.uniform(-150, 20), lobe: lobeAt(centre) });
    }
  }
  if (infarctNear && random.chance(0.3)) {
    const centre = outward(lungs, infarctNear);
    lesions.push(lesion("infarct", centre, random.uniform(11, 22), random.uniform(10, 45), random));
  }
  return {
    lesions,
    effusion: {
      left: effused ? (first === "left" ? depth : other) : 0,
      right: effused ? (first === "right" ? depth : other) : 0,
    },
    collapse: random.chance(0.45) ? random.uniform(3, 14) * (patient.age > 60 ? 1.2 : 1) : 0,
  };
}

/** Goes on in the direction away from the hilum until close under the pleura. */
function outward(lungs: Field, from: Vector): Vector {
  const hilum: Vector = [from[0] > 0 ? 45 : -45, 12, -25];
  const way: Vector = [from[0] - hilum[0], from[1] - hilum[1], from[2] - hilum[2]];
  const length = Math.hypot(...way) || 1;
  let point = from;
  for (let step = 0; step < 60 && lungs.at(...point) < -6; step++) {
    point = [point[0] + (2 * way[0]) / length, point[1] + (2 * way[1]) / length, point[2] + (2 * way[2]) / length];
  }
  return point;
}
