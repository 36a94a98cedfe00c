import { execFileSync } from "node:child_process";
import { mkdtempSync, utimesSync, writeFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import dcmjs from "dcmjs";
import { unzipSync } from "fflate";
import sharp from "sharp";
import { expect, test } from "vitest";
import { area, dicomFiles, geometry, put, send, spot, start, voxels } from "../../test/service-room.ts";
import { hasProgram } from "../../test/system.ts";
import { attentionView } from "../diagnosis/index.ts";
import { encodeNifti, toPatient, voxelPoint } from "../volume/index.ts";
import type { RunningService } from "./index.ts";
import { errorSchema } from "./schema.ts";

const z = (slice: number) => toPatient(geometry, voxelPoint(0, 0, slice))[2];
const document = {
  notice: "Research use, not a medical device.",
  studyInstanceUID: "1",
  seriesInstanceUID: "2",
  probability: 0.75,
  decision: "positive",
  operatingPoint: { name: "half", threshold: 0.5, chosenOn: "convention" },
  slabs: [0.9, 0.2, 0.1, 0.3].map((probability, index) => ({
    index,
    probability,
    zMillimetres: z(2 * index + 1),
    attentionPeakMillimetres: toPatient(geometry, voxelPoint(8, 6, 2 * index + 1)),
  })),
  lungRangeMillimetres: [z(0), z(7)],
  warnings: [],
  model: { name: "toy", sha256: "0", preset: "tiny" },
  seconds: { total: 1 },
};

/** Puts a diagnosis in the place where the diagnosing process writes it. */
async function finish(service: RunningService, id: string): Promise<void> {
  const folder = service.library.path(id, "diagnosis");
  await mkdir(folder, { recursive: true });
  const attention = new Uint8Array(voxels.length).fill(200, 3 * area, 4 * area);
  const view = attentionView({ geometry, voxels: attention });
  await writeFile(join(folder, "attention-view.json"), JSON.stringify(view.geometry));
  await writeFile(join(folder, "attention-view.gz"), gzipSync(view.voxels));
  const png = await sharp({ create: { width: 20, height: 10, channels: 3, background: "#123456" } })
    .png()
    .toBuffer();
  for (const name of ["key-1.png", "key-2.png"]) await writeFile(join(folder, name), png);
  await writeFile(join(folder, "diagnosis.json"), JSON.stringify(document));
  const at = new Date("2026-01-02T03:04:05Z");
  utimesSync(join(folder, "diagnosis.json"), at, at);
  await service.library.update(id, { state: "done", probability: 0.75, decision: "positive" });
}

async function room(files: Readonly<Record<string, Uint8Array>> = dicomFiles("one")) {
  const service = await start();
  const { id } = (await send(service, files)).result.studies[0]!;
  const at = (path: string) => `${service.address}/api/studies/${id}/${path}`;
  return { service, id, at };
}
const judge = (address: string, slab: number | null, verdict: string, reader: string, note = "") =>
  fetch(address, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ slab, verdict, reader, note }),
  });
const problem = async (address: string) => {
  const response = await fetch(address);
  return [response.status, errorSchema.parse(await response.json()).error.code];
};
const body = async (address: string) => new Uint8Array(await (await fetch(address)).arrayBuffer());
const unzipped = async (address: string) => Object.entries(unzipSync(await body(address)));

interface Item {
  readonly ValueType: string;
  readonly ConceptNameCodeSequence: readonly { readonly CodeMeaning: string }[];
  readonly ConceptCodeSequence?: readonly { readonly CodeMeaning: string }[];
  readonly ContentSequence?: Item | readonly Item[];
  readonly [keyword: string]: unknown;
}
interface Read extends Item {
  readonly SOPClassUID: string;
  readonly SOPInstanceUID: string;
  readonly SeriesInstanceUID: string;
}
const dataset = (file: Uint8Array) => {
  const { DicomMessage, DicomMetaDictionary } = dcmjs.data;
  return DicomMetaDictionary.naturalizeDataset(
    DicomMessage.readFile(Uint8Array.from(file).buffer).dict,
  ) as unknown as Read;
};
const content = (item: Item): Item[] => [item.ContentSequence ?? []].flat() as Item[];
/** What an item holds under a concept, in words. */
const said = (item: Item, concept: string): string[] =>
  content(item)
    .filter(({ ConceptNameCodeSequence: [name] }) => name?.CodeMeaning === concept)
    .map(
      (one) => one.ConceptCodeSequence?.[0]?.CodeMeaning ?? JSON.stringify(one.PersonName ?? one.TextValue ?? one.UID),
    );
