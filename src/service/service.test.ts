import { mkdtempSync, writeFileSync } from "node:fs";
import { mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import { afterEach, expect, test, vi } from "vitest";
import { readCohort } from "../cohort/index.ts";
import { ctSeries } from "../volume/dicom-write/index.ts";
import {
  bytes,
  encodeNifti,
  type Geometry,
  patientPoint,
  readMask,
  readSegmentation,
  segmentationOn,
} from "../volume/index.ts";
import { type RunningService, type ServiceSettings, startService, usualLimits } from "./index.ts";
import { gridHeader, studySchema, uploadResultSchema } from "./schema.ts";

const geometry: Geometry = {
  size: [16, 12, 8],
  spacing: [20, 20, 5],
  origin: patientPoint(-150, -110, 0),
  axes: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
};
const area = 16 * 12;
const voxels = Int16Array.from({ length: 16 * 12 * 8 }, (_, index) => (index % 1500) - 1000);
const images = (name: string) =>
  ctSeries(
    { geometry, voxels, warnings: [] },
    { seed: 5, name, patient: { id: "P7", name: "Doe^Jane", sex: "F", age: 50 } },
  );

const running: RunningService[] = [];
afterEach(async () => {
  for (const service of running.splice(0)) await service.close();
});

async function start(change: Partial<ServiceSettings> = {}): Promise<RunningService> {
  const page = mkdtempSync(join(tmpdir(), "embolens-page-"));
  writeFileSync(join(page, "index.html"), "<title>page</title>");
  const service = await startService({
    data: await mkdtemp(join(tmpdir(), "embolens-room-")),
    host: "127.0.0.1",
    port: 0,
    token: undefined,
    model: "none",
    device: "cpu",
    page,
    limits: usualLimits,
    // The jobs of these tests never come to an answer: what is tested is all around them.
    diagnose: (_study, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    ...change,
  });
  running.push(service);
  return service;
}

function form(files: Readonly<Record<string, Uint8Array>>): FormData {
  const body = new FormData();
  for (const [name, content] of Object.entries(files)) body.append("files", new Blob([Uint8Array.from(content)]), name);
  return body;
}

async function send(service: RunningService, files: Readonly<Record<string, Uint8Array>>) {
  const response = await fetch(`${service.address}/api/studies`, { method: "POST", body: form(files) });
  return { status: response.status, result: uploadResultSchema.parse(await response.json()) };
}

const put = (service: RunningService, id: string, mask: Uint8Array, slices: string, reader = "R") =>
  fetch(`${service.address}/api/studies/${id}/annotation?slices=${slices}&reader=${reader}`, {
    method: "PUT",
    headers: { "content-type": "application/octet-stream" },
    body: gzipSync(mask),
  });
const keptMask = async (service: RunningService, id: string) =>
  new Uint8Array(await (await fetch(`${service.address}/api/studies/${id}/annotation`)).arrayBuffer());
/** A mask with one voxel set. */
const spot = (slice: number, size = voxels.length) =>
  new Uint8Array(size).fill(1, slice * area + 40, slice * area + 41);

const dicomFiles = (name: string) => Object.fromEntries(images(name).map((slice) => [slice.fileName, slice.bytes]));

test("uploaded DICOM files become a study with patient, date and number of images, and go to work", async () => {
  const service = await start();
  const { status, result } = await send(service, dicomFiles("one"));
  expect(status).toBe(202);
  expect(result.refused).toEqual([]);
  expect(result.studies).toMatchObject([{ patient: { name: "Doe, Jane", id: "P7" }, images: 8 }]);
  const { studies } = (await (await fetch(`${service.address}/api/studies`)).json()) as { studies: unknown[] };
  expect(studies).toHaveLength(1);
});

test("a zip holds studies as a folder does, and a study sent twice is taken once", async () => {
  const service = await start();
  const first = await send(service, { "studies.zip": zipSync({ a: dicomFiles("one"), b: dicomFiles("two") }) });
  expect(first.result.studies).toHaveLength(2);
  const second = await send(service, dicomFiles("one"));
  expect(second.result.studies).toEqual([]);
  expect(second.result.refused).toMatchObject([{ code: "study-known" }]);
});

test("a study sent twice at once is taken once", async () => {
  const service = await start();
  const sent = await Promise.all([send(service, dicomFiles("one")), send(service, dicomFiles("one"))]);
  expect(sent.map(({ result }) => result.studies.length).sort()).toEqual([0, 1]);
  expect(service.library.list()).toHaveLength(1);
  const left = () => readdir(join(service.library.cohortPath, "..", "incoming"));
  await vi.waitFor(async () => expect(await left()).toEqual([]));
});

test("images that come later are added to their study, which is judged again", async () => {
  const judged: number[] = [];
  const service = await start({
    diagnose: async ({ images }) => {
      judged.push(images);
      return {
        state: "refused",
        reason: null,
        seriesInstanceUID: null,
        probability: null,
        decision: null,
        warnings: [],
      };
    },
  });
  const files = Object.entries(dicomFiles("one"));
  const first = await send(service, Object.fromEntries(files.slice(0, 4)));
  const { id } = first.result.studies[0]!;
  await vi.waitFor(() => expect(service.library.get(id).state).toBe("refused"));
  const second = await send(service, Object.fromEntries(files.slice(2)));
  expect(second.result).toMatchObject({ studies: [{ id, images: 8 }], added: [{ id, images: 4 }], refused: [] });
  await vi.waitFor(() => expect(service.library.get(id).state).toBe("refused"));
  expect(judged).toEqual([4, 8]);
  const third = await send(service, Object.fromEntries(files));
  expect(third.result).toMatchObject({ studies: [], added: [], refused: [{ code: "study-known" }] });
});

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

test("an upload onto a full disk is answered as such and leaves nothing behind", async () => {
  const service = await start();
  const log = vi.spyOn(console, "error").mockImplementation(() => {});
  const full = Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
  vi.spyOn(service.library, "add").mockRejectedValueOnce(full);
  const response = await fetch(`${service.address}/api/studies`, { method: "POST", body: form(dicomFiles("one")) });
  expect([response.status, await response.json()]).toMatchObject([507, { error: { message: "the disk is full" } }]);
  expect(await readdir(join(service.library.cohortPath, "..", "incoming"))).toEqual([]);
  log.mockRestore();
});

test("what is not DICOM, truncated, or an archive with paths out of itself is refused by its own name", async () => {
  const service = await start();
  const [slice] = images("one");
  const { result } = await send(service, {
    "letter.txt": new TextEncoder().encode("Dear colleague"),
    "cut.dcm": slice!.bytes.slice(0, 900),
    "evil.zip": zipSync({ "../../evil.dcm": slice!.bytes }),
  });
  expect(result.studies).toEqual([]);
  expect(result.refused.map(({ file }) => file).sort()).toEqual(["cut.dcm", "evil.zip/../../evil.dcm", "letter.txt"]);
  expect(
    result.refused.map(({ code }) => code),
    JSON.stringify(result.refused),
  ).toEqual(expect.arrayContaining(["archive-unsafe", "file-corrupt"]));
  expect(JSON.stringify(result.refused)).not.toContain("incoming");
});

test("an upload that says it has 10 GB is refused before it is read", async () => {
  const { address } = await start();
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const call = request(`${address}/api/studies`, {
      method: "POST",
      headers: { "content-type": "multipart/form-data; boundary=x", "content-length": String(10 * 2 ** 30) },
    });
    call.on("response", (response) => {
      resolve(response.statusCode);
      call.destroy();
    });
    call.on("error", reject);
    call.write("--x\r\n");
  });
  expect(status).toBe(413);
});

