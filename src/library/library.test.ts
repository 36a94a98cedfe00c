import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { FailedError } from "../errors.ts";
import { type DiagnosisOutcome, Jobs } from "./jobs.ts";
import { Library, type NewStudy } from "./library.ts";
import type { Study } from "./records.ts";

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
  await until(() => library.get(second.id).state === "done" && library.get(first.id).state === "failed");
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

test("removing a study ends its diagnosis, and what that wrote at the last moment goes too", async () => {
  const folder = await emptyFolder();
  const library = await Library.open(folder);
  let ended = false;
  const jobs = new Jobs(library, async ({ id }, { signal }) => {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    ended = true;
    const late = join(folder, "studies", id, "diagnosis");
    await mkdir(late, { recursive: true });
    await writeFile(join(late, "key-1.png"), "late");
    throw signal.reason;
  });
  const { id } = await addStudy(library);
  await until(() => library.get(id).state === "running");
  await library.remove(id);
  await until(() => ended);
  await jobs.stop();
  expect(existsSync(join(folder, "studies", id))).toBe(false);
});

test("a folder that holds no study is removed at the next start", async () => {
  const folder = await emptyFolder();
  const library = await Library.open(folder);
  const { id } = await addStudy(library);
  const orphan = join(folder, "studies", "01234567-89ab-4cde-8f01-23456789abcd");
  await mkdir(join(orphan, "diagnosis"), { recursive: true });
  expect((await Library.open(folder)).list().map((study) => study.id)).toEqual([id]);
  expect(existsSync(orphan)).toBe(false);
});

test("a study whose state cannot be written waits, and is diagnosed when it can be", async () => {
  const folder = await emptyFolder();
  const library = await Library.open(folder);
  const place = (id: string) => join(folder, "studies", id);
  const log = vi.spyOn(console, "error").mockImplementation(() => {});
  let tries = 0;
  const jobs = new Jobs(
    library,
    async ({ id }) => {
      // Nothing can be written into a folder that is not there, as into one on a full disk.
      if (++tries === 1) await rename(place(id), `${place(id)}-away`);
      return answer;
    },
    { rest: 20 },
  );
  const { id } = await addStudy(library);
  await until(() => log.mock.calls.length > 0);
  expect(library.get(id).state).toBe("waiting");
  await rename(`${place(id)}-away`, place(id));
  await until(() => library.get(id).state === "done");
  await jobs.stop();
  expect(tries).toBe(2);
  log.mockRestore();
});

test("images that come while their study is diagnosed end that diagnosis and start another", async () => {
  const library = await Library.open(await emptyFolder());
  const seen: number[] = [];
  const jobs = new Jobs(library, async ({ images }, { signal }) => {
    seen.push(images);
    if (images === 1) {
      await new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    }
    return answer;
  });
  const { id } = await addStudy(library);
  await until(() => library.get(id).state === "running");
  const further = await library.makeIncoming();
  await writeFile(join(further, "00001.dcm"), "second image");
  await library.addImages(id, further);
  await until(() => library.get(id).state === "done");
  await jobs.stop();
  expect(seen).toEqual([1, 2]);
  expect(await readdir(library.path(id, "images"))).toEqual(expect.arrayContaining(["1.dcm", "00002.dcm"]));
});

test("images that came in just before the server was killed are judged at the next start", async () => {
  const folder = await emptyFolder();
  const library = await Library.open(folder);
  const { id } = await addStudy(library);
  await library.update(id, { state: "done" });
  await writeFile(library.path(id, "images", "00002.dcm"), "second image");
  expect((await Library.open(folder)).get(id)).toMatchObject({ state: "waiting", images: 2 });
});

test("changes made at once are all kept", async () => {
  const library = await Library.open(await emptyFolder());
  const { id } = await addStudy(library);
  const warn = (code: string) =>
    library.update(id, ({ warnings }) => ({ warnings: [...warnings, { code, message: "" }] }));
  await Promise.all(["a", "b", "c"].map(warn));
  expect(library.get(id).warnings.map(({ code }) => code)).toEqual(["a", "b", "c"]);
});

test("an annotation that had stepped aside when the server was killed is back at the next start", async () => {
  const folder = await emptyFolder();
  const library = await Library.open(folder);
  const { id } = await addStudy(library);
  await mkdir(library.path(id, "annotation.before"));
  await writeFile(library.path(id, "annotation.before", "mask.gz"), "mask");
  await mkdir(library.path(id, "annotation.0badcafe.part"));
  await Library.open(folder);
  expect(await readFile(library.path(id, "annotation", "mask.gz"), "utf8")).toBe("mask");
  expect((await readdir(library.path(id))).sort()).toEqual(["annotation", "images", "study.copy.json", "study.json"]);
});
