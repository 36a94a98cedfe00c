/**
 * What one DICOM object says about itself, as plain values: identity, kind, frames with their places, and how and
 * where its pixels are stored.
 *
 *     const object = await describeObject(source);    // undefined when the file isn't DICOM
 *     object?.frames[0]?.position                       // [x, y, z] in LPS millimetres, or undefined
 *
 * A missing or unreadable tag is `undefined`, never a guess; what follows from that is decided in study/. Classic
 * objects have one frame; enhanced CT (PS3.3 A.38) gives each frame its own place in functional groups.
 */
import { RefusedError } from "../../errors.ts";
import type { Triple } from "../geometry.ts";
import type { ByteSource } from "../source.ts";
import { textOf } from "./character-sets.ts";
import { openDataSet } from "./data-set.ts";
import type { DataSet } from "./elements.ts";
import { transferSyntaxes } from "./transfer-syntax.ts";

export interface Frame {
  /** Centre of the frame's first pixel, LPS millimetres. */
  readonly position: Triple | undefined;
  /** Unit vectors in the patient along a row (growing column) and along a column (growing row). */
  readonly orientation: readonly [Triple, Triple] | undefined;
  /** Millimetres between rows, between columns: DICOM's own order. */
  readonly pixelSpacing: readonly [number, number] | undefined;
  readonly sliceThickness: number | undefined;
  readonly slope: number | undefined;
  readonly intercept: number | undefined;
  /** Unit after rescaling; "HU", or absent in classic CT objects. */
  readonly rescaleType: string | undefined;
  readonly imageType: readonly string[];
  readonly acquisitionNumber: number | undefined;
  readonly kernel: string | undefined;
  /** Which of several scans of one place over time, counted from 1. */
  readonly temporalPosition: number | undefined;
  /** Per cent of the heart's cycle. */
  readonly cardiacPhase: number | undefined;
  /** Milliseconds after the heart's R wave. */
  readonly triggerTime: number | undefined;
  /** Which of an enhanced object's stacks the frame belongs to. */
  readonly stack: string | undefined;
}

export interface PixelStorage {
  readonly rows: number;
  readonly columns: number;
  readonly samplesPerPixel: number;
  readonly photometricInterpretation: string;
  readonly bitsAllocated: number;
  readonly bitsStored: number;
  readonly highBit: number;
  readonly signed: boolean;
  /** Stored values that mean "outside the scanned field", both ends included. */
  readonly padding: readonly [number, number] | undefined;
  /** Byte at which the pixel data's value begins, in the inflated file where it is deflated. */
  readonly start: number;
  /** Its length in bytes; undefined when encapsulated. */
  readonly length: number | undefined;
  /** Where the deflated part of the file begins, when it is deflated. */
  readonly deflatedFrom: number | undefined;
}

export interface DicomObject {
  readonly source: ByteSource;
  readonly transferSyntax: string;
  readonly sopClass: string;
  readonly sopInstanceUid: string;
  readonly seriesInstanceUid: string;
  readonly studyInstanceUid: string;
  /** Whose coordinates the frames' places are in; empty when the object does not say. */
  readonly frameOfReferenceUid: string;
  readonly modality: string;
  readonly seriesDescription: string;
  readonly seriesNumber: number | undefined;
  readonly instanceNumber: number | undefined;
  readonly conversionType: string;
  /** Contrast/Bolus Agent, or the code of one; empty when the object names none. */
  readonly contrastAgent: string;
  readonly acquisitionTime: string;
  readonly contentTime: string;
  readonly scanOptions: string;
  /** Peak kilovolts of the tube. */
  readonly kilovolts: number | undefined;
  /** Patient's identifier, name and date of birth in one text: equal for two objects of one patient. */
  readonly patient: string;
  readonly frames: readonly Frame[];
  readonly pixels: PixelStorage | undefined;
  /** What departs from the standard and was read all the same, as clauses: "it has no preamble". */
  readonly notes: readonly string[];
}

/** What is stored as CT is CT, also where an anonymiser took the modality. */
const ctClass = /^1\.2\.840\.10008\.5\.1\.4\.1\.1\.2(\.[12])?$/;

/** More frames than any enhanced CT has. */
const mostFrames = 20_000;

