/**
 * What a DICOM file says of its patient and study, as text in any of DICOM's character sets.
 *
 *     const header = await headerOf(source);
 *     header?.text("PatientName");                 // "Yamada^Tarou=山田^太郎"
 */
import { textOf } from "../../volume/dicom/character-sets.ts";
import { openDataSet } from "../../volume/dicom/data-set.ts";
import type { ByteSource } from "../../volume/index.ts";

const tags = {
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
  StudyID: "x00200010",
} as const;
export type Keyword = keyof typeof tags;

export interface DicomHeader {
  /** Empty where the object does not say. */
  text(keyword: Keyword): string;
}

/** Undefined where the source is no DICOM object, or a broken one. */
export async function headerOf(source: ByteSource): Promise<DicomHeader | undefined> {
  try {
    const opened = await openDataSet(source, () => false);
    if (!opened) return undefined;
    return { text: (keyword) => textOf(opened.dataSet, tags[keyword]) };
  } catch {
    return undefined;
  }
}
