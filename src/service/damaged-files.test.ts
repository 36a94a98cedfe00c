import { readdir, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { dicomFiles, keptMask, put, send, spot, start } from "../../test/service-room.ts";
import { readCohort } from "../cohort/index.ts";

async function annotated() {
  const service = await start();
  const [study] = (await send(service, dicomFiles("one"))).result.studies;
  expect((await put(service, study!.id, spot(3), "2,3")).status).toBe(200);
  const file = (name: string) => service.library.path(study!.id, "annotation", name);
  return { service, id: study!.id, file };
}
const half = async (path: string) => truncate(path, Math.floor((await readFile(path)).length / 2));

test("a damaged segmentation is made again from the mask, and a damaged mask is read from the segmentation", async () => {
  for (const damage of [half, (path: string) => truncate(path, 0)]) {
    const { service, id, file } = await annotated();
    const address = `${service.address}/api/studies/${id}/annotation.dcm`;
    const whole = Buffer.from(await (await fetch(address)).arrayBuffer());
    await damage(file("segmentation.dcm"));
    const again = await fetch(address);
    expect(again.status).toBe(200);
    expect((await again.arrayBuffer()).byteLength).toBe(whole.length);
    await writeFile(file("segmentation.dcm"), whole);
    await damage(file("mask.gz"));
    expect(await keptMask(service, id)).toEqual(spot(3));
  }
});

test("an annotation whose files are all damaged says so, and can be painted again", async () => {
  const { service, id, file } = await annotated();
  await half(file("segmentation.dcm"));
  await half(file("mask.gz"));
  for (const name of ["annotation", "annotation.dcm"]) {
    const answer = await fetch(`${service.address}/api/studies/${id}/${name}`);
    expect([answer.status, await answer.json()]).toMatchObject([409, { error: { code: "file-damaged" } }]);
  }
  expect((await put(service, id, spot(4), "4", "R", { "if-match": "*" })).status).toBe(200);
  expect(await keptMask(service, id)).toEqual(spot(4));
});

test("a damaged cohort is made again from the studies, kept aside, told of, and keeps nobody from annotating", async () => {
  for (const content of ["", "{ broken", '{"name": 7}']) {
    const { service, id } = await annotated();
    const path = service.library.cohortPath;
    const { cohort } = await readCohort(path);
    await writeFile(path, content);
    expect((await put(service, id, spot(3), "2,3", "R", { "if-match": "*" })).status).toBe(200);
    expect((await readCohort(path)).cohort).toEqual(cohort);
    expect((await readdir(join(path, ".."))).filter((name) => name.startsWith("cohort.damaged-"))).toHaveLength(1);
    const health = await (await fetch(`${service.address}/api/health`)).json();
    expect(health).toMatchObject({ problems: [{ code: "cohort-damaged" }] });
  }
});