/** Reads a file's header. Undefined when it isn't DICOM. Throws RefusedError when it is, but broken. */
export async function describeObject(source: ByteSource): Promise<DicomObject | undefined> {
  const opened = await openDataSet(source, isSurelyNoCt);
  if (!opened) return undefined;
  try {
    const { dataSet, meta, transferSyntax, dataSetStart, notes } = opened;
    const pixels = pixelStorage(dataSet, transferSyntax, dataSetStart);
    const sopClass = text(dataSet, "x00080016") || text(meta, "x00020002");
    return {
      source,
      transferSyntax,
      sopClass,
      sopInstanceUid: text(dataSet, "x00080018"),
      seriesInstanceUid: text(dataSet, "x0020000e"),
      studyInstanceUid: text(dataSet, "x0020000d"),
      frameOfReferenceUid: text(dataSet, "x00200052"),
      modality: text(dataSet, "x00080060") || (ctClass.test(sopClass) ? "CT" : ""),
      seriesDescription: textOf(dataSet, "x0008103e"),
      seriesNumber: numbers(dataSet, "x00200011")[0],
      instanceNumber: numbers(dataSet, "x00200013")[0],
      conversionType: text(dataSet, "x00080064"),
      contrastAgent: contrastAgent(dataSet),
      acquisitionTime: text(dataSet, "x00080032"),
      contentTime: text(dataSet, "x00080033"),
      scanOptions: text(dataSet, "x00180022"),
      kilovolts: numbers(dataSet, "x00180060")[0],
      patient: ["x00100020", "x00100010", "x00100030"].map((tag) => text(dataSet, tag)).join("\n"),
      frames: pixels ? frames(dataSet) : [],
      pixels,
      notes,
    };
  } catch (error) {
    if (error instanceof RefusedError) throw error;
    const said = error instanceof Error ? error.message : String(error);
    throw new RefusedError("file-corrupt", `${source.name}: its DICOM data set contradicts itself (${said})`, {
      cause: error,
    });
  }
}

const isSurelyNoCt = (dataSet: DataSet): boolean => {
  const modality = text(dataSet, "x00080060");
  // The series' identifier comes after the modality; with both known the object can be refused by name.
  return modality !== "" && modality !== "CT" && text(dataSet, "x0020000e") !== "";
};

function text(dataSet: DataSet, tag: string): string {
  const value = dataSet.string(tag);
  return value === undefined ? "" : value.replace(/\0+$/, "").trim();
}

const strings = (dataSet: DataSet, tag: string): string[] => {
  const value = text(dataSet, tag);
  return value === "" ? [] : value.split("\\").map((part) => part.trim());
};

/** A decimal or integer string's numbers, or none at all if one of them can't be read. */
function numbers(dataSet: DataSet, tag: string): number[] {
  const parts = strings(dataSet, tag).map((part) => (part === "" ? Number.NaN : Number(part)));
  return parts.every(Number.isFinite) ? parts : [];
}

/** What technologists write in the agent's place when there was none. "Non-ionic" names an agent. */
const noAgent =
  /^(?:no|none|nil|n\/?a|not\b.*|unenhanced|native?|plain|without.*|w\/o.*|ohne.*|sans.*|(?:no|non)[ -]?(?:i\.?v\.? ?)?(?:contrast|km).*|0(?:\.0*)?(?: ?ml)?|[-.*]+)$/i;

/** Its name, or an empty text. */
function contrastAgent(dataSet: DataSet): string {
  const named = text(dataSet, "x00180010");
  if (noAgent.test(named)) return "";
  if (named !== "") return named;
  const [coded] = [...dataSet.items("x00180012"), ...dataSet.items("x00189341")];
  return coded ? text(coded, "x00080104") || text(coded, "x00080100") || "coded" : "";
}

/** Volume Based Calculation Technique, where there is one: it says more than the image type's own values. */
const technique = (dataSet: DataSet): string[] =>
  strings(dataSet, "x00089207").filter((value) => value !== "" && value !== "NONE");

function orientationOf(dataSet: DataSet): Frame["orientation"] {
  const [a, b, c, d, e, f] = numbers(dataSet, "x00200037");
  if (a === undefined || b === undefined || c === undefined) return undefined;
  if (d === undefined || e === undefined || f === undefined) return undefined;
  return [
    [a, b, c],
    [d, e, f],
  ];
}

function positionOf(dataSet: DataSet): Triple | undefined {
  const [x, y, z] = numbers(dataSet, "x00200032");
  return x === undefined || y === undefined || z === undefined ? undefined : [x, y, z];
}

function spacingOf(dataSet: DataSet): Frame["pixelSpacing"] {
  const [betweenRows, betweenColumns] = numbers(dataSet, "x00280030");
  return betweenRows === undefined || betweenColumns === undefined ? undefined : [betweenRows, betweenColumns];
}

