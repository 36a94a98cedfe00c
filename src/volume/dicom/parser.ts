/**
 * A DICOM data set from its bytes: every element's place, up to the pixel data.
 *
 *     const { dataSet, end } = parseDataSet(bytes, start, { explicit: true, bigEndian: false }, pixelDataTag);
 *     dataSet.string("x00080060")            // "CT"
 *     dataSet.items("x52009230")             // a sequence's items, parsed when asked for
 *
 * What writers get wrong and other readers forgive is read and noted: an encoding other than the declared one (looked
 * for at the start of every data set and item), sequences hidden in UN, delimiters where none is due, elements
 * without a VR. A sequence of known length is stepped over unread, so what is broken inside one nobody needs costs
 * nothing. Source: DICOM PS3.5, section 7 and annex A.
 */
import { DataSet, type Element, type Encoding, tagNumber } from "./elements.ts";

/** Where the parse ended: before an element it was told to stop at, at the end, or because bytes are missing. */
export type End = "stop" | "end" | "short";

export interface Parsed {
  readonly dataSet: DataSet;
  readonly end: End;
  /** As the data set turned out to be encoded. */
  readonly encoding: Encoding;
  readonly notes: readonly string[];
}

export const pixelDataTag = tagNumber("x7fe00010");

const undefinedLength = 0xffffffff;
const itemTag = 0xfffee000;
const itemEndTag = 0xfffee00d;
const sequenceEndTag = 0xfffee0dd;
/** Sequences within sequences; the deepest objects of the standard have about 15. */
const deepest = 64;

/** VRs whose length has 32 bits in explicit encoding, and those whose length has 16. */
const longVrs = new Set("OB OD OF OL OV OW SQ SV UC UN UR UT UV".split(" "));
const shortVrs = new Set("AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US".split(" "));

const vrAt = (view: DataView, at: number): string => String.fromCharCode(view.getUint8(at), view.getUint8(at + 1));
const isVr = (vr: string): boolean => shortVrs.has(vr) || longVrs.has(vr);

/** How the file's data set, which starts here, is encoded; the declared way where the bytes tell nothing. */
export function encodingAt(view: DataView, at: number, end: number, declared: Encoding): Encoding {
  if (at + 8 > end) return declared;
  const group = view.getUint16(at, !declared.bigEndian);
  const swapped = view.getUint16(at, declared.bigEndian);
  // The first group of a file's data set is a small number, whichever way it is written.
  const bigEndian = swapped < group && group > 0xff ? !declared.bigEndian : declared.bigEndian;
  return { explicit: isExplicit(view, at, end, { explicit: declared.explicit, bigEndian }), bigEndian };
}

/** Whether the element at `at` carries its value representation. */
function isExplicit(view: DataView, at: number, end: number, { explicit, bigEndian }: Encoding): boolean {
  if (at + 8 > end) return explicit;
  if (isVr(vrAt(view, at + 4))) return true;
  const length = view.getUint32(at + 4, !bigEndian);
  return explicit && length !== undefinedLength && at + 8 + length > end;
}

/** How an item that starts here is encoded: byte order never changes within a file. */
const itemEncodingAt = (view: DataView, at: number, end: number, declared: Encoding): Encoding => ({
  explicit: isExplicit(view, at, end, declared),
  bigEndian: declared.bigEndian,
});

class TooShort extends Error {}

/** @throws Error where the bytes are no data set, with what was wrong at which byte */
export function parseDataSet(bytes: Uint8Array, start: number, declared: Encoding, stopAt: number): Parsed {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const encoding = encodingAt(view, start, bytes.length, declared);
  const notes: string[] = [];
  if (encoding.explicit !== declared.explicit || encoding.bigEndian !== declared.bigEndian) {
    notes.push("its data set is not encoded as its transfer syntax says");
  }
  const parser = new Parser(bytes, view, (note) => {
    if (!notes.includes(note)) notes.push(note);
  });
  const elements = new Map<number, Element>();
  const dataSet = new DataSet(bytes, encoding, elements, (element) => parser.items(element, encoding, 0));
  try {
    const stopped = parser.elements(elements, start, bytes.length, encoding, { stopAt, depth: 0, ends: undefined });
    return { dataSet, end: stopped.stopped ? "stop" : "end", encoding, notes };
  } catch (error) {
    if (!(error instanceof TooShort)) throw error;
    return { dataSet, end: "short", encoding, notes };
  }
}

interface Place {
  /** Parse no further than to the element of this tag, which is the last one read. */
  readonly stopAt: number;
  readonly depth: number;
  /** The delimiter this data set ends with, where its length is not given. */
  readonly ends: number | undefined;
}

class Parser {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #note: (note: string) => void;

  constructor(bytes: Uint8Array, view: DataView, note: (note: string) => void) {
    this.#bytes = bytes;
    this.#view = view;
    this.#note = note;
  }

