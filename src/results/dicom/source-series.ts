/**
 * What objects that refer to a CT need to know of it: whose it is, and which image lies where.
 *
 *     const source = await sourceSeries(sources, seriesInstanceUID);
 *     source.instanceAt(point, 1.25)?.sopInstanceUID;
 */
import { RefusedError } from "../../errors.ts";
import { uidFrom } from "../../volume/dicom-write/index.ts";
import { type ByteSource, cross, type PatientPoint, type Triple } from "../../volume/index.ts";
import { type Header, headerOf, type Keyword } from "./header.ts";

export interface SourceInstance {
  readonly sopClassUID: string;
  readonly sopInstanceUID: string;
}

export interface SourceSeries {
  readonly seriesInstanceUID: string;
  /** One that follows from the series where its images don't say. */
  readonly frameOfReferenceUID: string;
  /** Patient and study attributes by keyword, to stand in the new object as they stand in the images. */
  readonly patientAndStudy: Readonly<Record<string, string>>;
  /** All images of the series. */
  readonly instances: readonly SourceInstance[];
  /** The image whose plane lies within `tolerance` millimetres of a point, the nearest one. */
  instanceAt(point: PatientPoint, tolerance: number): SourceInstance | undefined;
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

interface Image extends SourceInstance {
  readonly header: Header;
  readonly position: readonly number[];
  readonly orientation: readonly number[];
}

/**
 * @param sources DICOM files; those that are not images of the series are passed over
 * @throws RefusedError where none of them belongs to the series
 */
export async function sourceSeries(sources: readonly ByteSource[], seriesInstanceUID: string): Promise<SourceSeries> {
  const images: Image[] = [];
  for (const source of sources) {
    const image = await readImage(source, seriesInstanceUID);
    if (image) images.push(image);
  }
  const first = images[0];
  if (!first) {
    throw new RefusedError(
      "segmentation-source-missing",
      `none of the files is an image of series ${seriesInstanceUID}`,
      {
        hint: "DICOM results need the DICOM images they refer to",
      },
    );
  }
  const { header } = first;
  const normal = normalOf(first.orientation);
  const along = (point: readonly number[]) => point[0]! * normal[0] + point[1]! * normal[1] + point[2]! * normal[2];
  const placed = images.map((image) => ({ image, at: along(image.position) }));
  return {
    seriesInstanceUID,
    frameOfReferenceUID:
      header.text("FrameOfReferenceUID") || uidFrom(0, seriesInstanceUID, "frame of reference the images lack"),
    patientAndStudy: Object.fromEntries(
      patientAndStudyKeywords
        .map((keyword) => [keyword, header.text(keyword)] as const)
        .filter(([keyword, value]) => value !== "" || requiredEmpty.has(keyword)),
    ),
    instances: images.map(instanceOf),
    instanceAt: (point, tolerance) => {
      const at = along(point);
      const nearest = placed.reduce((best, other) => (Math.abs(other.at - at) < Math.abs(best.at - at) ? other : best));
      if (Math.abs(nearest.at - at) > tolerance) return undefined;
      return instanceOf(nearest.image);
    },
  };
}

const instanceOf = ({ sopClassUID, sopInstanceUID }: SourceInstance): SourceInstance => ({
  sopClassUID,
  sopInstanceUID,
});

/** Undefined for what is no image of the series, and for one object that holds all of its slices. */
async function readImage(source: ByteSource, seriesInstanceUID: string): Promise<Image | undefined> {
  const header = await headerOf(source);
  if (!header || seriesInstanceUID === "" || header.text("SeriesInstanceUID") !== seriesInstanceUID) return undefined;
  const position = header.numbers("ImagePositionPatient");
  const orientation = header.numbers("ImageOrientationPatient");
  const sopClassUID = header.text("SOPClassUID");
  const sopInstanceUID = header.text("SOPInstanceUID");
  if (position.length !== 3 || orientation.length !== 6 || sopClassUID === "" || sopInstanceUID === "")
    return undefined;
  return { header, position, orientation, sopClassUID, sopInstanceUID };
}

function normalOf(orientation: readonly number[]): Triple {
  const [a, b, c, d, e, f] = orientation as [number, number, number, number, number, number];
  return cross([a, b, c], [d, e, f]);
}
