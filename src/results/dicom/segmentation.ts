/**
 * A mask as a DICOM Segmentation that refers to the CT it was painted on.
 *
 *     const file = writeSegmentation(mask, slices, await sourceSeries(series), {
 *       label: "Embolus", by: "Dr Reader", at: new Date(),
 *     });
 *
 * PS3.3 A.51 (Segmentation IOD), binary, one frame a slice that was looked at, also where it is empty: an empty frame says
 * that somebody looked and found nothing.
 */
import { RefusedError } from "../../errors.ts";
import { uidFrom } from "../../volume/dicom-write/index.ts";
import { type Mask, toPatient, voxelPoint } from "../../volume/index.ts";
import { framesByPosition, planeOf } from "./multi-frame.ts";
import { code, dateAndTime, decimal, equipment, personName, writePart10 } from "./part10.ts";
import { referredSeries, sourceImage } from "./references.ts";
import type { SourceSeries } from "./source-series.ts";

export interface SegmentationDescription {
  /** What is segmented, for people. */
  readonly label: string;
  /** Who painted it. */
  readonly by: string;
  readonly at: Date;
}

const segmentationStorage = "1.2.840.10008.5.1.4.1.1.66.4";

/**
 * @param mask on the grid of the CT
 * @param slices indices of the slices to write, ascending
 * @returns a Part 10 file
 * @throws RefusedError where a slice's source image is not in the series
 */
export function writeSegmentation(
  mask: Mask,
  slices: readonly number[],
  source: SourceSeries,
  description: SegmentationDescription,
): Uint8Array {
  const [columns, rows] = mask.geometry.size;
  const positions = slices.map((slice) => toPatient(mask.geometry, voxelPoint(0, 0, slice)));
  const images = positions.map((position) => {
    const image = source.imageAt(position);
    if (!image) {
      throw new RefusedError("segmentation-source-missing", `no CT image lies at z = ${position[2].toFixed(2)} mm`, {
        hint: "annotate the series the CT was read from",
      });
    }
    return image;
  });
  const { date, time } = dateAndTime(description.at, source.patientAndStudy.TimezoneOffsetFromUTC);
  const name = `${source.seriesInstanceUID} ${description.at.toISOString()} ${description.by}`;
  return writePart10({
    ...source.patientAndStudy,
    SOPClassUID: segmentationStorage,
    SOPInstanceUID: uidFrom(0, name, "segmentation"),
    Modality: "SEG",
    SeriesInstanceUID: uidFrom(0, name, "segmentation series"),
    SeriesNumber: 900,
    SeriesDescription: "Embolens: emboli as annotated. Research use only",
    SeriesDate: date,
    SeriesTime: time,
    InstanceNumber: 1,
    ContentDate: date,
    ContentTime: time,
    ContentLabel: "EMBOLUS",
    ContentDescription: "Research use, not a medical device.",
    ContentCreatorName: personName(description.by),
    ...equipment,
    FrameOfReferenceUID: source.frameOfReferenceUID,
    PositionReferenceIndicator: "",
    ImageType: ["DERIVED", "PRIMARY"],
    SamplesPerPixel: 1,
    PhotometricInterpretation: "MONOCHROME2",
    Rows: rows,
    Columns: columns,
    BitsAllocated: 1,
    BitsStored: 1,
    HighBit: 0,
    PixelRepresentation: 0,
    LossyImageCompression: "00",
    SegmentationType: "BINARY",
    NumberOfFrames: slices.length,
    SegmentSequence: [
      {
        SegmentNumber: 1,
        SegmentLabel: description.label,
        SegmentAlgorithmType: "MANUAL",
        SegmentedPropertyCategoryCodeSequence: [code("49755003", "SCT", "Morphologically Abnormal Structure")],
        SegmentedPropertyTypeCodeSequence: [code("55584005", "SCT", "Embolus")],
      },
    ],
    ...referredSeries(source, images),
    ...framesByPosition(name),
    SharedFunctionalGroupsSequence: [
      {
        ...planeOf(mask.geometry),
        SegmentIdentificationSequence: [{ ReferencedSegmentNumber: 1 }],
      },
    ],
    PerFrameFunctionalGroupsSequence: slices.map((_, frame) => ({
      FrameContentSequence: [{ DimensionIndexValues: [frame + 1] }],
      PlanePositionSequence: [{ ImagePositionPatient: positions[frame]!.map(decimal) }],
      DerivationImageSequence: [
        {
          DerivationCodeSequence: [code("113076", "DCM", "Segmentation")],
          SourceImageSequence: [sourceImage(images[frame]!)],
        },
      ],
    })),
    PixelData: [packBits(mask, slices).buffer],
    _vrMap: { PixelData: "OB" },
  });
}

/** One bit a voxel, frames following each other without padding, low bit first (PS3.5 8.1.1). */
function packBits(mask: Mask, slices: readonly number[]): Uint8Array<ArrayBuffer> {
  const frame = mask.geometry.size[0] * mask.geometry.size[1];
  const bytes = Math.ceil((frame * slices.length) / 8);
  const packed = new Uint8Array(bytes + (bytes % 2));
  slices.forEach((slice, index) => {
    for (let voxel = 0; voxel < frame; voxel++) {
      if (mask.voxels[slice * frame + voxel] === 0) continue;
      const bit = index * frame + voxel;
      packed[bit >> 3]! |= 1 << (bit & 7);
    }
  });
  return packed;
}
