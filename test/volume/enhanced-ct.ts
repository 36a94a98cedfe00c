/**
 * A volume as Enhanced CT (PS3.3 A.38), as scanners of today send it: all slices as frames of one object, or of the parts
 * of a concatenation. Valid by dciodvfy, so that what refers to it is tried on what a hospital has.
 *
 *     const [file] = enhancedCt(volume, { seed: 1, name: "enhanced" });
 *     const parts = enhancedCt(volume, { seed: 1, name: "enhanced", parts: 3, order: "descending" });
 */
import dcmjs from "dcmjs";
import { decimalString } from "../../src/volume/dicom-write/elements.ts";
import { ctSeriesUids, syntheticNotice, uidFrom } from "../../src/volume/dicom-write/index.ts";
import { type ByteSource, bytes, toPatient, type Volume, voxelPoint } from "../../src/volume/index.ts";

export interface EnhancedCtDescription {
  /** With `name`, decides every UID, as it does for a series of single slices. */
  readonly seed: number;
  readonly name: string;
  /** Objects of the concatenation that the frames are spread over. */
  readonly parts?: number;
  /** Whether frames run as the volume's slices do, or against them. */
  readonly order?: "ascending" | "descending";
  /** Acquisitions over the same range, whose frames follow one another in the same object. */
  readonly acquisitions?: number;
  /** The last word on an object's attributes, by keyword. */
  readonly change?: Readonly<Record<string, unknown>>;
}

const enhancedCtStorage = "1.2.840.10008.5.1.4.1.1.2.1";
const intercept = -1024;
const frameType = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"];
const code = (CodeValue: string, CodingSchemeDesignator: string, CodeMeaning: string) => ({
  CodeValue,
  CodingSchemeDesignator,
  CodeMeaning,
});

interface StoredFrame {
  readonly slice: number;
  readonly acquisition: number;
}

/** One file a part. */
export function enhancedCt(volume: Volume, description: EnhancedCtDescription): ByteSource[] {
  const { order = "ascending", acquisitions = 1, parts = 1 } = description;
  const slices = [...Array(volume.geometry.size[2]).keys()];
  if (order === "descending") slices.reverse();
  const frames = Array.from({ length: acquisitions }, (_, acquisition) =>
    slices.map((slice) => ({ slice, acquisition: acquisition + 1 })),
  ).flat();
  const each = Math.ceil(frames.length / parts);
  return Array.from({ length: parts }, (_, part) =>
    writePart(volume, description, part, frames.slice(part * each, (part + 1) * each), part * each),
  );
}

function writePart(
  volume: Volume,
  description: EnhancedCtDescription,
  part: number,
  frames: readonly StoredFrame[],
  offset: number,
): ByteSource {
  const { seed, name, parts = 1, change = {} } = description;
  const [columns, rows] = volume.geometry.size;
  const instanceUid = ctSeriesUids(description).instance(part);
  const concatenation = {
    ConcatenationUID: uidFrom(seed, name, "concatenation"),
    SOPInstanceUIDOfConcatenationSource: uidFrom(seed, name, "concatenation source"),
    ConcatenationFrameOffsetNumber: offset,
    InConcatenationNumber: part + 1,
    InConcatenationTotalNumber: parts,
  };
  const { DicomDict, DicomMetaDictionary } = dcmjs.data;
  const file = new DicomDict({
    "00020001": { vr: "OB", Value: [new Uint8Array([0, 1]).buffer] },
    "00020002": { vr: "UI", Value: [enhancedCtStorage] },
    "00020003": { vr: "UI", Value: [instanceUid] },
    "00020010": { vr: "UI", Value: ["1.2.840.10008.1.2.1"] },
    "00020012": { vr: "UI", Value: [uidFrom(0, "embolens tests")] },
  });
  file.dict = DicomMetaDictionary.denaturalizeDataset({
    ...whoAndWhen(description),
    SOPInstanceUID: instanceUid,
    ...(parts > 1 ? concatenation : {}),
    ...image,
    Rows: rows,
    Columns: columns,
    NumberOfFrames: frames.length,
    SharedFunctionalGroupsSequence: [sharedGroups(volume)],
    PerFrameFunctionalGroupsSequence: frames.map(({ slice, acquisition }, index) => ({
      FrameContentSequence: [
        {
          FrameAcquisitionNumber: acquisition,
          FrameReferenceDateTime: "20200101120000",
          FrameAcquisitionDateTime: "20200101120000",
          FrameAcquisitionDuration: 1000,
          StackID: String(acquisition),
          InStackPositionNumber: slice + 1,
          DimensionIndexValues: [acquisition, slice + 1],
        },
      ],
      PlanePositionSequence: [{ ImagePositionPatient: positionOf(volume, slice) }],
      IrradiationEventIdentificationSequence: [{ IrradiationEventUID: uidFrom(seed, name, "irradiation", index) }],
    })),
    PixelData: [storedPixels(volume, frames).buffer],
    _vrMap: { PixelData: "OW" },
    ...change,
  });
  return bytes(`EN${part + 1}.dcm`, new Uint8Array(file.write()));
}

const positionOf = ({ geometry }: Volume, slice: number): number[] =>
  toPatient(geometry, voxelPoint(0, 0, slice)).map((part) => Number(decimalString(part)));

