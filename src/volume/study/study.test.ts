import { existsSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { zipSync } from "fflate";
import { afterAll, describe, expect, test } from "vitest";
import { encodedSeries, encodings } from "../../../test/volume/encoded-series.ts";
import { enhancedCt } from "../../../test/volume/enhanced-ct.ts";
import { expectPlaces } from "../../../test/volume/expect-places.ts";
import { axialGeometry, series, volumeOn } from "../../../test/volume/synthetic-series.ts";
import { FailedError } from "../../errors.ts";
import type { WritableDataset, WritableElement } from "../dicom-write/index.ts";
import { type Geometry, patientPoint, toPatient, toVoxel, voxelPoint } from "../geometry.ts";
import { nodeDecoder, openPaths } from "../node/index.ts";
import { type ByteSource, bytes } from "../source.ts";
import type { Volume } from "../volume.ts";
import { readVolume, scanStudy } from "./read.ts";

const decoder = nodeDecoder(1);
afterAll(() => decoder.close());

const scan = (files: readonly ByteSource[]) => scanStudy(files);

async function readOnly(files: readonly ByteSource[]): Promise<Volume> {
  const study = await scan(files);
  expect(study.series.map(({ reasons }) => reasons)).toEqual([[]]);
  return readVolume(study.series[0]!, { decoder });
}

const codes = (warnings: Volume["warnings"]): string[] => warnings.map(({ code }) => code);

const set = (tag: number, element: WritableElement) => (dataset: WritableDataset) => void dataset.set(tag, element);

describe("a series of slices", () => {
  test("becomes a volume whose every voxel lies where its slice said", async () => {
    const volume = await readOnly(series());
    expect(volume.geometry).toEqual(axialGeometry([16, 12, 10]));
    expect(volume.voxels).toBeInstanceOf(Int16Array);
    expect(volume.warnings).toEqual([]);
    expectPlaces(volume);
  });

  test("comes out the same whatever the order of its files", async () => {
    const files = series();
    const ordered = await readOnly(files);
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(files, { minLength: files.length }), async (shuffled) => {
        expect(await readOnly(shuffled)).toEqual(ordered);
      }),
      { numRuns: 10 },
    );
  });

  test("runs from feet to head however it was scanned: reversed, feet first, prone, or turned in its plane", async () => {
    const axes: Readonly<Record<string, Geometry["axes"]>> = {
      reversed: [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, -1],
      ],
      feetFirst: [
        [-1, 0, 0],
        [0, 1, 0],
        [0, 0, -1],
      ],
      prone: [
        [-1, 0, 0],
        [0, -1, 0],
        [0, 0, 1],
      ],
      turned: [
        [0, 1, 0],
        [-1, 0, 0],
        [0, 0, 1],
      ],
      mirrored: [
        [0, 1, 0],
        [1, 0, 0],
        [0, 0, 1],
      ],
    };
    for (const [name, turned] of Object.entries(axes)) {
      const geometry = axialGeometry([16, 12, 10], { axes: turned, origin: patientPoint(5, 5, 5) });
      const volume = await readOnly(series({ geometry }));
      expect(volume.geometry.axes, name).toEqual([
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
      ]);
      expectPlaces(volume);
    }
  });

  test("keeps a point's patient coordinates to 1e-3 mm under any orientation within 30 degrees of axial", async () => {
    const angle = fc.double({ min: -0.35, max: 0.35, noNaN: true });
    const place = fc.double({ min: -40, max: 40, noNaN: true });
    await fc.assert(
      fc.asyncProperty(angle, angle, angle, fc.tuple(place, place, place), async (a, b, c, origin) => {
        const geometry = axialGeometry([9, 7, 6], { axes: rotation(a, b, c), origin: patientPoint(...origin) });
        const volume = await readOnly(series({ geometry }));
        expectPlaces(volume, 0.52);
        for (const corner of [voxelPoint(0, 0, 0), voxelPoint(8, 6, 5), voxelPoint(3.3, 2.2, 1.1)]) {
          const point = toPatient(geometry, corner);
          const back = toPatient(volume.geometry, toVoxel(volume.geometry, point));
          expect(Math.hypot(...back.map((part, axis) => part - point[axis]!))).toBeLessThan(1e-3);
        }
      }),
      { numRuns: 25 },
    );
  });

  test("of a tilted gantry is sheared upright, and says so", async () => {
    const geometry = axialGeometry([16, 24, 12]);
    const files = series({ geometry, gantryTilt: 12, adjust: tiltedPixels(geometry, 12) });
    const volume = await readOnly(files);
    expect(codes(volume.warnings)).toEqual(["gantry-tilt"]);
    expect(volume.geometry.size[1]).toBeGreaterThan(24);
    // A row's outermost half pixel is its edge pixel again: up to 1.25 mm, at 2.5 HU a millimetre.
    expectPlaces(volume, 3.5);
  });

  test("takes each slice's own slope and intercept", async () => {
    const rescale = (slice: number) => ({ slope: 1 + (slice % 3), intercept: -1024 - 10 * slice });
    expectPlaces(await readOnly(series({ rescale })), 2);
  });

  test("is Float32 only when its rescaling has fractions", async () => {
    const volume = await readOnly(series({ rescale: { slope: 0.5, intercept: -1000.25 } }));
    expect(volume.voxels).toBeInstanceOf(Float32Array);
    expectPlaces(volume, 0.8);
  });

  test("is read from signed values, and padding becomes air", async () => {
    const volume = await readOnly(series({ signed: true, padding: { below: -150, value: -2000 } }));
    expect(Math.min(...volume.voxels)).toBe(-1024);
    expect(volume.voxels.some((value) => value > -1024 && value <= -150)).toBe(false);
    expectPlaces(volume);
  });

  test("ignores a padding value that would erase tissue", async () => {
    const [first] = (await readOnly(series())).voxels;
    const padded = await readOnly(series({ adjust: set(0x00280120, { vr: "US", value: first! + 1024 }) }));
    expect(padded.voxels[0]).toBe(first);
  });

  test("names a contrast agent, unless the technologist wrote that there was none", async () => {
    const agentOf = async (written: string) => {
      const { series: found } = await scan(series({ adjust: set(0x00180010, { vr: "LO", value: written }) }));
      return found[0]!.contrastAgent;
    };
    for (const denied of [
      "NONE",
      "No",
      "n/a",
      "NO CONTRAST",
      "WITHOUT",
      "w/o contrast",
      "non contrast",
      "0",
      "-",
      "nativ",
    ]) {
      expect(await agentOf(denied), denied).toBeUndefined();
    }
    for (const agent of ["Omnipaque 350", "NON-IONIC IODINATED", "Novavist", "IV", "120 ml"]) {
      expect(await agentOf(agent), agent).toBe(agent);
    }
  });

  test("drops bits above the high bit", async () => {
    const overlaid = series({
      adjust: (dataset) => {
        const pixels = dataset.get(0x7fe00010)!.value as Uint8Array;
        for (let high = 1; high < pixels.length; high += 2) pixels[high]! |= 0xf0;
      },
    });
    expectPlaces(await readOnly(overlaid));
  });

  test("can be read without a preamble, from a zip archive, and beside files of no interest", async () => {
    const plain = series();
    const ordered = await readOnly(plain);
    const contents = await Promise.all(plain.map(async (file) => [file.name, await file.read()] as const));
    const bare = contents.map(([name, content]) => bytes(name, withoutMeta(content)));
    const { warnings, ...volume } = await readOnly(bare);
    expect(volume).toEqual({ geometry: ordered.geometry, voxels: ordered.voxels });
    expect(codes(warnings)).toEqual(["file-irregular", "file-irregular"]);
    const archive = zipSync({ study: Object.fromEntries(contents), "notes.txt": new Uint8Array(200) });
    expect(await readOnly([bytes("study.zip", archive)])).toEqual(ordered);
    const rooted = zipSync(Object.fromEntries(contents.map(([name, content]) => [`/study/${name}`, content])));
    expect(await readOnly([bytes("rooted.zip", rooted)])).toEqual(ordered);
    expect(await readOnly([bytes("outer.zip", zipSync({ "inner.zip": rooted }))])).toEqual(ordered);
    const refusing: ByteSource = {
      name: "locked.dcm",
      size: 10,
      read: () => Promise.reject(new FailedError("file-unreadable", "locked.dcm: cannot be read")),
    };
    const besideLocked = await scan([...plain, refusing]);
    expect(besideLocked.skipped.map(({ file, code }) => [file, code])).toEqual([["locked.dcm", "file-unreadable"]]);
    expect(besideLocked.series).toHaveLength(1);
    const study = await scan([
      ...plain,
      bytes("notes.txt", new TextEncoder().encode("hello")),
      bytes("empty", new Uint8Array()),
    ]);
    expect(study.skipped).toEqual([
      { file: "empty", code: "file-truncated", message: "empty: is empty" },
      { file: "notes.txt", code: "format-unknown", message: expect.stringContaining("notes.txt") },
    ]);
    expect(study.series).toHaveLength(1);
  });

  test("is the same in every lossless transfer syntax", async () => {
    const ordered = await readOnly(series());
    for (const encoding of encodings) expect(await readOnly(await encodedSeries(encoding)), encoding).toEqual(ordered);
  });

  test("stops when it is told to", async () => {
    const study = await scan(series());
    const stop = AbortSignal.abort(new Error("enough"));
    await expect(readVolume(study.series[0]!, { decoder, signal: stop })).rejects.toThrow("enough");
    await expect(scanStudy(series(), { signal: stop })).rejects.toThrow("enough");
  });
});

