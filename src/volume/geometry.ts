/**
 * Where voxels lie in the patient.
 *
 *     const peak = toPatient(volume.geometry, voxelPoint(120, 88, 31));   // millimetres, LPS
 *
 * Patient coordinates are DICOM's: x grows to the patient's left, y to the back, z to the head, in millimetres
 * (PS3.3 C.7.6.2.1.1). Voxel coordinates count columns, rows and slices from the centre of the first voxel.
 * The two are different types: an index can't be passed where millimetres are meant.
 */

declare const unit: unique symbol;

/** A point in the patient, [x, y, z] in millimetres, LPS. */
export type PatientPoint = readonly [number, number, number] & { readonly [unit]: "millimetres" };
/** A point on the grid, [column, row, slice]; fractions lie between voxels. */
export type VoxelPoint = readonly [number, number, number] & { readonly [unit]: "voxels" };

export const patientPoint = (x: number, y: number, z: number): PatientPoint => [x, y, z] as unknown as PatientPoint;
export const voxelPoint = (column: number, row: number, slice: number): VoxelPoint =>
  [column, row, slice] as unknown as VoxelPoint;

export type Triple = readonly [number, number, number];

/** A regular grid of voxels in the patient. */
export interface Geometry {
  /** Columns, rows, slices. */
  readonly size: Triple;
  /** Millimetres between neighbouring columns, rows, slices; all > 0. */
  readonly spacing: Triple;
  /** Where the centre of voxel (0, 0, 0) lies. */
  readonly origin: PatientPoint;
  /** Unit vectors along growing column, row and slice index. Orthonormal; may be left-handed. */
  readonly axes: readonly [Triple, Triple, Triple];
}

export function toPatient(geometry: Geometry, point: VoxelPoint): PatientPoint {
  const { origin, spacing, axes } = geometry;
  const along = [point[0] * spacing[0], point[1] * spacing[1], point[2] * spacing[2]] as const;
  return patientPoint(
    origin[0] + along[0] * axes[0][0] + along[1] * axes[1][0] + along[2] * axes[2][0],
    origin[1] + along[0] * axes[0][1] + along[1] * axes[1][1] + along[2] * axes[2][1],
    origin[2] + along[0] * axes[0][2] + along[1] * axes[1][2] + along[2] * axes[2][2],
  );
}

/** The inverse of {@link toPatient}; axes are orthonormal, so their inverse is their transpose. */
export function toVoxel(geometry: Geometry, point: PatientPoint): VoxelPoint {
  const { origin, spacing, axes } = geometry;
  const offset = [point[0] - origin[0], point[1] - origin[1], point[2] - origin[2]] as const;
  const along = (axis: 0 | 1 | 2) =>
    (offset[0] * axes[axis][0] + offset[1] * axes[axis][1] + offset[2] * axes[axis][2]) / spacing[axis];
  return voxelPoint(along(0), along(1), along(2));
}

export const voxelCount = ({ size }: Geometry): number => size[0] * size[1] * size[2];

/** The vector product: the normal of two directions. */
export const cross = (a: Triple, b: Triple): Triple => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];