test("an upload over the limit is refused and leaves nothing behind", async () => {
  const service = await start({ limits: { ...usualLimits, totalBytes: 3000 } });
  const response = await fetch(`${service.address}/api/studies`, { method: "POST", body: form(dicomFiles("one")) });
  expect(response.status).toBe(413);
  expect(service.library.list()).toEqual([]);
});

test("the CT comes as HU with its grid", async () => {
  const service = await start();
  const [study] = (await send(service, dicomFiles("one"))).result.studies;
  const response = await fetch(`${service.address}/api/studies/${study!.id}/volume`);
  expect(JSON.parse(response.headers.get(gridHeader)!)).toMatchObject({ size: [16, 12, 8], origin: [-150, -110, 0] });
  expect(new Int16Array(await response.arrayBuffer())).toEqual(voxels);
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
  expect((await fetch(address(ids[0]!), { method: "DELETE" })).status).toBe(204);
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

test("of several annotations of one study saved at once, all are answered and the last stays", async () => {
  const service = await start();
  const [study] = (await send(service, dicomFiles("one"))).result.studies;
  const saved = await Promise.all([1, 2, 3, 4].map((slice) => put(service, study!.id, spot(slice), String(slice))));
  expect(saved.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  const [slice] = service.library.get(study!.id).annotatedSlices;
  expect(await keptMask(service, study!.id)).toEqual(spot(slice!));
  const inside = (await readdir(service.library.path(study!.id))).filter((name) => name.startsWith("annotation"));
  expect(inside).toEqual(["annotation"]);
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

test("a verdict is kept with who gave it and when", async () => {
  const service = await start();
  const [study] = (await send(service, dicomFiles("one"))).result.studies;
  const response = await fetch(`${service.address}/api/studies/${study!.id}/verdicts`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ slab: null, verdict: "confirmed", reader: "Dr One" }),
  });
  const { verdicts } = studySchema.parse(await response.json());
  expect(verdicts).toMatchObject([{ slab: null, verdict: "confirmed", reader: "Dr One" }]);
  expect(Math.abs(Date.parse(verdicts[0]!.at) - Date.now())).toBeLessThan(60_000);
});

test("a page of another origin can't change anything, and a foreign host name gets nothing", async () => {
  const { address } = await start();
  const status = (options: { method: string; headers: Record<string, string> }) =>
    new Promise((resolve, reject) => {
      const call = request(`${address}/api/studies`, options, (response) => resolve(response.statusCode));
      call.on("error", reject);
      call.end();
    });
  expect(await status({ method: "POST", headers: { origin: "https://evil.example" } })).toBe(403);
  expect(await status({ method: "POST", headers: { "sec-fetch-site": "cross-site" } })).toBe(403);
  expect(await status({ method: "GET", headers: { host: "evil.example" } })).toBe(403);
});

test("with a token, calls without it are refused; without one, only loopback can be listened on", async () => {
  const { address } = await start({ token: "a-token-of-some-length" });
  expect((await fetch(`${address}/api/studies`)).status).toBe(401);
  expect(
    (await fetch(`${address}/api/studies`, { headers: { authorization: "Bearer a-token-of-some-length" } })).status,
  ).toBe(200);
  expect((await fetch(`${address}/api/studies?token=a-token-of-some-length`)).status).toBe(200);
  await expect(start({ host: "0.0.0.0" })).rejects.toThrow(/opens the reading room/);
});

test("the token is asked for however the path is spelled", async () => {
  const { address } = await start({ token: "a-token-of-some-length" });
  const status = (path: string) =>
    new Promise((resolve, reject) => {
      const call = request({ host: "127.0.0.1", port: new URL(address).port, path }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      call.on("error", reject);
      call.end();
    });
  for (const path of ["/api/studies", "/%61pi/studies", "/ap%69/studies", "/api/studies/", `${address}/api/studies`]) {
    expect([path, await status(path)]).toEqual([path, 401]);
  }
  expect(await status("/%61pi/studies?token=a-token-of-some-length")).toBe(200);
  expect(await status("/%61pi/studies?token=a-token-of-some-length&token=other")).toBe(401);
});

test("a name that begins like a loopback address is a foreign name", async () => {
  const { address } = await start();
  const { port } = new URL(address);
  const status = (host: string) =>
    new Promise((resolve, reject) => {
      const call = request({ host: "127.0.0.1", port, path: "/api/studies", headers: { host } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      call.on("error", reject);
      call.end();
    });
  expect(await status(`127.evil.example:${port}`)).toBe(403);
  expect(await status(`127.0.0.1.evil.example:${port}`)).toBe(403);
  for (const own of ["localhost", "127.0.0.1", "127.8.7.6", "[::1]"]) expect(await status(`${own}:${port}`)).toBe(200);
  await expect(start({ host: "127.evil.example" })).rejects.toThrow(/opens the reading room/);
});

test("an upload of more than a thousand files is taken in", async () => {
  const service = await start();
  const letters = Object.fromEntries(
    Array.from({ length: 1100 }, (_, index) => [`${index}.txt`, new TextEncoder().encode("Dear colleague")]),
  );
  const { status, result } = await send(service, { ...letters, ...dicomFiles("one") });
  expect(status).toBe(202);
  expect(result.studies).toHaveLength(1);
});

test("an upload of more files than the limit is refused with the way out", async () => {
  const service = await start({ limits: { ...usualLimits, files: 5 } });
  const response = await fetch(`${service.address}/api/studies`, { method: "POST", body: form(dicomFiles("one")) });
  expect(response.status).toBe(413);
  expect(((await response.json()) as { error: object }).error).toMatchObject({
    code: "too-large",
    hint: expect.stringContaining("zip"),
  });
});

test("events tell of a study as soon as it is taken in", async () => {
  const service = await start();
  const stream = (await fetch(`${service.address}/api/events`)).body!.pipeThrough(new TextDecoderStream()).getReader();
  await send(service, dicomFiles("one"));
  let text = "";
  while (!text.includes('"type":"study"')) text += (await stream.read()).value ?? "";
  await stream.cancel();
  expect(text).toContain("Doe, Jane");
});

test("the API describes itself in OpenAPI, and unknown addresses answer with our error", async () => {
  const { address } = await start();
  const description = (await (await fetch(`${address}/api/openapi.json`)).json()) as { openapi: string; paths: object };
  expect(description.openapi).toBe("3.1.0");
  expect(Object.keys(description.paths)).toContain("/studies/{id}/annotation");
  const missing = await fetch(`${address}/api/nothing`);
  expect([missing.status, ((await missing.json()) as { error: { code: string } }).error.code]).toEqual([
    404,
    "not-found",
  ]);
});
