import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { dicomFiles, send, start, voxels } from "../../test/service-room.ts";
import { gridHeader, studySchema } from "./schema.ts";

const changeSchema = z.object({ parameters: z.array(z.object({ name: z.string() })), responses: z.looseObject({}) });
const descriptionSchema = z.object({
  paths: z.object({
    "/studies/{id}/annotation": z.object({ put: changeSchema }),
    "/studies/{id}/verdicts": z.object({ post: changeSchema }),
    "/studies/{id}": z.object({ delete: changeSchema }),
  }),
});

test("the CT comes as HU with its grid", async () => {
  const service = await start();
  const [study] = (await send(service, dicomFiles("one"))).result.studies;
  const response = await fetch(`${service.address}/api/studies/${study!.id}/volume`);
  expect(JSON.parse(response.headers.get(gridHeader)!)).toMatchObject({ size: [16, 12, 8], origin: [-150, -110, 0] });
  expect(new Int16Array(await response.arrayBuffer())).toEqual(voxels);
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

test("the API's description names the version that each change of readers' work asks for", async () => {
  const { address } = await start();
  const { paths } = descriptionSchema.parse(await (await fetch(`${address}/api/openapi.json`)).json());
  for (const change of Object.values(paths).flatMap((path) => Object.values(path))) {
    expect(change.parameters.map(({ name }) => name)).toContain("If-Match");
    expect(Object.keys(change.responses)).toContain("412");
  }
});

test("a server whose model can’t be loaded does not start, and says which file is at fault", async () => {
  const data = await mkdtemp(join(tmpdir(), "embolens-room-"));
  await expect(start({ data, model: "no-such-model.safetensors", diagnose: undefined })).rejects.toMatchObject({
    code: "model-unloadable",
    message: expect.stringContaining("no-such-model.safetensors"),
  });
  // Nor does it hold the folder.
  await start({ data });
}, 60_000);

test("a second server on one folder is refused by name, and takes nothing from the first", async () => {
  const data = await mkdtemp(join(tmpdir(), "embolens-room-"));
  const service = await start({ data });
  await expect(start({ data })).rejects.toMatchObject({ code: "library-in-use" });
  expect((await send(service, dicomFiles("one"))).status).toBe(202);
});

test("health tells of a study that was restored, and a folder that holds nothing wrong is ok", async () => {
  const data = await mkdtemp(join(tmpdir(), "embolens-room-"));
  const first = await start({ data });
  const [study] = (await send(first, dicomFiles("one"))).result.studies;
  expect(await (await fetch(`${first.address}/api/health`)).json()).toEqual({ status: "ok", studies: 1, problems: [] });
  await first.close();
  await writeFile(join(data, "studies", study!.id, "study.json"), "{ broken");
  const second = await start({ data });
  expect(await (await fetch(`${second.address}/api/health`)).json()).toMatchObject({
    status: "degraded",
    studies: 1,
    problems: [{ code: "study-restored", study: study!.id }],
  });
});
