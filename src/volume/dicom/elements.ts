/**
 * The elements of a DICOM data set, by tag ("x00080060"), and their values.
 *
 *     dataSet.string("x00080060")      // "CT", or undefined where the element isn't there
 *     dataSet.uint16("x00280010")      // 512
 *
 * Values are read from the bytes when they are asked for. Numbers of the wrong length are undefined.
 */

export interface Element {
  /** Undefined in implicit encoding. */
  readonly vr: string | undefined;
  readonly dataOffset: number;
  /** Bytes of the value, with its delimiter where the length was not given. */
  readonly length: number;
  readonly hadUndefinedLength: boolean;
}

export interface Encoding {
  /** Whether elements carry their value representation. */
  readonly explicit: boolean;
  readonly bigEndian: boolean;
}

/** "x00080060" as a number. */
export const tagNumber = (tag: string): number => Number.parseInt(tag.slice(1), 16);

export class DataSet {
  /** The bytes that elements' places count in. */
  readonly byteArray: Uint8Array;
  readonly #encoding: Encoding;
  readonly #items: (element: Element, encoding: Encoding) => DataSet[];
  readonly #parsedItems = new Map<Element, DataSet[]>();
  #elements: ReadonlyMap<number, Element> | (() => ReadonlyMap<number, Element>);

  constructor(
    byteArray: Uint8Array,
    encoding: Encoding,
    elements: ReadonlyMap<number, Element> | (() => ReadonlyMap<number, Element>),
    items: (element: Element, encoding: Encoding) => DataSet[],
  ) {
    this.byteArray = byteArray;
    this.#encoding = encoding;
    this.#elements = elements;
    this.#items = items;
  }

  /** @throws Error where this is an item of a sequence and is broken */
  element(tag: string): Element | undefined {
    if (typeof this.#elements === "function") this.#elements = this.#elements();
    return this.#elements.get(tagNumber(tag));
  }

  /** A sequence's items; none where the element isn't there. Throws Error where it is no sequence. */
  items(tag: string): readonly DataSet[] {
    const element = this.element(tag);
    if (!element || element.length === 0) return [];
    const parsed = this.#parsedItems.get(element) ?? this.#items(element, this.#encoding);
    this.#parsedItems.set(element, parsed);
    return parsed;
  }

  /** The value's characters up to a null, blanks trimmed; bytes beyond ASCII as they are (character-sets.ts). */
  string(tag: string): string | undefined {
    const element = this.element(tag);
    if (!element || element.length === 0) return undefined;
    const end = Math.min(element.dataOffset + element.length, this.byteArray.length);
    let text = "";
    for (let at = element.dataOffset; at < end; at++) {
      const byte = this.byteArray[at]!;
      if (byte === 0) break;
      text += String.fromCharCode(byte);
    }
    return text.trim();
  }

  uint16(tag: string): number | undefined {
    return this.#view(tag, 2)?.getUint16(0, !this.#encoding.bigEndian);
  }

  int16(tag: string): number | undefined {
    return this.#view(tag, 2)?.getInt16(0, !this.#encoding.bigEndian);
  }

  uint32(tag: string): number | undefined {
    return this.#view(tag, 4)?.getUint32(0, !this.#encoding.bigEndian);
  }

  double(tag: string): number | undefined {
    return this.#view(tag, 8)?.getFloat64(0, !this.#encoding.bigEndian);
  }

  #view(tag: string, length: number): DataView | undefined {
    const element = this.element(tag);
    if (!element || element.length < length || element.dataOffset + length > this.byteArray.length) return undefined;
    return new DataView(this.byteArray.buffer, this.byteArray.byteOffset + element.dataOffset, length);
  }
}
