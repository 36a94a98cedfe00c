import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeImageNode } from "@itk-wasm/image-io";
import { gzipSync, zlibSync } from "fflate";
import { afterAll, describe, expect, test } from "vitest";
import { expectPlaces } from "../../../test/volume/expect-places.ts";
import { axialGeometry, volumeOn } from "../../../test/volume/synthetic-series.ts";
import { type Geometry, patientPoint } from "../geometry.ts";
import { bytes } from "../source.ts";
import { readImageFile, readMask } from "./image-file.ts";

const folder = mkdtempSync(join(tmpdir(), "embolens-formats-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const [c, s] = [Math.cos(0.3), Math.sin(0.3)];
/** Grids as scanners and converters leave them: column, row, slice axes. */
const axes: Readonly<Record<string, Geometry["axes"]>> = {
  "left, back, head": [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  "right, front, head": [
    [-1, 0, 0],
    [0, -1, 0],
    [0, 0, 1],
  ],
  coronal: [
    [1, 0, 0],
    [0, 0, -1],
    [0, 1, 0],
  ],
  sagittal: [
    [0, 1, 0],
    [0, 0, -1],
    [1, 0, 0],
  ],
  "oblique and reversed": [
    [c, s, 0],
    [-s, c, 0],
    [0, 0, -1],
  ],
};

async function writtenByItk(file: string, geometry: Geometry, compressed: boolean) {
  const { size, spacing, origin } = geometry;
  // ITK stores the direction matrix by rows; its columns are the axes.
  const direction = Float64Array.from({ length: 9 }, (_, at) => geometry.axes[at % 3]![Math.floor(at / 3)]!);
  const image = {
    imageType: { dimension: 3, componentType: "int16", pixelType: "Scalar", components: 1 },
    name: "",
    origin: [...origin],
    spacing: [...spacing],
    direction,
    size: [...size],
    metadata: new Map(),
    data: volumeOn(geometry).voxels,
  } as unknown as Parameters<typeof writeImageNode>[0];
  const path = join(folder, file);
  await writeImageNode(image, path, { useCompression: compressed });
  return bytes(file, new Uint8Array(await readFile(path)));
}

describe("files written by ITK", () => {
  test.each(["volume.nii", "volume.nii.gz", "volume.nrrd", "volume.mha"])(
    "%s comes out with every voxel in its place, columns left, rows back, slices headward",
    async (file) => {
      for (const [index, [name, turned]] of Object.entries(axes).entries()) {
        const geometry = axialGeometry([9, 8, 7], { axes: turned, origin: patientPoint(3, -4, 5) });
        const volume = await readImageFile(await writtenByItk(file, geometry, index % 2 === 1));
        expect(volume.voxels, name).toBeInstanceOf(Int16Array);
        expectPlaces(volume, 0.6);
        for (const axis of [0, 1, 2] as const) expect(volume.geometry.axes[axis][axis], name).toBeGreaterThan(0.9);
        expect([...volume.geometry.size].sort()).toEqual([7, 8, 9]);
      }
    },
  );
});

/** A NIfTI file of a 3 x 2 x 2 image; its header's fields at their offsets. */
function nifti(
  values: ArrayBufferView,
  fields: { littleEndian?: boolean; version?: 1 | 2; type: number; adjust?: (view: DataView, le: boolean) => void },
): Uint8Array {
  const { littleEndian = true, version = 1 } = fields;
  const start = version === 1 ? 352 : 544;
  const file = new Uint8Array(start + values.byteLength);
  const view = new DataView(file.buffer);
  const put = (method: "setInt16" | "setInt32" | "setFloat32", at: number, ...numbers: number[]) => {
    const width = method === "setInt16" ? 2 : 4;
    for (const [index, number] of numbers.entries()) view[method](at + index * width, number, littleEndian);
  };
  const text = (at: number, value: string) => file.set(new TextEncoder().encode(value), at);
  if (version === 1) {
    put("setInt32", 0, 348);
    put("setInt16", 40, 3, 3, 2, 2, 1, 1, 1, 1);
    put("setInt16", 70, fields.type);
    put("setFloat32", 76, 1, 2, 2.5, 4, 0, 0, 0, 0);
    put("setFloat32", 108, start);
    text(344, "n+1");
    file[123] = 2;
    put("setInt16", 252, 1, 0);
    put("setFloat32", 256, 0, 0, 0, 10, 20, 30);
  } else {
    put("setInt32", 0, 540);
    text(4, "n+2\0\r\n\x1a\n");
    put("setInt16", 12, fields.type);
    const wide = [3, 3, 2, 2, 1, 1, 1, 1];
    for (const [index, side] of wide.entries()) view.setBigInt64(16 + 8 * index, BigInt(side), littleEndian);
    for (const [index, side] of [1, 2, 2.5, 4].entries()) view.setFloat64(104 + 8 * index, side, littleEndian);
    view.setBigInt64(168, BigInt(start), littleEndian);
    put("setInt32", 344, 1, 0);
    for (const [index, part] of [0, 0, 0, 10, 20, 30].entries()) view.setFloat64(352 + 8 * index, part, littleEndian);
    put("setInt32", 500, 2);
  }
  fields.adjust?.(view, littleEndian);
  file.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), start);
  return file;
}

/** Twelve whole values in file order: x fastest, then y, then z, in NIfTI's RAS. */
const twelve = [-1000, -900, -800, 1, 2, 3, 4, 5, 6, 7, 8, 9];
/** The same in LPS order: both x and y run the other way. */
const turned = [3, 2, 1, -800, -900, -1000, 9, 8, 7, 6, 5, 4];

function swapped(values: ArrayBufferView, width: number): Uint8Array {
  const content = new Uint8Array(values.buffer.slice(0));
  for (let at = 0; at < content.length; at += width) content.subarray(at, at + width).reverse();
  return content;
}

describe("NIfTI", () => {
  const read = (content: Uint8Array) => readImageFile(bytes("image.nii", content));

  test("is read in both versions and both byte orders, RAS turned into LPS", async () => {
    const values = Int16Array.from(twelve);
    const expected = await read(nifti(values, { type: 4 }));
    expect([...expected.voxels]).toEqual(turned);
    expect(expected.geometry.spacing).toEqual([2, 2.5, 4]);
    // The qform's first voxel (10, 20, 30) lies at (-10, -20, 30) in LPS and is the last of its row and column.
    expect([...expected.geometry.origin]).toEqual([-10 - 2 * 2, -20 - 2.5, 30]);
    expect(await read(nifti(swapped(values, 2), { type: 4, littleEndian: false }))).toEqual(expected);
    expect(await read(nifti(values, { type: 4, version: 2 }))).toEqual(expected);
    expect(await read(gzipSync(nifti(values, { type: 4 })))).toEqual(expected);
  });

  test("values of every number type come out, whole ones as Int16", async () => {
    const types = [
      [8, Int32Array],
      [256, Int8Array],
      [2, Uint8Array],
      [512, Uint16Array],
      [768, Uint32Array],
    ] as const;
    for (const [type, Values] of types) {
      const small = twelve.map((value) => (Values === Int32Array ? value : Math.abs(value) % 100));
      const volume = await read(nifti(Values.from(small), { type }));
      expect(volume.voxels).toBeInstanceOf(Int16Array);
      expect([...volume.voxels].sort()).toEqual([...small].sort());
    }
    const halves = Float64Array.from(twelve, (value) => value + 0.5);
    expect((await read(nifti(halves, { type: 64 }))).voxels).toEqual(Float32Array.from(turned, (value) => value + 0.5));
    const wide = BigInt64Array.from(twelve, BigInt);
    expect([...(await read(nifti(wide, { type: 1024 }))).voxels]).toEqual(turned);
  });

  test("slope and intercept are applied, a slope of 0 means none", async () => {
    const scaled = (slope: number) =>
      nifti(Int16Array.from(twelve), {
        type: 4,
        adjust: (view, le) => {
          view.setFloat32(112, slope, le);
          view.setFloat32(116, -24, le);
        },
      });
    expect([...(await read(scaled(2))).voxels]).toEqual(turned.map((value) => value * 2 - 24));
    expect([...(await read(scaled(0))).voxels]).toEqual(turned);
    expect((await read(scaled(0.5))).voxels).toBeInstanceOf(Float32Array);
  });

  test("the sform counts before the qform, unless it isn't a grid", async () => {
    const withSform = (shear: number) =>
      nifti(Int16Array.from(twelve), {
        type: 4,
        adjust: (view, le) => {
          view.setInt16(254, 1, le);
          const rows = [-2, shear, 0, 7, 0, -2.5, 0, 8, 0, 0, 4, 9];
          for (const [index, value] of rows.entries()) view.setFloat32(280 + 4 * index, value, le);
        },
      });
    const straight = await read(withSform(0));
    expect([...straight.geometry.origin]).toEqual([-7, -8, 9]);
    expect([...straight.voxels]).toEqual(twelve);
    expect([...(await read(withSform(1))).geometry.origin]).toEqual([-14, -22.5, 30]);
  });

  test("without qform and sform it is refused, and so are four dimensions, colours and half a file", async () => {
    const broken = (adjust: (view: DataView, le: boolean) => void, type = 4) =>
      read(nifti(Int16Array.from(twelve), { type, adjust }));
    await expect(broken((view, le) => view.setInt16(252, 0, le))).rejects.toMatchObject({ code: "position-missing" });
    await expect(broken((view, le) => view.setInt16(48, 7, le))).resolves.toBeDefined();
    await expect(
      broken((view, le) => {
        view.setInt16(40, 4, le);
        view.setInt16(48, 7, le);
      }),
    ).rejects.toMatchObject({ code: "file-corrupt" });
    await expect(broken(() => {}, 128)).rejects.toMatchObject({ code: "format-unknown" });
    const whole = nifti(Int16Array.from(twelve), { type: 4 });
    await expect(read(whole.subarray(0, whole.length - 1))).rejects.toMatchObject({ code: "file-truncated" });
    await expect(broken((view, le) => view.setInt16(42, 30_000, le))).rejects.toMatchObject({ code: "file-truncated" });
    const zipped = gzipSync(
      nifti(Int16Array.from(twelve), { type: 4, adjust: (view, le) => view.setInt16(42, 30_000, le) }),
    );
    await expect(read(zipped)).rejects.toMatchObject({ code: "file-truncated" });
  });
});

function textFile(lines: readonly string[], content: Uint8Array): Uint8Array {
  const head = new TextEncoder().encode(lines.join("\n"));
  const file = new Uint8Array(head.length + content.length);
  file.set(head);
  file.set(content, head.length);
  return file;
}

describe("NRRD", () => {
  const nrrd = (fields: Readonly<Record<string, string>>, content: Uint8Array) => {
    const all = {
      type: "short",
      dimension: "3",
      space: "left-posterior-superior",
      sizes: "3 2 2",
      "space directions": "(2,0,0) (0,2.5,0) (0,0,4)",
      endian: "little",
      encoding: "raw",
      "space origin": "(10,20,30)",
      ...fields,
    };
    const lines = Object.entries(all).map(([key, value]) => `${key}: ${value}`);
    return readImageFile(
      bytes("image.nrrd", textFile(["NRRD0004", "# a comment", ...lines, "key:=value", "", ""], content)),
    );
  };
  const values = Int16Array.from(twelve);
  const raw = new Uint8Array(values.buffer);

  test("is read in every encoding and both byte orders", async () => {
    const expected = await nrrd({}, raw);
    expect([...expected.voxels]).toEqual(twelve);
    expect([...expected.geometry.origin]).toEqual([10, 20, 30]);
    expect(await nrrd({ endian: "big" }, swapped(values, 2))).toEqual(expected);
    expect(await nrrd({ encoding: "gzip" }, gzipSync(raw))).toEqual(expected);
    const text = new TextEncoder();
    expect(await nrrd({ encoding: "ascii" }, text.encode(twelve.join(" ")))).toEqual(expected);
    const hex = [...raw].map((byte) => byte.toString(16).padStart(2, "0"));
    expect(await nrrd({ encoding: "hex" }, text.encode(hex.join("\n")))).toEqual(expected);
    expect([
      ...(await nrrd({ type: "float", encoding: "ascii" }, text.encode(twelve.map((v) => v + 0.25).join(" ")))).voxels,
    ]).toEqual(twelve.map((value) => value + 0.25));
  });

  test("of the space RAS is turned into LPS", async () => {
    const volume = await nrrd({ space: "RAS" }, raw);
    expect([...volume.voxels]).toEqual(turned);
    expect([...volume.geometry.origin]).toEqual([-10 - 2 * 2, -20 - 2.5, 30]);
  });

  test("says what it lacks", async () => {
    await expect(nrrd({ space: "scanner-xyz" }, raw)).rejects.toMatchObject({ code: "geometry-invalid" });
    await expect(nrrd({ "space directions": "(2,1,0) (0,2.5,0) (0,0,4)" }, raw)).rejects.toMatchObject({
      code: "geometry-invalid",
    });
    await expect(nrrd({ dimension: "4" }, raw)).rejects.toMatchObject({ code: "file-corrupt" });
    await expect(nrrd({ encoding: "bzip2" }, raw)).rejects.toMatchObject({ code: "format-unknown" });
    await expect(nrrd({ type: "constructor" }, raw)).rejects.toMatchObject({ code: "format-unknown" });
    await expect(nrrd({ sizes: "3 2 90000" }, raw)).rejects.toMatchObject({ code: "too-large" });
    await expect(nrrd({}, raw.subarray(1))).rejects.toMatchObject({ code: "file-truncated" });
    await expect(nrrd({ encoding: "gzip" }, raw)).rejects.toMatchObject({ code: "file-corrupt" });
  });
});

describe("MetaImage", () => {
  const metaImage = (fields: Readonly<Record<string, string>>, content: Uint8Array) => {
    const all = {
      ObjectType: "Image",
      NDims: "3",
      BinaryData: "True",
      BinaryDataByteOrderMSB: "False",
      TransformMatrix: "1 0 0 0 1 0 0 0 1",
      Offset: "10 20 30",
      ElementSpacing: "2 2.5 4",
      DimSize: "3 2 2",
      ElementType: "MET_SHORT",
      ...fields,
      ElementDataFile: fields.ElementDataFile ?? "LOCAL",
    };
    const lines = Object.entries(all).map(([key, value]) => `${key} = ${value}`);
    return readImageFile(bytes("image.mha", textFile([...lines, ""], content)));
  };
  const values = Int16Array.from(twelve);
  const raw = new Uint8Array(values.buffer);

  test("is read plain, compressed and big-endian", async () => {
    const expected = await metaImage({}, raw);
    expect([...expected.voxels]).toEqual(twelve);
    expect(await metaImage({ CompressedData: "True" }, zlibSync(raw))).toEqual(expected);
    expect(await metaImage({ BinaryDataByteOrderMSB: "True" }, swapped(values, 2))).toEqual(expected);
    expect(await metaImage({ BinaryData: "False" }, new TextEncoder().encode(twelve.join("\n")))).toEqual(expected);
  });

  test("says what it lacks", async () => {
    await expect(metaImage({ ElementDataFile: "image.raw" }, raw)).rejects.toMatchObject({ code: "format-unknown" });
    await expect(metaImage({ TransformMatrix: "1 0 0" }, raw)).rejects.toMatchObject({ code: "position-missing" });
    await expect(metaImage({ ElementSpacing: "2 2 0" }, raw)).rejects.toMatchObject({ code: "geometry-invalid" });
    await expect(metaImage({ ElementNumberOfChannels: "3" }, raw)).rejects.toMatchObject({ code: "format-unknown" });
  });
});

describe("masks", () => {
  test("are 1 wherever the file isn't 0, or holds one of the labels asked for", async () => {
    const labels = bytes("mask.nii", nifti(Uint8Array.from([0, 1, 2, 0, 1, 2, 3, 0, 0, 0, 0, 3]), { type: 2 }));
    const any = await readMask(labels);
    expect([...any.voxels]).toEqual([1, 1, 0, 1, 1, 0, 1, 0, 0, 0, 0, 1]);
    const some = await readMask(labels, [2]);
    expect([...some.voxels]).toEqual([1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(any.geometry).toEqual(
      (await readImageFile(bytes("image.nii", nifti(Int16Array.from(twelve), { type: 4 })))).geometry,
    );
  });

  const shared = join(import.meta.dirname, "../../../../shared/data/contrast-crop");
  const there = existsSync(shared);
  if (!there) console.warn("The contrast CT with its mask is not here: its test is skipped.");
  test.skipIf(!there)("lie on the grid of the CT they were drawn on, where the contrast is", async () => {
    const open = async (file: string) => bytes(file, new Uint8Array(await readFile(join(shared, file))));
    const volume = await readImageFile(await open("ct_cropped.nii.gz"));
    const artery = await readMask(await open("pulmonary_artery.nii.gz"));
    expect(artery.geometry).toEqual(volume.geometry);
    const inside = [...volume.voxels].filter((_, index) => artery.voxels[index] === 1).sort((a, b) => a - b);
    expect(inside.length).toBeGreaterThan(1000);
    expect(inside[inside.length >> 1]).toBeGreaterThan(150);
  });
});