  /** Reads elements from `start` until the end, the delimiter, or the tag to stop at. */
  elements(
    into: Map<number, Element>,
    start: number,
    end: number,
    encoding: Encoding,
    place: Place,
  ): { readonly next: number; readonly stopped: boolean } {
    const little = !encoding.bigEndian;
    let at = start;
    while (at + 8 <= end) {
      const tag = this.#tag(at, little);
      if (tag === itemEndTag || tag === sequenceEndTag) {
        if (tag === place.ends) return { next: at + 8, stopped: false };
        if (place.ends === itemEndTag) return { next: at, stopped: false };
        this.#note("it has sequence delimiters where no sequence ends");
        at += 8;
        continue;
      }
      if (tag === itemTag) throw new Error(`an item outside of a sequence at byte ${at}`);
      const element = this.#header(at, end, encoding);
      at = element.dataOffset + (element.length === undefinedLength ? 0 : element.length);
      if (tag === place.stopAt && place.depth === 0) {
        into.set(tag, { ...element, hadUndefinedLength: element.length === undefinedLength });
        return { next: at, stopped: true };
      }
      if (element.length === undefinedLength) {
        const next = this.#skipSequence(element, tag, end, encoding, place.depth);
        into.set(tag, { ...element, length: next - element.dataOffset, hadUndefinedLength: true });
        at = next;
      } else {
        if (at > end) throw this.#beyond(at, `an element of ${element.length} bytes at byte ${element.dataOffset}`);
        into.set(tag, element);
      }
    }
    if (place.ends !== undefined) throw this.#beyond(end, "an item without an end");
    return { next: end, stopped: false };
  }

  /** Bytes that a longer piece of the file would hold, or a contradiction inside of it. */
  #beyond(at: number, what: string): Error {
    return at >= this.#bytes.length ? new TooShort(what) : new Error(`${what} reaches beyond what holds it`);
  }

  #tag(at: number, little: boolean): number {
    return this.#view.getUint16(at, little) * 0x10000 + this.#view.getUint16(at + 2, little);
  }

  #header(at: number, end: number, { explicit, bigEndian }: Encoding): Element {
    const plain = (): Element => ({
      vr: undefined,
      dataOffset: at + 8,
      length: this.#view.getUint32(at + 4, !bigEndian),
      hadUndefinedLength: false,
    });
    if (!explicit) return plain();
    const vr = vrAt(this.#view, at + 4);
    if (shortVrs.has(vr)) {
      const length = this.#view.getUint16(at + 6, !bigEndian);
      return { vr, dataOffset: at + 8, length, hadUndefinedLength: false };
    }
    // VRs to come have the long form (PS3.5, 7.1.2); what is no VR at all is an implicit element among explicit ones.
    if (!longVrs.has(vr) && !/^[A-Z]{2}$/.test(vr)) {
      this.#note("it has elements without a value representation");
      return plain();
    }
    if (at + 12 > end) throw this.#beyond(at + 12, `an element without a length at byte ${at}`);
    const length = this.#view.getUint32(at + 8, !bigEndian);
    return { vr, dataOffset: at + 12, length, hadUndefinedLength: false };
  }

  /** The byte behind a sequence (or encapsulated value) whose length is not given. */
  #skipSequence(element: Element, tag: number, end: number, encoding: Encoding, depth: number): number {
    let next = element.dataOffset;
    const fragments = element.vr === "OB" || element.vr === "OW" || tag === pixelDataTag;
    this.#eachItem(element.dataOffset, end, encoding, depth, fragments, (_, behind) => {
      next = behind;
    });
    return next;
  }

  /** Walks a sequence's items; `visit` is told each item's elements, and last the byte behind the sequence. */
  #eachItem(
    start: number,
    end: number,
    encoding: Encoding,
    depth: number,
    fragments: boolean,
    visit: (item: DataSet | undefined, behind: number) => void,
    untilDelimiter = true,
  ): void {
    if (depth >= deepest) throw new Error(`sequences ${deepest} deep`);
    const little = !encoding.bigEndian;
    let at = start;
    while (at + 8 <= end) {
      const tag = this.#tag(at, little);
      const length = this.#view.getUint32(at + 4, little);
      at += 8;
      if (tag === sequenceEndTag) {
        if (untilDelimiter) {
          visit(undefined, at);
          return;
        }
        this.#note("it has sequence delimiters where no sequence ends");
        continue;
      }
      if (tag === itemEndTag) {
        this.#note("it has item delimiters where no item ends");
        continue;
      }
      if (tag !== itemTag) throw new Error(`no item of a sequence at byte ${at - 8}`);
      if (length !== undefinedLength) {
        if (at + length > end) throw this.#beyond(at + length, `an item of ${length} bytes at byte ${at}`);
        if (!fragments) visit(this.#item(at, at + length, encoding, depth), at + length);
        at += length;
        continue;
      }
      const elements = new Map<number, Element>();
      const own = itemEncodingAt(this.#view, at, end, encoding);
      const place = { stopAt: -1, depth: depth + 1, ends: itemEndTag };
      const { next } = this.elements(elements, at, end, own, place);
      at = next;
      visit(this.#dataSet(elements, own, depth + 1), at);
    }
    if (untilDelimiter) throw this.#beyond(end, "a sequence without an end");
  }

  /** An item of known length, parsed only when something of it is asked for. */
  #item(start: number, end: number, encoding: Encoding, depth: number): DataSet {
    const own = itemEncodingAt(this.#view, start, end, encoding);
    return this.#dataSet(
      () => {
        const elements = new Map<number, Element>();
        this.elements(elements, start, end, own, { stopAt: -1, depth: depth + 1, ends: undefined });
        return elements;
      },
      own,
      depth + 1,
    );
  }

  #dataSet(elements: Map<number, Element> | (() => Map<number, Element>), encoding: Encoding, depth: number): DataSet {
    return new DataSet(this.#bytes, encoding, elements, (element) => this.items(element, encoding, depth));
  }

  /** The items of a sequence element of a data set so encoded. */
  items(element: Element, encoding: Encoding, depth: number): DataSet[] {
    const found: DataSet[] = [];
    const end = element.dataOffset + element.length;
    this.#eachItem(
      element.dataOffset,
      end,
      encoding,
      depth,
      false,
      (item) => {
        if (item) found.push(item);
      },
      element.hadUndefinedLength,
    );
    return found;
  }
}
