import { writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { dicomFiles, keptMask, put, send, spot, start } from "../../test/service-room.ts";
import type { RunningService } from "./index.ts";
import { annotationDocumentSchema, annotationHeader, errorSchema, studySchema, verdictListSchema } from "./schema.ts";

const codeOf = async (response: Response) => errorSchema.parse(await response.json()).error.code;

async function room(): Promise<{ service: RunningService; id: string; at: (path?: string) => string }> {
  const service = await start();
  const { id } = (await send(service, dicomFiles("one"))).result.studies[0]!;
  return { service, id, at: (path = "") => `${service.address}/api/studies/${id}${path}` };
}
const tagOf = async (address: string) => (await fetch(address)).headers.get("etag")!;

const confirm = (address: string, reader: string, seen: Readonly<Record<string, string>> = {}) =>
  fetch(address, {
    method: "POST",
    headers: { "content-type": "application/json", ...seen },
    body: JSON.stringify({ slab: null, verdict: "confirmed", reader }),
  });

test("an annotation comes with its version, its slices, and who saved it when", async () => {
  const { service, id, at } = await room();
  const saved = await put(service, id, spot(3), "3,4", "Dr Žižka 医");
  const got = await fetch(at("/annotation"));
  expect(got.headers.get("etag")).toMatch(/^"[\w-]{22}"$/);
  expect(saved.headers.get("etag")).toBe(got.headers.get("etag"));
  const told = annotationDocumentSchema.parse(JSON.parse(got.headers.get(annotationHeader)!));
  expect(told).toMatchObject({ slices: [3, 4], reader: "Dr Žižka 医" });
});

test("an annotation made from the version that is kept takes its place, one made from an earlier version does not", async () => {
  const { service, id } = await room();
  const first = (await put(service, id, spot(1), "1", "Dr One")).headers.get("etag")!;
  const second = await put(service, id, spot(2), "2", "Dr Two", { "if-match": first });
  expect(second.status).toBe(200);
  const late = await put(service, id, spot(3), "3", "Dr One", { "if-match": first });
  expect(late.status).toBe(412);
  const { error } = errorSchema.parse(await late.json());
  expect(error.code).toBe("changed-meanwhile");
  expect(error.message).toMatch(/^Dr Two saved an annotation of this study at 2\d{3}-/);
  expect(error.hint).toContain("If-Match");
  expect(await keptMask(service, id)).toEqual(spot(2));
  const over = { "if-match": second.headers.get("etag")! };
  expect((await put(service, id, spot(3), "3", "Dr One", over)).status).toBe(200);
});

test("of two annotations made from one version and saved at once, one is kept and the other is told", async () => {
  const { service, id } = await room();
  const first = (await put(service, id, spot(0), "0")).headers.get("etag")!;
  const both = await Promise.all(
    [1, 2, 3].map((slice) => put(service, id, spot(slice), String(slice), `Dr ${slice}`, { "if-match": first })),
  );
  expect(both.map(({ status }) => status).sort()).toEqual([200, 412, 412]);
  const kept = 1 + both.findIndex(({ ok }) => ok);
  expect(await keptMask(service, id)).toEqual(spot(kept));
});

test("of two first annotations of a study, the second is told that there is one already", async () => {
  const { service, id } = await room();
  const none = { "if-none-match": "*" };
  const both = await Promise.all([1, 2].map((slice) => put(service, id, spot(slice), String(slice), "R", none)));
  expect(both.map(({ status }) => status).sort()).toEqual([200, 412]);
});

test("a call that says nothing of what it has seen may annotate first, and not in place of another's annotation", async () => {
  const { service, id } = await room();
  expect((await put(service, id, spot(1), "1")).status).toBe(200);
  const blind = await put(service, id, spot(2), "2");
  expect([blind.status, await codeOf(blind)]).toEqual([428, "version-missing"]);
  expect(await keptMask(service, id)).toEqual(spot(1));
  expect((await put(service, id, spot(2), "2", "R", { "if-match": "*" })).status).toBe(200);
});

test("an annotation that is sent again because its answer was lost is taken", async () => {
  const { service, id } = await room();
  const none = { "if-none-match": "*" };
  expect((await put(service, id, spot(1), "1", "R", none)).status).toBe(200);
  expect((await put(service, id, spot(1), "1", "R", none)).status).toBe(200);
  expect((await put(service, id, spot(1), "1", "Another", none)).status).toBe(412);
});

test("of a list of versions one has to be kept; a weak one says too little, and what is no version is refused", async () => {
  const { service, id } = await room();
  const first = (await put(service, id, spot(1), "1")).headers.get("etag")!;
  const status = async (tag: string) => (await put(service, id, spot(2), "2", "R", { "if-match": tag })).status;
  expect(await status(`W/${first}`)).toBe(412);
  expect(await status("first")).toBe(400);
  expect(await status(`"a, b", ${first}`)).toBe(200);
});

test("a version outlives the server", async () => {
  const { service, id, at } = await room();
  await put(service, id, spot(1), "1");
  await confirm(at("/verdicts"), "Dr One");
  const before = await Promise.all(["", "/annotation", "/verdicts"].map((path) => tagOf(at(path))));
  const data = service.library.cohortPath.replace(/\/[^/]+$/, "");
  await service.close();
  const again = await start({ data });
  const after = ["", "/annotation", "/verdicts"].map((path) => tagOf(`${again.address}/api/studies/${id}${path}`));
  expect(await Promise.all(after)).toEqual(before);
  expect((await put(again, id, spot(2), "2", "R", { "if-match": before[1]! })).status).toBe(200);
});

test("an annotation whose record is broken on the disk is not replaced unseen", async () => {
  const { service, id } = await room();
  await put(service, id, spot(1), "1");
  await writeFile(service.library.path(id, "annotation", "annotation.json"), "{ broken");
  expect((await put(service, id, spot(2), "2", "R", { "if-none-match": "*" })).status).toBe(412);
  expect((await put(service, id, spot(2), "2")).status).toBe(428);
});

test("an annotation carried over to further images is another version", async () => {
  const service = await start();
  const files = Object.entries(dicomFiles("one"));
  const { id } = (await send(service, Object.fromEntries(files.slice(2)))).result.studies[0]!;
  const first = (await put(service, id, spot(3).slice(0, spot(3).length * 0.75), "3")).headers.get("etag")!;
  await send(service, Object.fromEntries(files.slice(0, 2)));
  const late = await put(service, id, spot(3), "3", "R", { "if-match": first });
  expect([late.status, await codeOf(late)]).toEqual([412, "changed-meanwhile"]);
});

test("a verdict that names the version it has seen is told where another was given in between", async () => {
  const { service, id, at } = await room();
  const unread = await tagOf(at("/verdicts"));
  expect((await confirm(at("/verdicts"), "Dr One", { "if-match": unread })).status).toBe(200);
  const late = await confirm(at("/verdicts"), "Dr Two", { "if-match": unread });
  expect([late.status, errorSchema.parse(await late.json()).error.message]).toEqual([
    412,
    expect.stringContaining("Dr One gave a verdict"),
  ]);
  const read = await fetch(at("/verdicts"));
  expect(verdictListSchema.parse(await read.json()).verdicts.map(({ reader }) => reader)).toEqual(["Dr One"]);
  const seen = { "if-match": read.headers.get("etag")! };
  const both = await Promise.all(["Dr Two", "Dr Three"].map((reader) => confirm(at("/verdicts"), reader, seen)));
  expect(both.map(({ status }) => status).sort()).toEqual([200, 412]);
  expect(service.library.get(id).verdicts).toHaveLength(2);
});

test("a verdict takes nobody's place, so it may be given without saying what was seen", async () => {
  const { at } = await room();
  await confirm(at("/verdicts"), "Dr One");
  const study = studySchema.parse(await (await confirm(at("/verdicts"), "Dr Two")).json());
  expect(study.verdicts.map(({ reader }) => reader)).toEqual(["Dr One", "Dr Two"]);
});

test("a study is not removed with work on it that was not seen", async () => {
  const { service, id, at } = await room();
  const remove = (seen: Readonly<Record<string, string>> = {}) => fetch(at(), { method: "DELETE", headers: seen });
  const bare = await tagOf(at());
  await put(service, id, spot(1), "1", "Dr One");
  expect((await remove()).status).toBe(428);
  const late = await remove({ "if-match": bare });
  expect([late.status, errorSchema.parse(await late.json()).error.message]).toEqual([
    412,
    expect.stringContaining("Dr One saved an annotation"),
  ]);
  const annotated = await tagOf(at());
  await confirm(at("/verdicts"), "Dr Two");
  expect((await remove({ "if-match": annotated })).status).toBe(412);
  expect((await remove({ "if-match": await tagOf(at()) })).status).toBe(204);
});

test("a refusal says what is wrong also where no version was named, or where nothing is kept", async () => {
  const { at } = await room();
  const said = async (tag: string) =>
    errorSchema.parse(await (await fetch(at(), { method: "DELETE", headers: { "if-match": tag } })).json()).error
      .message;
  expect(await said("first")).toBe("if-match: expected versions in quotes, or *");
  expect(await said('"first"')).toMatch(/^nobody has worked on this study\. This call was made from something else/);
});

test("a study whose diagnosis goes on is the same to who wants it removed", async () => {
  const { service, id, at } = await room();
  const before = await tagOf(at());
  await service.library.update(id, { state: "failed" });
  expect((await fetch(at(), { method: "DELETE", headers: { "if-match": before } })).status).toBe(204);
});
