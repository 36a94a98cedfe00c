import { cp, mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { dicomFiles } from "../../test/service-room.ts";
import { Library } from "./library.ts";
import type { Study, Verdict } from "./records.ts";

const verdict = (note: string): Verdict => ({
  slab: null,
  verdict: "confirmed",
  reader: "Dr One",
  note,
  at: "2026-01-02T03:04:05.000Z",
  diagnosisId: null,
});

/** A room with one study of real images that two readers have worked on. */
async function room(): Promise<{ folder: string; library: Library; study: Study; path: string }> {
  const folder = await mkdtemp(join(tmpdir(), "embolens-damaged-"));
  const library = await Library.open(folder);
  const images = join(await library.makeIncoming(), "images");
  await mkdir(images);
  for (const [index, bytes] of Object.values(dicomFiles("one")).entries()) {
    await writeFile(join(images, `0000${index + 1}.dcm`), bytes);
  }
  const { id, ...rest } = await library.add(
    {
      studyInstanceUID: "1.2.3",
      patient: { name: "Doe, Jane", id: "P7" },
      date: null,
      description: "CT",
      hospital: "A",
      images: 8,
    },
    images,
  );
  const annotation = { slices: [2, 3], reader: "Dr Two", at: "2026-01-02T03:04:05.000Z" };
  await mkdir(library.path(id, "annotation"));
  await writeFile(library.path(id, "annotation", "annotation.json"), JSON.stringify(annotation));
  await writeFile(library.path(id, "annotation", "mask.gz"), "mask");
  const study = await library.update(id, {
    verdicts: [verdict("a } in a note"), verdict("the second")],
    annotatedSlices: [2, 3],
    annotated: { reader: annotation.reader, at: annotation.at },
    reason: rest.reason,
  });
  return { folder, library, study, path: library.path(id) };
}

const damages: Readonly<Record<string, (path: string) => Promise<void>>> = {
  missing: (path) => rm(path),
  emptied: (path) => truncate(path, 0),
  halved: async (path) => truncate(path, Math.floor((await readFile(path)).length / 2)),
  "of other words": (path) => writeFile(path, '{"id": 7}'),
};

for (const [how, damage] of Object.entries(damages)) {
  test(`a study whose record is ${how} is on the worklist with all that readers said, and the start tells of it`, async () => {
    const { folder, study, path } = await room();
    await damage(join(path, "study.json"));
    const again = await Library.open(folder);
    expect(again.list()).toEqual([study]);
    expect(again.problems.list()).toMatchObject([{ code: "study-restored", study: study.id }]);
    expect((await Library.open(folder)).list()).toEqual([study]);
  });

  test(`a study whose record and copy are ${how} is made again from what lies beside, nothing of which is lost`, async () => {
    const { folder, study, path } = await room();
    const before = await readdir(join(path, "images"));
    await damage(join(path, "study.json"));
    await damage(join(path, "study.copy.json"));
    const again = await Library.open(folder);
    const { id, annotatedSlices, annotated, images } = study;
    expect(again.list()).toMatchObject([
      { id, annotatedSlices, annotated, images, patient: { name: "Doe, Jane", id: "P7" }, state: "waiting" },
    ]);
    expect(again.problems.list()).toMatchObject([{ code: "study-rebuilt", study: id }]);
    expect(await readdir(join(path, "images"))).toEqual(before);
    expect(await readFile(join(path, "annotation", "mask.gz"), "utf8")).toBe("mask");
  });
}

test("the verdicts that stand before the place where a record and its copy end are not lost", async () => {
  const { folder, study, path } = await room();
  const text = await readFile(join(path, "study.json"), "utf8");
  const end = text.indexOf("the second");
  for (const name of ["study.json", "study.copy.json"]) await truncate(join(path, name), end);
  expect((await Library.open(folder)).get(study.id).verdicts).toEqual([verdict("a } in a note")]);
});

test("a folder from which no study can be made is set aside whole, and every start tells of it", async () => {
  const { folder, path } = await room();
  const odd = join(folder, "studies", "01234567-89ab-4cde-8f01-23456789abcd");
  await cp(join(path, "annotation"), join(odd, "annotation"), { recursive: true });
  for (let start = 0; start < 2; start++) {
    const { problems } = await Library.open(folder);
    expect(problems.list()).toMatchObject([{ code: "study-set-aside" }]);
  }
  const [name] = await readdir(join(folder, "set-aside"));
  expect(await readFile(join(folder, "set-aside", name!, "annotation", "mask.gz"), "utf8")).toBe("mask");
});
