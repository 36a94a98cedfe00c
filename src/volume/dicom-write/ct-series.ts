/**
 * A volume as a DICOM CT series: one CT Image Storage object a slice.
 *
 *     for (const slice of ctSeries(volume, { seed: 7, name: "study 0001" })) await writeFile(slice.fileName, slice.bytes);
 *
 * PS3.3 A.3 (CT Image IOD), Explicit VR Little Endian. The objects say that they are synthetic and for research only.
 * Everything a scanner decides can be set, because readers are tested with what this writes; what is left out has the
 * values of an ordinary chest CT. UIDs follow from seed and name ({@link uidFrom}).
 */
import { type Triple, toPatient, voxelPoint } from "../geometry.ts";
import type { Volume } from "../volume.ts";
import { encodeFile, type WritableDataset, type WritableElement } from "./elements.ts";
import { uidFrom } from "./uid.ts";

export const ctImageStorage = "1.2.840.10008.5.1.4.1.1.2";

/** Stands in every object: (0010,4000) and (0020,4000). */
export const syntheticNotice = "Synthetic CT made by Embolens; no patient exists. Research use, not a medical device.";

export interface CtSeriesDescription {
  /** With `name`, decides every UID. */
  readonly seed: number;
  readonly name: string;
  /** Distinguishes several series of one study, which then share study UID and frame of reference. */
  readonly seriesNumber?: number;
  readonly seriesDescription?: string;
  readonly studyDescription?: string;
  /** YYYYMMDD and HHMMSS. */
  readonly date?: string;
  readonly time?: string;
  readonly patient?: {
    readonly id: string;
    readonly name: string;
    readonly sex: "F" | "M" | "O";
    /** Years, 0 to 999. */
    readonly age: number;
  };
  readonly scanner?: Partial<CtScanner>;
  /** The contrast agent given, or null for a plain scan, whose objects then have no contrast module. */
  readonly contrastAgent?: string | null;
  readonly acquisitionNumber?: number;
  /** Millimetres a slice stands for; the slice spacing when absent. */
  readonly sliceThickness?: number;
  /** Stored value = (HU - intercept) / slope, rounded; for all slices, or slice by slice. */
  readonly rescale?: RescaleAttributes | ((slice: number) => RescaleAttributes);
  /** Signed storage of 16 bits instead of unsigned of 12, in which HU outside the range are clipped. */
  readonly signed?: boolean;
  /** Voxels of this HU or less are outside the reconstruction and are written as the padding value, stored units. */
  readonly padding?: { readonly below: number; readonly value: number };
  /** Degrees: rows are written as inclined about the x axis while slices keep following each other along the volume's. */
  readonly gantryTilt?: number;
  /** Instance numbers count from the first slice of the volume, or from its last. */
  readonly instanceOrder?: "ascending" | "descending";
  /** The last word on a slice's elements: set, replace, delete. */
  readonly adjust?: (dataset: WritableDataset, slice: number) => void;
}

export interface RescaleAttributes {
  readonly slope: number;
  readonly intercept: number;
}

export interface CtScanner {
  readonly manufacturer: string;
  readonly model: string;
  readonly institution: string;
  readonly kernel: string;
  readonly kilovolts: number;
  readonly tubeCurrent: number;
}

export interface CtSlice {
  /** Index along the volume's slices. */
  readonly slice: number;
  /** "IM0001.dcm", numbered as instances are. */
  readonly fileName: string;
  readonly instanceUid: string;
  readonly bytes: Uint8Array<ArrayBufferLike>;
}

const defaultScanner: CtScanner = {
  manufacturer: "Embolens",
  model: "Phantom",
  institution: "Synthetic Hospital",
  kernel: "STANDARD",
  kilovolts: 120,
  tubeCurrent: 250,
};

/** The whole series, in the volume's order of slices. Some 0.5 ms a slice of 512 x 512. */
export function ctSeries(volume: Volume, description: CtSeriesDescription): CtSlice[] {
  return Array.from({ length: volume.geometry.size[2] }, (_, slice) => writeCtSlice(volume, slice, description));
}

