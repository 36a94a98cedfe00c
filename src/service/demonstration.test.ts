import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Library } from "../library/library.ts";
import { addDemonstration } from "./demonstration.ts";

const made = async (library: Library) => JSON.parse(await readFile(library.demonstrationPath, "utf8")) as unknown;

test("a demonstration that was stopped is gone on with at the next start, and what it made is not made again", async () => {
  const folder = await mkdtemp(join(tmpdir(), "embolens-demonstration-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const library = await Library.open(folder);
  const stopped = new AbortController();
  const stopListening = library.onChange(() => stopped.abort());
  await addDemonstration(library, { signal: stopped.signal });
  stopListening();
  expect(library.list()).toHaveLength(1);
  expect(await made(library)).toEqual({ made: 1 });

  const again = await Library.open(folder);
  await writeFile(again.demonstrationPath, JSON.stringify({ made: 3 }));
  await addDemonstration(again, { signal: new AbortController().signal });
  expect(again.list()).toHaveLength(2);
  expect(new Set(again.list().map(({ patient }) => patient.id)).size).toBe(2);
  expect(await made(again)).toEqual({ made: 4 });

  await addDemonstration(again, { signal: new AbortController().signal });
  expect(again.list()).toHaveLength(2);
}, 120_000);
