import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { diskFile, openPaths } from "./files.ts";

const folder = mkdtempSync(join(tmpdir(), "embolens-files-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeAll(() => {
  mkdirSync(join(folder, "a/b"), { recursive: true });
  mkdirSync(join(folder, "empty"));
  writeFileSync(join(folder, "a/b/one"), "12345");
  writeFileSync(join(folder, "a/two"), "67");
  symlinkSync(join(folder, "a/two"), join(folder, "linked-file"));
  symlinkSync(folder, join(folder, "a/loop"));
  symlinkSync(join(folder, "nowhere"), join(folder, "dangling"));
});

describe("paths", () => {
  test("give every file below them once, links to files included, links to nothing left out, links to folders named", async () => {
    const found = (await openPaths([folder])).map(({ name, size }) => [relative(folder, name), size]);
    expect(found).toEqual([
      ["a/b/one", 5],
      ["a/loop", 1],
      ["a/two", 2],
      ["linked-file", 2],
    ]);
    expect((await openPaths([join(folder, "a/loop")])).length).toBe(4);
    const loop = (await openPaths([folder])).find(({ name }) => name.endsWith("loop"))!;
    await expect(loop.read()).rejects.toThrow(/link to a folder/);
  });

  test("whose names are no UTF-8 are read all the same", async () => {
    const odd = mkdtempSync(join(tmpdir(), "embolens-latin1-"));
    writeFileSync(Buffer.concat([Buffer.from(`${odd}/M`), Buffer.from([0xfc]), Buffer.from("ller")]), "12345");
    const [file, ...others] = await openPaths([odd]);
    expect(others).toEqual([]);
    expect(file!.name).toBe(`${odd}/M\u00fcller`);
    expect(Buffer.from(await file!.read()).toString()).toBe("12345");
    rmSync(odd, { recursive: true });
  });

  test("that don't exist or hold nothing are errors that name them", async () => {
    await expect(openPaths([join(folder, "nowhere")])).rejects.toMatchObject({ code: "file-missing" });
    await expect(openPaths([join(folder, "empty")])).rejects.toMatchObject({ code: "empty-input" });
  });

  test("are read in parts, and to their end when they have become shorter", async () => {
    const source = diskFile(join(folder, "a/b/one"), 5);
    expect(Buffer.from(await source.read(1, 3)).toString()).toBe("23");
    expect(Buffer.from(await source.read()).toString()).toBe("12345");
    expect((await diskFile(join(folder, "a/b/one"), 9).read(3)).length).toBe(2);
    await expect(diskFile(join(folder, "gone"), 5).read()).rejects.toMatchObject({ code: "file-unreadable" });
  });
});
