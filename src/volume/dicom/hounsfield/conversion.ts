/**
 * Stored values to Hounsfield units, one frame at a time, each by its own slope and intercept.
 *
 *     const conversion = new Conversion(loadModule);
 *     await conversion.ready();
 *     conversion.words(stored, { ...format, highBit: 11, bigEndian: false, padding: undefined }, rescale, hounsfield);
 *
 * Eight at a time where HU are a sum, by a table where they are not, or where the compiled part cannot be had.
 */
import type { Rescale } from "../../formats/values.ts";
import { type Allocate, reusableBuffer } from "../../source.ts";
import type { LoadModule } from "../codecs.ts";
import { type Hounsfield, planesToHounsfield, type StoredFormat, toHounsfield } from "./table.ts";
import { VectorRescale, type VectorRule, vectorRule } from "./vector.ts";

type Frame = readonly [values: Uint8Array, format: StoredFormat, rescale: Rescale, into: Hounsfield];

export class Conversion {
  readonly #load: LoadModule;
  readonly #room = reusableBuffer();
  #loading: Promise<void> | undefined;
  #vectors: VectorRescale | undefined;

  constructor(load: LoadModule) {
    this.#load = load;
  }

  /** To be awaited before anything else: has the compiled part by then, if there is one. */
  ready(): Promise<void> {
    this.#loading ??= this.#load("hounsfield")
      .then((module) => {
        this.#vectors = new VectorRescale(module);
      })
      .catch(() => {}); // where it cannot be had, or its vectors are not known, the table does it
    return this.#loading;
  }

  /** Memory for a frame's values, good until the next frame. Those that lie there are converted without a copy. */
  get room(): Allocate {
    return this.#vectors?.room ?? this.#room;
  }

  /** From values as DICOM stores them, rows x columns of bitsAllocated bits; they are left as they are. */
  words(...frame: Frame): void {
    const done = this.#byVectors(frame, (vectors, rule, values, into) => vectors.words(values, rule, into));
    if (!done) toHounsfield(...frame);
  }

  /** From values whose bytes lie apart, all high bytes first. */
  planes(...frame: Frame): void {
    const done = this.#byVectors(frame, (vectors, rule, values, into) => vectors.planes(values, rule, into));
    if (!done) planesToHounsfield(...frame);
  }

  #byVectors(
    [values, format, rescale, into]: Frame,
    convert: (vectors: VectorRescale, rule: VectorRule, values: Uint8Array, into: Int16Array) => void,
  ): boolean {
    const isWhole = into instanceof Int16Array && values.length >= into.byteLength;
    const rule = isWhole ? vectorRule(format, rescale) : undefined;
    if (!this.#vectors || !isWhole || !rule) return false;
    convert(this.#vectors, rule, values, into);
    return true;
  }
}
