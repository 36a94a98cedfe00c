import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { lockFolder } from "./lock.ts";

const emptyFolder = () => mkdtemp(join(tmpdir(), "embolens-lock-"));

test("of many that open a folder at once one gets it, and the others are told by whom it is held", async () => {
  const folder = await emptyFolder();
  const tries = await Promise.allSettled(Array.from({ length: 20 }, () => lockFolder(folder)));
  const refusals = tries.filter((one) => one.status === "rejected");
  expect(refusals).toHaveLength(19);
  for (const { reason } of refusals) {
    expect(reason).toMatchObject({
      code: "library-in-use",
      message: expect.stringContaining(`process ${process.pid}`),
    });
  }
});

test("a folder is free again once it is released", async () => {
  const folder = await emptyFolder();
  await (await lockFolder(folder)).release();
  await (await lockFolder(folder)).release();
  expect(await readdir(folder)).toEqual([]);
});

test("a server that was killed holds nothing, one that lives does", async () => {
  const folder = await emptyFolder();
  const module = pathToFileURL(join(import.meta.dirname, "lock.ts")).href;
  const script = `const { lockFolder } = await import(${JSON.stringify(module)}); await lockFolder(${JSON.stringify(folder)}); console.log("held"); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  await expect(lockFolder(folder)).rejects.toThrow(`process ${child.pid}`);
  child.kill("SIGKILL");
  await once(child, "exit");
  await (await lockFolder(folder)).release();
}, 60_000);

test("a lock of an earlier process that had this one's number holds nothing, nor does a damaged one that nobody renews", async () => {
  const folder = await emptyFolder();
  const held = await lockFolder(folder);
  const path = join(folder, "server.lock");
  const holder = JSON.parse(await readFile(path, "utf8")) as object;
  await held.release();
  await writeFile(path, JSON.stringify({ ...holder, started: "an earlier start" }));
  await (await lockFolder(folder)).release();
  await writeFile(path, "");
  await (await lockFolder(folder)).release();
}, 60_000);
