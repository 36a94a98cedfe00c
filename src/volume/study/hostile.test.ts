import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { gzipSync, zipSync, zlibSync } from "fflate";
import { afterAll, describe, expect, test } from "vitest";
import { encodedSeries, encodings } from "../../../test/volume/encoded-series.ts";
import { type Mutation, mutate, mutations } from "../../../test/volume/mutations.ts";
import { axialGeometry, series, volumeOn } from "../../../test/volume/synthetic-series.ts";
import { EmbolensError } from "../../errors.ts";
import { describeObject } from "../dicom/image.ts";
import { PixelData } from "../dicom/pixel-data.ts";
import { nodeDecoder } from "../node/index.ts";
import { type ByteSource, bytes } from "../source.ts";
import { readVolume, scanStudy } from "./read.ts";

/** `npm run hostile` runs 20,000. */
const cases = Number(process.env.EMBOLENS_HOSTILE ?? 150);
const seed = Number(process.env.EMBOLENS_SEED ?? 20_261_123);
const longestSeconds = 2;
const mostBytes = 1e9;

const decoder = nodeDecoder(1);
afterAll(() => decoder.close());

/** What can be broken: a study's files, one of which will be. */
interface Victim {
  readonly name: string;
  readonly files: readonly ByteSource[];
  readonly end: (files: readonly ByteSource[]) => Promise<"volume" | "refused">;
}

const geometry = axialGeometry([16, 12, 6]);
const raw = new Uint8Array(volumeOn(geometry).voxels.buffer);

function niftiFile(): Uint8Array {
  const file = new Uint8Array(352 + raw.length);
  const view = new DataView(file.buffer);
  view.setInt32(0, 348, true);
  for (const [index, side] of [3, ...geometry.size].entries()) view.setInt16(40 + 2 * index, side, true);
  view.setInt16(70, 4, true);
  for (const [index, side] of [1, ...geometry.spacing].entries()) view.setFloat32(76 + 4 * index, side, true);
  view.setFloat32(108, 352, true);
  view.setInt16(252, 1, true);
  file.set(new TextEncoder().encode("n+1"), 344);
  file.set(raw, 352);
  return file;
}

function withHead(head: string, content: Uint8Array): Uint8Array {
  return new Uint8Array(Buffer.concat([Buffer.from(head), content]));
}

function nrrdFile(encoding: string, content: Uint8Array): Uint8Array {
  return withHead(
    `NRRD0004\ntype: short\ndimension: 3\nspace: LPS\nsizes: 16 12 6\nspace directions: (2,0,0) (0,2.5,0) (0,0,4)\nendian: little\nencoding: ${encoding}\nspace origin: (0,0,0)\n\n`,
    content,
  );
}

const metaImageFile = (): Uint8Array =>
  withHead(
    "ObjectType = Image\nNDims = 3\nBinaryData = True\nCompressedData = True\nTransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 0 0 0\nElementSpacing = 2 2.5 4\nDimSize = 16 12 6\nElementType = MET_SHORT\nElementDataFile = LOCAL\n",
    zlibSync(raw),
  );

/** Real slices, in syntaxes no encoder here writes. None is a series, so their frames are decoded one by one. */
const shared = join(import.meta.dirname, "../../../../shared/data/dicom-syntaxes");
const realSlices = existsSync(shared) ? readdirSync(shared).filter((file) => file.endsWith(".dcm")) : [];
if (realSlices.length === 0) console.warn("The real slices are not here: they are not broken.");

async function victims(): Promise<Victim[]> {
  const plain = series({ geometry });
  const archive = zipSync(
    Object.fromEntries(await Promise.all(plain.map(async (file) => [file.name, await file.read()]))),
  );
  const single = (name: string, content: Uint8Array): Victim => ({ name, files: [bytes(name, content)], end: asStudy });
  const numbersInText = Array.from(new Int16Array(raw.buffer)).join(" ");
  return [
    { name: "native", files: plain, end: asStudy },
    ...(await Promise.all(
      encodings.map(async (name) => ({ name, files: await encodedSeries(name, { geometry }), end: asStudy })),
    )),
    single("study.zip", archive),
    single("image.nii", niftiFile()),
    single("image.nii.gz", gzipSync(niftiFile())),
    single("raw.nrrd", nrrdFile("raw", raw)),
    single("gzip.nrrd", nrrdFile("gzip", gzipSync(raw))),
    single("hex.nrrd", nrrdFile("hex", new TextEncoder().encode(Buffer.from(raw).toString("hex")))),
    single("ascii.nrrd", nrrdFile("ascii", new TextEncoder().encode(numbersInText))),
    single("image.mha", metaImageFile()),
    ...realSlices.map((file) => ({
      ...single(file, new Uint8Array(readFileSync(join(shared, file)))),
      end: asFrames,
    })),
  ];
}

