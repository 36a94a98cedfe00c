import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Random } from "../../random.ts";
import { patientPoint } from "../../volume/geometry.ts";
import { type Preprocessing, tinyPreprocessing } from "../../volume/preprocessing.ts";
import { refuseStoreLeakage } from "../split.ts";
import { FeatureStore } from "./features.ts";
import type { PreparedStudy, SlabStack, StudyFacts, StudyRecord } from "./prepared.ts";
import { PreparedStore, storeHash } from "./store.ts";

const preprocessing: Preprocessing = { ...tinyPreprocessing, crop: 16 };
const facts = (id: string): StudyFacts => ({
  id,
  patient: null,
  hospital: "A",
  label: { value: "present", origin: "annotation" },
  split: "train",
});

function stack(slices: number, seed: number): SlabStack {
  const random = new Random(seed, "stack");
  return {
    geometry: {
      size: [16, 16, slices],
      spacing: [5, 5, 2.5],
      origin: patientPoint(-40, -40, -100),
      axes: [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 1],
      ],
    },
    voxels: Uint8Array.from({ length: slices * 256 }, () => random.integer(256)),
  };
}
const outline = Uint8Array.from({ length: 256 }, (_, index) => (index % 7 === 0 ? 1 : 0));
const prepared = (seed: number): PreparedStudy => ({
  stageOne: stack(13, seed),
  scan: stack(32, seed + 1),
  annotated: [
    { slice: 4, positive: true, outline },
    { slice: 8, positive: true, outline: null },
    { slice: 9, positive: false, outline: new Uint8Array(256) },
  ],
  warnings: ["contrast-missing"],
});

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "embolens-store-"));
});
afterAll(() => rm(folder, { recursive: true }));

it("gives back slices, outlines and facts as they were put", async () => {
  const store = await PreparedStore.create(join(folder, "plain"), preprocessing);
  const study = prepared(1);
  const record = await store.put(facts("a"), study, "fingerprint");
  const opened = await PreparedStore.open(join(folder, "plain"));
  expect(opened.preprocessing).toEqual(preprocessing);
  expect(await opened.studies()).toEqual([record]);
  expect(record).toMatchObject({ ...facts("a"), source: "fingerprint", stageOne: study.stageOne.geometry });
  expect(record.annotated.map((one) => one.outline)).toEqual([0, null, 1]);
  expect(await opened.stageOneSlices("a", 3, 5)).toEqual(study.stageOne.voxels.subarray(3 * 256, 8 * 256));
  expect(await opened.scanSlices("a", 0, 32)).toEqual(study.scan.voxels);
  expect(await opened.outline("a", 0)).toEqual(outline);
  const [first, last] = [study.scan.voxels.subarray(0, 256), study.scan.voxels.subarray(31 * 256)];
  expect(await opened.scanSlices("a", -1, 2)).toEqual(Uint8Array.from([...first, ...first]));
  expect(await opened.scanSlices("a", 31, 2)).toEqual(Uint8Array.from([...last, ...last]));
});

it("replaces a study, takes over new labels without touching pixels, and forgets one", async () => {
  const store = await PreparedStore.create(join(folder, "changing"), preprocessing);
  const before = await store.put(facts("a"), prepared(1), null);
  const after = await store.put(facts("a"), prepared(2), null);
  expect(after.content).not.toBe(before.content);
  expect(await store.stageOneSlices("a", 0, 1)).toEqual(prepared(2).stageOne.voxels.subarray(0, 256));
  const hash = storeHash(preprocessing, await store.studies());
  await store.relabel(after, { ...facts("a"), split: "test" });
  expect(await store.record("a")).toEqual({ ...after, split: "test" });
  expect(storeHash(preprocessing, await store.studies())).not.toBe(hash);
  await store.remove("a");
  expect(store.has("a")).toBe(false);
  await store.sweep();
  expect((await readdir(store.folder)).sort()).toEqual(["studies", "zarr.json"]);
});

it("removes a study with its features, and finds nothing of it even where it is put again", async () => {
  const store = await PreparedStore.create(join(folder, "removing"), preprocessing);
  const record = await store.put(facts("a"), prepared(1), null);
  await store.put(facts("b"), prepared(2), null);
  const features = new FeatureStore(store, "abc");
  await features.put(record, { shape: [1, 1, 1, 1], values: Float32Array.of(1), probabilities: [0.5] });
  await store.remove("a");
  await store.remove("never there");
  expect(await store.ids()).toEqual(["b"]);
  expect(await features.has(await store.put(facts("a"), prepared(1), null))).toBe(false);
  expect(await readdir(join(store.folder, ".partial"))).toEqual([]);
});

it("knows a scan again under another name and other annotations", async () => {
  const store = await PreparedStore.create(join(folder, "same"), preprocessing);
  const one = await store.put(facts("a"), prepared(1), null);
  const other = await store.put(facts("b"), { ...prepared(1), annotated: [] }, null);
  expect(other.content).not.toBe(one.content);
  expect(other.scanContent).toBe(one.scanContent);
  const refuse = (b: Partial<StudyRecord>) => () => refuseStoreLeakage("store", [one, { ...other, ...b }]);
  expect(refuse({})).not.toThrow();
  expect(refuse({ split: "test" })).toThrow(/^store: "a" \(train\) and "b" \(test\) are the same CT/);
  expect(refuse({ split: "test", scanContent: null })).not.toThrow();
  expect(refuse({ split: "test", scanContent: null, content: one.content })).toThrow(/the same CT/);
});

it("opens only stores, and only under the settings they were made with", async () => {
  await PreparedStore.create(join(folder, "one"), preprocessing);
  await PreparedStore.create(join(folder, "one"), preprocessing);
  await expect(PreparedStore.create(join(folder, "one"), { ...preprocessing, crop: 32 })).rejects.toMatchObject({
    code: "store-mismatch",
  });
  await expect(PreparedStore.open(join(folder, "nowhere"))).rejects.toMatchObject({ code: "store-invalid" });
  const store = await PreparedStore.open(join(folder, "one"));
  await mkdir(join(store.folder, "studies", "torn"));
  await writeFile(join(store.folder, "studies", "torn", "zarr.json"), "{");
  await expect(store.studies()).rejects.toMatchObject({ code: "store-invalid" });
});

it("keeps features in float16 that other readers of Zarr see as such, bound to the pixels they came from", async () => {
  const store = await PreparedStore.create(join(folder, "features"), preprocessing);
  const record = await store.put(facts("a"), prepared(1), null);
  const features = new FeatureStore(store, "abc");
  expect(await features.has(record)).toBe(false);
  const values = Float32Array.from({ length: 12 * 3 * 4 }, (_, index) => (index % 5) / 4);
  await features.put(record, { shape: [12, 3, 2, 2], values, probabilities: [0.5, 0.25] });
  expect(await features.has(record)).toBe(true);
  const into = new Float32Array(200);
  await features.read("a", into, 10);
  expect(into.subarray(10, 10 + values.length)).toEqual(values);
  expect(await features.shape("a")).toEqual([12, 3, 2, 2]);
  expect(await features.probabilities("a")).toEqual([0.5, 0.25]);
  const metadata = await readFile(join(store.folder, "features", "abc", "a", "zarr.json"), "utf8");
  expect(JSON.parse(metadata).data_type).toBe("float16");
  const remade = await store.put(facts("a"), prepared(9), null);
  expect(await features.has(remade)).toBe(false);
});
