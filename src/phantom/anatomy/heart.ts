/**
 * The heart: four chambers, the muscle of the ventricles, and the outline that the lungs see.
 *
 *     const heart = buildHeart(patient);
 *     heart.leftVentricle.at(46, -24, -96) < 0     // in its blood
 */
import { type Box, Field } from "./field.ts";
import type { Patient } from "./patient.ts";
import { type Ellipsoid, ellipsoid, smoothUnion, tube, type Vector } from "./shapes.ts";

export interface Heart {
  /** Blood of the chambers. */
  readonly leftVentricle: Field;
  readonly rightVentricle: Field;
  readonly leftAtrium: Field;
  readonly rightAtrium: Field;
  /** Muscle and blood together, without the fat around. */
  readonly muscle: Field;
  /** Outline with its fat, for the mediastinum. */
  readonly outline: (x: number, y: number, z: number) => number;
}

const base: Vector = [19, -4, -76];

function unit([x, y, z]: Vector): Vector {
  const length = Math.sqrt(x * x + y * y + z * z);
  return [x / length, y / length, z / length];
}

function cross(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

/** An ellipsoid whose first radius points along a direction. */
function along(centre: Vector, direction: Vector, radii: Vector): Ellipsoid {
  const first = unit(direction);
  const second = unit(cross(first, [0, 0, 1]));
  return { centre, radii, axes: [first, second, cross(first, second)] };
}

/** The chambers grow about the heart's base, so that the vessels keep meeting them. */
function grown(shape: Ellipsoid, by: number): Ellipsoid {
  const from = (axis: 0 | 1 | 2) => base[axis] + (shape.centre[axis] - base[axis]) * by;
  return {
    ...shape,
    centre: [from(0), from(1), from(2)],
    radii: [shape.radii[0] * by, shape.radii[1] * by, shape.radii[2] * by],
  };
}

export function buildHeart(patient: Patient): Heart {
  const apexward: Vector = [0.74, -0.5, -0.46];
  const left = grown(along([44, -24, -95], apexward, [44, 23, 24]), patient.heart);
  const muscle: Ellipsoid = { ...left, radii: [left.radii[0] + 9, left.radii[1] + 10, left.radii[2] + 10] };
  const right = grown(along([16, -52, -96], [0.86, -0.26, -0.44], [46, 23, 31]), patient.heart);
  const strained: Ellipsoid = {
    ...right,
    radii: [right.radii[0], right.radii[1] * patient.rightVentricle ** 1.5, right.radii[2] * patient.rightVentricle],
  };
  const atrium = grown({ centre: [4, 22, -61], radii: [37, 19, 22] }, patient.heart);
  const rightAtrium = grown(
    { centre: [-39, -20, -78], radii: [24, 28, 29] },
    patient.heart * (1 + (patient.rightVentricle - 1) * 0.5),
  );
  const appendage = grown(along([46, -6, -42], [0.5, -0.6, 0.6], [18, 9, 10]), patient.heart);
  const ventricle = (x: number, y: number, z: number) =>
    smoothUnion(
      ellipsoid(x, y, z, left),
      Math.max(tube(x, y, z, [20, -10, -80, 15], [4, -22, -60, 13]), ellipsoid(x, y, z, muscle)),
      6,
    );
  const outflow = (x: number, y: number, z: number) => tube(x, y, z, [6, -60, -76, 17], [13, -50, -42, 14]);
  const rightBlood = (x: number, y: number, z: number) =>
    Math.max(smoothUnion(ellipsoid(x, y, z, strained), outflow(x, y, z), 12), -ellipsoid(x, y, z, muscle));
  const leftBlood = (x: number, y: number, z: number) =>
    smoothUnion(ellipsoid(x, y, z, atrium), ellipsoid(x, y, z, appendage), 6);
  const whole = (x: number, y: number, z: number) =>
    Math.min(ellipsoid(x, y, z, muscle), rightBlood(x, y, z) - 3.5, ellipsoid(x, y, z, rightAtrium) - 2);
  return {
    leftVentricle: around([left], 14, ventricle),
    rightVentricle: around([strained, ball([8, -56, -62], 32)], 6, rightBlood),
    leftAtrium: around([atrium, appendage], 6, leftBlood),
    rightAtrium: around([rightAtrium], 6, (x, y, z) => ellipsoid(x, y, z, rightAtrium)),
    muscle: around([muscle, strained, rightAtrium, ball([8, -56, -62], 32)], 8, whole),
    outline: (x, y, z) =>
      smoothUnion(
        smoothUnion(ellipsoid(x, y, z, muscle), ellipsoid(x, y, z, strained) - 4, 20),
        smoothUnion(ellipsoid(x, y, z, atrium), ellipsoid(x, y, z, rightAtrium) - 2, 20),
        16,
      ) -
      (3 + patient.fat * 0.08),
  };
}

const ball = (centre: Vector, radius: number): Ellipsoid => ({ centre, radii: [radius, radius, radius] });

/** Samples a solid on a box just large enough for the ellipsoids it is made of. */
function around(
  parts: readonly Ellipsoid[],
  margin: number,
  formula: (x: number, y: number, z: number) => number,
): Field {
  const reach = (part: Ellipsoid, axis: 0 | 1 | 2): number =>
    part.axes
      ? Math.hypot(...part.axes.map((way, radius) => way[axis] * part.radii[radius as 0 | 1 | 2]))
      : part.radii[axis];
  const edge = (axis: 0 | 1 | 2, sign: 1 | -1): number =>
    sign * Math.max(...parts.map((part) => sign * part.centre[axis] + reach(part, axis))) + sign * margin;
  const box: Box = {
    low: [edge(0, -1), edge(1, -1), edge(2, -1)],
    high: [edge(0, 1), edge(1, 1), edge(2, 1)],
    step: [3.5, 3.5, 3.5],
  };
  return new Field(box, (z) => (x, y) => formula(x, y, z));
}
