/**
 * What objects that refer to a CT need to know of it: whose it is, and which image lies where.
 *
 *     const source = await sourceSeries(chest.series);
 *     source.imageAt(point)?.frameNumber;
 *
 * An image is a slice of the volume: an object of its own, or a frame of a multi-frame object (enhanced CT), of which a
 * series may hold several, as the parts of a concatenation. Only the images the volume was made of are referred to, not
 * what else is in their series or in their objects.
 */
import { RefusedError } from "../../errors.ts";
import { uidFrom } from "../../volume/dicom-write/index.ts";
import type { PatientPoint, Series, Stack, Triple } from "../../volume/index.ts";
import { assertOneSeries } from "./assert-one-series.ts";
import { type DicomHeader, headerOf, type Keyword } from "./header.ts";

export interface SourceInstance {
  readonly sopClassUID: string;
  readonly sopInstanceUID: string;
}

export interface SourceImage extends SourceInstance {
  /** Which frame of the object, counted from 1; undefined where the object has no other. */
  readonly frameNumber: number | undefined;
}

export interface SourceSeries {
  readonly seriesInstanceUID: string;
  /** One that follows from the series where its images don't say. */
  readonly frameOfReferenceUID: string;
  /** Patient and study attributes by keyword, to stand in the new object as they stand in the images. */
  readonly patientAndStudy: Readonly<Record<string, string>>;
  /** The objects that hold the images, each once. */
  readonly instances: readonly SourceInstance[];
  /** The image whose plane is nearest to a point; undefined where that is more than half a slice away. */
  imageAt(point: PatientPoint): SourceImage | undefined;
}

/** Attributes of the patient and general study modules (PS3.3 C.7.1.1, C.7.2.1); type 2 ones are empty where unknown. */
const patientAndStudyKeywords: readonly Keyword[] = [
  "PatientName",
  "PatientID",
  "PatientBirthDate",
  "PatientSex",
  "PatientAge",
  "StudyInstanceUID",
  "StudyDate",
  "StudyTime",
  "StudyID",
  "StudyDescription",
  "AccessionNumber",
  "ReferringPhysicianName",
  // It holds for every date and time of an object, those of the study too, so it comes with them or not at all.
  "TimezoneOffsetFromUTC",
];
const requiredEmpty: ReadonlySet<Keyword> = new Set<Keyword>([
  "PatientName",
  "PatientID",
  "PatientBirthDate",
  "PatientSex",
  "StudyDate",
  "StudyTime",
  "StudyID",
  "AccessionNumber",
  "ReferringPhysicianName",
]);

/** Half a slice, with room for rounding. */
const within = 0.5 + 1e-3;

/**
 * @param series that a volume was or can be made of
 * @throws RefusedError `segmentation-source-missing` where it is not made of DICOM images that can be named,
 *   `segmentation-source-mixed` where they don't belong together
 */
export async function sourceSeries(series: Series): Promise<SourceSeries> {
  const { seriesInstanceUid, pixels, description } = series;
  const name = description || seriesInstanceUid;
  if (pixels?.kind !== "stack") throw missing("the CT is not a series of DICOM images");
  const { stack } = pixels;
  const unnamed = stack.slices.some(({ object }) => object.sopClass === "" || object.sopInstanceUid === "");
  if (unnamed || seriesInstanceUid === "") throw missing(`${name}: its images have no identifiers`);
  assertOneSeries(stack.slices, name);
  const first = stack.slices[0]!.object;
  const header = await headerOf(first.source);
  if (!header) throw missing(`${name}: its images are no longer there`);
  const named = stack.slices.find(({ object }) => object.frameOfReferenceUid !== "");
  return {
    seriesInstanceUID: seriesInstanceUid,
    frameOfReferenceUID:
      named?.object.frameOfReferenceUid ?? uidFrom(0, seriesInstanceUid, "frame of reference the images lack"),
    patientAndStudy: patientAndStudy(header),
    instances: instancesOf(stack),
    imageAt: imageFinder(stack),
  };
}

const missing = (message: string): RefusedError =>
  new RefusedError("segmentation-source-missing", message, {
    hint: "DICOM results need the DICOM images they refer to",
  });

/** Whether an error says that no DICOM object can refer to a series, which other results of it can do without. */
export const isUnreferable = (error: unknown): error is RefusedError =>
  error instanceof RefusedError &&
  (error.code === "segmentation-source-missing" || error.code === "segmentation-source-mixed");

const patientAndStudy = (header: DicomHeader): Readonly<Record<string, string>> =>
  Object.fromEntries(
    patientAndStudyKeywords
      .map((keyword) => [keyword, header.text(keyword)] as const)
      .filter(([keyword, value]) => value !== "" || requiredEmpty.has(keyword)),
  );

function instancesOf({ slices }: Stack): SourceInstance[] {
  const classes = new Map(slices.map(({ object }) => [object.sopInstanceUid, object.sopClass]));
  return [...classes].map(([sopInstanceUID, sopClassUID]) => ({ sopClassUID, sopInstanceUID }));
}

function imageFinder({ slices, steps }: Stack): SourceSeries["imageAt"] {
  const [, , step] = steps;
  const spacing = Math.hypot(...step);
  /** Along the normal, in slices. */
  const along = (point: Triple) => (point[0] * step[0] + point[1] * step[1] + point[2] * step[2]) / spacing ** 2;
  const placed = slices.map((slice) => ({ slice, at: along(slice.frame.position!) }));
  return (point) => {
    const at = along(point);
    const nearest = placed.reduce((best, other) => (Math.abs(other.at - at) < Math.abs(best.at - at) ? other : best));
    if (Math.abs(nearest.at - at) > within) return undefined;
    const { object, frameIndex } = nearest.slice;
    return {
      sopClassUID: object.sopClass,
      sopInstanceUID: object.sopInstanceUid,
      frameNumber: object.frames.length > 1 ? frameIndex + 1 : undefined,
    };
  };
}
