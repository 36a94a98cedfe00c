import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toNrrd, toyChest, toyGeometry, toyMask } from "../../../test/toy-chest.ts";
import { tinyPreprocessing } from "../../volume/index.ts";
import { type CohortStudy, PreparedStore, sliceHeight, writeCohort } from "../index.ts";
import { type PrepareRequest, prepareCohort } from "./cohort.ts";

let folder: string;
const file = () => join(folder, "cohort.json");
const request = (more: Partial<PrepareRequest> = {}): PrepareRequest => ({
  ...{ cohort: file(), out: join(folder, "store"), preprocessing: tinyPreprocessing, seed: 1, workers: 2 },
  ...more,
});

const drawn = async (store: string) => JSON.parse(await readFile(join(store, "splits.json"), "utf8"));
const heights = [25, 27, 29].map((slice) => sliceHeight(toyGeometry, slice));
const study = (index: number, more: Partial<CohortStudy> = {}): CohortStudy => ({
  ...{ id: `s${index}`, patient: `p${index}`, hospital: null, series: `ct-${index}.nrrd` },
  label: { value: index % 2 === 0 ? "present" : "absent", origin: "annotation" },
  annotations: index % 2 === 0 ? [{ mask: "mask.nrrd", slices: heights }] : [],
  split: null,
  ...more,
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "embolens-prepare-"));
  const chest = toNrrd(toyChest());
  for (const index of [0, 1, 2]) await writeFile(join(folder, `ct-${index}.nrrd`), chest);
  await writeFile(join(folder, "ct-3.nrrd"), chest.subarray(0, 10_000));
  await writeFile(join(folder, "mask.nrrd"), toNrrd(toyMask(25, 27)));
});
afterAll(() => rm(folder, { recursive: true }));

it("prepares what is missing, reports a bad study and skips it, and takes over what the cohort says anew", async () => {
  await writeCohort(file(), { name: "toy", studies: [study(0), study(1), study(3)] });
  const first = await prepareCohort(request());
  expect(first).toMatchObject({ prepared: 2, kept: 0, removed: { foreign: 0, failed: 0 } });
  expect(first.failed).toMatchObject([{ id: "s3", code: "file-truncated" }]);
  const store = await PreparedStore.open(join(folder, "store"));
  const records = await store.studies();
  expect(records.map(({ annotated }) => annotated.map(({ positive }) => positive))).toEqual([[true, true, false], []]);
  const before = (await stat(join(store.folder, "studies", "s0", "scan", "zarr.json"))).mtimeMs;

  // A label changed, an annotation grew, a study came and one went.
  const relabelled = study(0, { label: { value: "uncertain", origin: "report-rules" } });
  const annotated = study(1, { annotations: [{ mask: "mask.nrrd", slices: [heights[0]!] }] });
  await writeCohort(file(), { name: "toy", studies: [relabelled, annotated, study(2)] });
  const second = await prepareCohort(request());
  expect(second).toMatchObject({ prepared: 2, kept: 1, failed: [] });
  expect((await store.record("s0")).label?.value).toBe("uncertain");
  expect((await stat(join(store.folder, "studies", "s0", "scan", "zarr.json"))).mtimeMs).toBe(before);
  expect((await store.record("s1")).annotated).toHaveLength(1);
  // Nobody changes sides because a study came.
  for (const { id, split } of records) expect((await store.record(id)).split).toBe(split);
  expect(await readdir(store.folder)).not.toContain(".partial");
});

it("stopped in the middle leaves a store that the next call completes", async () => {
  await mkdir(join(folder, "again"), { recursive: true });
  await writeCohort(file(), { name: "toy", studies: [study(0), study(1), study(2)] });
  const out = join(folder, "again");
  const controller = new AbortController();
  const stopping = request({ out, workers: 1, signal: controller.signal, onProgress: () => controller.abort() });
  await expect(prepareCohort(stopping)).rejects.toMatchObject({ code: "interrupted" });
  const store = await PreparedStore.open(out);
  expect(await store.studies()).toHaveLength(1);
  expect(await prepareCohort(request({ out }))).toMatchObject({ prepared: 2, kept: 1 });
});

