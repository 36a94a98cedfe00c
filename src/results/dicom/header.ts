/**
 * What a DICOM file says of its patient, study and place, as text in any of DICOM's character sets.
 *
 *     const header = await headerOf(source);
 *     header?.text("PatientName");                 // "Yamada^Tarou=山田^太郎"
 *     header?.numbers("ImagePositionPatient");     // [-180, -180, 32.5]
 */
import { textOf } from "../../volume/dicom/character-sets.ts";
import { openDataSet } from "../../volume/dicom/data-set.ts";
import type { ByteSource } from "../../volume/index.ts";

const tags = {
  SOPClassUID: "x00080016",
  SOPInstanceUID: "x00080018",
  StudyDate: "x00080020",
  StudyTime: "x00080030",
  AccessionNumber: "x00080050",
  InstitutionName: "x00080080",
  ReferringPhysicianName: "x00080090",
  TimezoneOffsetFromUTC: "x00080201",
  StudyDescription: "x00081030",
  SeriesDescription: "x0008103e",
  PatientName: "x00100010",
  PatientID: "x00100020",
  PatientBirthDate: "x00100030",
  PatientSex: "x00100040",
  PatientAge: "x00101010",
  StudyInstanceUID: "x0020000d",
  SeriesInstanceUID: "x0020000e",
  StudyID: "x00200010",
  ImagePositionPatient: "x00200032",
  ImageOrientationPatient: "x00200037",
  FrameOfReferenceUID: "x00200052",
} as const;
export type Keyword = keyof typeof tags;

export interface Header {
  /** Empty where the object does not say. */
  text(keyword: Keyword): string;
  /** None where one of them is no number. */
  numbers(keyword: Keyword): readonly number[];
}

/** Undefined where the source is no DICOM object, or a broken one. */
export async function headerOf(source: ByteSource): Promise<Header | undefined> {
  try {
    const opened = await openDataSet(source, () => false);
    if (!opened) return undefined;
    const text = (keyword: Keyword) => textOf(opened.dataSet, tags[keyword]);
    return {
      text,
      numbers: (keyword) => {
        const values = text(keyword)
          .split("\\")
          .map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
        return values.every(Number.isFinite) ? values : [];
      },
    };
  } catch {
    return undefined;
  }
}