describe("an enhanced multi-frame object", () => {
  const scanned = volumeOn(axialGeometry([16, 12, 10]));
  const enhanced = { seed: 1, name: "enhanced" };

  test("is read like the slices it holds", async () => {
    const classic = await readOnly(series());
    expect(await readOnly(enhancedCt(scanned, enhanced))).toEqual(classic);
  });

  test("is read the same whatever the order of its frames and however it is cut up into a concatenation", async () => {
    const whole = await readOnly(enhancedCt(scanned, enhanced));
    expect(await readOnly(enhancedCt(scanned, { ...enhanced, order: "descending" }))).toEqual(whole);
    expect(await readOnly(enhancedCt(scanned, { ...enhanced, order: "descending", parts: 3 }))).toEqual(whole);
  });

  test("is refused when it claims more frames than it places", async () => {
    const study = await scan(enhancedCt(scanned, { ...enhanced, change: { NumberOfFrames: 1000 } }));
    expect(study.series).toEqual([]);
    expect(study.skipped.map(({ code }) => code)).toEqual(["file-corrupt"]);
  });
});

const shared = join(import.meta.dirname, "../../../../shared/data");
const there = existsSync(shared);
if (!there) console.warn("The real series are not here: their tests are skipped.");

describe.skipIf(!there)("real scans", () => {
  test.each([
    ["ct-philips-5mm", 64, [0.841796875, 0.841796875, 5]],
    ["ct-siemens-8mm", 30, [0.646484375, 0.646484375, 8]],
  ] as const)("%s is one accepted series with its true spacing", async (folder, count, spacing) => {
    const study = await scan(await openPaths([join(shared, folder)]));
    expect(study.series.map(({ accepted, slices }) => [accepted, slices])).toEqual([[true, count]]);
    const volume = await readVolume(study.series[0]!, { decoder });
    for (const axis of [0, 1, 2] as const) expect(volume.geometry.spacing[axis]).toBeCloseTo(spacing[axis], 6);
    expect(volume.warnings).toEqual([]);
    expect(Math.min(...volume.geometry.size)).toBe(count);
    // Air around the patient, fat and muscle within.
    expect(volume.voxels[0]).toBeLessThan(-900);
    const tissue = volume.voxels.filter((value) => value > -150 && value < 100).length / volume.voxels.length;
    expect(tissue).toBeGreaterThan(0.1);
  });
});

