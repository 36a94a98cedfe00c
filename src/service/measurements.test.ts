import { readFile, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { dicomFiles, send, start } from "../../test/service-room.ts";
import type { RunningService } from "./index.ts";
import { errorSchema, measurementListSchema } from "./schema.ts";

const length = (id: string, to = 30) => ({
  id,
  seriesInstanceUID: "1.2.3",
  plane: "axial",
  kind: "length",
  points: [
    [0, 0, 5],
    [to, 40, 5],
  ],
});
const probe = { id: "p", seriesInstanceUID: "1.2.3", plane: "coronal", kind: "probe", points: [[1, 2, 3]], hu: -812 };

async function room() {
  const service = await start();
  const { id } = (await send(service, dicomFiles("one"))).result.studies[0]!;
  return { service, id, at: (path = "") => `${service.address}/api/studies/${id}${path}` };
}
const put = (
  service: RunningService,
  id: string,
  reader: string,
  measurements: unknown,
  seen: Readonly<Record<string, string>> = {},
) =>
  fetch(`${service.address}/api/studies/${id}/measurements?${new URLSearchParams({ reader })}`, {
    method: "PUT",
    headers: { "content-type": "application/json", ...seen },
    body: JSON.stringify({ measurements }),
  });
async function read(address: string, reader?: string) {
  const query = reader === undefined ? "" : `?${new URLSearchParams({ reader })}`;
  const response = await fetch(`${address}/measurements${query}`);
  return {
    tag: response.headers.get("etag")!,
    measurements: measurementListSchema.parse(await response.json()).measurements,
  };
}
const codeOf = async (response: Response) => [response.status, errorSchema.parse(await response.json()).error.code];

test("a reader's measurements are kept with his name and the time, and given back, alone or with the others'", async () => {
  const { service, id, at } = await room();
  const saved = await put(service, id, "Dr One", [length("a"), probe]);
  expect(saved.status).toBe(200);
  await put(service, id, "Dr Two ./..", [length("a", 10)]);
  const one = await read(at(), "Dr One");
  expect(one.measurements).toEqual(
    [length("a"), probe].map((own) => ({ ...own, reader: "Dr One", at: expect.any(String) })),
  );
  expect(one.tag).toBe(saved.headers.get("etag"));
  expect((await read(at())).measurements.map(({ reader }) => reader)).toEqual(["Dr One", "Dr One", "Dr Two ./.."]);
  expect((await read(at(), "Nobody")).measurements).toEqual([]);
});

test("a measurement keeps its time while others are drawn, gets another when it is moved, and goes when it is left out", async () => {
  const { service, id, at } = await room();
  await put(service, id, "R", [length("a"), length("b")]);
  const first = await read(at(), "R");
  await new Promise((resolve) => setTimeout(resolve, 5));
  await put(service, id, "R", [length("a"), length("b", 20), length("c")], { "if-match": first.tag });
  const second = await read(at(), "R");
  const times = second.measurements.map((one) => one.at);
  expect(times[0]).toBe(first.measurements[0]!.at);
  expect(times[1]! > first.measurements[1]!.at).toBe(true);
  expect((await put(service, id, "R", [], { "if-match": second.tag })).status).toBe(200);
  expect(service.library.get(id).measurements).toEqual([]);
});

test("measurements made from an earlier version are not kept, and two readers are not in each other's way", async () => {
  const { service, id, at } = await room();
  const { tag: nothing } = await read(at(), "R");
  expect((await put(service, id, "R", [length("a")], { "if-match": nothing })).status).toBe(200);
  expect((await put(service, id, "Other", [length("a")], { "if-match": nothing })).status).toBe(200);
  const late = await put(service, id, "R", [length("b")], { "if-match": nothing });
  expect([late.status, errorSchema.parse(await late.json()).error]).toEqual([
    412,
    expect.objectContaining({ code: "changed-meanwhile", message: expect.stringMatching(/^R measured at 2/) }),
  ]);
  expect(await codeOf(await put(service, id, "R", [length("b")]))).toEqual([428, "version-missing"]);
  expect(await codeOf(await put(service, id, "R", [length("b")], { "if-none-match": "*" }))).toEqual([
    412,
    "changed-meanwhile",
  ]);
  expect((await read(at(), "R")).measurements.map((one) => one.id)).toEqual(["a"]);
  // Sent again because its answer was lost.
  expect((await put(service, id, "R", [length("a")], { "if-match": nothing })).status).toBe(200);
});

test("of two lists made from one version and saved at once, one is kept and the other is told", async () => {
  const { service, id, at } = await room();
  const { tag } = await read(at(), "R");
  const both = await Promise.all(["a", "b"].map((one) => put(service, id, "R", [length(one)], { "if-match": tag })));
  expect(both.map(({ status }) => status).sort()).toEqual([200, 412]);
});

test("measurements outlive the server under the same version, and go with their study", async () => {
  const { service, id, at } = await room();
  await put(service, id, "R", [length("a")]);
  const { tag } = await read(at(), "R");
  const data = service.library.cohortPath.replace(/\/[^/]+$/, "");
  await service.close();
  const again = await start({ data });
  const address = `${again.address}/api/studies/${id}`;
  expect((await read(address, "R")).tag).toBe(tag);
  expect((await fetch(address, { method: "DELETE" })).status).toBe(428);
  const seen = (await fetch(address)).headers.get("etag")!;
  await put(again, id, "R", [length("a"), length("b")], { "if-match": tag });
  expect(await codeOf(await fetch(address, { method: "DELETE", headers: { "if-match": seen } }))).toEqual([
    412,
    "changed-meanwhile",
  ]);
  const now = (await fetch(address)).headers.get("etag")!;
  expect((await fetch(address, { method: "DELETE", headers: { "if-match": now } })).status).toBe(204);
});

test("what is no list of measurements is refused with what is wrong, and nothing is kept of it", async () => {
  const { service, id, at } = await room();
  const wrong: readonly (readonly [unknown, string])[] = [
    [[{ ...length("a"), points: [[0, 0, 0]] }], "measurements.0.points"],
    [
      [
        {
          ...length("a"),
          points: [
            [0, 0, 0],
            [0, 0, 1e9],
          ],
        },
      ],
      "measurements.0.points.1.2",
    ],
    [[{ ...length("a"), kind: "angle" }], "measurements.0.kind"],
    [[{ ...probe, hu: null }], "measurements.0.hu"],
    [[length("../../x")], "measurements.0.id"],
    [[length("a"), length("a", 7)], "measurements"],
    [Array.from({ length: 201 }, (_, index) => length(`m${index}`)), "measurements"],
    ["all", "measurements"],
  ];
  for (const [measurements, where] of wrong) {
    const response = await put(service, id, "R", measurements);
    const { error } = errorSchema.parse(await response.json());
    expect([response.status, error.code, error.message.split(":")[0]]).toEqual([400, "request-invalid", where]);
  }
  expect((await put(service, id, "  ", [])).status).toBe(400);
  expect((await put(service, id, "R".repeat(121), [])).status).toBe(400);
  expect(await codeOf(await put(service, "..%2F..", "R", []))).toEqual([404, "study-unknown"]);
  expect(await codeOf(await fetch(`${service.address}/api/studies/none/measurements`))).toEqual([404, "study-unknown"]);
  expect((await fetch(at("/measurements"), { method: "PUT", body: "{" })).status).toBe(400);
  expect(service.library.get(id).measurements).toEqual([]);
});

test("a study that an earlier version kept has no measurements", async () => {
  const { service, id, at } = await room();
  const path = service.library.path(id, "study.json");
  const { measurements: _, ...earlier } = JSON.parse(await readFile(path, "utf8"));
  const data = service.library.cohortPath.replace(/\/[^/]+$/, "");
  await service.close();
  await writeFile(path, JSON.stringify(earlier));
  const again = await start({ data });
  expect((await read(at().replace(service.address, again.address))).measurements).toEqual([]);
});
