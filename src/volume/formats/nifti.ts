/**
 * NIfTI-1 and NIfTI-2, single file, plain or gzipped: the header.
 *
 *     const header = parseNifti(firstBytes, "scan.nii.gz");   // throws when it is none
 *
 * NIfTI counts x to the right and y to the front (RAS); we turn both into DICOM's LPS. The sform matrix counts when
 * its code is set, else the qform quaternion; a file with neither doesn't say where it lies and is refused.
 * Source: the NIfTI-1.1 and NIfTI-2 headers (nifti.nimh.nih.gov).
 */
import { RefusedError } from "../../errors.ts";
import type { Triple } from "../geometry.ts";
import { checkSize, type Grid, gridFromMatrix } from "./grid.ts";
import type { Rescale, ValueFormat, ValueType } from "./values.ts";
import { bytesPerValue } from "./values.ts";

/** What a header says about the values that follow it. */
export interface ImageHeader {
  readonly grid: Grid;
  readonly format: ValueFormat;
  readonly rescale: Rescale;
  /** Where the values start in the (inflated) file, and how many bytes they take. */
  readonly dataStart: number;
  readonly dataLength: number;
}

const valueTypes: Readonly<Record<number, ValueType>> = {
  2: "uint8",
  4: "int16",
  8: "int32",
  16: "float32",
  64: "float64",
  256: "int8",
  512: "uint16",
  768: "uint32",
  1024: "int64",
  1280: "uint64",
};

/** Millimetres in NIfTI's units of length; 0 is "unknown", which everybody takes for millimetres. */
const millimetres: Readonly<Record<number, number>> = { 0: 1, 1: 1000, 2: 1, 3: 1e-3 };

export const niftiHeaderLength = 544;

/** Whether these first bytes are a NIfTI header, in either byte order. */
export function isNifti(head: Uint8Array): boolean {
  if (head.length < 348) return false;
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const size = [view.getInt32(0, true), view.getInt32(0, false)];
  const magicAt = size.includes(348) ? 344 : size.includes(540) ? 4 : -1;
  if (magicAt < 0) return false;
  return head[magicAt] === 0x6e && (head[magicAt + 1] === 0x2b || head[magicAt + 1] === 0x69);
}

interface RawHeader {
  readonly littleEndian: boolean;
  readonly dimensions: readonly number[];
  readonly dataType: number;
  readonly spacing: readonly number[];
  readonly dataStart: number;
  readonly slope: number;
  readonly intercept: number;
  readonly units: number;
  readonly qformCode: number;
  readonly sformCode: number;
  readonly quaternion: Triple;
  readonly offset: Triple;
  readonly rows: readonly [readonly number[], readonly number[], readonly number[]];
}

function readRaw(head: Uint8Array): RawHeader {
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const littleEndian = [348, 540].includes(view.getInt32(0, true));
  const int16 = (at: number) => view.getInt16(at, littleEndian);
  const int32 = (at: number) => view.getInt32(at, littleEndian);
  const int64 = (at: number) => Number(view.getBigInt64(at, littleEndian));
  const float = (at: number) => view.getFloat32(at, littleEndian);
  const double = (at: number) => view.getFloat64(at, littleEndian);
  const many = (count: number, read: (at: number) => number, start: number, step: number) =>
    Array.from({ length: count }, (_, index) => read(start + index * step));
  const triple = (read: (at: number) => number, start: number, step: number) =>
    many(3, read, start, step) as unknown as Triple;
  if (view.getInt32(0, littleEndian) === 348) {
    return {
      littleEndian,
      dimensions: many(8, int16, 40, 2),
      dataType: int16(70),
      spacing: many(8, float, 76, 4),
      dataStart: float(108),
      slope: float(112),
      intercept: float(116),
      units: head[123]! & 7,
      qformCode: int16(252),
      sformCode: int16(254),
      quaternion: triple(float, 256, 4),
      offset: triple(float, 268, 4),
      rows: [many(4, float, 280, 4), many(4, float, 296, 4), many(4, float, 312, 4)],
    };
  }
  return {
    littleEndian,
    dimensions: many(8, int64, 16, 8),
    dataType: int16(12),
    spacing: many(8, double, 104, 8),
    dataStart: int64(168),
    slope: double(176),
    intercept: double(184),
    units: int32(500) & 7,
    qformCode: int32(344),
    sformCode: int32(348),
    quaternion: triple(double, 352, 8),
    offset: triple(double, 376, 8),
    rows: [many(4, double, 400, 8), many(4, double, 432, 8), many(4, double, 464, 8)],
  };
}

