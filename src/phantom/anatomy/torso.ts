/**
 * The chest's big spaces: rib cage, muscle, skin, mediastinum, diaphragm, lungs and what lies below them.
 *
 *     const torso = buildTorso(patient, vessels);
 *     torso.lungs.at(-80, 20, -30) < 0      // in the right lung
 *
 * Everything is in the standard chest's millimetres (landmarks.ts). A lung is what the rib cage leaves above the diaphragm
 * and beside the mediastinum, and the mediastinum is a smooth cover over heart, vessels and spine, so that the pleura runs
 * over the aortic arch and the hila as it does in people.
 */
import { type Box, Field, gridOf } from "./field.ts";
import { spineDepth } from "./landmarks.ts";
import type { Patient } from "./patient.ts";
import { bell, profile, smoothIntersection, smoothUnion, type TubePoint, tube } from "./shapes.ts";

/** Half-width, half-depth and centre of the inner surface of the rib cage by level. */
const cageWidth = profile([
  [-240, 128],
  [-120, 136],
  [-80, 134],
  [-40, 130],
  [0, 123],
  [40, 108],
  [70, 87],
  [92, 62],
  [106, 40],
  [116, 12],
]);
const cageDepth = profile([
  [-240, 90],
  [-120, 98],
  [-80, 99],
  [-40, 97],
  [0, 91],
  [40, 78],
  [70, 60],
  [92, 40],
  [106, 26],
  [116, 9],
]);
const cageCentre = profile([
  [-240, -6],
  [-120, -2],
  [-40, 0],
  [0, 3],
  [40, 9],
  [70, 16],
  [92, 22],
  [116, 27],
]);
const roundness = 2.35;

/** The rib cage's inner outline at a level: signed distance, and direction as sine (back positive) and cosine. */
export function cageAt(z: number): (x: number, y: number) => readonly [distance: number, sine: number, cosine: number] {
  const width = cageWidth(z);
  const depth = cageDepth(z);
  const centre = cageCentre(z);
  return (x, y) => {
    const u = Math.abs(x) / width;
    const v = Math.abs(y - centre) / depth;
    const uu = u ** roundness;
    const vv = v ** roundness;
    const norm = (uu + vv) ** (1 / roundness);
    if (norm < 1e-6) return [-Math.min(width, depth), 0, 1];
    // Gradient of the norm, to turn it into millimetres.
    const slope = Math.sqrt((uu / Math.max(u, 1e-6) / width) ** 2 + (vv / Math.max(v, 1e-6) / depth) ** 2);
    const distance = ((norm - 1) * norm ** (roundness - 1)) / slope;
    const length = Math.sqrt(u * u + v * v);
    return [distance, (Math.sign(y - centre) * v) / length, u / length];
  };
}

/** The point of the inner outline in a direction: angle 0 at the side, 90 degrees at the back. @param side 1 left, -1 right */
export function cagePoint(z: number, angle: number, side: 1 | -1, outward: number): [number, number] {
  const width = cageWidth(z) + outward;
  const depth = cageDepth(z) + outward;
  const cosine = Math.cos(angle);
  const sine = Math.sin(angle);
  const norm = (Math.abs(cosine) ** roundness + Math.abs(sine) ** roundness) ** (1 / roundness);
  return [(side * width * cosine) / norm, cageCentre(z) + (depth * sine) / norm];
}

/** Depth of the rib cage's front in the midline. */
export const cageFront = (z: number): number => cageCentre(z) - cageDepth(z);

/** Depth of the rib cage's back. */
export const cageBack = (z: number): number => cageCentre(z) + cageDepth(z);

export const spine = profile(spineDepth);

const pectoral = profile([
  [-75, 0],
  [-30, 7],
  [10, 15],
  [60, 16],
  [90, 8],
]);
const shoulderBlade = profile([
  [-130, 9],
  [-70, 15],
  [-30, 27],
  [10, 36],
  [60, 42],
  [110, 40],
]);
const side = profile([
  [-120, 5],
  [-60, 9],
  [0, 14],
  [50, 20],
  [100, 20],
]);