function frames(dataSet: DataSet): readonly Frame[] {
  const count = numbers(dataSet, "x00280008")[0] ?? 1;
  const perFrame = dataSet.items("x52009230");
  if (perFrame.length === 0) {
    const frame: Frame = {
      position: positionOf(dataSet),
      orientation: orientationOf(dataSet),
      pixelSpacing: spacingOf(dataSet),
      sliceThickness: numbers(dataSet, "x00180050")[0],
      slope: numbers(dataSet, "x00281053")[0],
      intercept: numbers(dataSet, "x00281052")[0],
      rescaleType: text(dataSet, "x00281054") || undefined,
      imageType: [...strings(dataSet, "x00080008"), ...technique(dataSet)],
      acquisitionNumber: numbers(dataSet, "x00200012")[0],
      kernel: strings(dataSet, "x00181210")[0],
      temporalPosition: numbers(dataSet, "x00200100")[0],
      cardiacPhase: numbers(dataSet, "x00209241")[0],
      triggerTime: numbers(dataSet, "x00181060")[0],
      stack: undefined,
    };
    // Frames of a classic multi-frame object (a capture) share one place, which is none.
    if (count <= 1) return [frame];
    checkFrameCount(count);
    return new Array<Frame>(count).fill({ ...frame, position: undefined });
  }
  checkFrameCount(perFrame.length);
  if (perFrame.length !== count) {
    throw new Error(`it has ${count} frames and places for ${perFrame.length}`);
  }
  const [shared] = dataSet.items("x52009229");
  const imageType = [...strings(dataSet, "x00080008"), ...technique(dataSet)];
  return perFrame.map((own) => enhancedFrame(own, shared, imageType));
}

function checkFrameCount(count: number): void {
  if (!Number.isInteger(count) || count < 1 || count > mostFrames) throw new Error(`it claims ${count} frames`);
}

/** A frame of an enhanced object: each functional group is in the frame's own item or in the shared one. */
function enhancedFrame(own: DataSet, shared: DataSet | undefined, imageType: readonly string[]): Frame {
  const group = (tag: string): DataSet | undefined => own.items(tag)[0] ?? shared?.items(tag)[0];
  const position = group("x00209113");
  const orientation = group("x00209116");
  const measures = group("x00289110");
  const transformation = group("x00289145");
  const type = group("x00189329");
  const content = group("x00209111");
  const reconstruction = group("x00189314");
  const heart = group("x00189118");
  return {
    position: position && positionOf(position),
    orientation: orientation && orientationOf(orientation),
    pixelSpacing: measures && spacingOf(measures),
    sliceThickness: measures && numbers(measures, "x00180050")[0],
    slope: transformation && numbers(transformation, "x00281053")[0],
    intercept: transformation && numbers(transformation, "x00281052")[0],
    rescaleType: transformation && (text(transformation, "x00281054") || undefined),
    imageType: type ? [...strings(type, "x00089007"), ...technique(type)] : imageType,
    acquisitionNumber: content?.uint16("x00209156"),
    kernel: reconstruction && strings(reconstruction, "x00181210")[0],
    temporalPosition: content?.uint32("x00209128"),
    cardiacPhase: heart?.double("x00209241"),
    triggerTime: heart?.double("x00209153"),
    stack: content && (text(content, "x00209056") || undefined),
  };
}

function pixelStorage(dataSet: DataSet, transferSyntax: string, dataSetStart: number): PixelStorage | undefined {
  const element = dataSet.element("x7fe00010");
  if (!element) return undefined;
  const syntax = transferSyntaxes.get(transferSyntax);
  const bitsAllocated = dataSet.uint16("x00280100") ?? 0;
  const signed = dataSet.uint16("x00280103") === 1;
  const stored = dataSet.uint16("x00280101") ?? bitsAllocated;
  const paddingValue = (tag: string) => (signed ? dataSet.int16(tag) : dataSet.uint16(tag));
  const padding = paddingValue("x00280120");
  const paddingLimit = paddingValue("x00280121") ?? padding;
  return {
    rows: dataSet.uint16("x00280010") ?? 0,
    columns: dataSet.uint16("x00280011") ?? 0,
    samplesPerPixel: dataSet.uint16("x00280002") ?? 1,
    photometricInterpretation: text(dataSet, "x00280004"),
    bitsAllocated,
    bitsStored: stored,
    highBit: dataSet.uint16("x00280102") ?? stored - 1,
    signed,
    padding:
      padding === undefined || paddingLimit === undefined
        ? undefined
        : [Math.min(padding, paddingLimit), Math.max(padding, paddingLimit)],
    start: element.dataOffset,
    length: element.hadUndefinedLength || syntax?.pixels !== "native" ? undefined : element.length,
    deflatedFrom: syntax?.deflated ? dataSetStart : undefined,
  };
}
