/**
 * Which way each plane looks: along the axes of the CT itself, so that a plane shows slices as they were acquired, also
 * where they lie oblique to the patient.
 *
 *     const { axial } = planeOrientations(volume.geometry);
 *     axial.viewPlaneNormal;              // [0, 0, -1] where slices lie straight across the patient
 *
 * Axial is read from the feet, coronal from the front, sagittal from the left, as is usual.
 */
import type { Geometry, Triple } from "../../../src/volume/index.ts";
import type { Plane } from "./viewer.ts";

export interface PlaneOrientation {
  /** Towards the reader. */
  readonly viewPlaneNormal: [number, number, number];
  readonly viewUp: [number, number, number];
  /** The axis of the grid that goes through the plane: 2 where it shows the slices of the CT. */
  readonly axis: 0 | 1 | 2;
}

type Axis = 0 | 1 | 2;

/** Normal and up of each plane in a patient who lies straight in the scanner. */
const usual: Readonly<Record<Plane, { readonly normal: Triple; readonly up: Triple }>> = {
  axial: { normal: [0, 0, -1], up: [0, -1, 0] },
  coronal: { normal: [0, -1, 0], up: [0, 0, 1] },
  sagittal: { normal: [1, 0, 0], up: [0, 0, 1] },
};

const orders: readonly (readonly [Axis, Axis, Axis])[] = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
];

export function planeOrientations({ axes }: Geometry): Readonly<Record<Plane, PlaneOrientation>> {
  // The axis of the grid that is nearest to each of the patient's x, y and z; no axis stands for two.
  const along = (order: readonly [Axis, Axis, Axis]) =>
    Math.abs(axes[order[0]][0]) + Math.abs(axes[order[1]][1]) + Math.abs(axes[order[2]][2]);
  const nearest = orders.reduce((best, order) => (along(order) > along(best) ? order : best));
  const axisAlong = (direction: Triple): Axis => nearest[direction.findIndex((part) => part !== 0)]!;
  const towards = (direction: Triple): [number, number, number] => {
    const [x, y, z] = axes[axisAlong(direction)];
    const sign = x * direction[0] + y * direction[1] + z * direction[2] < 0 ? -1 : 1;
    return [sign * x || 0, sign * y || 0, sign * z || 0];
  };
  const orientation = ({ normal, up }: { normal: Triple; up: Triple }): PlaneOrientation => ({
    viewPlaneNormal: towards(normal),
    viewUp: towards(up),
    axis: axisAlong(normal),
  });
  return {
    axial: orientation(usual.axial),
    coronal: orientation(usual.coronal),
    sagittal: orientation(usual.sagittal),
  };
}
