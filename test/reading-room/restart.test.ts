/** The server is killed while studies wait; after a restart all of them are diagnosed, each once. */
import { type ChildProcess, spawn } from "node:child_process";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { Study } from "../../src/service/schema.ts";
import { chestImages, randomModel, root, smallChest, temporaryFolder, until, uploadStudy, zipOf } from "./room.ts";

const minutes = 60_000;
const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
});

async function startServer(data: string, model: string): Promise<{ address: string; process: ChildProcess }> {
  const child = spawn(
    process.execPath,
    [
      "--import",
      "tsx",
      "src/cli/main.ts",
      "serve",
      "--json",
      "--data",
      data,
      "--port",
      "0",
      "--device",
      "cpu",
      "--model",
      model,
    ],
    { cwd: root, stdio: ["ignore", "pipe", "inherit"] },
  );
  started.push(child);
  const line = await new Promise<string>((resolve) =>
    child.stdout!.once("data", (chunk: Buffer) => resolve(String(chunk))),
  );
  return { address: (JSON.parse(line) as { address: string }).address, process: child };
}

async function studies(address: string): Promise<Study[]> {
  return ((await (await fetch(`${address}/api/studies`)).json()) as { studies: Study[] }).studies;
}

test(
  "a server killed while 20 studies wait diagnoses each of them once after its restart",
  async () => {
    const [data, model, chest] = [await temporaryFolder(), await randomModel(), smallChest()];
    const first = await startServer(data, model);
    for (let index = 0; index < 20; index++) {
      await uploadStudy(first.address, `study-${index}`, zipOf(chestImages(chest, `study-${index}`)));
    }
    await until(async () => (await studies(first.address)).some(({ state }) => state === "done"));
    first.process.kill("SIGKILL");

    const written = (id: string) =>
      stat(join(data, "studies", id, "diagnosis", "diagnosis.json")).then(({ mtimeMs }) => mtimeMs);
    const second = await startServer(data, model);
    const finishedBefore = (await studies(second.address)).filter(({ state }) => state === "done");
    const before = await Promise.all(finishedBefore.map(({ id }) => written(id)));
    await until(async () => (await studies(second.address)).every(({ state }) => state === "done"));
    const after = await studies(second.address);
    expect(after).toHaveLength(20);
    expect(new Set(after.map(({ probability }) => probability))).toHaveProperty("size", 1);
    expect(finishedBefore.length).toBeGreaterThan(0);
    expect(await Promise.all(finishedBefore.map(({ id }) => written(id)))).toEqual(before);
  },
  8 * minutes,
);
