/**
 * Signed distances of simple solids, in millimetres, negative inside: the bricks of the anatomy.
 *
 *     const heart = smoothUnion(ellipsoid(x, y, z, atrium), ellipsoid(x, y, z, ventricle), 8);
 *
 * Distances are exact for tubes and first-order for ellipsoids: right at the surface, where partial volume is decided.
 */
export type Vector = readonly [number, number, number];

export interface Ellipsoid {
  readonly centre: Vector;
  readonly radii: Vector;
  /** Unit vectors of the three radii; the coordinate axes when absent. */
  readonly axes?: readonly [Vector, Vector, Vector];
}

export function ellipsoid(x: number, y: number, z: number, { centre, radii, axes }: Ellipsoid): number {
  let u = x - centre[0];
  let v = y - centre[1];
  let w = z - centre[2];
  if (axes) {
    const [a, b, c] = axes;
    [u, v, w] = [u * a[0] + v * a[1] + w * a[2], u * b[0] + v * b[1] + w * b[2], u * c[0] + v * c[1] + w * c[2]];
  }
  u /= radii[0];
  v /= radii[1];
  w /= radii[2];
  const length = Math.sqrt(u * u + v * v + w * w);
  u /= radii[0];
  v /= radii[1];
  w /= radii[2];
  const slope = Math.sqrt(u * u + v * v + w * w);
  return slope === 0 ? -Math.min(radii[0], radii[1], radii[2]) : (length * (length - 1)) / slope;
}

/** A point of a tube's centre line with the tube's radius there. */
export type TubePoint = readonly [x: number, y: number, z: number, radius: number];

/** Distance to a tube between two points, round at both ends, its radius changing evenly. */
export function tube(x: number, y: number, z: number, from: TubePoint, to: TubePoint): number {
  const dx = to[0] - from[0];
  const dy = to[1] - from[1];
  const dz = to[2] - from[2];
  const px = x - from[0];
  const py = y - from[1];
  const pz = z - from[2];
  const squared = dx * dx + dy * dy + dz * dz;
  const along = squared === 0 ? 0 : Math.min(1, Math.max(0, (px * dx + py * dy + pz * dz) / squared));
  const ex = px - along * dx;
  const ey = py - along * dy;
  const ez = pz - along * dz;
  return Math.sqrt(ex * ex + ey * ey + ez * ez) - (from[3] + along * (to[3] - from[3]));
}

/** The nearer of two solids, their crease filled over `width` millimetres. */
export function smoothUnion(one: number, other: number, width: number): number {
  const blend = Math.max(width - Math.abs(one - other), 0) / width;
  return Math.min(one, other) - blend * blend * width * 0.25;
}

export const smoothIntersection = (one: number, other: number, width: number): number =>
  -smoothUnion(-one, -other, width);

/** A bell of height 1 at 0 and width 1. */
export const bell = (value: number): number => Math.exp(-0.5 * value * value);

/** A curve through points, evenly between them and level beyond them. @param points [place, value], places growing */
export function profile(points: readonly (readonly [number, number])[]): (place: number) => number {
  return (place) => {
    const first = points[0]!;
    if (place <= first[0]) return first[1];
    for (let index = 1; index < points.length; index++) {
      const [end, value] = points[index]!;
      if (place > end) continue;
      const [start, before] = points[index - 1]!;
      // Eased, so that the outline has no rings where points lie.
      const part = (place - start) / (end - start);
      return before + (value - before) * part * part * (3 - 2 * part) * 0.5 + (value - before) * part * 0.5;
    }
    return points.at(-1)![1];
  };
}