it("draws every split before the first study is prepared, so that a stopped run draws as one that ran through", async () => {
  const studies = Array.from({ length: 12 }, (_, index) =>
    study(index, { series: `copy-${index}.nrrd`, patient: null }),
  );
  for (const { series } of studies) await copyFile(join(folder, "ct-0.nrrd"), join(folder, series));
  await writeCohort(file(), { name: "toy", studies });
  const [through, stopped] = [join(folder, "through"), join(folder, "stopped")];
  const controller = new AbortController();
  controller.abort();
  await expect(prepareCohort(request({ out: through, signal: controller.signal }))).rejects.toThrow();
  const later = new AbortController();
  const stopping = request({ out: stopped, workers: 1, signal: later.signal, onProgress: () => later.abort() });
  await expect(prepareCohort(stopping)).rejects.toMatchObject({ code: "interrupted" });
  const again = new AbortController();
  again.abort();
  await expect(prepareCohort(request({ out: stopped, signal: again.signal }))).rejects.toThrow();
  expect(await drawn(stopped)).toEqual(await drawn(through));
  expect(Object.keys((await drawn(through)).splits)).toHaveLength(12);
});

describe("after preparing, a store holds the cohort's studies as they are now:", () => {
  it("those of another cohort and those that cannot be read any more are removed, and counted", async () => {
    const out = join(folder, "exact");
    const own = [0, 1, 2, 5].map((index) => study(index, { split: "train" }));
    await copyFile(join(folder, "ct-0.nrrd"), join(folder, "ct-5.nrrd"));
    await writeCohort(file(), { name: "toy", studies: own });
    await prepareCohort(request({ out }));
    const store = await PreparedStore.open(out);
    expect(await store.ids()).toEqual(["s0", "s1", "s2", "s5"]);
    // s0 has another name and another side, s1 cannot be prepared anew, s5's file is gone, s2 is relabelled.
    const renamed = study(0, { id: "renamed", split: "test" });
    const broken = study(1, { annotations: [{ mask: "mask.nrrd", slices: [9999] }], split: "test" });
    const relabelled = study(2, { split: "validation" });
    await rm(join(folder, "ct-5.nrrd"));
    await writeCohort(file(), { name: "toy", studies: [renamed, broken, relabelled, own[3]!] });
    const report = await prepareCohort(request({ out }));
    expect(report).toMatchObject({ prepared: 1, kept: 1, removed: { foreign: 1, failed: 2 } });
    expect(report.failed.map(({ id }) => id).sort()).toEqual(["s1", "s5"]);
    expect((await store.studies()).map(({ id, split }) => [id, split])).toEqual([
      ["renamed", "test"],
      ["s2", "validation"],
    ]);
    expect(report.splits).toEqual({ train: 0, validation: 1, test: 1 });
  });

  it("also where preparing was stopped, nothing outdated is left", async () => {
    const out = join(folder, "exact");
    await writeCohort(file(), { name: "toy", studies: [study(0), study(1), study(2, { split: "train" })] });
    const controller = new AbortController();
    const stopping = request({ out, workers: 1, signal: controller.signal, onProgress: () => controller.abort() });
    await expect(prepareCohort(stopping)).rejects.toMatchObject({ code: "interrupted" });
    const records = await (await PreparedStore.open(out)).studies();
    expect(records.map(({ id }) => id)).not.toContain("renamed");
    expect(records.find(({ id }) => id === "s2")?.split).toBe("train");
  });

  it("but where no study can be read at all, nothing is removed", async () => {
    const out = join(folder, "exact");
    const before = await (await PreparedStore.open(out)).ids();
    await writeCohort(file(), { name: "toy", studies: [study(2, { series: "unmounted/ct.nrrd" })] });
    await expect(prepareCohort(request({ out }))).rejects.toMatchObject({ code: "data-insufficient" });
    expect(await (await PreparedStore.open(out)).ids()).toEqual(before);
  });
});