const groups = (report: Read): Item[] =>
  content(report)
    .filter(({ ConceptNameCodeSequence: [name] }) => name?.CodeMeaning === "Imaging Measurements")
    .flatMap(content);

test("the objects of a diagnosis come as a zip and one by one, the same whenever they are asked for", async () => {
  const { service, id, at } = await room();
  await finish(service, id);
  const response = await fetch(at("dicom.zip"));
  expect(response.headers.get("content-type")).toBe("application/zip");
  expect(response.headers.get("content-disposition")).toBe(`attachment; filename="embolens-${id.slice(0, 8)}.zip"`);
  const files = await unzipped(at("dicom.zip"));
  expect(files.map(([name]) => name).sort()).toEqual(["attention.dcm", "key-1.dcm", "key-2.dcm", "report.dcm"]);
  for (const [name, file] of files) {
    expect(await body(at(`dicom/${name}`))).toEqual(file);
    expect(JSON.stringify(dataset(file))).toMatch(/research use/i);
  }
  const read = new Map(files.map(([name, file]) => [name, dataset(file)]));
  const shown = read.get("key-1.dcm")!.SourceImageSequence as { ReferencedSOPInstanceUID: string }[];
  // The most suspicious slab lies on slice 1.
  const lies = Object.values(dicomFiles("one")).find(
    (file) => (dataset(file).ImagePositionPatient as number[])[2] === z(1),
  );
  expect(shown[0]!.ReferencedSOPInstanceUID).toBe(dataset(lies!).SOPInstanceUID);
});

test("an annotation goes with them as a segmentation, and alone where the study was not judged", async () => {
  const { service, id, at } = await room();
  await put(service, id, spot(3), "3");
  expect((await unzipped(at("dicom.zip"))).map(([name]) => name)).toEqual(["segmentation.dcm"]);
  await finish(service, id);
  expect((await unzipped(at("dicom.zip"))).map(([name]) => name)).toContain("segmentation.dcm");
  expect(await body(at("dicom/segmentation.dcm"))).toEqual(await body(at("annotation.dcm")));
});

test("the report holds each reader's last verdict as an observation by that person, and is verified by nobody", async () => {
  const { service, id, at } = await room();
  await finish(service, id);
  const before = dataset(await body(at("dicom/report.dcm")));
  await judge(at("verdicts"), null, "rejected", "Dr One");
  await judge(at("verdicts"), null, "confirmed", "Dr One", "seen in two planes");
  await judge(at("verdicts"), null, "rejected", "Two=Dr\\II");
  await judge(at("verdicts"), 2, "rejected", "Dr One");
  const report = dataset(await body(at("dicom/report.dcm")));

  const persons = groups(report).filter((group) => said(group, "Observer Type")[0] === "Person");
  expect(persons.map((group) => [said(group, "Tracking Identifier")[0], said(group, "Reader's verdict")[0]])).toEqual([
    ['"study"', "Confirmed"],
    ['"study"', "Rejected"],
    ['"slab 3"', "Rejected"],
  ]);
  expect(said(persons[0]!, "Person Observer Name")[0]).toContain("Dr One");
  expect(said(persons[0]!, "Comment")).toEqual(['"seen in two planes"']);
  expect(said(persons[0]!, "Finding")).toEqual(["Pulmonary embolism"]);
  expect(said(persons[1]!, "Finding")).toEqual([]);
  expect(said(persons[1]!, "Person Observer Name")[0]).toContain("Two Dr II");
  // What the network found in that slab stands in the report too, under the same identifiers, as the device's.
  const device = groups(report).filter((group) => !persons.includes(group));
  const tracked = device.map((group) => said(group, "Tracking Unique Identifier")[0]);
  for (const group of persons) expect(tracked).toContain(said(group, "Tracking Unique Identifier")[0]);
  expect(said(report, "Observer Type")).toEqual(["Device"]);

  expect(report.VerificationFlag).toBe("UNVERIFIED");
  expect(report).not.toHaveProperty("VerifyingObserverSequence");
  expect(said(report, "Comment").join()).toContain("nobody has verified this report");
  expect(said(before, "Comment").join()).not.toContain("verified");
  expect(report.SOPInstanceUID).not.toBe(before.SOPInstanceUID);
  expect(report.SeriesInstanceUID).toBe(before.SeriesInstanceUID);
});

