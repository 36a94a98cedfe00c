/**
 * Stored values to Hounsfield units, one frame at a time, each by its own slope and intercept.
 *
 *     const hu = toHounsfield(stored, { ...format, highBit: 11, padding: [63536, 63536] }, rescale, new Int16Array(512 * 512));
 *
 * Only `bitsStored` bits ending at `highBit` count; what other bits hold (old scanners put overlays there) is dropped.
 * Pixels outside the scanned field (Pixel Padding Value) become air. Source: DICOM PS3.3 C.7.6.3, C.11.1, C.7.5.1.1.2.
 */
import { airHounsfield, type Rescale } from "../formats/values.ts";
import type { FrameFormat } from "./codecs.ts";

export type Hounsfield = Int16Array<ArrayBuffer> | Float32Array<ArrayBuffer>;

export interface StoredFormat extends FrameFormat {
  readonly highBit: number;
  /** Stored values that stand for "not scanned", both ends included. */
  readonly padding: readonly [number, number] | undefined;
}

/** A padding value that maps into this range of HU is a mistake of the writer: it would erase tissue. */
const tissue = { lower: -900, upper: 3000 } as const;

function usablePadding(format: StoredFormat, { slope, intercept }: Rescale): readonly [number, number] | undefined {
  if (!format.padding) return undefined;
  const [low, high] = format.padding.map((value) => value * slope + intercept) as [number, number];
  return low <= tissue.upper && high >= tissue.lower ? undefined : format.padding;
}

/** Whether every stored value comes out as a whole number, so that Int16 can hold the result. */
export const isWhole = ({ slope, intercept }: Rescale): boolean =>
  Number.isInteger(slope) && Number.isInteger(intercept);

/**
 * @param stored little endian, rows x columns values of bitsAllocated bits
 * @param hounsfield receives rows x columns HU and is returned; Int16 is clamped to its range
 */
export function toHounsfield(
  stored: Uint8Array<ArrayBuffer>,
  format: StoredFormat,
  rescale: Rescale,
  hounsfield: Hounsfield,
): Hounsfield {
  const { rows, columns, bitsAllocated, bitsStored, highBit, signed } = format;
  const { slope, intercept } = rescale;
  const count = rows * columns;
  const words =
    bitsAllocated === 8
      ? stored
      : new Uint16Array(
          stored.byteOffset % 2 === 0 ? stored.buffer : stored.slice().buffer,
          stored.byteOffset % 2 === 0 ? stored.byteOffset : 0,
          count,
        );
  const left = 31 - highBit;
  const right = 32 - bitsStored;
  const padding = usablePadding(format, rescale);
  const paddingLow = padding ? padding[0] : 1;
  const paddingHigh = padding ? padding[1] : 0;
  const lowest = signed ? -(2 ** (bitsStored - 1)) : 0;
  const highest = lowest + 2 ** bitsStored - 1;
  const ends = [lowest * slope + intercept, highest * slope + intercept];
  const fits = hounsfield instanceof Float32Array || (Math.min(...ends) >= -32768 && Math.max(...ends) <= 32767);
  for (let index = 0; index < count; index++) {
    const shifted = words[index]! << left;
    const value = signed ? shifted >> right : shifted >>> right;
    let unit = value >= paddingLow && value <= paddingHigh ? airHounsfield : value * slope + intercept;
    if (!fits) unit = Math.min(Math.max(unit, -32768), 32767);
    hounsfield[index] = unit;
  }
  return hounsfield;
}
