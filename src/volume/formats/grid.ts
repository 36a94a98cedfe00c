/**
 * From the matrix in a file's header to a geometry whose axes run the way every later step expects: columns toward
 * the patient's left, rows toward the back, slices toward the head, as nearly as the grid allows.
 *
 *     const grid = gridFromMatrix(size, [columnStep, rowStep, sliceStep], origin, "scan.nii");
 *     const volume = { geometry: grid.geometry, voxels: grid.arrange(voxels) };
 *
 * Only whole axes are swapped or turned round, so no voxel changes its value or its place in the patient.
 */
import { RefusedError } from "../../errors.ts";
import { type Geometry, patientPoint, type Triple } from "../geometry.ts";

/** Cosine between two axes above which a grid counts as sheared. NIfTI headers round to about 1e-4. */
const orthogonalTolerance = 2e-3;

/** No CT is bigger: 4096 x 4096 pixels, and 2^31 voxels (4 GiB of Int16) in all. */
export const largestSide = 65_535;
export const largestVoxelCount = 2 ** 31;

type Arrange = <T extends Int16Array | Float32Array | Uint8Array>(voxels: T) => T;

export interface Grid {
  readonly geometry: Geometry;
  /** Puts a file's voxels, first axis fastest, into the geometry's order. Returns its argument when nothing changes. */
  readonly arrange: Arrange;
  /** The same for one slice alone, where the file's third axis is the geometry's. */
  readonly arrangeSlice: Arrange;
  /** Whether that leaves every slice as it is. */
  readonly sliceUnchanged: boolean;
  /** Whether the file's slices run from head to feet. */
  readonly slicesReversed: boolean;
}

const dot = (a: Triple, b: Triple): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

/** Refuses sizes no CT has. */
export function checkSize(size: readonly number[], name: string): asserts size is Triple {
  if (size.length !== 3 || size.some((side) => !Number.isInteger(side) || side < 1)) {
    throw new RefusedError("file-corrupt", `${name}: ${size.join(" x ")} is not the size of a volume`);
  }
  if (size.some((side) => side > largestSide) || size[0]! * size[1]! * size[2]! > largestVoxelCount) {
    throw new RefusedError("too-large", `${name}: ${size.join(" x ")} voxels are more than any CT has`);
  }
}

/**
 * @param size voxels along the file's three axes, fastest first
 * @param steps millimetres in the patient (LPS) from a voxel to its neighbour along each axis
 * @param origin centre of the file's first voxel, LPS millimetres
 */
export function gridFromMatrix(
  size: Triple,
  steps: readonly [Triple, Triple, Triple],
  origin: Triple,
  name: string,
): Grid {
  const spacings = steps.map((step) => Math.hypot(...step)) as unknown as Triple;
  if ([...spacings, ...origin].some((number) => !Number.isFinite(number)) || Math.min(...spacings) < 1e-3) {
    throw new RefusedError("geometry-invalid", `${name}: spacing ${spacings.join(" x ")} mm is not possible`);
  }
  if (Math.max(...spacings) > 1000) {
    throw new RefusedError("geometry-invalid", `${name}: spacing ${spacings.join(" x ")} mm is not possible`);
  }
  const units = steps.map((step, axis) => step.map((part) => part / spacings[axis]!)) as unknown as [
    Triple,
    Triple,
    Triple,
  ];
  const shear = Math.max(
    Math.abs(dot(units[0], units[1])),
    Math.abs(dot(units[0], units[2])),
    Math.abs(dot(units[1], units[2])),
  );
  if (shear > orthogonalTolerance) {
    throw new RefusedError("geometry-invalid", `${name}: the axes of its grid are not at right angles`, {
      hint: "resample it onto an orthogonal grid",
    });
  }
  const order = nearestOrder(units);
  const signs = order.map((axis, target) => (units[axis]![target]! < 0 ? -1 : 1)) as unknown as Triple;
  const corner = [...origin] as [number, number, number];
  for (const target of [0, 1, 2] as const) {
    const axis = order[target];
    if (signs[target] > 0) continue;
    for (const part of [0, 1, 2] as const) corner[part] += steps[axis][part] * (size[axis] - 1);
  }
  const axes = order.map((axis, target) => units[axis].map((part) => part * signs[target]! + 0)) as unknown as [
    Triple,
    Triple,
    Triple,
  ];
  const geometry: Geometry = {
    size: [size[order[0]], size[order[1]], size[order[2]]],
    spacing: [spacings[order[0]], spacings[order[1]], spacings[order[2]]],
    origin: patientPoint(...corner),
    axes: orthonormal(axes),
  };
  const flat: Order = order[0] === 1 && order[1] === 0 ? [1, 0, 2] : [0, 1, 2];
  return {
    geometry,
    arrange: arrangement(size, order, signs),
    arrangeSlice: arrangement([size[0], size[1], 1], flat, [signs[0], signs[1], 1]),
    sliceUnchanged: flat[0] === 0 && signs[0] > 0 && signs[1] > 0,
    slicesReversed: signs[2] < 0,
  };
}

type Axis = 0 | 1 | 2;
type Order = readonly [Axis, Axis, Axis];
const orders: readonly Order[] = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
];

/** Which file axis runs nearest to patient x, y and z. */
function nearestOrder(units: readonly [Triple, Triple, Triple]): Order {
  const closeness = (order: Order) =>
    order.reduce<number>((sum, axis, target) => sum + Math.abs(units[axis][target]!), 0);
  // The first of equals wins, so an exactly oblique grid keeps its own order.
  return orders.reduce((best, order) => (closeness(order) > closeness(best) + 1e-9 ? order : best));
}

/** Rounding in headers leaves axes slightly off; Gram-Schmidt, starting from the slice's own two. */
function orthonormal([a, b, c]: readonly [Triple, Triple, Triple]): readonly [Triple, Triple, Triple] {
  const unit = (v: Triple): Triple => {
    const length = Math.hypot(...v);
    return [v[0] / length, v[1] / length, v[2] / length];
  };
  const without = (v: Triple, u: Triple): Triple => {
    const along = dot(v, u);
    return [v[0] - along * u[0], v[1] - along * u[1], v[2] - along * u[2]];
  };
  const first = unit(a);
  const second = unit(without(b, first));
  return [first, second, unit(without(without(c, first), second))];
}

function arrangement(size: Triple, order: Order, signs: Triple): Arrange {
  const unchanged = order.every((axis, target) => axis === target) && signs.every((sign) => sign > 0);
  if (unchanged) return (voxels) => voxels;
  const strides: Triple = [1, size[0], size[0] * size[1]];
  const [columns, rows, slices] = [size[order[0]], size[order[1]], size[order[2]]];
  const steps = order.map((axis, target) => strides[axis] * signs[target]!) as unknown as Triple;
  const start = order.reduce<number>(
    (sum, axis, target) => sum + (signs[target]! < 0 ? (size[axis] - 1) * strides[axis] : 0),
    0,
  );
  return (voxels) => {
    const result = voxels.slice() as typeof voxels;
    let target = 0;
    for (let slice = 0; slice < slices; slice++) {
      for (let row = 0; row < rows; row++) {
        let source = start + slice * steps[2] + row * steps[1];
        for (let column = 0; column < columns; column++, source += steps[0]) result[target++] = voxels[source]!;
      }
    }
    return result;
  };
}