test("a verdict on a slab of an earlier diagnosis is no verdict on the slab that has its number now", async () => {
  const { service, id, at } = await room();
  await finish(service, id);
  await judge(at("verdicts"), 2, "confirmed", "Dr One");
  await judge(at("verdicts"), null, "confirmed", "Dr One");
  const subjects = async () =>
    groups(dataset(await body(at("dicom/report.dcm"))))
      .filter((group) => said(group, "Observer Type")[0] === "Person")
      .map((group) => said(group, "Tracking Identifier")[0]);
  expect(await subjects()).toEqual(['"slab 3"', '"study"']);
  await service.library.update(id, { diagnosed: new Date(Date.now() + 1000).toISOString() });
  expect(await subjects()).toEqual(['"study"']);
});

test("the objects are the same in a room that was copied, whatever the copy's files are dated", async () => {
  const { service, id, at } = await room();
  await finish(service, id);
  await service.library.update(id, { diagnosed: "2026-01-02T03:04:05.000Z" });
  const before = await body(at("dicom/attention.dcm"));
  const now = new Date();
  utimesSync(service.library.path(id, "diagnosis", "diagnosis.json"), now, now);
  expect(await body(at("dicom/attention.dcm"))).toEqual(before);
});

test("the report holds what readers measured on its series, as an observation by them, where it was measured", async () => {
  const { service, id, at } = await room();
  await finish(service, id);
  const sent = dataset(Object.values(dicomFiles("one"))[0]!);
  const { SeriesInstanceUID: seriesInstanceUID } = sent;
  const place = (slice: number, x: number) => [x, 0, z(slice)];
  const measure = (measurements: readonly unknown[]) =>
    fetch(`${at("measurements")}?reader=Dr%20One`, {
      method: "PUT",
      headers: { "content-type": "application/json", "if-match": "*" },
      body: JSON.stringify({ measurements }),
    });
  const flat = { id: "flat", seriesInstanceUID, plane: "axial", kind: "length", points: [place(2, -10), place(2, 20)] };
  const steep = { ...flat, id: "steep", plane: "coronal", points: [place(2, 0), place(6, 0)] };
  const probe = { ...flat, id: "probe", kind: "probe", points: [place(3, 5)], hu: 55 };
  const elsewhere = { ...flat, id: "elsewhere", seriesInstanceUID: "1.2.3" };
  expect((await measure([flat, steep, probe, elsewhere])).status).toBe(200);
  const report = dataset(await body(at("dicom/report.dcm")));
  const persons = groups(report).filter((group) => said(group, "Observer Type")[0] === "Person");
  const numbers = persons.flatMap(content).filter(({ ValueType }) => ValueType === "NUM");
  const value = ({ MeasuredValueSequence }: Item) => {
    const [one] = [MeasuredValueSequence].flat() as {
      NumericValue: number;
      MeasurementUnitsCodeSequence: { CodeValue: string }[];
    }[];
    return [one!.NumericValue, [one!.MeasurementUnitsCodeSequence].flat()[0]!.CodeValue];
  };
  expect(numbers.map(value)).toEqual([
    [30, "mm"],
    [20, "mm"],
    [55, "[hnsf'U]"],
  ]);
  // Where it was measured in the patient, and the image where it lies on one.
  expect(numbers.map((item) => content(item).map(({ ValueType }) => ValueType))).toEqual([
    ["SCOORD3D", "IMAGE"],
    ["SCOORD3D"],
    ["SCOORD3D", "IMAGE"],
  ]);
  expect(content(numbers[0]!)[0]).toMatchObject({ GraphicType: "POLYLINE", GraphicData: [-10, 0, z(2), 20, 0, z(2)] });
  if (hasProgram("dciodvfy")) {
    const path = join(mkdtempSync(join(tmpdir(), "embolens-report-")), "report.dcm");
    writeFileSync(path, await body(at("dicom/report.dcm")));
    const output = execFileSync("sh", ["-c", `dciodvfy -new "${path}" 2>&1 || true`], { encoding: "utf8" });
    expect(output.split("\n").filter((line) => line.startsWith("Error"))).toEqual([]);
    if (hasProgram("dsrdump")) expect(execFileSync("dsrdump", [path], { encoding: "utf8" })).toContain('"Length"');
  }
});

