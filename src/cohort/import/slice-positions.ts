/**
 * Where the files of a DICOM series lie in the volume that is read of it.
 *
 *     const files = placedFiles(series);
 *     files[0].height;                       // how a cohort names that file's slice
 *
 * A tilted gantry leaves slices beside each other. Reading shifts them within their planes into a larger matrix, whose
 * centre is up to centimetres from the slices' own, in height too. A cohort names slices of the volume as it is read, so
 * a file's height is that of the slice it becomes there, not of its own centre.
 */
import { basename } from "node:path";
import { cross, type Geometry, patientPoint, type Series, toVoxel } from "../../volume/index.ts";
import { sliceHeight } from "../manifest.ts";

export interface PlacedFile {
  /** Without its folder. */
  readonly name: string;
  /** The grid of its one slice, as the file has it. */
  readonly geometry: Geometry;
  /** Millimetres, as cohorts name slices. */
  readonly height: number;
}

/** By name; empty where the series is refused or no DICOM. */
export function placedFiles({ pixels, geometry: volume }: Series): PlacedFile[] {
  if (pixels?.kind !== "stack" || volume === undefined) return [];
  const files = pixels.stack.slices.map(({ object, frame }): PlacedFile => {
    const [along, down] = frame.orientation!;
    const [betweenRows, betweenColumns] = frame.pixelSpacing!;
    const geometry: Geometry = {
      size: [object.pixels!.columns, object.pixels!.rows, 1],
      spacing: [betweenColumns, betweenRows, volume.spacing[2]],
      origin: patientPoint(...frame.position!),
      axes: [along, down, cross(along, down)],
    };
    const slice = Math.round(toVoxel(volume, geometry.origin)[2]);
    return { name: basename(object.source.name), geometry, height: sliceHeight(volume, slice) };
  });
  return files.sort((a, b) => (a.name < b.name ? -1 : 1));
}
