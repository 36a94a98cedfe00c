/**
 * What every DICOM object of ours is wrapped in, and the small forms its values take.
 *
 *     return writePart10({ SOPClassUID, SOPInstanceUID, ...attributes, PixelData: [pixels], _vrMap: { PixelData: "OW" } });
 *
 * PS3.10 section 7.1 (file meta information), Explicit VR Little Endian.
 */
import dcmjs from "dcmjs";
import { uidFrom } from "../../volume/dicom-write/index.ts";

const explicitLittleEndian = "1.2.840.10008.1.2.1";

/** A plain dataset by keyword (dcmjs' naturalised form) as a Part 10 file, its text in UTF-8. */
export function writePart10(
  dataset: Readonly<Record<string, unknown>> & { readonly SOPClassUID: string; readonly SOPInstanceUID: string },
): Uint8Array {
  const { DicomDict, DicomMetaDictionary } = dcmjs.data;
  const file = new DicomDict({
    "00020001": { vr: "OB", Value: [new Uint8Array([0, 1]).buffer] },
    "00020002": { vr: "UI", Value: [dataset.SOPClassUID] },
    "00020003": { vr: "UI", Value: [dataset.SOPInstanceUID] },
    "00020010": { vr: "UI", Value: [explicitLittleEndian] },
    "00020012": { vr: "UI", Value: [uidFrom(0, "embolens results")] },
    "00020013": { vr: "SH", Value: ["EMBOLENS"] },
  });
  file.dict = DicomMetaDictionary.denaturalizeDataset({ ...dataset, SpecificCharacterSet: "ISO_IR 192" });
  return new Uint8Array(file.write());
}

/** A number as DICOM's decimal string holds it: at most 16 characters. */
export const decimal = (value: number): number => Number(value.toPrecision(10));

/**
 * A name that somebody typed, as DICOM's person name: its separators in other places than theirs would split it
 * (PS3.5 6.2), and it has room for 64 characters.
 */
export const personName = (typed: string): string =>
  typed
    .replace(/[\\=\p{Cc}]+/gu, " ")
    .trim()
    .slice(0, 64);

/** A coded concept. */
export const code = (CodeValue: string, CodingSchemeDesignator: string, CodeMeaning: string) => ({
  CodeValue,
  CodingSchemeDesignator,
  CodeMeaning,
});

/**
 * A moment as DICOM's date and time, by the clock that the object's other dates and times were taken from.
 * @param offset of that clock from UTC, "+0900"; this computer's own where the object names none
 */
export function dateAndTime(at: Date, offset?: string): { readonly date: string; readonly time: string } {
  const named = /^([+-])(\d{2})(\d{2})$/.exec(offset ?? "");
  const minutes = named
    ? (named[1] === "-" ? -1 : 1) * (60 * Number(named[2]) + Number(named[3]))
    : -at.getTimezoneOffset();
  const stamp = new Date(at.getTime() + 60_000 * minutes).toISOString();
  return { date: stamp.slice(0, 10).replaceAll("-", ""), time: stamp.slice(11, 19).replaceAll(":", "") };
}

/** The equipment that made it: this program. */
export const equipment = {
  Manufacturer: "Embolens",
  ManufacturerModelName: "Embolens",
  DeviceSerialNumber: "0",
  SoftwareVersions: "0.1",
} as const;