function whoAndWhen(description: EnhancedCtDescription) {
  const { study, series, frameOfReference } = ctSeriesUids(description);
  const organisation = { DimensionOrganizationUID: uidFrom(description.seed, description.name, "dimensions") };
  return {
    SpecificCharacterSet: "ISO_IR 192",
    SOPClassUID: enhancedCtStorage,
    StudyInstanceUID: study,
    SeriesInstanceUID: series,
    FrameOfReferenceUID: frameOfReference,
    PositionReferenceIndicator: "",
    PatientName: "Phantom^Enhanced",
    PatientID: description.name,
    PatientBirthDate: "",
    PatientSex: "O",
    StudyDate: "20200101",
    StudyTime: "120000",
    StudyID: "1",
    AccessionNumber: "A1",
    ReferringPhysicianName: "",
    Modality: "CT",
    PatientPosition: "HFS",
    SeriesNumber: 2,
    InstanceNumber: 1,
    ContentDate: "20200101",
    ContentTime: "120000",
    Manufacturer: "Embolens",
    ManufacturerModelName: "Phantom",
    DeviceSerialNumber: "0",
    SoftwareVersions: "1",
    AcquisitionContextSequence: [],
    DimensionOrganizationSequence: [organisation],
    DimensionIndexSequence: [
      { ...organisation, DimensionIndexPointer: 0x00209056, FunctionalGroupPointer: 0x00209111 },
      { ...organisation, DimensionIndexPointer: 0x00209057, FunctionalGroupPointer: 0x00209111 },
    ],
  };
}

const image = {
  ImageType: frameType,
  AcquisitionNumber: 1,
  AcquisitionDateTime: "20200101120000",
  AcquisitionDuration: 1,
  ContentQualification: "RESEARCH",
  ImageComments: syntheticNotice,
  PixelPresentation: "MONOCHROME",
  VolumetricProperties: "VOLUME",
  VolumeBasedCalculationTechnique: "NONE",
  BurnedInAnnotation: "NO",
  LossyImageCompression: "00",
  PresentationLUTShape: "IDENTITY",
  SamplesPerPixel: 1,
  PhotometricInterpretation: "MONOCHROME2",
  BitsAllocated: 16,
  BitsStored: 12,
  HighBit: 11,
  PixelRepresentation: 0,
} as const;

function sharedGroups({ geometry: { axes, spacing } }: Volume) {
  return {
    PlaneOrientationSequence: [{ ImageOrientationPatient: [...axes[0], ...axes[1]] }],
    PixelMeasuresSequence: [{ PixelSpacing: [spacing[1], spacing[0]], SliceThickness: spacing[2] }],
    PixelValueTransformationSequence: [{ RescaleIntercept: intercept, RescaleSlope: 1, RescaleType: "HU" }],
    FrameVOILUTSequence: [{ WindowCenter: 100, WindowWidth: 700 }],
    FrameAnatomySequence: [{ FrameLaterality: "U", AnatomicRegionSequence: [code("51185008", "SCT", "Chest")] }],
    CTImageFrameTypeSequence: [
      {
        FrameType: frameType,
        PixelPresentation: "MONOCHROME",
        VolumetricProperties: "VOLUME",
        VolumeBasedCalculationTechnique: "NONE",
      },
    ],
    ...scan,
  };
}

/** How the scan was made, which original frames must tell; nothing here reads it but the kernel. */
const scan = {
  CTAcquisitionTypeSequence: [{ AcquisitionType: "SPIRAL", ConstantVolumeFlag: "NO", FluoroscopyFlag: "NO" }],
  CTAcquisitionDetailsSequence: [
    {
      RotationDirection: "CW",
      RevolutionTime: 0.5,
      SingleCollimationWidth: 0.6,
      TotalCollimationWidth: 38.4,
      TableHeight: 150,
      GantryDetectorTilt: 0,
      DataCollectionDiameter: 500,
    },
  ],
  CTTableDynamicsSequence: [{ TableSpeed: 40, TableFeedPerRotation: 20, SpiralPitchFactor: 0.5 }],
  CTPositionSequence: [
    { TablePosition: 0, DataCollectionCenterPatient: [0, 0, 0], ReconstructionTargetCenterPatient: [0, 0, 0] },
  ],
  CTGeometrySequence: [{ DistanceSourceToDetector: 1000, DistanceSourceToDataCollectionCenter: 550 }],
  CTReconstructionSequence: [
    {
      ConvolutionKernel: "STANDARD",
      ConvolutionKernelGroup: "SOFT_TISSUE",
      ReconstructionAlgorithm: "FILTER_BACK_PROJ",
      ReconstructionDiameter: 400,
      ReconstructionPixelSpacing: [1, 1],
      ReconstructionAngle: 360,
      ImageFilter: "NONE",
    },
  ],
  CTExposureSequence: [
    {
      ExposureTimeInms: 500,
      XRayTubeCurrentInmA: 250,
      ExposureInmAs: 125,
      ExposureModulationType: "NONE",
      CTDIvol: 5,
    },
  ],
  CTXRayDetailsSequence: [
    { KVP: 120, FocalSpots: 1, FilterType: "WEDGE", FilterMaterial: "ALUMINUM", CalciumScoringMassFactorPatient: 1 },
  ],
} as const;

function storedPixels({ geometry, voxels }: Volume, frames: readonly StoredFrame[]): Uint16Array<ArrayBuffer> {
  const area = geometry.size[0] * geometry.size[1];
  const pixels = new Uint16Array(area * frames.length);
  frames.forEach(({ slice }, index) => {
    for (let pixel = 0; pixel < area; pixel++) {
      const stored = Math.round(voxels[slice * area + pixel]! - intercept);
      pixels[index * area + pixel] = Math.max(0, Math.min(4095, stored));
    }
  });
  return pixels;
}
