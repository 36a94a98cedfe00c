/**
 * A volume, mask or map as a NIfTI-1 file in memory.
 *
 *     const file = encodeNifti({ geometry, voxels: mask.voxels, description: "annotation" });
 *
 * Little endian, one file; the affine is written both as sform and as qform, in NIfTI's RAS millimetres (x and y of our
 * LPS negated). https://nifti.nimh.nih.gov/pub/dist/src/niftilib/nifti1.h
 */
import { UsageError } from "../../errors.ts";
import { type Geometry, type Triple, voxelCount } from "../geometry.ts";

export interface NiftiImage {
  readonly geometry: Geometry;
  /** Columns fastest, then rows, then slices. */
  readonly voxels: Uint8Array | Int16Array | Float32Array;
  /** What a stored number is multiplied by to give the value; default 1. */
  readonly scale?: number;
  /** At most 79 characters of ASCII, kept in the file. */
  readonly description: string;
}

const headerLength = 348;
/** Header, four bytes that say "no extension". */
const dataOffset = 352;
const millimetres = 2;
const scannerCoordinates = 1;

function dataType(voxels: NiftiImage["voxels"]): { readonly code: number; readonly bits: number } {
  if (voxels instanceof Uint8Array) return { code: 2, bits: 8 };
  if (voxels instanceof Int16Array) return { code: 4, bits: 16 };
  return { code: 16, bits: 32 };
}

/** The uncompressed file. @throws UsageError `option-invalid` when voxels and grid do not match */
export function encodeNifti(image: NiftiImage): Uint8Array {
  const { geometry, voxels, scale = 1, description } = image;
  if (voxels.length !== voxelCount(geometry)) {
    throw new UsageError("option-invalid", `${voxels.length} voxels do not fill ${geometry.size.join(" x ")}`);
  }
  const file = new Uint8Array(dataOffset + voxels.byteLength);
  const header = new DataView(file.buffer);
  const floats = (at: number, values: readonly number[]) =>
    values.forEach((value, index) => {
      header.setFloat32(at + 4 * index, value + 0, true); // no minus zero
    });
  const { code, bits } = dataType(voxels);
  header.setInt32(0, headerLength, true);
  [3, ...geometry.size, 1, 1, 1, 1].forEach((value, index) => {
    header.setInt16(40 + 2 * index, value, true);
  });
  header.setInt16(70, code, true);
  header.setInt16(72, bits, true);
  const { quaternion, handedness } = rotation(geometry);
  floats(76, [handedness, ...geometry.spacing]);
  floats(108, [dataOffset, scale, 0]);
  header.setUint8(123, millimetres);
  file.set(new TextEncoder().encode(description).subarray(0, 79), 148);
  header.setInt16(252, scannerCoordinates, true);
  header.setInt16(254, scannerCoordinates, true);
  const rows = affine(geometry);
  floats(256, [...quaternion, ...rows.map((row) => row[3]!)]);
  rows.forEach((row, index) => {
    floats(280 + 16 * index, row);
  });
  file.set(new TextEncoder().encode("n+1\0"), 344);
  file.set(new Uint8Array(voxels.buffer, voxels.byteOffset, voxels.byteLength), dataOffset);
  return file;
}

const toRas = (vector: Triple): Triple => [-vector[0], -vector[1], vector[2]];

/** Voxel to RAS millimetres, three rows of four. */
function affine({ spacing, origin, axes }: Geometry): number[][] {
  const start = toRas([origin[0], origin[1], origin[2]]);
  const columns = axes.map(toRas);
  return [0, 1, 2].map((row) => [...columns.map((column, axis) => column[row]! * spacing[axis]!), start[row]!]);
}

/** The rotation as NIfTI's quaternion (b, c, d), and -1 where the axes are left-handed, so that the last one is flipped. */
function rotation({ axes }: Geometry): { readonly quaternion: Triple; readonly handedness: 1 | -1 } {
  const [x, y, z] = axes.map(toRas) as [Triple, Triple, Triple];
  const determinant =
    x[0] * (y[1] * z[2] - y[2] * z[1]) - x[1] * (y[0] * z[2] - y[2] * z[0]) + x[2] * (y[0] * z[1] - y[1] * z[0]);
  const handedness = determinant < 0 ? -1 : 1;
  // Columns of the rotation matrix are the axes.
  const [r11, r21, r31] = x;
  const [r12, r22, r32] = y;
  const [r13, r23, r33] = [z[0] * handedness, z[1] * handedness, z[2] * handedness] as const;
  const trace = 1 + r11 + r22 + r33;
  if (trace > 0.5) {
    const a = Math.sqrt(trace) / 2;
    return { quaternion: [(r32 - r23) / (4 * a), (r13 - r31) / (4 * a), (r21 - r12) / (4 * a)], handedness };
  }
  // Near half a turn a is small: start from the largest of b, c, d; a must come out >= 0.
  const squares = [1 + r11 - r22 - r33, 1 - r11 + r22 - r33, 1 - r11 - r22 + r33] as const;
  const largest = squares.indexOf(Math.max(...squares));
  const root = Math.sqrt(squares[largest]!) / 2;
  const signed = ([b, c, d]: Triple, a: number): Triple => (a < 0 ? [-b, -c, -d] : [b, c, d]);
  const quarter = 4 * root;
  if (largest === 0) {
    return { quaternion: signed([root, (r12 + r21) / quarter, (r13 + r31) / quarter], r32 - r23), handedness };
  }
  if (largest === 1) {
    return { quaternion: signed([(r12 + r21) / quarter, root, (r23 + r32) / quarter], r13 - r31), handedness };
  }
  return { quaternion: signed([(r13 + r31) / quarter, (r23 + r32) / quarter, root], r21 - r12), handedness };
}
