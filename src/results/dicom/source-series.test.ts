import dcmjs from "dcmjs";
import { expect, test } from "vitest";
import { onlySeries } from "../../../test/volume/only-series.ts";
import { ctSeries } from "../../volume/dicom-write/index.ts";
import { bytes, encodeNifti, type Geometry, patientPoint } from "../../volume/index.ts";
import { dateAndTime } from "./part10.ts";
import { writeSegmentation } from "./segmentation.ts";
import { sourceSeries } from "./source-series.ts";
import { studyAttributes } from "./study-attributes.ts";

const geometry: Geometry = {
  size: [8, 8, 5],
  spacing: [1, 1, 2],
  origin: patientPoint(0, 0, 0),
  axes: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
};
const voxels = new Int16Array(8 * 8 * 5);
const { DicomMessage, DicomMetaDictionary, DicomDict } = dcmjs.data;
const dictionary = (file: Uint8Array) => DicomMessage.readFile(Uint8Array.from(file).buffer);
const dataset = (file: Uint8Array) => DicomMetaDictionary.naturalizeDataset(dictionary(file).dict);
const series = ctSeries({ geometry, voxels, warnings: [] }, { seed: 1, name: "source" });
const raw = (text: string) => Uint8Array.from(text, (sign) => sign.charCodeAt(0));

/** A CT whose objects say something else: elements by tag, undefined to leave one out. */
function ct(change: Readonly<Record<string, { vr: string; value: string } | undefined>>) {
  return series.map((slice) => {
    const { dict } = dictionary(slice.bytes);
    const file = new DicomDict({ "00020010": { vr: "UI", Value: ["1.2.840.10008.1.2.1"] } });
    file.dict = Object.fromEntries(Object.entries(dict).filter(([tag]) => !(tag in change)));
    return bytes(slice.fileName, insert(new Uint8Array(file.write()), change));
  });
}

/** Puts explicit little-endian elements of short length where their tags belong. */
function insert(
  file: Uint8Array,
  change: Readonly<Record<string, { vr: string; value: string } | undefined>>,
): Uint8Array<ArrayBuffer> {
  let result = Uint8Array.from(file);
  for (const [tag, element] of Object.entries(change)) {
    if (!element) continue;
    const value = raw(element.value.length % 2 === 0 ? element.value : `${element.value} `);
    const made = new Uint8Array(8 + value.length);
    const view = new DataView(made.buffer);
    view.setUint16(0, Number.parseInt(tag.slice(0, 4), 16), true);
    view.setUint16(2, Number.parseInt(tag.slice(4), 16), true);
    made.set(raw(element.vr), 4);
    view.setUint16(6, value.length, true);
    made.set(value, 8);
    const at = placeOf(result, Number.parseInt(tag, 16));
    const joined = new Uint8Array(result.length + made.length);
    joined.set(result.subarray(0, at));
    joined.set(made, at);
    joined.set(result.subarray(at), at + made.length);
    result = joined;
  }
  return result;
}

/** Where the first element with a tag not below `wanted` begins. */
function placeOf(file: Uint8Array<ArrayBuffer>, wanted: number): number {
  const view = new DataView(file.buffer);
  let at = 132;
  while (at < file.length) {
    const tag = view.getUint16(at, true) * 65536 + view.getUint16(at + 2, true);
    if (tag >= wanted && tag >= 0x00080000) return at;
    const vr = String.fromCharCode(file[at + 4]!, file[at + 5]!);
    const long = /^(OB|OW|OF|SQ|UN|UT|UC|UR)$/.test(vr);
    at += long ? 12 + view.getUint32(at + 8, true) : 8 + view.getUint16(at + 6, true);
  }
  return at;
}

async function segmentation(files: ReturnType<typeof ct>): Promise<Record<string, unknown>> {
  const source = await sourceSeries(await onlySeries(files));
  const description = { label: "Embolus", by: "Dr Jürgen", at: new Date("2026-01-02T23:30:00Z") };
  return dataset(writeSegmentation({ geometry, voxels: new Uint8Array(8 * 8 * 5) }, [1], source, description));
}