/** The UIDs that a series of this description carries, for objects that refer to it. */
export function ctSeriesUids(description: Pick<CtSeriesDescription, "seed" | "name" | "seriesNumber">): {
  readonly study: string;
  readonly series: string;
  readonly frameOfReference: string;
  readonly instance: (slice: number) => string;
} {
  const { seed, name, seriesNumber = 2 } = description;
  return {
    study: uidFrom(seed, name, "study"),
    series: uidFrom(seed, name, "series", seriesNumber),
    frameOfReference: uidFrom(seed, name, "frame of reference"),
    instance: (slice) => uidFrom(seed, name, "series", seriesNumber, "instance", slice),
  };
}

/**
 * One slice as a whole file.
 * @param slice 0 to slices - 1
 */
export function writeCtSlice(volume: Volume, slice: number, description: CtSeriesDescription): CtSlice {
  const slices = volume.geometry.size[2];
  const instance = description.instanceOrder === "descending" ? slices - slice : slice + 1;
  const instanceUid = ctSeriesUids(description).instance(slice);
  const dataset: WritableDataset = new Map([
    ...whoAndWhen(description, instanceUid),
    ...acquisition(volume, description, instance),
    ...placeAndPixels(volume, slice, description),
  ]);
  description.adjust?.(dataset, slice);
  return {
    slice,
    fileName: `IM${String(instance).padStart(4, "0")}.dcm`,
    instanceUid,
    bytes: encodeFile(dataset, ctImageStorage, instanceUid),
  };
}

type Rows = [number, WritableElement][];

/** Patient, study and series; equipment; SOP common. */
function whoAndWhen(description: CtSeriesDescription, instanceUid: string): Rows {
  const { date = "20200101", time = "120000", seriesNumber = 2 } = description;
  const scanner = { ...defaultScanner, ...description.scanner };
  const patient = description.patient ?? { id: description.name, name: "Phantom^Synthetic", sex: "O", age: 60 };
  const uids = ctSeriesUids(description);
  return [
    [0x00080005, { vr: "CS", value: "ISO_IR 192" }],
    [0x00080008, { vr: "CS", value: ["ORIGINAL", "PRIMARY", "AXIAL"] }],
    [0x00080016, { vr: "UI", value: ctImageStorage }],
    [0x00080018, { vr: "UI", value: instanceUid }],
    [0x00080020, { vr: "DA", value: date }],
    [0x00080021, { vr: "DA", value: date }],
    [0x00080022, { vr: "DA", value: date }],
    [0x00080023, { vr: "DA", value: date }],
    [0x00080030, { vr: "TM", value: time }],
    [0x00080031, { vr: "TM", value: time }],
    [0x00080032, { vr: "TM", value: time }],
    [0x00080033, { vr: "TM", value: time }],
    [0x00080050, { vr: "SH", value: "" }],
    [0x00080060, { vr: "CS", value: "CT" }],
    [0x00080070, { vr: "LO", value: scanner.manufacturer }],
    [0x00080080, { vr: "LO", value: scanner.institution }],
    [0x00080090, { vr: "PN", value: "" }],
    [0x00081030, { vr: "LO", value: description.studyDescription ?? "CT chest" }],
    [0x0008103e, { vr: "LO", value: description.seriesDescription ?? "Chest" }],
    [0x00081090, { vr: "LO", value: scanner.model }],
    [0x00100010, { vr: "PN", value: patient.name }],
    [0x00100020, { vr: "LO", value: patient.id }],
    [0x00100030, { vr: "DA", value: "" }],
    [0x00100040, { vr: "CS", value: patient.sex }],
    [0x00101010, { vr: "AS", value: `${String(patient.age).padStart(3, "0")}Y` }],
    [0x00104000, { vr: "LT", value: syntheticNotice }],
    [0x00120062, { vr: "CS", value: "YES" }],
    [0x00120063, { vr: "LO", value: "Synthetic: there is no patient" }],
    [0x0020000d, { vr: "UI", value: uids.study }],
    [0x0020000e, { vr: "UI", value: uids.series }],
    [0x00200010, { vr: "SH", value: "1" }],
    [0x00200011, { vr: "IS", value: seriesNumber }],
  ];
}

