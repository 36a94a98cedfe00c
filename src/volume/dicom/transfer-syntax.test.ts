import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { diskFile, nodeDecoder } from "../node/index.ts";
import { refusals } from "../study/sop-class.ts";
import { isWhole } from "./hounsfield/table.ts";
import { describeObject } from "./image.ts";
import { PixelData } from "./pixel-data.ts";

const folder = join(import.meta.dirname, "../../../../shared/data/dicom-syntaxes");
const there = existsSync(folder);
if (!there) console.warn("The slices in 14 transfer syntaxes are not here: their tests are skipped.");

const decoder = nodeDecoder(1);
afterAll(() => decoder.close());

async function open(file: string) {
  const path = join(folder, file);
  const object = await describeObject(diskFile(path, (await stat(path)).size));
  if (!object) throw new Error(`${file} is not DICOM`);
  return object;
}

async function hounsfield(file: string, frame = 0) {
  const object = await open(file);
  const { slope, intercept } = object.frames[frame]!;
  const fractional = !isWhole({ slope: slope ?? 1, intercept: intercept ?? 0 });
  const job = await new PixelData(object).job(frame);
  const count = job.format.rows * job.format.columns;
  const decoded = fractional ? new Float32Array(count) : new Int16Array(count);
  await decoder.decode(job, decoded);
  return decoded;
}

function meanAbsoluteDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += Math.abs(a[index]! - b[index]!);
  return sum / a.length;
}

describe.skipIf(!there)("one CT slice in every transfer syntax", () => {
  /** Mean HU by which a lossily compressed copy may differ. */
  function tolerance(file: string): number {
    // Eight bits over 8191 HU: one grey value is 32 HU, and the file's writer cut instead of rounding.
    if (file.includes("JPEGProcess1Transfer")) return 32;
    return /JPEGProcess(2_4|6_8|10_12)Transfer|JPEGLSLossy|JPEG2000Transfer/.test(file) ? 8 : 0;
  }

  test("gives the same HU where the syntax is lossless, and within 8 HU on average where it is not", async () => {
    const original = await hounsfield("CTImage.dcm");
    const files = (await readdir(folder)).filter((file) => file.startsWith("CTImage.dcm_"));
    expect(files.length).toBeGreaterThanOrEqual(14);
    for (const file of files) {
      const decoded = await hounsfield(file);
      expect(decoded.length, file).toBe(512 * 512);
      expect(meanAbsoluteDifference(original, decoded), file).toBeLessThanOrEqual(tolerance(file));
    }
  });

  test("decodes both frames of a JPEG cut into fragments without an offset table", async () => {
    const file = "CT0012.fragmented_no_bot_jpeg_baseline.51.dcm";
    const frames = await Promise.all([hounsfield(file, 0), hounsfield(file, 1)]);
    for (const frame of frames) {
      expect(frame.length).toBe(512 * 512);
      expect(Math.max(...frame.subarray(256 * 512, 257 * 512))).toBeGreaterThan(-1024);
    }
    expect(meanAbsoluteDifference(frames[0]!, frames[1]!)).toBeGreaterThan(0);
  });

  test("refuses the ultrasound and the slice without pixel spacing by name", async () => {
    const ultrasound = refusals(await open("US-YBR_FULL_422-EVRLE.dcm")).map(({ code }) => code);
    expect(ultrasound).toContain("not-ct");
    const unspaced = refusals(await open("no-pixel-spacing.dcm")).map(({ code }) => code);
    expect(unspaced).toContain("spacing-missing");
  });
});
