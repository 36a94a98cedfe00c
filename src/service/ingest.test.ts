import { readdir } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { zipSync } from "fflate";
import { expect, test, vi } from "vitest";
import { dicomFiles, form, images, send, start } from "../../test/service-room.ts";
import { usualLimits } from "./index.ts";

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

test("a study in a zip within a zip is taken in", async () => {
  const service = await start();
  const inner = zipSync(dicomFiles("one"));
  const { result } = await send(service, { "outer.zip": zipSync({ "inner.zip": zipSync({ "study.zip": inner }) }) });
  expect(result.studies).toMatchObject([{ images: 8 }]);
  expect(result.refused).toEqual([]);
});

test("archives that lie deeper than anybody packs, and those named otherwise, are refused by name", async () => {
  const service = await start();
  let zip = zipSync(dicomFiles("one"));
  for (let depth = 0; depth < 6; depth++) zip = zipSync({ [`depth-${depth}.zip`]: zip });
  const deep = await send(service, { "deep.zip": zip });
  expect([deep.status, deep.result.studies]).toEqual([202, []]);
  expect(deep.result.refused).toMatchObject([{ code: "archive-unsafe", message: expect.stringContaining("deep.zip") }]);
  const named = await send(service, { "outer.zip": zipSync({ inner: zipSync(dicomFiles("one")) }) });
  expect(named.result.studies).toEqual([]);
  expect(named.result.refused.length).toBeGreaterThan(0);
});

test("a truncated zip is refused as what it is, by its name", async () => {
  const service = await start();
  const zip = zipSync(dicomFiles("one"));
  const { status, result } = await send(service, { "study.zip": zip.subarray(0, zip.length / 2) });
  expect([status, result.studies]).toEqual([202, []]);
  expect(result.refused).toMatchObject([{ file: "study.zip", code: "file-truncated" }]);
});

test("another image of an identifier that the study holds is refused by name", async () => {
  const service = await start();
  const files = Object.entries(dicomFiles("one"));
  await send(service, Object.fromEntries(files.slice(0, 7)));
  const changed = Uint8Array.from(files[0]![1]);
  changed[changed.length - 1]! ^= 1;
  const { result } = await send(service, { "again.dcm": changed, "new.dcm": files[7]![1] });
  expect(result.added).toMatchObject([{ images: 1 }]);
  expect(result.refused).toMatchObject([{ file: "again.dcm", code: "slice-duplicate" }]);
});