test.skipIf(!hasProgram("dciodvfy") || !hasProgram("dsrdump"))(
  "dciodvfy finds no error in them, and dsrdump reads the readers' verdicts",
  async () => {
    const { service, id, at } = await room();
    await finish(service, id);
    await judge(at("verdicts"), null, "confirmed", "Žižka^医", "seen in two planes");
    await judge(at("verdicts"), 0, "rejected", "Dr One");
    await put(service, id, spot(3), "3", "a\\b");
    const folder = mkdtempSync(join(tmpdir(), "embolens-objects-"));
    for (const [name, file] of await unzipped(at("dicom.zip"))) {
      writeFileSync(join(folder, name), file);
      const output = execFileSync("sh", ["-c", `dciodvfy -new "${join(folder, name)}" 2>&1 || true`], {
        encoding: "utf8",
      });
      expect(output.split("\n").filter((line) => line.startsWith("Error"))).toEqual([]);
    }
    const read = execFileSync("dsrdump", ["+U8", join(folder, "report.dcm")], { encoding: "utf8" });
    expect(read).toContain('<has obs context PNAME:(,,"Person Observer Name")="Žižka^医">');
    expect(read).toContain('(CONFIRMED,99EMBOLENS,"Confirmed")');
  },
);

test("a study that nothing was found in yet, and one that is not there, have no objects", async () => {
  const { service, id, at } = await room();
  expect(await problem(at("dicom.zip"))).toEqual([404, "study-unknown"]);
  expect(await problem(at("dicom/report.dcm"))).toEqual([404, "study-unknown"]);
  expect(await problem(`${service.address}/api/studies/none/dicom.zip`)).toEqual([404, "study-unknown"]);
  await finish(service, id);
  // While further images are judged, what was found in the earlier ones is not handed out.
  await service.library.update(id, { state: "waiting" });
  expect(await problem(at("dicom.zip"))).toEqual([404, "study-unknown"]);
});

test("a name that is none of an object's is refused, wherever it points", async () => {
  const { service, id, at } = await room();
  await finish(service, id);
  for (const name of [
    "key-3.dcm",
    "diagnosis.json",
    "..%2Fstudy.json",
    "..%2F..%2Fcohort.json",
    "%00",
    "constructor",
  ]) {
    expect((await problem(at(`dicom/${name}`)))[0]).toBe(404);
  }
});

test("a CT that can carry no DICOM objects is refused with the reason", async () => {
  const { service, id, at } = await room({
    "ct.nii": encodeNifti({ geometry, voxels, description: "ct" }),
  });
  await finish(service, id);
  expect(await problem(at("dicom.zip"))).toEqual([422, "segmentation-source-missing"]);
  expect(await problem(at("dicom/report.dcm"))).toEqual([422, "segmentation-source-missing"]);
});

test("objects are handed to whoever has the token, and to nobody else", async () => {
  const service = await start({ token: "0123456789abcdef" });
  for (const path of ["dicom.zip", "dicom/report.dcm"]) {
    expect((await fetch(`${service.address}/api/studies/x/${path}`)).status).toBe(401);
  }
});
