import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import dicomParser from "dicom-parser";
import { afterAll, describe, expect, test } from "vitest";
import { patientPoint } from "../geometry.ts";
import type { Volume } from "../volume.ts";
import { decimalString } from "./elements.ts";
import { type CtSeriesDescription, ctSeries, ctSeriesUids, syntheticNotice, uidFrom, writeCtSlice } from "./index.ts";

const validator = "/usr/bin/dciodvfy";
const hasValidator = existsSync(validator);
if (!hasValidator) console.warn("skipped: dciodvfy (dicom3tools) is not installed, CT objects are not validated");

const folder = mkdtempSync(join(tmpdir(), "embolens-dicom-write-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function ramp(columns: number, rows: number, slices: number): Volume {
  return {
    geometry: {
      size: [columns, rows, slices],
      spacing: [0.7, 0.8, 2.5],
      origin: patientPoint(-120.5, -130.25, 1400 / 3),
      axes: [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
      ],
    },
    voxels: Int16Array.from({ length: columns * rows * slices }, (_, index) => (index % 4000) - 1000),
    warnings: [],
  };
}

const description: CtSeriesDescription = { seed: 11, name: "S0001" };
const elements = (bytes: Uint8Array) => dicomParser.parseDicom(bytes);

/** What dciodvfy says that begins with "Error". */
function validationErrors(bytes: Uint8Array): string[] {
  const path = join(folder, "object.dcm");
  writeFileSync(path, bytes);
  const said = execFileSync("sh", ["-c", `${validator} "$1" 2>&1 || true`, "sh", path], { encoding: "utf8" });
  return said.split("\n").filter((line) => line.startsWith("Error"));
}

describe("a CT series", () => {
  test.skipIf(!hasValidator).each<[string, Partial<CtSeriesDescription>]>([
    ["as it comes", {}],
    ["without contrast", { contrastAgent: null }],
    ["with signed pixels and padding", { signed: true, padding: { below: -1000, value: -2000 } }],
    ["with a tilted gantry", { gantryTilt: 12 }],
    ["numbered from the head", { instanceOrder: "descending", acquisitionNumber: 3, seriesNumber: 5 }],
    ["of a named patient", { patient: { id: "P1", name: "Phäntom^Ünö", sex: "F", age: 7 } }],
  ])("%s has no error in dciodvfy", (_, change) => {
    const { bytes } = writeCtSlice(ramp(32, 24, 3), 1, { ...description, ...change });
    expect(validationErrors(bytes)).toEqual([]);
  });

  test("gives back its voxels by stored value x slope + intercept", () => {
    const volume = ramp(16, 12, 2);
    for (const [slice, file] of ctSeries(volume, description).entries()) {
      const dataset = elements(file.bytes);
      const pixels = dataset.elements.x7fe00010!;
      const view = new DataView(file.bytes.buffer, pixels.dataOffset, pixels.length);
      const slope = Number(dataset.string("x00281053"));
      const intercept = Number(dataset.string("x00281052"));
      const hu = Array.from({ length: 192 }, (__, index) => view.getUint16(index * 2, true) * slope + intercept);
      expect(hu).toEqual([...volume.voxels.subarray(slice * 192, (slice + 1) * 192)]);
    }
  });

  test("states position, orientation and spacing of each slice", () => {
    const [first, second] = ctSeries(ramp(4, 4, 2), description).map(({ bytes }) => elements(bytes));
    expect(first!.string("x00200032")!.split("\\").map(Number)).toEqual([-120.5, -130.25, 466.666666666667]);
    expect(second!.floatString("x00200032", 2)! - first!.floatString("x00200032", 2)!).toBeCloseTo(2.5, 9);
    expect(first!.string("x00280030")).toBe("0.8\\0.7");
    expect(first!.string("x00200037")).toBe("1\\0\\0\\0\\1\\0");
  });

  test("clips what 12 bits cannot hold and keeps it in 16", () => {
    const volume = { ...ramp(2, 1, 1), voxels: Int16Array.of(-2000, 9000) };
    const stored = (change: Partial<CtSeriesDescription>) => {
      const { bytes } = writeCtSlice(volume, 0, { ...description, ...change });
      const dataset = elements(bytes);
      return [0, 1].map((index) =>
        change.signed ? dataset.int16("x7fe00010", index) : dataset.uint16("x7fe00010", index),
      );
    };
    expect(stored({})).toEqual([0, 4095]);
    expect(stored({ signed: true, rescale: { slope: 1, intercept: 0 } })).toEqual([-2000, 9000]);
    expect(stored({ signed: true, padding: { below: -1500, value: -3024 } })).toEqual([-3024, 10024]);
  });

  test("gives each slice its own rescale when asked to", () => {
    const files = ctSeries(ramp(4, 4, 3), {
      ...description,
      rescale: (slice) => ({ slope: 1 + slice, intercept: -1000 - slice }),
    });
    expect(files.map(({ bytes }) => elements(bytes).string("x00281053"))).toEqual(["1", "2", "3"]);
  });

  test("says that it is synthetic and for research", () => {
    const dataset = elements(writeCtSlice(ramp(4, 4, 1), 0, description).bytes);
    expect(dataset.string("x00204000")).toBe(syntheticNotice);
    expect(syntheticNotice).toContain("Research use, not a medical device");
    expect(dataset.string("x00120062")).toBe("YES");
  });

  test("is the same bytes for the same description, and shares study and frame with its sister series", () => {
    const volume = ramp(8, 8, 1);
    expect(writeCtSlice(volume, 0, description).bytes).toEqual(writeCtSlice(volume, 0, description).bytes);
    const [one, other] = [ctSeriesUids(description), ctSeriesUids({ ...description, seriesNumber: 9 })];
    expect(other.study).toBe(one.study);
    expect(other.frameOfReference).toBe(one.frameOfReference);
    expect(other.series).not.toBe(one.series);
    expect(ctSeriesUids({ ...description, seed: 12 }).study).not.toBe(one.study);
  });
});

test("an identifier is a version 8 UUID as a number", () => {
  const uid = uidFrom(3, "a");
  expect(uid).toMatch(/^2\.25\.[1-9]\d{0,38}$/);
  const uuid = BigInt(uid.slice(5)).toString(16).padStart(32, "0");
  expect(uuid[12]).toBe("8");
  expect("89ab").toContain(uuid[16]);
});

test("a decimal string is never longer than 16 characters and as near as that allows", () => {
  for (const value of [1 / 3, -1 / 3, -123456.789012345, 1e-7 / 3, 0.1, -0.000123456789012345]) {
    const text = decimalString(value);
    expect(text.length).toBeLessThanOrEqual(16);
    expect(Math.abs(Number(text) - value)).toBeLessThanOrEqual(Math.abs(value) * 1e-8);
  }
});