/** How the scan was made: CT image, contrast. */
function acquisition(volume: Volume, description: CtSeriesDescription, instance: number): Rows {
  const scanner = { ...defaultScanner, ...description.scanner };
  const agent = description.contrastAgent === undefined ? "Iodinated contrast" : description.contrastAgent;
  const contrast: Rows = agent === null ? [] : [[0x00180010, { vr: "LO", value: agent }]];
  return [
    ...contrast,
    [0x00180015, { vr: "CS", value: "CHEST" }],
    [0x00180050, { vr: "DS", value: description.sliceThickness ?? volume.geometry.spacing[2] }],
    [0x00180060, { vr: "DS", value: scanner.kilovolts }],
    [0x00181120, { vr: "DS", value: description.gantryTilt ?? 0 }],
    [0x00181151, { vr: "IS", value: scanner.tubeCurrent }],
    [0x00181210, { vr: "SH", value: scanner.kernel }],
    [0x00185100, { vr: "CS", value: "HFS" }],
    [0x00200012, { vr: "IS", value: description.acquisitionNumber ?? 1 }],
    [0x00200013, { vr: "IS", value: instance }],
    [0x00204000, { vr: "LT", value: syntheticNotice }],
  ];
}

/** Image plane and pixels. */
function placeAndPixels(volume: Volume, slice: number, description: CtSeriesDescription): Rows {
  const { geometry } = volume;
  const [columns, rows] = geometry.size;
  const position = toPatient(geometry, voxelPoint(0, 0, slice));
  const [alongRow, alongColumn] = tilted(geometry.axes, description.gantryTilt ?? 0);
  const rescale =
    typeof description.rescale === "function"
      ? description.rescale(slice)
      : (description.rescale ?? { slope: 1, intercept: -1024 });
  const signed = description.signed ?? false;
  const padding: Rows = description.padding
    ? [[0x00280120, { vr: signed ? "SS" : "US", value: description.padding.value }]]
    : [];
  return [
    [0x00200032, { vr: "DS", value: position }],
    [0x00200037, { vr: "DS", value: [...alongRow, ...alongColumn] }],
    [0x00200052, { vr: "UI", value: ctSeriesUids(description).frameOfReference }],
    [0x00201040, { vr: "LO", value: "" }],
    [0x00280002, { vr: "US", value: 1 }],
    [0x00280004, { vr: "CS", value: "MONOCHROME2" }],
    [0x00280010, { vr: "US", value: rows }],
    [0x00280011, { vr: "US", value: columns }],
    [0x00280030, { vr: "DS", value: [geometry.spacing[1], geometry.spacing[0]] }],
    [0x00280100, { vr: "US", value: 16 }],
    [0x00280101, { vr: "US", value: signed ? 16 : 12 }],
    [0x00280102, { vr: "US", value: signed ? 15 : 11 }],
    [0x00280103, { vr: "US", value: signed ? 1 : 0 }],
    ...padding,
    [0x00280301, { vr: "CS", value: "NO" }],
    [0x00281050, { vr: "DS", value: 100 }],
    [0x00281051, { vr: "DS", value: 700 }],
    [0x00281052, { vr: "DS", value: rescale.intercept }],
    [0x00281053, { vr: "DS", value: rescale.slope }],
    [0x00281054, { vr: "LO", value: "HU" }],
    [0x7fe00010, { vr: "OW", value: storedPixels(volume, slice, rescale, signed, description.padding) }],
  ];
}

function tilted(axes: readonly [Triple, Triple, Triple], degrees: number): readonly [Triple, Triple] {
  if (degrees === 0) return [axes[0], axes[1]];
  const angle = (degrees * Math.PI) / 180;
  const down = axes[1].map((part, axis) => part * Math.cos(angle) + axes[2][axis]! * Math.sin(angle));
  return [axes[0], down as unknown as Triple];
}

function storedPixels(
  volume: Volume,
  slice: number,
  { slope, intercept }: RescaleAttributes,
  signed: boolean,
  padding: CtSeriesDescription["padding"],
): Uint8Array {
  const count = volume.geometry.size[0] * volume.geometry.size[1];
  const hu = volume.voxels.subarray(slice * count, (slice + 1) * count);
  const lowest = signed ? -32768 : 0;
  const highest = signed ? 32767 : 4095;
  // Every engine's typed arrays are little-endian today, as the file is; Int16 and Uint16 share their low bits.
  const pixels = new Uint16Array(count);
  const below = padding?.below ?? Number.NEGATIVE_INFINITY;
  for (let index = 0; index < count; index++) {
    const value = hu[index]!;
    const stored = slope === 1 ? Math.round(value - intercept) : Math.round((value - intercept) / slope);
    pixels[index] = value <= below ? padding!.value : Math.max(lowest, Math.min(highest, stored));
  }
  return new Uint8Array(pixels.buffer);
}