/** Rotation by three angles about x, y and z, as the axes of a grid. */
function rotation(a: number, b: number, c: number): Geometry["axes"] {
  const [ca, sa, cb, sb, cc, sc] = [a, b, c].flatMap((angle) => [Math.cos(angle), Math.sin(angle)]) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return [
    [cb * cc, cb * sc, -sb],
    [sa * sb * cc - ca * sc, sa * sb * sc + ca * cc, sa * cb],
    [ca * sb * cc + sa * sc, ca * sb * sc - sa * cc, ca * cb],
  ];
}

/** The writer inclines a tilted slice's orientation; its pixels must then be those of the inclined plane. */
function tiltedPixels(geometry: Geometry, degrees: number) {
  const angle = (degrees * Math.PI) / 180;
  const [columns, rows] = geometry.size;
  return (dataset: WritableDataset, slice: number) => {
    const inclined: Geometry = {
      ...geometry,
      origin: toPatient(geometry, voxelPoint(0, 0, slice)),
      axes: [
        [1, 0, 0],
        [0, Math.cos(angle), Math.sin(angle)],
        [0, -Math.sin(angle), Math.cos(angle)],
      ],
    };
    const pixels = new Uint16Array(columns * rows);
    for (let index = 0; index < pixels.length; index++) {
      const [x, y, z] = toPatient(inclined, voxelPoint(index % columns, Math.floor(index / columns), 0));
      pixels[index] = Math.round(x * 1.5 + y * 2.5 + z * 3 - 100) + 1024;
    }
    dataset.set(0x7fe00010, { vr: "OW", value: new Uint8Array(pixels.buffer) });
  };
}

/** A Part 10 file's data set alone: the first element behind group 0002. */
function withoutMeta(content: Uint8Array): Uint8Array {
  const view = new DataView(content.buffer, content.byteOffset);
  return content.subarray(132 + 12 + view.getUint32(140, true));
}
