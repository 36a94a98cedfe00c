/**
 * Where the slices of a DICOM folder lie, from their headers alone.
 *
 *     const heights = await dicomSliceHeights(folder);       // file name -> z of the slice's centre, mm
 */
import { open, readdir } from "node:fs/promises";
import { join } from "node:path";
import dicomParser from "dicom-parser";
import { FailedError, RefusedError } from "../../errors.ts";
import { type Geometry, patientPoint } from "../../volume/index.ts";
import { sliceHeight } from "../manifest.ts";

/** Position, orientation, matrix and spacing stand well before this. */
const headBytes = 1 << 15;
const parallelReads = 16;

/** @throws FailedError "file-unreadable", RefusedError "position-missing", naming the file */
export async function dicomSliceHeights(folder: string): Promise<Map<string, number>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".dcm")).sort();
  const heights = new Map<string, number>();
  let next = 0;
  const lane = async () => {
    while (next < names.length) {
      const name = names[next++]!;
      heights.set(name, await heightOf(join(folder, name)));
    }
  };
  await Promise.all(Array.from({ length: parallelReads }, lane));
  return heights;
}

async function heightOf(path: string): Promise<number> {
  const head = new Uint8Array(headBytes);
  let filled: number;
  try {
    const file = await open(path);
    try {
      filled = (await file.read(head, 0, headBytes, 0)).bytesRead;
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw new FailedError("file-unreadable", `${path} cannot be read`, { cause });
  }
  const geometry = sliceGeometry(head.subarray(0, filled));
  if (geometry === undefined) throw new RefusedError("position-missing", `${path} does not say where its slice lies`);
  return sliceHeight(geometry, 0);
}

function sliceGeometry(head: Uint8Array): Geometry | undefined {
  let dataSet: dicomParser.DataSet;
  try {
    // The header may be cut off behind what we need.
    dataSet = dicomParser.parseDicom(head, { untilTag: "x00280030" });
  } catch (partial) {
    if (typeof partial !== "object" || partial === null || !("dataSet" in partial)) return undefined;
    dataSet = partial.dataSet as dicomParser.DataSet;
  }
  const numbers = (tag: string) => (dataSet.string(tag) ?? "").split("\\").map(Number.parseFloat);
  const position = numbers("x00200032");
  const orientation = numbers("x00200037");
  const spacing = numbers("x00280030");
  const [rows, columns] = [dataSet.uint16("x00280010"), dataSet.uint16("x00280011")];
  const all = [...position, ...orientation, ...spacing];
  if (position.length !== 3 || orientation.length !== 6 || spacing.length !== 2 || !all.every(Number.isFinite)) {
    return undefined;
  }
  if (!rows || !columns) return undefined;
  const [ax, ay, az, bx, by, bz] = orientation as [number, number, number, number, number, number];
  return {
    size: [columns, rows, 1],
    spacing: [spacing[1]!, spacing[0]!, 1],
    origin: patientPoint(position[0]!, position[1]!, position[2]!),
    axes: [
      [ax, ay, az],
      [bx, by, bz],
      [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx],
    ],
  };
}