describe("drawn splits", () => {
  /** Draws splits and stops before any study is prepared. */
  async function draw(studies: readonly CohortStudy[], more: Partial<PrepareRequest> & { out: string }) {
    await writeCohort(file(), { name: "toy", studies });
    const stopped = AbortSignal.abort();
    await expect(prepareCohort(request({ ...more, signal: stopped }))).rejects.toMatchObject({ code: "interrupted" });
    return drawn(more.out);
  }
  const many = (count: number, more: Partial<CohortStudy> = {}) =>
    Array.from({ length: count }, (_, index) =>
      study(index, { series: `none-${index}.nrrd`, annotations: [], ...more }),
    );

  it("are the same in two stores of a cohort, though one was made before it grew and was labelled", async () => {
    const [early, late] = [join(folder, "early"), join(folder, "late")];
    await draw(many(40, { label: null }), { out: early });
    const grown = await draw(many(60), { out: early });
    expect(await draw(many(60), { out: late })).toEqual(grown);
    expect(new Set(Object.values(grown.splits))).toEqual(new Set(["train", "validation"]));
  });

  it("stay, and so do their seed and share for testing, whatever a later call asks for", async () => {
    const out = join(folder, "stays");
    const first = await draw(many(40), { out, seed: 7, testShare: 0.3 });
    expect(first).toMatchObject({ seed: 7, testShare: 0.3 });
    expect(Object.values(first.splits)).toContain("test");
    const again = await draw(many(50), { out, seed: 8, testShare: 0 });
    expect(again).toMatchObject({ seed: 7, testShare: 0.3, splits: first.splits });
    expect(again).toEqual(await draw(many(50), { out: join(folder, "anew"), seed: 7, testShare: 0.3 }));
  });

  it("that an earlier version wrote down are kept, and a file that says something else is refused", async () => {
    const out = join(folder, "earlier");
    await mkdir(out);
    await writeFile(join(out, "splits.json"), JSON.stringify({ s0: "validation", s1: "validation" }));
    const { splits, seed } = await draw(many(4), { out, seed: 3 });
    expect(splits).toMatchObject({ s0: "validation", s1: "validation" });
    expect(seed).toBe(3);
    await writeFile(join(out, "splits.json"), '{"s0": "both"}');
    await expect(prepareCohort(request({ out }))).rejects.toMatchObject({ code: "store-invalid" });
  });

  it("that a patient named later contradicts are refused with the file to change, and then go on", async () => {
    const out = join(folder, "named");
    await mkdir(out);
    await writeFile(join(out, "splits.json"), JSON.stringify({ s0: "train", s1: "validation" }));
    await writeCohort(file(), { name: "toy", studies: many(2, { patient: "p" }) });
    await expect(prepareCohort(request({ out }))).rejects.toMatchObject({
      code: "split-leakage",
      message: expect.stringMatching(/"s0" \(train\) and "s1" \(validation\) are the same patient/),
      hint: expect.stringMatching(/^"s0" and "s1" were drawn before: .* take "s0" and "s1" out of .*splits\.json, and/),
    });
    await writeFile(join(out, "splits.json"), JSON.stringify({ s0: "train" }));
    expect((await draw(many(2, { patient: "p" }), { out })).splits).toEqual({ s0: "train", s1: "train" });
  });
});

it("without any study is refused before a store is begun or emptied", async () => {
  const cohort = join(folder, "empty.json");
  await writeCohort(cohort, { name: "empty", studies: [] });
  const out = join(folder, "never begun");
  await expect(prepareCohort(request({ cohort, out }))).rejects.toMatchObject({ code: "data-insufficient" });
  expect(await readdir(folder)).not.toContain("never begun");
});

it("with no study that can be prepared is refused, with the first reason", async () => {
  await writeCohort(file(), { name: "toy", studies: [study(3), study(4)] });
  await expect(prepareCohort(request({ out: join(folder, "none") }))).rejects.toThrow(/no study could be prepared; "s/);
});
