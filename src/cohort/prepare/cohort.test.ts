import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
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
  expect(first).toMatchObject({ prepared: 2, kept: 0, foreign: 0 });
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
  const studies = Array.from({ length: 12 }, (_, index) => study(index, { series: "ct-0.nrrd", patient: null }));
  // One file stands for all: a study is a study by its series, so each names it in its own way.
  const named = studies.map((one, index) => ({ ...one, series: `${"./".repeat(index)}ct-0.nrrd` }));
  await writeCohort(file(), { name: "toy", studies: named });
  const splitsOf = async (folder: string) => JSON.parse(await readFile(join(folder, "splits.json"), "utf8"));
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
  expect(await splitsOf(stopped)).toEqual(await splitsOf(through));
  expect(Object.keys(await splitsOf(through))).toHaveLength(12);
});

it("with no study that can be prepared is refused, with the first reason", async () => {
  await writeCohort(file(), { name: "toy", studies: [study(3), study(4)] });
  await expect(prepareCohort(request({ out: join(folder, "none") }))).rejects.toThrow(/no study could be prepared; "s/);
});
