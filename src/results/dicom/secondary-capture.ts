/**
 * Key images as DICOM Secondary Captures, in the study they belong to, so that any PACS shows them.
 *
 *     const file = await writeSecondaryCapture(image, 1, await sourceSeries(series), { model: "small", at });
 *
 * PS3.3 A.8.1. They are pictures with text burned in, none of which names the patient. Each says which CT image it shows.
 */
import sharp from "sharp";
import { uidFrom } from "../../volume/dicom-write/index.ts";
import type { KeyImage } from "../key-images.ts";
import type { ResultDescription } from "./parametric-map.ts";
import { dateAndTime, equipment, writePart10 } from "./part10.ts";
import { sourceImage } from "./references.ts";
import type { SourceSeries } from "./source-series.ts";

const secondaryCaptureStorage = "1.2.840.10008.5.1.4.1.1.7";

/** @param number of the image among the study's key images, from 1 @returns a Part 10 file */
export async function writeSecondaryCapture(
  { png, corner }: Pick<KeyImage, "png" | "corner">,
  number: number,
  source: SourceSeries,
  { model, at }: ResultDescription,
): Promise<Uint8Array> {
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const pixels = new Uint8Array(data.length + (data.length % 2));
  pixels.set(data);
  const { date, time } = dateAndTime(at, source.patientAndStudy.TimezoneOffsetFromUTC);
  const name = `${source.seriesInstanceUID} ${at.toISOString()} ${model}`;
  const shown = source.imageAt(corner);
  return writePart10({
    ...source.patientAndStudy,
    SOPClassUID: secondaryCaptureStorage,
    SOPInstanceUID: uidFrom(0, name, "key image", String(number)),
    Modality: "OT",
    ConversionType: "WSD",
    SeriesInstanceUID: uidFrom(0, name, "key image series"),
    Laterality: "",
    SeriesNumber: 902,
    SeriesDescription: "Embolens: key images. Research use only",
    SeriesDate: date,
    SeriesTime: time,
    InstanceNumber: number,
    ContentDate: date,
    ContentTime: time,
    ...equipment,
    SecondaryCaptureDeviceManufacturer: "Embolens",
    ImageType: ["DERIVED", "SECONDARY"],
    DerivationDescription: "CT slice with the attention of a network. Research use, not a medical device.",
    ...(shown ? { SourceImageSequence: [sourceImage(shown)] } : {}),
    PatientOrientation: ["L", "P"],
    BurnedInAnnotation: "NO",
    SamplesPerPixel: 3,
    PhotometricInterpretation: "RGB",
    PlanarConfiguration: 0,
    Rows: info.height,
    Columns: info.width,
    BitsAllocated: 8,
    BitsStored: 8,
    HighBit: 7,
    PixelRepresentation: 0,
    PixelData: [pixels.buffer],
    _vrMap: { PixelData: "OB" },
  });
}
