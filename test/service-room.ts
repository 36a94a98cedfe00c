/**
 * A reading room for tests: a server on a free port whose jobs never end, a small CT to send, and ways to send it.
 *
 *     const service = await start();
 *     const { result } = await send(service, dicomFiles("one"));
 */
import { mkdtempSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach } from "vitest";
import { type RunningService, type ServiceSettings, startService, usualLimits } from "../src/service/index.ts";
import { uploadResultSchema } from "../src/service/schema.ts";
import { ctSeries } from "../src/volume/dicom-write/index.ts";
import { type Geometry, patientPoint } from "../src/volume/index.ts";

export const geometry: Geometry = {
  size: [16, 12, 8],
  spacing: [20, 20, 5],
  origin: patientPoint(-150, -110, 0),
  axes: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
};
export const area = 16 * 12;
export const voxels = Int16Array.from({ length: 16 * 12 * 8 }, (_, index) => (index % 1500) - 1000);
export const images = (name: string) =>
  ctSeries(
    { geometry, voxels, warnings: [] },
    { seed: 5, name, patient: { id: "P7", name: "Doe^Jane", sex: "F", age: 50 } },
  );

const running: RunningService[] = [];
afterEach(async () => {
  for (const service of running.splice(0)) await service.close();
});

export async function start(change: Partial<ServiceSettings> = {}): Promise<RunningService> {
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

export function form(files: Readonly<Record<string, Uint8Array>>): FormData {
  const body = new FormData();
  for (const [name, content] of Object.entries(files)) body.append("files", new Blob([Uint8Array.from(content)]), name);
  return body;
}

export async function send(service: RunningService, files: Readonly<Record<string, Uint8Array>>) {
  const response = await fetch(`${service.address}/api/studies`, { method: "POST", body: form(files) });
  return { status: response.status, result: uploadResultSchema.parse(await response.json()) };
}

/** @param seen the headers that say from which version it was made */
export const put = (
  service: RunningService,
  id: string,
  mask: Uint8Array,
  slices: string,
  reader = "R",
  seen: Readonly<Record<string, string>> = {},
) =>
  fetch(`${service.address}/api/studies/${id}/annotation?${new URLSearchParams({ slices, reader })}`, {
    method: "PUT",
    headers: { "content-type": "application/octet-stream", ...seen },
    body: gzipSync(mask),
  });
export const keptMask = async (service: RunningService, id: string) =>
  new Uint8Array(await (await fetch(`${service.address}/api/studies/${id}/annotation`)).arrayBuffer());
/** A mask with one voxel set. */
export const spot = (slice: number, size = voxels.length) =>
  new Uint8Array(size).fill(1, slice * area + 40, slice * area + 41);

export const dicomFiles = (name: string) =>
  Object.fromEntries(images(name).map((slice) => [slice.fileName, slice.bytes]));
