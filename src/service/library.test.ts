import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FailedError } from "../errors.ts";
import { type DiagnosisOutcome, Jobs } from "./jobs.ts";
import { Library, type NewStudy } from "./library.ts";
import type { Study } from "./schema.ts";

const description: NewStudy = {
  studyInstanceUID: "1.2.3",
  patient: { name: "Doe^Jane", id: "7" },
  date: "2026-01-02",
  description: "CT chest",
  hospital: "A",
  images: 1,
};

async function emptyFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), "embolens-library-"));
}

async function addStudy(library: Library, change: Partial<NewStudy> = {}): Promise<Study> {
  const images = join(await library.makeIncoming(), "images");
  await mkdir(images);
  await writeFile(join(images, "1.dcm"), "image");
  return library.add({ ...description, ...change }, images);
}

const answer: DiagnosisOutcome = {
  state: "done",
  reason: null,
  seriesInstanceUID: "1.2.3.4",
  probability: 0.7,
  decision: "positive",
  warnings: [],
};

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

test("a study is found again after the library is opened anew, with its images", async () => {
  const folder = await emptyFolder();
  const study = await addStudy(await Library.open(folder));
  const again = await Library.open(folder);
  expect(again.list()).toEqual([study]);
  expect(await readFile(again.path(study.id, "images", "1.dcm"), "utf8")).toBe("image");
});

test("a study that was running when the server ended waits again", async () => {
  const folder = await emptyFolder();
  const library = await Library.open(folder);
  const { id } = await addStudy(library);
  await library.update(id, { state: "running" });
  expect((await Library.open(folder)).get(id).state).toBe("waiting");
});

test("half-written uploads and broken study files of an earlier run don't keep the library from opening", async () => {
  const folder = await emptyFolder();
  const library = await Library.open(folder);
  const { id } = await addStudy(library);
  await writeFile(library.path(id, "study.json"), "{ broken");
  await library.makeIncoming();
  expect((await Library.open(folder)).list()).toEqual([]);
});

test("an unknown study is refused, also with a path for an id", async () => {
  const library = await Library.open(await emptyFolder());
  expect(() => library.get("../../etc/passwd")).toThrow(/no study/);
});

test("waiting studies are diagnosed one after another, oldest first, each once", async () => {
  const library = await Library.open(await emptyFolder());
  const worked: string[] = [];
  let running = 0;
  const jobs = new Jobs(library, async (study) => {
    expect(++running).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 5));
    worked.push(study.studyInstanceUID);
    running--;
    return answer;
  });
  for (const uid of ["1", "2", "3"]) await addStudy(library, { studyInstanceUID: uid });
  await until(() => library.list().every(({ state }) => state === "done"));
  await jobs.stop();
  expect(worked).toEqual(["1", "2", "3"]);
});

test("a diagnosis that throws leaves the study failed with the reason, and the next one is diagnosed", async () => {
  const library = await Library.open(await emptyFolder());
  const jobs = new Jobs(library, async (study) => {
    if (study.studyInstanceUID === "1") throw new Error("out of luck");
    return answer;
  });
  const first = await addStudy(library, { studyInstanceUID: "1" });
  const second = await addStudy(library, { studyInstanceUID: "2" });
  await until(() => library.get(second.id).state === "done");
  await jobs.stop();
  expect(library.get(first.id)).toMatchObject({ state: "failed", reason: { message: "out of luck" } });
});

test("a study whose diagnosing process was asked to end is diagnosed after all", async () => {
  const library = await Library.open(await emptyFolder());
  let tries = 0;
  const jobs = new Jobs(library, async () => {
    if (++tries === 1) throw new FailedError("interrupted", "the diagnosing process ended by SIGTERM");
    return answer;
  });
  const { id } = await addStudy(library);
  await until(() => library.get(id).state === "done");
  await jobs.stop();
  expect(tries).toBe(2);
});

test("stopping the jobs sends the running study back to waiting", async () => {
  const library = await Library.open(await emptyFolder());
  const jobs = new Jobs(library, async (_study, { signal }) => {
    await new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("stopped"))));
    return answer;
  });
  const { id } = await addStudy(library);
  await until(() => library.get(id).state === "running");
  await jobs.stop();
  expect(library.get(id).state).toBe("waiting");
});

test("a study removed while it is diagnosed stays removed", async () => {
  const folder = await emptyFolder();
  const library = await Library.open(folder);
  let finish = () => {};
  const jobs = new Jobs(library, async () => {
    await new Promise<void>((resolve) => {
      finish = resolve;
    });
    return answer;
  });
  const { id } = await addStudy(library);
  await until(() => library.get(id).state === "running");
  await library.remove(id);
  finish();
  await jobs.stop();
  expect((await Library.open(folder)).list()).toEqual([]);
});
