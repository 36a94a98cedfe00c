import { mkdir, mkdtemp, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { FailedError } from "../errors.ts";
import { isOnDiagnosis } from "./diagnosis-identity.ts";
import { type DiagnosisOutcome, Jobs, judgeAgain } from "./jobs.ts";
import { keptDiagnosis, keptResult } from "./kept-diagnosis.ts";
import { Library } from "./library.ts";
import type { Study } from "./records.ts";
import { recordVerdict } from "./verdicts.ts";

const answer: DiagnosisOutcome = {
  state: "done",
  reason: null,
  seriesInstanceUID: "1.2.3.4",
  probability: 0.7,
  decision: "positive",
  warnings: [],
};

const document = {
  studyInstanceUID: "1.2.3",
  seriesInstanceUID: "1.2.3.4",
  probability: 0.7,
  decision: "positive",
  notice: "Research use, not a medical device.",
  operatingPoint: { name: "balanced", threshold: 0.5, chosenOn: "validation" },
  slabs: [{ index: 0, zMillimetres: 4, probability: 0.7, attentionPeakMillimetres: null }],
  lungRangeMillimetres: [0, 10],
  warnings: [],
  model: { name: "m", sha256: "abc", preset: "tiny" },
  seconds: {},
};

async function room(): Promise<{ folder: string; library: Library; study: Study }> {
  const folder = await mkdtemp(join(tmpdir(), "embolens-again-"));
  const library = await Library.open(folder);
  const images = join(await library.makeIncoming(), "images");
  await mkdir(images);
  await writeFile(join(images, "1.dcm"), "image");
  const patient = { name: "Doe^Jane", id: "7" };
  const facts = { studyInstanceUID: "1.2.3", patient, date: null, description: "CT", hospital: "A", images: 1 };
  return { folder, library, study: await library.add(facts, images) };
}

/** Writes what a diagnosis leaves. */
async function diagnose(library: Library, { id }: Study): Promise<DiagnosisOutcome> {
  const folder = library.path(id, "diagnosis");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "diagnosis.json"), JSON.stringify(document));
  await writeFile(join(folder, "key-1.png"), "a picture of many bytes");
  return answer;
}

const until = (condition: () => boolean) => vi.waitFor(() => expect(condition()).toBe(true), { timeout: 5000 });

test("a diagnosis that fails once is tried once more by itself", async () => {
  const { library, study } = await room();
  let tries = 0;
  const jobs = new Jobs(library, async (one) => {
    if (++tries === 1) throw new FailedError("device-failed", "the diagnosing process ended by SIGKILL");
    return diagnose(library, one);
  });
  jobs.start();
  await until(() => library.get(study.id).state === "done");
  await jobs.stop();
  expect(tries).toBe(2);
});

test("one that fails twice is failed, is judged again when asked, and once more after a restart", async () => {
  const { folder, library, study } = await room();
  let tries = 0;
  const failing = async (): Promise<DiagnosisOutcome> => {
    tries++;
    throw new Error("out of luck");
  };
  const jobs = new Jobs(library, failing);
  jobs.start();
  await until(() => library.get(study.id).state === "failed");
  expect(tries).toBe(2);
  await judgeAgain(library, study.id);
  await until(() => tries === 4 && library.get(study.id).state === "failed");
  await jobs.stop();
  const again = await Library.open(folder);
  const later = new Jobs(again, (one) => diagnose(again, one));
  later.start();
  await until(() => again.get(study.id).state === "done");
  await later.stop();
});

test("where the model can’t be loaded every study waits, the room tells of it, and goes on once it can", async () => {
  const { library, study } = await room();
  let isThere = false;
  const judge = async (one: Study) => {
    if (!isThere) throw new FailedError("model-unloadable", "the model can’t be loaded: there is no such file");
    return diagnose(library, one);
  };
  const jobs = new Jobs(library, judge, { rest: 20 });
  jobs.start();
  await until(() => library.problems.list().length > 0);
  expect(library.problems.list()).toMatchObject([{ code: "model-unloadable", study: null }]);
  expect(library.get(study.id)).toMatchObject({ state: "waiting", reason: null });
  isThere = true;
  await until(() => library.get(study.id).state === "done");
  await jobs.stop();
  expect(library.problems.list()).toEqual([]);
});

test("a damaged file of a diagnosis is not handed out: the study is failed, says why, and can be judged again", async () => {
  for (const [name, left] of [
    ["diagnosis.json", 40],
    ["diagnosis.json", 0],
    ["key-1.png", 9],
    ["key-1.png", 0],
  ] as const) {
    const { library, study } = await room();
    const jobs = new Jobs(library, (one) => diagnose(library, one));
    jobs.start();
    await until(() => library.get(study.id).state === "done");
    const { diagnosisId } = library.get(study.id);
    await truncate(library.path(study.id, "diagnosis", name), left);
    await expect(keptResult(library, study.id, name)).rejects.toMatchObject({ code: "file-damaged" });
    expect(library.get(study.id)).toMatchObject({ state: "failed", reason: { code: "file-damaged" } });
    await judgeAgain(library, study.id);
    await until(() => library.get(study.id).state === "done");
    await jobs.stop();
    expect((await keptDiagnosis(library, study.id)).probability).toBe(0.7);
    // The same was found again, so what readers said of it stands.
    expect(library.get(study.id).diagnosisId).toBe(diagnosisId);
  }
});

test("a diagnosis damaged while no server ran is made again at the start, which tells of it", async () => {
  const { folder, library, study } = await room();
  const jobs = new Jobs(library, (one) => diagnose(library, one));
  jobs.start();
  await until(() => library.get(study.id).state === "done");
  await jobs.stop();
  await truncate(library.path(study.id, "diagnosis", "key-1.png"), 9);
  const again = await Library.open(folder);
  expect(again.get(study.id).state).toBe("waiting");
  expect(again.problems.list()).toMatchObject([{ code: "diagnosis-damaged", study: study.id }]);
});

test("a verdict on a slab stands with the diagnosis it was given on, also with the clock put back", async () => {
  const { library, study } = await room();
  const jobs = new Jobs(library, (one) => diagnose(library, one));
  jobs.start();
  await until(() => library.get(study.id).state === "done");
  await jobs.stop();
  vi.useFakeTimers({ now: Date.now() - 3_600_000, toFake: ["Date"] });
  try {
    await recordVerdict(library, study.id, { slab: 0, verdict: "confirmed", reader: "Dr One", note: "" }, {});
  } finally {
    vi.useRealTimers();
  }
  const { verdicts } = library.get(study.id);
  expect(verdicts[0]!.at < library.get(study.id).diagnosed!).toBe(true);
  expect(verdicts.filter((verdict) => isOnDiagnosis(verdict, library.get(study.id)))).toEqual(verdicts);
  const other = await library.update(study.id, { diagnosisId: "another", diagnosed: "2020-01-01T00:00:00.000Z" });
  expect(verdicts.filter((verdict) => isOnDiagnosis(verdict, other))).toEqual([]);
});
