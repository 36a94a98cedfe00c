import { mkdir, mkdtemp, readdir, readFile, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { backUp, restore } from "./backup.ts";
import { Library } from "./library.ts";
import type { Study } from "./records.ts";
import { recordVerdict } from "./verdicts.ts";

async function room(studies: number): Promise<{ folder: string; library: Library; list: Study[] }> {
  const folder = join(await mkdtemp(join(tmpdir(), "embolens-backup-")), "room");
  const library = await Library.open(folder);
  for (let index = 0; index < studies; index++) {
    const images = join(await library.makeIncoming(), "images");
    await mkdir(images);
    await writeFile(join(images, "1.dcm"), `image ${index}`);
    const patient = { name: "Doe^Jane", id: "7" };
    const facts = { studyInstanceUID: `1.2.${index}`, patient, date: null, description: "", hospital: "", images: 1 };
    await library.add(facts, images);
  }
  return { folder, library, list: library.list() };
}

test("a backup made while readers work restores to a room that opens with all that was answered before it began", async () => {
  const { folder, library, list } = await room(12);
  const give = (note: string) =>
    Promise.all(
      list.map(({ id }) => recordVerdict(library, id, { slab: null, verdict: "confirmed", reader: "R", note }, {})),
    );
  await give("before");
  const out = `${folder}-backup`;
  const [made] = await Promise.all([backUp(folder, out), give("meanwhile")]);
  expect(made.studies).toBe(12);
  await restore(out, `${folder}-restored`);
  const again = await Library.open(`${folder}-restored`);
  expect(again.problems.list()).toEqual([]);
  expect(again.list()).toHaveLength(12);
  for (const { id, verdicts } of again.list()) {
    expect(verdicts[0]).toMatchObject({ note: "before" });
    expect(await readFile(again.path(id, "images", "1.dcm"), "utf8")).toMatch(/^image \d+$/);
  }
});

test("a damaged backup is refused with the file’s name before anything is restored", async () => {
  const { folder, list } = await room(2);
  const out = `${folder}-backup`;
  await backUp(folder, out);
  const file = join("studies", list[0]!.id, "images", "1.dcm");
  await truncate(join(out, file), 2);
  await expect(restore(out, `${folder}-restored`)).rejects.toMatchObject({
    code: "backup-damaged",
    message: expect.stringContaining(file),
  });
  expect(await readdir(join(folder, ".."))).not.toContain("room-restored");
});

test("nothing is written over: neither a backup nor a room that holds something", async () => {
  const { folder } = await room(1);
  const out = `${folder}-backup`;
  await backUp(folder, out);
  await expect(backUp(folder, out)).rejects.toThrow(/is there already/);
  await expect(restore(out, folder)).rejects.toThrow(/holds something already/);
});
