/**
 * What objects that refer to a CT need to know of it: whose it is, and which image lies where.
 *
 *     const source = await sourceSeries(sources, seriesInstanceUID);
 *     source.instanceAt(point, 1.25)?.sopInstanceUID;
 */
import dcmjs from "dcmjs";
import { z } from "zod";
import { RefusedError } from "../../errors.ts";
import type { ByteSource, PatientPoint, Triple } from "../../volume/index.ts";

export interface SourceInstance {
  readonly sopClassUID: string;
  readonly sopInstanceUID: string;
}

export interface SourceSeries {
  readonly seriesInstanceUID: string;
  readonly frameOfReferenceUID: string;
  /** Patient and study attributes by keyword, to stand in the new object as they stand in the images. */
  readonly patientAndStudy: Readonly<Record<string, unknown>>;
  /** All images of the series. */
  readonly instances: readonly SourceInstance[];
  /** The image whose plane lies within `tolerance` millimetres of a point, the nearest one. */
  instanceAt(point: PatientPoint, tolerance: number): SourceInstance | undefined;
}

/** Attributes of the patient and general study modules (PS3.3 C.7.1.1, C.7.2.1); type 2 ones are empty where unknown. */
const patientAndStudyKeywords = [
  "SpecificCharacterSet",
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
] as const;
const requiredEmpty = [
  "PatientName",
  "PatientID",
  "PatientBirthDate",
  "PatientSex",
  "StudyDate",
  "StudyTime",
  "StudyID",
  "AccessionNumber",
  "ReferringPhysicianName",
];

const imageSchema = z.looseObject({
  SOPClassUID: z.string(),
  SOPInstanceUID: z.string(),
  SeriesInstanceUID: z.string(),
  FrameOfReferenceUID: z.string(),
  ImagePositionPatient: z.array(z.coerce.number()).length(3),
  ImageOrientationPatient: z.array(z.coerce.number()).length(6),
});
type Image = z.infer<typeof imageSchema>;

/**
 * @param sources DICOM files; those that are not images of the series are passed over
 * @throws RefusedError where none of them belongs to the series
 */
export async function sourceSeries(sources: readonly ByteSource[], seriesInstanceUID: string): Promise<SourceSeries> {
  const images: Image[] = [];
  for (const source of sources) {
    const image = await readImage(source);
    if (image?.SeriesInstanceUID === seriesInstanceUID) images.push(image);
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
  const normal = cross(first.ImageOrientationPatient);
  const along = (point: readonly number[]) => point[0]! * normal[0] + point[1]! * normal[1] + point[2]! * normal[2];
  const placed = images.map((image) => ({ image, at: along(image.ImagePositionPatient) }));
  return {
    seriesInstanceUID,
    frameOfReferenceUID: first.FrameOfReferenceUID,
    patientAndStudy: {
      ...Object.fromEntries(requiredEmpty.map((keyword) => [keyword, ""])),
      ...Object.fromEntries(
        patientAndStudyKeywords.filter((keyword) => keyword in first).map((keyword) => [keyword, first[keyword]]),
      ),
    },
    instances: images.map(({ SOPClassUID, SOPInstanceUID }) => ({
      sopClassUID: SOPClassUID,
      sopInstanceUID: SOPInstanceUID,
    })),
    instanceAt: (point, tolerance) => {
      const at = along(point);
      const nearest = placed.reduce((best, other) => (Math.abs(other.at - at) < Math.abs(best.at - at) ? other : best));
      if (Math.abs(nearest.at - at) > tolerance) return undefined;
      return { sopClassUID: nearest.image.SOPClassUID, sopInstanceUID: nearest.image.SOPInstanceUID };
    },
  };
}

const pixelData = "7FE00010";

async function readImage(source: ByteSource): Promise<Image | undefined> {
  const { DicomMessage, DicomMetaDictionary } = dcmjs.data;
  try {
    const content = Uint8Array.from(await source.read()).buffer;
    const { dict } = DicomMessage.readFile(content, { untilTag: pixelData, ignoreErrors: true });
    return imageSchema.safeParse(DicomMetaDictionary.naturalizeDataset(dict)).data;
  } catch {
    return undefined;
  }
}

function cross(orientation: readonly number[]): Triple {
  const [a, b, c, d, e, f] = orientation as [number, number, number, number, number, number];
  return [b * f - c * e, c * d - a * f, a * e - b * d];
}