/** The three steps of the qform: a rotation by a quaternion, scaled by the spacing, third axis turned by qfac. */
function quaternionSteps({ quaternion: [b, c, d], spacing }: RawHeader): readonly [Triple, Triple, Triple] {
  const a = Math.sqrt(Math.max(0, 1 - b * b - c * c - d * d));
  const turn = spacing[0]! < 0 ? -1 : 1;
  const [dx, dy, dz] = [spacing[1]!, spacing[2]!, spacing[3]! * turn];
  return [
    [(a * a + b * b - c * c - d * d) * dx, 2 * (b * c + a * d) * dx, 2 * (b * d - a * c) * dx],
    [2 * (b * c - a * d) * dy, (a * a + c * c - b * b - d * d) * dy, 2 * (c * d + a * b) * dy],
    [2 * (b * d + a * c) * dz, 2 * (c * d - a * b) * dz, (a * a + d * d - b * b - c * c) * dz],
  ];
}

/** The header in `head`, the file's first bytes (544 are enough). Throws RefusedError. */
export function parseNifti(head: Uint8Array, name: string): ImageHeader {
  if (!isNifti(head)) throw new RefusedError("format-unknown", `${name}: not a NIfTI file`);
  const needed = [348, 540].find((size) => {
    const view = new DataView(head.buffer, head.byteOffset, head.length);
    return view.getInt32(0, true) === size || view.getInt32(0, false) === size;
  })!;
  if (head.length < needed) throw new RefusedError("file-truncated", `${name}: ends within its header`);
  if (head[needed === 348 ? 345 : 5] === 0x69) {
    throw new RefusedError("format-unknown", `${name}: is a NIfTI header whose image is in another file`, {
      hint: "convert the pair into a single .nii file",
    });
  }
  const raw = readRaw(head);
  const [dimensions = 0] = raw.dimensions;
  const extra = raw.dimensions.slice(4, 1 + Math.min(Math.max(dimensions, 0), 7));
  if (dimensions < 3 || dimensions > 7 || extra.some((side) => side > 1)) {
    throw new RefusedError("file-corrupt", `${name}: is not a single three-dimensional image`);
  }
  const size = raw.dimensions.slice(1, 4);
  checkSize(size, name);
  const type = valueTypes[raw.dataType];
  if (type === undefined) {
    throw new RefusedError("format-unknown", `${name}: its values (NIfTI type ${raw.dataType}) are not single numbers`);
  }
  const dataStart = Math.floor(raw.dataStart);
  if (!(dataStart >= needed && dataStart <= 2 ** 31)) {
    throw new RefusedError("file-corrupt", `${name}: its image starts at byte ${raw.dataStart}`);
  }
  return {
    grid: grid(raw, size, name),
    format: { type, littleEndian: raw.littleEndian },
    rescale: rescale(raw),
    dataStart,
    dataLength: size[0] * size[1] * size[2] * bytesPerValue[type],
  };
}

/** A slope of 0, or none, means that the values are stored unscaled. */
function rescale({ slope, intercept }: RawHeader): Rescale {
  if (slope === 0 || !Number.isFinite(slope) || !Number.isFinite(intercept)) return { slope: 1, intercept: 0 };
  return { slope, intercept };
}

function grid(raw: RawHeader, size: Triple, name: string): Grid {
  const unit = millimetres[raw.units] ?? 1;
  const toLps = ([x, y, z]: Triple): Triple => [-x * unit, -y * unit, z * unit];
  const fromSform = (): Grid => {
    const column = (index: number): Triple => [raw.rows[0][index]!, raw.rows[1][index]!, raw.rows[2][index]!];
    return gridFromMatrix(size, [toLps(column(0)), toLps(column(1)), toLps(column(2))], toLps(column(3)), name);
  };
  const fromQform = (): Grid => {
    const [x, y, z] = quaternionSteps(raw);
    return gridFromMatrix(size, [toLps(x), toLps(y), toLps(z)], toLps(raw.offset), name);
  };
  if (raw.sformCode > 0 && raw.qformCode > 0) {
    // An sform may be any affine, a registration for one; the qform is then the scanner's own grid.
    try {
      return fromSform();
    } catch {
      return fromQform();
    }
  }
  if (raw.sformCode > 0) return fromSform();
  if (raw.qformCode > 0) return fromQform();
  throw new RefusedError("position-missing", `${name}: says neither by qform nor by sform where it lies`);
}