/** Shape of the chest wall's muscle outside the pleura by direction: millimetres in a person of ordinary muscle. */
function muscleShape(z: number): (sine: number, cosine: number) => number {
  const [front, blade, flank] = [pectoral(z), shoulderBlade(z), side(z)];
  return (sine, cosine) =>
    front * bell((sine + 0.72) / 0.3) * (1 - 0.8 * bell(cosine / 0.2)) +
    flank * bell((sine - 0.05) / 0.45) +
    blade * bell((sine - 0.72) / 0.27) * (0.45 + 0.55 * (1 - bell(cosine / 0.4))) +
    (sine > 0 ? 13 * bell((cosine - 0.18) / 0.2) + 5 * bell(cosine / 0.1) : 0);
}

const fatByLevel = profile([
  [-200, 1.25],
  [0, 0.9],
  [100, 0.7],
]);

/** Thickness of fat under the skin by direction, as a share of the patient's. */
const fatShape = (z: number, sine: number, cosine: number): number =>
  fatByLevel(z) * (0.75 + 0.5 * bell((sine - 0.2) / 0.4) - 0.35 * (sine > 0 ? bell(cosine / 0.25) : 0));

/** Shoulders, neck and raised arms above the rib cage. */
function shoulders(x: number, y: number, z: number): number {
  const across = Math.abs(x);
  const arm = tube(across, y, z, [118, 26, 78, 44], [176, -8, 190, 46]);
  const shoulder = tube(across, y, z, [40, 22, 105, 52], [112, 24, 86, 50]);
  const neck = tube(across, y, z, [0, 6, 60, 58], [0, -6, 220, 60]);
  return smoothUnion(smoothUnion(arm, shoulder, 30), neck, 40);
}

export interface Torso {
  readonly skin: Field;
  readonly muscle: Field;
  /** Inside of the rib cage. */
  readonly cage: Field;
  readonly lungs: Field;
  readonly liver: Field;
  readonly spleen: Field;
  readonly stomach: Field;
}

/** Height of the diaphragm over a point. */
export function diaphragmHeight(patient: Patient, x: number, y: number): number {
  const rise = patient.diaphragm;
  const right = -96 + rise - 78 * (((x + 66) / 84) ** 2 + ((y + 14) / 92) ** 2);
  const left = -110 + rise * 0.9 - 78 * (((x - 68) / 82) ** 2 + ((y + 8) / 90) ** 2);
  return -smoothUnion(-right, -left, 30);
}

const low = -236;
const wide: Box = { low: [-228, -185, low], high: [228, 185, 150], step: [6, 5, 8] };

interface Standard {
  readonly cage: Field;
  /** On the nodes of `wide`: distance to the rib cage with its own muscle, shapes of muscle and fat, shoulders. */
  readonly wall: Float32Array;
  readonly muscle: Float32Array;
  readonly fat: Float32Array;
  readonly shoulders: Float32Array;
}

let standard: Standard | undefined;

/** What all patients share, worked out once: a patient's wall is a sum of these shapes. */
function standardChest(): Standard {
  if (standard) return standard;
  const cage = new Field({ low: [-144, -118, low], high: [144, 122, 124], step: [4, 4, 5] }, (z) => {
    const inner = cageAt(z);
    return (x, y) => (z > 116 ? Math.max(z - 116, inner(x, y)[0]) : inner(x, y)[0]);
  });
  const [columns, rows, levels] = gridOf(wide);
  const plane = () => new Float32Array(columns * rows * levels);
  const [muscle, fat, arms] = [plane(), plane(), plane()];
  const { distances: wall } = new Field(wide, (z) => {
    const inner = cageAt(z);
    const shape = muscleShape(z);
    return (x, y, node) => {
      const [distance, sine, cosine] = inner(x, y);
      muscle[node] = shape(sine, cosine);
      fat[node] = fatShape(z, sine, cosine);
      arms[node] = z > 20 ? shoulders(x, y, z) : 1000;
      return z > 112 ? 1000 : distance - 11;
    };
  });
  standard = { cage, wall, muscle, fat, shoulders: arms };
  return standard;
}

