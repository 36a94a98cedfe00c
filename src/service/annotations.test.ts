import { readdir, readFile, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import dcmjs from "dcmjs";
import { expect, test, vi } from "vitest";
import { area, dicomFiles, geometry, keptMask, put, send, spot, start, voxels } from "../../test/service-room.ts";
import { enhancedCt } from "../../test/volume/enhanced-ct.ts";
import { readCohort } from "../cohort/index.ts";
import { ctSeries, type WritableDataset } from "../volume/dicom-write/index.ts";
import { bytes, encodeNifti, readMask, readSegmentation, segmentationOn } from "../volume/index.ts";
import { type AnnotationDocument, annotationHeader, errorSchema, seriesHeader, studySchema } from "./schema.ts";

test("an annotation is carried over to further images of its series", async () => {
  const service = await start();
  const files = Object.entries(dicomFiles("one"));
  const { id } = (await send(service, Object.fromEntries(files.slice(2)))).result.studies[0]!;
  expect((await put(service, id, spot(3, 6 * area), "3,4")).status).toBe(200);
  await send(service, Object.fromEntries(files.slice(0, 2)));
  expect(await keptMask(service, id)).toEqual(spot(5));
  expect(service.library.get(id)).toMatchObject({ annotatedSlices: [5, 6], warnings: [] });
  const { cohort } = await readCohort(service.library.cohortPath);
  expect(cohort.studies[0]!.annotations[0]!.slices).toEqual([25, 30]);
});

test("an annotation says which series it was painted on, and is refused where another is judged by now", async () => {
  const service = await start();
  const { id } = (await send(service, dicomFiles("one"))).result.studies[0]!;
  const address = `${service.address}/api/studies/${id}`;
  const series = JSON.parse((await fetch(`${address}/volume`)).headers.get(seriesHeader)!) as string;
  const paintedOn = (uid: string) =>
    fetch(`${address}/annotation?${new URLSearchParams({ slices: "3", reader: "R", series: uid })}`, {
      method: "PUT",
      headers: { "content-type": "application/octet-stream" },
      body: gzipSync(spot(3)),
    });
  const elsewhere = await paintedOn("1.2.3");
  const { error } = errorSchema.parse(await elsewhere.json());
  expect([elsewhere.status, error.code, error.message]).toEqual([
    422,
    "annotation-invalid",
    expect.stringContaining("painted on another series"),
  ]);
  expect((await paintedOn("9".repeat(65))).status).toBe(400);
  expect(service.library.get(id)).toMatchObject({ annotatedSlices: [], annotated: null });
  expect((await paintedOn(series)).status).toBe(200);
  const told = JSON.parse((await fetch(`${address}/annotation`)).headers.get(annotationHeader)!) as AnnotationDocument;
  expect(told.seriesInstanceUID).toBe(series);
  expect(service.library.get(id).annotated).toEqual({ reader: "R", at: told.at });
});

test("an annotation on a series that is no longer the one judged is set aside, and the study says so", async () => {
  let answerNow = (_seriesInstanceUID: string) => {};
  const service = await start({
    diagnose: () =>
      new Promise((resolve) => {
        answerNow = (seriesInstanceUID) =>
          resolve({
            state: "done",
            reason: null,
            seriesInstanceUID,
            probability: 0.5,
            decision: "positive",
            warnings: [],
          });
      }),
  });
  const { id } = (await send(service, dicomFiles("one"))).result.studies[0]!;
  expect((await put(service, id, spot(3), "3")).status).toBe(200);
  const record = JSON.parse(await readFile(service.library.path(id, "annotation", "annotation.json"), "utf8"));
  await writeFile(
    service.library.path(id, "annotation", "annotation.json"),
    JSON.stringify({ ...record, seriesInstanceUID: "1.2.3" }),
  );
  answerNow(record.seriesInstanceUID);
  await vi.waitFor(() => expect(service.library.get(id).state).toBe("done"));
  expect(service.library.get(id)).toMatchObject({ annotatedSlices: [], warnings: [{ code: "annotation-invalid" }] });
  expect((await readdir(service.library.path(id))).some((name) => /^annotation-\d+$/.test(name))).toBe(true);
  expect((await readCohort(service.library.cohortPath)).cohort.studies).toEqual([]);
});

test("an annotation is kept, given back, written as a segmentation on the right voxels and entered into the cohort", async () => {
  const service = await start();
  const [study] = (await send(service, dicomFiles("one"))).result.studies;
  const mask = new Uint8Array(voxels.length);
  mask[3 + 16 * (4 + 12 * 5)] = 1;
  const address = `${service.address}/api/studies/${study!.id}/annotation`;
  const put = await fetch(`${address}?slices=5,2&reader=Dr%20One`, {
    method: "PUT",
    headers: { "content-type": "application/octet-stream" },
    body: gzipSync(mask),
  });
  expect(studySchema.parse(await put.json()).annotatedSlices).toEqual([2, 5]);
  expect(new Uint8Array(await (await fetch(address)).arrayBuffer())).toEqual(mask);

  const segmentation = new Uint8Array(await (await fetch(`${address}.dcm`)).arrayBuffer());
  const read = segmentationOn(geometry, await readSegmentation(bytes("mask.dcm", segmentation)));
  expect(read.mask.voxels).toEqual(mask);
  expect(read.slices).toEqual([2, 5]);

  const { cohort } = await readCohort(service.library.cohortPath);
  expect(cohort.studies).toMatchObject([
    { id: study!.id, label: { value: "present", origin: "annotation" }, annotations: [{ slices: [10, 25] }] },
  ]);
});

test("two annotations saved at once are both in the cohort, and a study that is removed leaves it", async () => {
  const service = await start();
  const ids = [];
  for (const name of ["one", "two"]) ids.push((await send(service, dicomFiles(name))).result.studies[0]!.id);
  const address = (id: string) => `${service.address}/api/studies/${id}`;
  const put = (id: string) =>
    fetch(`${address(id)}/annotation?slices=1&reader=R`, {
      method: "PUT",
      headers: { "content-type": "application/octet-stream" },
      body: gzipSync(new Uint8Array(voxels.length)),
    });
  expect((await Promise.all(ids.map(put))).map(({ status }) => status)).toEqual([200, 200]);
  const entered = async () => (await readCohort(service.library.cohortPath)).cohort.studies.map(({ id }) => id);
  expect(new Set(await entered())).toEqual(new Set(ids));
  const any = { "if-match": "*" };
  expect((await fetch(address(ids[0]!), { method: "DELETE", headers: any })).status).toBe(204);
  expect(await entered()).toEqual([ids[1]]);
});

test("a mask of another size, another content or with slices outside the CT is refused", async () => {
  const service = await start();
  const [study] = (await send(service, dicomFiles("one"))).result.studies;
  const put = async (body: Uint8Array, slices: string) =>
    (
      await fetch(`${service.address}/api/studies/${study!.id}/annotation?slices=${slices}&reader=R`, {
        method: "PUT",
        headers: { "content-type": "application/octet-stream" },
        body: Uint8Array.from(body),
      })
    ).status;
  expect(await put(gzipSync(new Uint8Array(7)), "1")).toBe(422);
  expect(await put(gzipSync(new Uint8Array(2 ** 24)), "1")).toBe(422);
  expect(await put(new Uint8Array(voxels.length), "1")).toBe(422);
  expect(await put(gzipSync(new Uint8Array(voxels.length).fill(7)), "1")).toBe(422);
  expect(await put(gzipSync(new Uint8Array(voxels.length)), "99")).toBe(422);
  expect(await put(gzipSync(new Uint8Array(voxels.length)), "one")).toBe(400);
});

test("a mask with voxels on a slice that was not looked at is refused", async () => {
  const service = await start();
  const [study] = (await send(service, dicomFiles("one"))).result.studies;
  const refused = await put(service, study!.id, spot(5), "3");
  expect([refused.status, ((await refused.json()) as { error: { code: string } }).error.code]).toEqual([
    422,
    "annotation-invalid",
  ]);
  expect((await put(service, study!.id, spot(5), "3,5")).status).toBe(200);
});

test("of several annotations that replace whatever is kept at once, all are answered and the last stays", async () => {
  const service = await start();
  const [study] = (await send(service, dicomFiles("one"))).result.studies;
  expect((await put(service, study!.id, spot(0), "0")).status).toBe(200);
  const any = { "if-match": "*" };
  const saved = await Promise.all(
    [1, 2, 3, 4].map((slice) => put(service, study!.id, spot(slice), String(slice), "R", any)),
  );
  expect(saved.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  const [slice] = service.library.get(study!.id).annotatedSlices;
  expect(await keptMask(service, study!.id)).toEqual(spot(slice!));
  const inside = (await readdir(service.library.path(study!.id))).filter((name) => name.startsWith("annotation"));
  expect(inside).toEqual(["annotation"]);
});

test("an annotation of an Enhanced CT is a segmentation that refers to its frames, and is carried over to its further parts", async () => {
  const service = await start();
  const parts = enhancedCt({ geometry, voxels, warnings: [] }, { seed: 5, name: "enhanced", parts: 4 });
  const files = async (some: typeof parts) =>
    Object.fromEntries(await Promise.all(some.map(async (part) => [part.name, await part.read()] as const)));
  const [study] = (await send(service, await files(parts.slice(1)))).result.studies;
  const { id } = study!;
  expect((await put(service, id, spot(3, 6 * area), "3,4")).status).toBe(200);
  await send(service, await files(parts.slice(0, 1)));
  expect(await keptMask(service, id)).toEqual(spot(5));
  const file = await (await fetch(`${service.address}/api/studies/${id}/annotation.dcm`)).arrayBuffer();
  const segmentation = await readSegmentation(bytes("mask.dcm", new Uint8Array(file)));
  expect(segmentationOn(geometry, segmentation).mask.voxels).toEqual(spot(5));
  const { DicomMessage, DicomMetaDictionary } = dcmjs.data;
  const { PerFrameFunctionalGroupsSequence: frames } = DicomMetaDictionary.naturalizeDataset(
    DicomMessage.readFile(file).dict,
  );
  // Slices 5 and 6 of eight in four parts: the second frame of the third part, the first of the fourth.
  const named = (frames as Annotated[]).map((frame) => frame.DerivationImageSequence[0]!.SourceImageSequence[0]!);
  expect(named.map(({ ReferencedFrameNumber }) => ReferencedFrameNumber)).toEqual([2, 1]);
});
interface Annotated {
  readonly DerivationImageSequence: readonly {
    readonly SourceImageSequence: readonly { readonly ReferencedFrameNumber: number }[];
  }[];
}

test("an annotation of a CT of two kinds of object is kept as NIfTI, and who asks for the segmentation is told why", async () => {
  const service = await start();
  const adjust = (dataset: WritableDataset, slice: number) => {
    if (slice > 3) dataset.set(0x00080016, { vr: "UI", value: "1.2.840.10008.5.1.4.1.1.2.1" });
  };
  const slices = ctSeries({ geometry, voxels, warnings: [] }, { seed: 5, name: "two kinds", adjust });
  const contents = Object.fromEntries(slices.map(({ fileName, bytes: content }) => [fileName, content]));
  const [study] = (await send(service, contents)).result.studies;
  expect((await put(service, study!.id, spot(5), "5")).status).toBe(200);
  const missing = await fetch(`${service.address}/api/studies/${study!.id}/annotation.dcm`);
  expect([missing.status, await missing.text()]).toEqual([
    404,
    expect.stringContaining("its slices come from 2 kinds of object (CT Image, Enhanced CT Image)"),
  ]);
  const { cohort } = await readCohort(service.library.cohortPath);
  expect(cohort.studies[0]!.annotations[0]!.mask!).toMatch(/mask\.nii\.gz$/);
});

test("a study without DICOM images is annotated, its mask kept as NIfTI in the cohort", async () => {
  const service = await start();
  const ct = encodeNifti({ geometry, voxels, description: "ct" });
  const [study] = (await send(service, { "ct.nii": ct })).result.studies;
  expect(study!.description).toBe("ct.nii");
  expect((await put(service, study!.id, spot(5), "5")).status).toBe(200);
  expect(await keptMask(service, study!.id)).toEqual(spot(5));
  const missing = await fetch(`${service.address}/api/studies/${study!.id}/annotation.dcm`);
  expect([missing.status, await missing.text()]).toEqual([404, expect.stringContaining("no DICOM images")]);
  const { cohort } = await readCohort(service.library.cohortPath);
  const path = cohort.studies[0]!.annotations[0]!.mask!;
  expect(path).toMatch(/mask\.nii\.gz$/);
  const file = await readFile(service.library.path(study!.id, "annotation", "mask.nii.gz"));
  expect((await readMask(bytes("mask.nii.gz", new Uint8Array(file)))).voxels).toEqual(spot(5));
});