const nameIn = (read: Record<string, unknown>) => JSON.stringify(read.PatientName);

test.each([
  [
    "Japanese",
    "\\ISO 2022 IR 87",
    "Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B",
    ["Yamada^Tarou", "山田^太郎"],
    "Yamada, Tarou",
  ],
  ["Latin-1 by escapes", "ISO 2022 IR 6\\ISO 2022 IR 100", "M\x1b-A\xfcller^J", ["Müller^J"], "Müller, J"],
  ["undeclared", undefined, "M\xfcller^J\xfcrgen", ["Müller^Jürgen"], "Müller, Jürgen"],
])(
  "a %s name stands in our objects in UTF-8, declared as such, and on the worklist",
  async (_kind, declared, name, parts, listed) => {
    const files = ct({
      "00080005": declared === undefined ? undefined : { vr: "CS", value: declared },
      "00100010": { vr: "PN", value: name },
    });
    const read = await segmentation(files);
    expect(read.SpecificCharacterSet).toBe("ISO_IR 192");
    for (const part of parts) expect(nameIn(read)).toContain(part);
    expect(nameIn(read)).not.toContain("\\u001b");
    expect((await studyAttributes(files[0]!)).patient.name).toBe(listed);
  },
);

test("dates and times of our objects are by the clock of the study they belong to", async () => {
  const read = await segmentation(ct({ "00080201": { vr: "SH", value: "+0900" } }));
  expect([read.ContentDate, read.ContentTime, read.TimezoneOffsetFromUTC]).toEqual(["20260103", "083000", "+0900"]);
  const at = new Date("2026-01-02T23:30:00Z");
  const two = (value: number) => String(value).padStart(2, "0");
  expect(dateAndTime(at)).toEqual({
    date: `${at.getFullYear()}${two(at.getMonth() + 1)}${two(at.getDate())}`,
    time: `${two(at.getHours())}${two(at.getMinutes())}00`,
  });
});

test("a CT without a frame of reference is given one that follows from its series", async () => {
  const files = ct({ "00200052": undefined });
  const read = await segmentation(files);
  expect(read.FrameOfReferenceUID).toMatch(/^2\.25\.\d+$|^\d+(\.\d+)+$/);
  expect((await segmentation(files)).FrameOfReferenceUID).toBe(read.FrameOfReferenceUID);
});

test("a CT of another format, or without identifiers, is refused", async () => {
  const nifti = await onlySeries([bytes("ct.nii", encodeNifti({ geometry, voxels, description: "ct" }))]);
  await expect(sourceSeries(nifti)).rejects.toThrow(/not a series of DICOM images/);
  const nameless = await onlySeries(ct({ "00080018": undefined }));
  await expect(sourceSeries(nameless)).rejects.toThrow(/Chest: its images have no identifiers/);
});

test("a CT whose files are gone is refused", async () => {
  const files = ct({});
  const found = await onlySeries(files);
  for (const file of files) file.read = () => Promise.reject(new Error("gone"));
  await expect(sourceSeries(found)).rejects.toThrow(/Chest: its images are no longer there/);
});

test.each([
  [
    "kinds of object",
    { "00080016": { vr: "UI", value: "1.2.840.10008.5.1.4.1.1.2.1" } },
    /CT Image, Enhanced CT Image/,
  ],
])("a CT of two %s is refused, because one object cannot refer to it", async (_what, change, message) => {
  const mixed = await onlySeries([...ct({}).slice(0, 3), ...ct(change).slice(3)]);
  await expect(sourceSeries(mixed)).rejects.toMatchObject({
    code: "segmentation-source-mixed",
    message: expect.stringMatching(message),
  });
});

test("a CT that calls two slices the same is refused", async () => {
  const same = await onlySeries(ct({ "00080018": { vr: "UI", value: "1.2.3" } }));
  await expect(sourceSeries(same)).rejects.toThrow(/several of its slices are called 1.2.3/);
});
