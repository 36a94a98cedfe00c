/**
 * NRRD with its image attached: the header.
 *
 *     const header = parseNrrd(firstBytes, "scan.nrrd");
 *
 * Encodings raw, gzip, ascii and hex; spaces LPS, RAS and LAS by any of their names. Source: "Definition of NRRD File
 * Format" (teem.sourceforge.net/nrrd/format.html).
 */
import { RefusedError } from "../../errors.ts";
import type { Triple } from "../geometry.ts";
import { checkSize, type Grid, gridFromMatrix } from "./grid.ts";
import type { ImageHeader } from "./nifti.ts";
import { numbers, textLines } from "./text-header.ts";
import { bytesPerValue, type ValueType } from "./values.ts";

export type NrrdEncoding = "raw" | "gzip" | "ascii" | "hex";

export interface NrrdHeader extends Omit<ImageHeader, "rescale"> {
  readonly encoding: NrrdEncoding;
}

const valueTypes: ReadonlyMap<string, ValueType> = new Map(
  Object.entries<ValueType>({
    "signed char": "int8",
    int8: "int8",
    int8_t: "int8",
    uchar: "uint8",
    "unsigned char": "uint8",
    uint8: "uint8",
    uint8_t: "uint8",
    short: "int16",
    "short int": "int16",
    "signed short": "int16",
    "signed short int": "int16",
    int16: "int16",
    int16_t: "int16",
    ushort: "uint16",
    "unsigned short": "uint16",
    "unsigned short int": "uint16",
    uint16: "uint16",
    uint16_t: "uint16",
    int: "int32",
    "signed int": "int32",
    int32: "int32",
    int32_t: "int32",
    uint: "uint32",
    "unsigned int": "uint32",
    uint32: "uint32",
    uint32_t: "uint32",
    longlong: "int64",
    "long long": "int64",
    "long long int": "int64",
    "signed long long": "int64",
    "signed long long int": "int64",
    int64: "int64",
    int64_t: "int64",
    ulonglong: "uint64",
    "unsigned long long": "uint64",
    "unsigned long long int": "uint64",
    uint64: "uint64",
    uint64_t: "uint64",
    float: "float32",
    double: "float64",
  }),
);

const encodings: ReadonlyMap<string, NrrdEncoding> = new Map(
  Object.entries<NrrdEncoding>({
    raw: "raw",
    gzip: "gzip",
    gz: "gzip",
    txt: "ascii",
    text: "ascii",
    ascii: "ascii",
    hex: "hex",
  }),
);

/** Signs that turn each space's x, y and z into left, back and head. */
const spaces: ReadonlyMap<string, Triple> = new Map(
  Object.entries<Triple>({
    "left-posterior-superior": [1, 1, 1],
    lps: [1, 1, 1],
    "right-anterior-superior": [-1, -1, 1],
    ras: [-1, -1, 1],
    "left-anterior-superior": [1, -1, 1],
    las: [1, -1, 1],
  }),
);

export const isNrrd = (head: Uint8Array): boolean =>
  new TextDecoder("latin1").decode(head.subarray(0, 7)) === "NRRD000";

const isDataFile = (line: string): boolean => /^data ?file:/i.test(line);

/** The header in `head`, the file's first bytes. Throws RefusedError. */
export function parseNrrd(head: Uint8Array, name: string): NrrdHeader {
  if (!isNrrd(head)) throw new RefusedError("format-unknown", `${name}: not a NRRD file`);
  // A detached header needs no empty line at its end.
  const detached = /^data ?file:/im.exec(new TextDecoder("latin1").decode(head));
  const text = textLines(head, (line) => line === "") ?? (detached ? textLines(head, isDataFile) : undefined);
  if (!text) throw new RefusedError("file-truncated", `${name}: its header has no end`);
  const fields = new Map<string, string>();
  for (const line of text.lines.slice(1)) {
    const field = /^([^:#]+): ?(.*)$/.exec(line);
    if (field) fields.set(field[1]!.trim().toLowerCase(), field[2]!.trim());
  }
  const required = (key: string): string => {
    const value = fields.get(key);
    if (value === undefined) throw new RefusedError("file-corrupt", `${name}: its header does not give "${key}"`);
    return value;
  };
  if (fields.has("data file") || fields.has("datafile")) {
    throw new RefusedError("format-unknown", `${name}: is a NRRD header whose image is in another file`, {
      hint: "convert it into a single .nrrd file",
    });
  }
  if (
    Number(fields.get("line skip") ?? fields.get("lineskip") ?? 0) !== 0 ||
    Number(fields.get("byte skip") ?? fields.get("byteskip") ?? 0) !== 0
  ) {
    throw new RefusedError("format-unknown", `${name}: skips bytes between its header and its image`);
  }
  if (required("dimension") !== "3") {
    throw new RefusedError("file-corrupt", `${name}: has ${required("dimension")} dimensions, not three`);
  }
  const size = numbers(required("sizes"));
  checkSize(size, name);
  const type = valueTypes.get(required("type").toLowerCase());
  if (!type) throw new RefusedError("format-unknown", `${name}: its values (${required("type")}) are not numbers`);
  const encoding = encodings.get(required("encoding").toLowerCase());
  if (!encoding) throw new RefusedError("format-unknown", `${name}: its encoding is ${required("encoding")}`);
  const endian = fields.get("endian")?.toLowerCase();
  if (bytesPerValue[type] > 1 && encoding !== "ascii" && endian !== "little" && endian !== "big") {
    throw new RefusedError("file-corrupt", `${name}: does not say its byte order`);
  }
  return {
    grid: grid(fields, size, name),
    format: { type, littleEndian: endian !== "big" },
    encoding,
    dataStart: text.end,
    dataLength: size[0] * size[1] * size[2] * bytesPerValue[type],
  };
}

/** "(a,b,c)" as three numbers. */
function vector(text: string): Triple | undefined {
  const parts = /^\(([^)]*)\)$/.exec(text.trim());
  const found = parts ? numbers(parts[1]!) : [];
  return found.length === 3 && found.every(Number.isFinite) ? [found[0]!, found[1]!, found[2]!] : undefined;
}

function grid(fields: ReadonlyMap<string, string>, size: Triple, name: string): Grid {
  const space = fields.get("space");
  const directions = fields.get("space directions");
  const origin = fields.get("space origin");
  if (space === undefined || directions === undefined || origin === undefined) {
    throw new RefusedError("position-missing", `${name}: does not give its space, directions and origin`);
  }
  const signs = spaces.get(space.toLowerCase());
  if (!signs) throw new RefusedError("geometry-invalid", `${name}: lies in a space "${space}" that is no patient's`);
  const steps = (directions.match(/\([^)]*\)/g) ?? []).map(vector);
  const corner = vector(origin);
  const [x, y, z] = steps;
  if (steps.length !== 3 || !x || !y || !z || !corner) {
    throw new RefusedError("geometry-invalid", `${name}: its directions or its origin cannot be read`);
  }
  const toLps = (v: Triple): Triple => [v[0] * signs[0], v[1] * signs[1], v[2] * signs[2]];
  return gridFromMatrix(size, [toLps(x), toLps(y), toLps(z)], toLps(corner), name);
}
