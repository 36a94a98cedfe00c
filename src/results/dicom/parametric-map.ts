/**
 * The attention volume as a DICOM Parametric Map, which a PACS keeps and a viewer lays over the CT.
 *
 *     const file = writeParametricMap(attentionView(attention), await sourceSeries(series), { model: "small", at });
 *
 * PS3.3 A.75, integer pixels with a real-world value of 0 to 1. Frames are the CT slices the network saw, at every
 * fourth pixel: a cell of its map is 16 pixels wide.
 */
import type { AttentionVolume } from "../../diagnosis/index.ts";
import { uidFrom } from "../../volume/dicom-write/index.ts";
import { toPatient, voxelPoint } from "../../volume/index.ts";
import { framesByPosition, planeOf } from "./multi-frame.ts";
import { code, dateAndTime, decimal, equipment, writePart10 } from "./part10.ts";
import { referredSeries, sourceImage } from "./references.ts";
import type { SourceImage, SourceSeries } from "./source-series.ts";

export interface ResultDescription {
  /** Of the model that looked. */
  readonly model: string;
  readonly at: Date;
}

const parametricMapStorage = "1.2.840.10008.5.1.4.1.1.30";
const highest = 255;

/** @param view of the attention, thinned as for a screen @returns a Part 10 file */
export function writeParametricMap(
  { geometry, voxels }: AttentionVolume,
  source: SourceSeries,
  { model, at }: ResultDescription,
): Uint8Array {
  const [columns, rows, slices] = geometry.size;
  const frame = columns * rows;
  const lit = Array.from({ length: slices }, (_, slice) => slice).filter((slice) =>
    voxels.subarray(slice * frame, (slice + 1) * frame).some((value) => value > 0),
  );
  // An object needs a frame: where the network looked nowhere, the middle slice says so.
  const frames = lit.length > 0 ? lit : [Math.floor(slices / 2)];
  const pixels = new Uint16Array(frames.length * frame);
  frames.forEach((slice, index) => {
    pixels.set(voxels.subarray(slice * frame, (slice + 1) * frame), index * frame);
  });
  const { date, time } = dateAndTime(at, source.patientAndStudy.TimezoneOffsetFromUTC);
  const name = `${source.seriesInstanceUID} ${at.toISOString()} ${model}`;
  const frameType = ["DERIVED", "PRIMARY", "VOLUME", "NONE"];
  const positions = frames.map((slice) => toPatient(geometry, voxelPoint(0, 0, slice)));
  const images = positions.map((position) => source.imageAt(position));
  return writePart10({
    ...source.patientAndStudy,
    SOPClassUID: parametricMapStorage,
    SOPInstanceUID: uidFrom(0, name, "parametric map"),
    Modality: "OT",
    SeriesInstanceUID: uidFrom(0, name, "parametric map series"),
    Laterality: "",
    SeriesNumber: 901,
    SeriesDescription: "Embolens: attention. Research use only",
    SeriesDate: date,
    SeriesTime: time,
    InstanceNumber: 1,
    ContentDate: date,
    ContentTime: time,
    ContentLabel: "ATTENTION",
    ContentDescription: "Research use, not a medical device.",
    ContentCreatorName: "Embolens",
    ContentQualification: "RESEARCH",
    ...equipment,
    FrameOfReferenceUID: source.frameOfReferenceUID,
    PositionReferenceIndicator: "",
    ImageType: frameType,
    BurnedInAnnotation: "NO",
    RecognizableVisualFeatures: "NO",
    LossyImageCompression: "00",
    PresentationLUTShape: "IDENTITY",
    SamplesPerPixel: 1,
    PhotometricInterpretation: "MONOCHROME2",
    Rows: rows,
    Columns: columns,
    BitsAllocated: 16,
    BitsStored: 16,
    HighBit: 15,
    PixelRepresentation: 0,
    NumberOfFrames: frames.length,
    AcquisitionContextSequence: [],
    ...referredSeries(
      source,
      images.filter((image) => image !== undefined),
    ),
    ...framesByPosition(name),
    SharedFunctionalGroupsSequence: [
      {
        ...planeOf(geometry),
        FrameVOILUTSequence: [{ WindowCenter: highest / 2, WindowWidth: highest }],
        PixelValueTransformationSequence: [{ RescaleIntercept: 0, RescaleSlope: 1, RescaleType: "US" }],
        ParametricMapFrameTypeSequence: [{ FrameType: frameType }],
        RealWorldValueMappingSequence: [
          {
            LUTExplanation: "Attention of the network",
            LUTLabel: "ATTENTION",
            RealWorldValueFirstValueMapped: 0,
            RealWorldValueLastValueMapped: highest,
            RealWorldValueIntercept: 0,
            RealWorldValueSlope: 1 / highest,
            MeasurementUnitsCodeSequence: [code("1", "UCUM", "no units")],
            _vrMap: { RealWorldValueFirstValueMapped: "US", RealWorldValueLastValueMapped: "US" },
          },
        ],
      },
    ],
    PerFrameFunctionalGroupsSequence: positions.map((position, index) => ({
      FrameContentSequence: [{ DimensionIndexValues: [index + 1] }],
      PlanePositionSequence: [{ ImagePositionPatient: position.map(decimal) }],
      DerivationImageSequence: derivedFrom(images[index]),
    })),
    PixelData: [pixels.buffer],
    _vrMap: { PixelData: "OW" },
  });
}

/** The CT image a frame lies on; none where the CT was resampled between its images. */
const derivedFrom = (image: SourceImage | undefined) =>
  image === undefined
    ? []
    : [
        {
          DerivationCodeSequence: [code("113085", "DCM", "Spatial resampling")],
          SourceImageSequence: [sourceImage(image)],
        },
      ];
