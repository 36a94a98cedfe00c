import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { toyChest, toyMask } from "../../test/toy-chest.ts";
import { startService, usualLimits } from "../service/index.ts";
import { uploadResultSchema } from "../service/schema.ts";
import { ctSeries } from "../volume/dicom-write/index.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "embolens-cli-room-"));
});
afterAll(() => rm(folder, { recursive: true }));

function embolens(...given: string[]) {
  const run = spawnSync("npx", ["tsx", "src/cli/main.ts", ...given, "--json"], { encoding: "utf8" });
  return { code: run.status, result: JSON.parse(run.stdout), said: run.stderr };
}

it("stage I is trained from what was annotated in the reading room", async () => {
  await writeFile(join(folder, "index.html"), "<title>page</title>");
  const room = join(folder, "room");
  const service = await startService({
    ...{ data: room, host: "127.0.0.1", port: 0, token: undefined, page: folder, limits: usualLimits },
    ...{ model: "none", device: "cpu" as const },
    // Nothing is diagnosed here.
    diagnose: (_study, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  });
  try {
    for (let number = 0; number < 10; number++) {
      const patient = { id: `P${number}`, name: `Toy^${number}`, sex: "F", age: 60 } as const;
      const body = new FormData();
      for (const slice of ctSeries(toyChest(number), { seed: number, name: `toy ${number}`, patient })) {
        body.append("files", new Blob([Uint8Array.from(slice.bytes)]), slice.fileName);
      }
      const sent = await fetch(`${service.address}/api/studies`, { method: "POST", body });
      const [study] = uploadResultSchema.parse(await sent.json()).studies;
      const { voxels } = toyMask(25, 27);
      const put = await fetch(`${service.address}/api/studies/${study!.id}/annotation?slices=25,27&reader=Dr%20One`, {
        method: "PUT",
        headers: { "content-type": "application/octet-stream" },
        body: gzipSync(number % 2 === 0 ? voxels : new Uint8Array(voxels.length)),
      });
      expect(put.status).toBe(200);
    }
  } finally {
    await service.close();
  }
  const store = join(folder, "store");
  const prepared = embolens("prepare", join(room, "cohort.json"), "--out", store, "--preset", "tiny");
  expect(prepared).toMatchObject({ code: 0, result: { prepared: 10, splits: { train: 7, validation: 3 } } });
  const run = ["--out", join(folder, "run"), "--preset", "tiny", "--device", "cpu", "--epochs", "1"];
  const trained = embolens("train", "stage-one", store, ...run);
  expect(trained).toMatchObject({ code: 0, result: { epochs: 1 } });
}, 240_000);