/** Scans and reads everything; returns how it ended. Throws what is not one of our errors. */
async function asStudy(files: readonly ByteSource[]): Promise<"volume" | "refused"> {
  let volumes = 0;
  try {
    const study = await scanStudy(files);
    for (const found of study.series) {
      if (!found.accepted) continue;
      try {
        const { geometry: grid, voxels } = await readVolume(found, { decoder });
        if (voxels.length !== grid.size[0] * grid.size[1] * grid.size[2]) throw new Error("a volume of another size");
        volumes++;
      } catch (error) {
        if (!(error instanceof EmbolensError)) throw error;
      }
    }
  } catch (error) {
    if (!(error instanceof EmbolensError)) throw error;
  }
  return volumes > 0 ? "volume" : "refused";
}

/** Decodes every frame of a single object. */
async function asFrames([file]: readonly ByteSource[]): Promise<"volume" | "refused"> {
  try {
    const object = await describeObject(file!);
    const data = object && new PixelData(object);
    for (const index of object?.frames.keys() ?? []) {
      const job = await data!.job(index);
      await decoder.decode(job, new Float32Array(job.format.rows * job.format.columns));
    }
    return object?.pixels ? "volume" : "refused";
  } catch (error) {
    if (!(error instanceof EmbolensError)) throw error;
    return "refused";
  }
}

describe("broken files", () => {
  test(`end in a volume or one of our errors, within ${longestSeconds} s and 1 GB each (${cases} of them)`, async () => {
    const all = await victims();
    for (const { name, files, end } of all) expect(await end(files), name).toBe("volume");
    const broken = fc.record({ victim: fc.nat(all.length - 1), file: fc.nat(5), changes: mutations });
    const counts = { volume: 0, refused: 0 };
    let slowest = 0;
    let largest = 0;
    await fc.assert(
      fc.asyncProperty(
        broken,
        async ({ victim, file, changes }: { victim: number; file: number; changes: Mutation[] }) => {
          const { files, end } = all[victim]!;
          const at = file % files.length;
          const content = mutate(await files[at]!.read(), changes);
          const study = files.map((source, index) => (index === at ? bytes(source.name, content) : source));
          const started = process.cpuUsage();
          counts[await end(study)]++;
          const spent = process.cpuUsage(started);
          // Processor time of all threads: what else the machine does is none of a file's doing.
          const seconds = (spent.user + spent.system) / 1e6;
          slowest = Math.max(slowest, seconds);
          largest = Math.max(largest, process.memoryUsage.rss());
          expect(seconds).toBeLessThan(longestSeconds);
          expect(process.memoryUsage.rss()).toBeLessThan(mostBytes);
        },
      ),
      { numRuns: cases, seed, endOnFailure: true, includeErrorInReport: true },
    );
    // Both ends must have been reached, or nothing was shown.
    expect(counts.volume).toBeGreaterThan(cases / 50);
    expect(counts.refused).toBeGreaterThan(cases / 50);
    console.info(
      `${cases} broken files: ${counts.volume} still a volume, ${counts.refused} refused; slowest ${slowest.toFixed(2)} s, most memory ${Math.round(largest / 1e6)} MB`,
    );
  }, 3_600_000);

  test("that nest sequences a hundred thousand deep are refused, not followed", async () => {
    const [good] = series({ geometry });
    const content = await good!.read();
    const metaLength = new DataView(content.buffer, content.byteOffset).getUint32(140, true);
    const deep: number[] = [];
    for (let level = 0; level < 100_000; level++) {
      deep.push(
        0x08,
        0x00,
        0x40,
        0x11,
        0x53,
        0x51,
        0,
        0,
        0xff,
        0xff,
        0xff,
        0xff,
        0xfe,
        0xff,
        0x00,
        0xe0,
        0xff,
        0xff,
        0xff,
        0xff,
      );
    }
    const nested = Buffer.concat([content.subarray(0, 144 + metaLength), Uint8Array.from(deep)]);
    const study = await scanStudy([bytes("deep.dcm", new Uint8Array(nested)), ...series({ geometry })]);
    expect(study.skipped.map(({ file, code }) => [file, code])).toEqual([["deep.dcm", "file-corrupt"]]);
    expect(study.series.map(({ accepted }) => accepted)).toEqual([true]);
  });

  test("that promise more than their bytes can hold are refused before memory is taken", async () => {
    const before = process.memoryUsage().arrayBuffers;
    const bomb = gzipSync(
      mutate(niftiFile(), [{ kind: "word", at: 42 / (352 + raw.length), value: 0x0fff0fff, big: false }]),
    );
    const huge = nrrdFile("gzip", gzipSync(raw)).slice();
    const text = Buffer.from(huge).toString("latin1").replace("sizes: 16 12 6", "sizes: 2000 1000 900");
    const claims = [bytes("bomb.nii.gz", bomb), bytes("huge.nrrd", new Uint8Array(Buffer.from(text, "latin1")))];
    const study = await scanStudy(claims);
    for (const found of study.series) {
      await expect(readVolume(found, { decoder })).rejects.toMatchObject({ code: "file-truncated" });
    }
    expect(study.series.length + study.skipped.length).toBe(2);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100e6);
  });
});
