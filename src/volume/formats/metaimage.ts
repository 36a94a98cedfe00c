/**
 * MetaImage with its image attached (.mha): the header.
 *
 *     const header = parseMetaImage(firstBytes, "scan.mha");
 *
 * ITK writes TransformMatrix as the steps' directions one after the other, in LPS, and Offset as the first voxel's
 * centre. AnatomicalOrientation is a comment of the writer and is not used. Source: ITK's MetaIO documentation.
 */
import { RefusedError } from "../../errors.ts";
import type { Triple } from "../geometry.ts";
import { checkSize, gridFromMatrix } from "./grid.ts";
import type { ImageHeader } from "./nifti.ts";
import { numbers, textLines } from "./text-header.ts";
import { bytesPerValue, type ValueType } from "./values.ts";

export interface MetaImageHeader extends Omit<ImageHeader, "rescale"> {
  readonly encoding: "raw" | "zlib" | "ascii";
}

const valueTypes: ReadonlyMap<string, ValueType> = new Map(
  Object.entries<ValueType>({
    MET_CHAR: "int8",
    MET_UCHAR: "uint8",
    MET_SHORT: "int16",
    MET_USHORT: "uint16",
    MET_INT: "int32",
    MET_UINT: "uint32",
    MET_LONG_LONG: "int64",
    MET_ULONG_LONG: "uint64",
    MET_FLOAT: "float32",
    MET_DOUBLE: "float64",
  }),
);

/** Whether these first bytes are a MetaImage header: "ObjectType = Image", or a first field every such file has. */
export const isMetaImage = (head: Uint8Array): boolean =>
  /^\s*(ObjectType|NDims)\s*=/.test(new TextDecoder("latin1").decode(head.subarray(0, 64)));

const isTrue = (text: string | undefined): boolean => text?.toLowerCase() === "true";

/** The header in `head`, the file's first bytes. Throws RefusedError. */
export function parseMetaImage(head: Uint8Array, name: string): MetaImageHeader {
  if (!isMetaImage(head)) throw new RefusedError("format-unknown", `${name}: not a MetaImage file`);
  // ElementDataFile is the last field by definition.
  const text = textLines(head, (line) => /^\s*ElementDataFile\s*=/.test(line));
  if (!text) throw new RefusedError("file-truncated", `${name}: its header has no end`);
  const fields = new Map<string, string>();
  for (const line of text.lines) {
    const field = /^\s*(\w+)\s*=\s*(.*)$/.exec(line);
    if (field) fields.set(field[1]!, field[2]!.trim());
  }
  const required = (key: string): string => {
    const value = fields.get(key);
    if (value === undefined) throw new RefusedError("file-corrupt", `${name}: its header does not give ${key}`);
    return value;
  };
  if (required("ElementDataFile").toUpperCase() !== "LOCAL") {
    throw new RefusedError("format-unknown", `${name}: is a MetaImage header whose image is in another file`, {
      hint: "convert it into a single .mha file",
    });
  }
  if (required("NDims") !== "3") throw new RefusedError("file-corrupt", `${name}: is not three-dimensional`);
  if ((fields.get("ElementNumberOfChannels") ?? "1") !== "1") {
    throw new RefusedError("format-unknown", `${name}: has several numbers a voxel`);
  }
  const size = numbers(required("DimSize"));
  checkSize(size, name);
  const type = valueTypes.get(required("ElementType").toUpperCase());
  if (!type)
    throw new RefusedError("format-unknown", `${name}: its values (${required("ElementType")}) are not numbers`);
  const compressed = isTrue(fields.get("CompressedData"));
  const binary = fields.get("BinaryData") === undefined || isTrue(fields.get("BinaryData"));
  if (fields.has("HeaderSize") && fields.get("HeaderSize") !== "0") {
    throw new RefusedError("format-unknown", `${name}: skips bytes between its header and its image`);
  }
  const spacing = numbers(required("ElementSpacing"));
  const origin = numbers(fields.get("Offset") ?? fields.get("Position") ?? fields.get("Origin") ?? "");
  const matrix = numbers(fields.get("TransformMatrix") ?? fields.get("Rotation") ?? fields.get("Orientation") ?? "");
  if (spacing.length !== 3 || spacing.some((side) => !(side > 0))) {
    throw new RefusedError("geometry-invalid", `${name}: its spacing cannot be read`);
  }
  if (origin.length !== 3 || matrix.length !== 9) {
    throw new RefusedError("position-missing", `${name}: does not give its offset and its transform matrix`);
  }
  const step = (axis: 0 | 1 | 2): Triple => [
    matrix[3 * axis]! * spacing[axis]!,
    matrix[3 * axis + 1]! * spacing[axis]!,
    matrix[3 * axis + 2]! * spacing[axis]!,
  ];
  return {
    grid: gridFromMatrix(size, [step(0), step(1), step(2)], [origin[0]!, origin[1]!, origin[2]!], name),
    format: {
      type,
      littleEndian: !isTrue(fields.get("ElementByteOrderMSB") ?? fields.get("BinaryDataByteOrderMSB")),
    },
    encoding: compressed ? "zlib" : binary ? "raw" : "ascii",
    dataStart: text.end,
    dataLength: size[0] * size[1] * size[2] * bytesPerValue[type],
  };
}
