/** A disk that is full, and one that turns read-only while the server works: a small one of its own, in memory. */
import { execFileSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { dicomFiles, form, keptMask, put, send, spot, start } from "../../test/service-room.ts";

const mounted: string[] = [];
const folder = mkdtempSync(join(tmpdir(), "embolens-disk-"));

function mount(options: string, ...rest: string[]): boolean {
  try {
    execFileSync("mount", ["-o", options, ...rest], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const canMount = mount("size=1m", "-t", "tmpfs", "tmpfs", folder);
if (canMount) execFileSync("umount", [folder]);
else console.warn("SKIPPED: nothing can be mounted here, so no full and no read-only disk is tried");

afterEach(() => {
  for (const path of mounted.splice(0)) execFileSync("umount", ["-l", path]);
});

/** A room with one annotated study on a disk of 2 MB. */
async function room() {
  const data = mkdtempSync(join(tmpdir(), "embolens-disk-"));
  if (!mount("size=2m", "-t", "tmpfs", "tmpfs", data)) throw new Error("nothing can be mounted");
  mounted.push(data);
  const service = await start({ data });
  const [study] = (await send(service, dicomFiles("one"))).result.studies;
  const { id } = study!;
  expect((await put(service, id, spot(3), "3")).status).toBe(200);
  const verdict = (note: string) =>
    fetch(`${service.address}/api/studies/${id}/verdicts`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ slab: null, verdict: "confirmed", reader: "R", note }),
    });
  expect((await verdict("before")).status).toBe(200);
  const writes = {
    upload: () => fetch(`${service.address}/api/studies`, { method: "POST", body: form(dicomFiles("two")) }),
    verdict: () => verdict("in vain"),
    annotation: () => put(service, id, spot(5), "5", "R", { "if-match": "*" }),
    measurements: () =>
      fetch(`${service.address}/api/studies/${id}/measurements?reader=R`, {
        method: "PUT",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          measurements: [{ id: "m", seriesInstanceUID: "", plane: "axial", kind: "probe", points: [[0, 0, 0]], hu: 4 }],
        }),
      }),
    "judging again": () => fetch(`${service.address}/api/studies/${id}/diagnosis`, { method: "POST" }),
  };
  return { data, service, id, writes };
}

async function expectRefused(writes: Readonly<Record<string, () => Promise<Response>>>, message: string) {
  for (const [name, write] of Object.entries(writes)) {
    // One that waits is left alone, so nothing is written.
    if (name === "judging again") continue;
    const answer = await write();
    expect([name, answer.status, await answer.json()]).toMatchObject([
      name,
      507,
      { error: { code: "file-unwritable", message } },
    ]);
  }
}

for (const { how, message, spoil, mend } of [
  {
    how: "turned read-only",
    message: "the disk is read-only",
    spoil: async (data: string) => void execFileSync("mount", ["-o", "remount,ro", data]),
    mend: async (data: string) => void execFileSync("mount", ["-o", "remount,rw", data]),
  },
  {
    how: "full",
    message: "the disk is full",
    spoil: (data: string) => writeFile(join(data, "much"), new Uint8Array(4 * 2 ** 20)).catch(() => {}),
    mend: (data: string) => writeFile(join(data, "much"), ""),
  },
]) {
  test.skipIf(!canMount)(
    `on a disk that is ${how} every call that saves says so, nothing changes, health tells, and it goes on afterwards`,
    async () => {
      const { data, service, id, writes } = await room();
      const before = service.library.get(id);
      await spoil(data);
      await expectRefused(writes, message);
      expect(service.library.get(id)).toEqual(before);
      expect(await keptMask(service, id)).toEqual(spot(3));
      expect(await (await fetch(`${service.address}/api/health`)).json()).toMatchObject({
        status: "failing",
        problems: [{ code: "folder-unwritable", message }],
      });
      expect((await fetch(`${service.address}/api/ready`)).status).toBe(503);
      await mend(data);
      expect((await fetch(`${service.address}/api/ready`)).status).toBe(200);
      for (const write of Object.values(writes)) expect((await write()).ok).toBe(true);
      expect(await keptMask(service, id)).toEqual(spot(5));
    },
    60_000,
  );
}
