/**
 * A series as a study's scan finds it: what it is, whether a volume can be made of it and why not, and where its
 * pixels are. Nothing of it is decoded yet.
 *
 *     for (const series of study.series) console.log(series.description, series.reasons.map(({ code }) => code));
 */
import type { Warning } from "../../errors.ts";
import type { DicomObject, Frame } from "../dicom/image.ts";
import type { ImageFile } from "../formats/image-file.ts";
import type { Geometry, Triple } from "../geometry.ts";

export type Orientation = "axial" | "coronal" | "sagittal" | "oblique";

/** One slice: a frame of an object. */
export interface Slice {
  readonly object: DicomObject;
  readonly frame: Frame;
  readonly frameIndex: number;
}

/** A slice in its place within a stack. */
export interface PlacedSlice extends Slice {
  /** How far its first pixel lies beside the stack's, in columns and rows; 0 unless the stack is sheared. */
  readonly shift: readonly [number, number];
}

/** Parallel slices at even distances: all that is needed to build the volume. */
export interface Stack {
  /** Ascending along the normal (row direction x column direction). */
  readonly slices: readonly PlacedSlice[];
  /** Matrix of the volume; larger than a slice's when shifted slices need the room. */
  readonly columns: number;
  readonly rows: number;
  /** Columns and rows added before a slice's own first ones. */
  readonly margin: readonly [number, number];
  /** Steps in the patient from a voxel to its neighbour: column, row, slice. */
  readonly steps: readonly [Triple, Triple, Triple];
  readonly origin: Triple;
  /** Whether HU have fractions: Float32 instead of Int16. */
  readonly fractional: boolean;
}

export type SeriesPixels =
  | { readonly kind: "stack"; readonly stack: Stack }
  | { readonly kind: "file"; readonly file: ImageFile };

export interface Series {
  /** Empty for a file of a format without identifiers. */
  readonly seriesInstanceUid: string;
  readonly studyInstanceUid: string;
  readonly modality: string;
  readonly description: string;
  readonly seriesNumber: number | undefined;
  readonly accepted: boolean;
  /** Why no volume can be made of it; empty when accepted. */
  readonly reasons: readonly Warning[];
  /** What was wrong with it and is mended or tolerated. */
  readonly warnings: readonly Warning[];
  readonly slices: number;
  readonly rows: number;
  readonly columns: number;
  /** Millimetres between columns, rows, slices; undefined when not all are known. */
  readonly spacing: Triple | undefined;
  readonly orientation: Orientation | undefined;
  /** Its identifier, or undefined for other formats. */
  readonly transferSyntax: string | undefined;
  readonly contrastAgent: string | undefined;
  readonly kernel: string | undefined;
  /** Nominal slice thickness in millimetres. */
  readonly sliceThickness: number | undefined;
  /** The grid of the volume; undefined when refused. */
  readonly geometry: Geometry | undefined;
  /** Undefined when refused. */
  readonly pixels: SeriesPixels | undefined;
  /** The files it is made of. */
  readonly files: readonly string[];
}

/** A file that belongs to no series, and why. */
export interface SkippedFile extends Warning {
  readonly file: string;
}

export interface ScannedStudy {
  readonly series: readonly Series[];
  readonly skipped: readonly SkippedFile[];
}
