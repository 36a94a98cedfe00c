import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { makeFolder } from "./file.ts";

const root = mkdtempSync(join(tmpdir(), "embolens-folders-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe("a folder for results", () => {
  it("is made with those above it, and may be there already", async () => {
    const folder = join(root, "a/b/c");
    await makeFolder(folder);
    await Promise.all([makeFolder(folder), makeFolder(join(folder, "d")), makeFolder(join(folder, "d"))]);
    expect(existsSync(join(folder, "d"))).toBe(true);
  });

  it("is refused by name where a file stands, and where the system keeps none", async () => {
    writeFileSync(join(root, "file"), "");
    const refusal = { code: "file-unwritable", exitCode: 1 };
    await expect(makeFolder(join(root, "file"))).rejects.toMatchObject(refusal);
    await expect(makeFolder(join(root, "file/below"))).rejects.toMatchObject(refusal);
    if (existsSync("/proc/self")) await expect(makeFolder("/proc/embolens/deeper")).rejects.toMatchObject(refusal);
  });
});