/** @param mediastinal tubes and other solids the mediastinum covers, at a point */
export function buildTorso(patient: Patient, mediastinal: (z: number) => (x: number, y: number) => number): Torso {
  const { cage, wall, muscle: muscleShapes, fat, shoulders: arms } = standardChest();
  const { breast } = patient;
  const muscle = new Field(
    wide,
    () => (_x, _y, node) => smoothUnion(wall[node]! - patient.muscle * muscleShapes[node]!, arms[node]!, 22),
  );
  const skin = new Field(wide, (z) => (x, y, node) => {
    const surface = muscle.distances[node]! - 2 - patient.fat * fat[node]!;
    if (breast === 0 || z > 40 || y > 0) return surface;
    const bosom = Math.sqrt((Math.abs(x) - 78) ** 2 + (y + 92) ** 2 + ((z + 62) * 0.9) ** 2) - breast;
    return smoothUnion(surface, bosom, 30);
  });
  const lungs = new Field(cage.box, (z) => {
    const cover = mediastinal(z);
    const back = spine(z);
    const bend = 3 * Math.sin(z / 31);
    return (x, y) => {
      const wall = cage.at(x, y, z) + 2.5;
      if (wall > 12) return wall;
      const floor = (diaphragmHeight(patient, x, y) - z) * 0.75;
      if (floor > 16) return floor;
      // Vertebral body, then ribs' necks and muscle beside the arches.
      const column = smoothUnion(
        Math.hypot(x, y - back - 4) - 24,
        Math.hypot(Math.max(0, Math.abs(x) - 18), Math.max(0, back + 38 - y)) - 14,
        14,
      );
      const middle = smoothUnion(cover(x, y), Math.min(column, Math.abs(x - bend) - 2), 12);
      return smoothIntersection(smoothIntersection(wall, floor, 7), -middle, 6);
    };
  });
  return {
    skin,
    muscle,
    cage,
    lungs,
    ...abdomen(patient, cage),
  };
}

function abdomen(patient: Patient, cage: Field): Pick<Torso, "liver" | "spleen" | "stomach"> {
  const below = (x: number, y: number, z: number) =>
    smoothIntersection(cage.at(x, y, z) + 5, (z - diaphragmHeight(patient, x, y) + 3.5) * 0.75, 8);
  return {
    liver: new Field({ low: [-140, -104, low], high: [72, 100, -56], step: [5, 5, 5] }, (z) => (x, y) => {
      const right = below(x, y, z);
      const edge = (x - 8 + 0.55 * (y + 20) + 0.25 * (z + 150)) * 0.8;
      const gap = tube(x, y, z, [2, spine(z), -260, 36], [2, spine(z), 0, 36]);
      return smoothIntersection(smoothIntersection(right, edge, 14), -gap, 10);
    }),
    spleen: new Field({ low: [36, -20, low], high: [140, 100, -70], step: [5, 5, 5] }, (z) => (x, y) => {
      const dx = (x - 94) / 32;
      const dy = (y - 42) / 44;
      const dz = (z + 168 - patient.diaphragm * 0.8) / 46;
      const body = (Math.sqrt(dx * dx + dy * dy + dz * dz) - 1) * 34;
      return smoothIntersection(body, below(x, y, z), 8);
    }),
    stomach: new Field({ low: [-10, -80, low], high: [120, 60, -60], step: [4, 4, 5] }, (z) => (x, y) => {
      const dx = (x - 62) / 40;
      const dy = (y + 22) / 42;
      const dz = (z + 160 - patient.diaphragm * 0.8) / 46;
      const body = (Math.sqrt(dx * dx + dy * dy + dz * dz) - 1) * 40;
      return smoothIntersection(body, below(x, y, z) + 3, 10);
    }),
  };
}

/** Distance to a chain of tubes, as a cover of `extra` millimetres. */
export function chainDistance(path: readonly TubePoint[], extra: number): (x: number, y: number, z: number) => number {
  return (x, y, z) => {
    let nearest = 1000;
    for (let index = 1; index < path.length; index++) {
      nearest = Math.min(nearest, tube(x, y, z, path[index - 1]!, path[index]!));
    }
    return nearest - extra;
  };
}
