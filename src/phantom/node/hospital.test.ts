import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readCohort } from "../../cohort/index.ts";
import { ctSeriesUids } from "../../volume/dicom-write/index.ts";
import { bytes, chooseSeries, inlineDecoder, readMask, readVolume, scanStudy } from "../../volume/index.ts";
import { nodeCodecModules } from "../../volume/node/index.ts";
import { drawHospital } from "../hospital.ts";
import { phantomStudy } from "../study.ts";
import { type HospitalSettings, makeHospital, planHospital } from "./index.ts";

const validator = "/usr/bin/dciodvfy";
const hasValidator = existsSync(validator);
if (!hasValidator) console.warn("skipped: dciodvfy (dicom3tools) is not installed, CT objects are not validated");

const settings: HospitalSettings = {
  seed: 21,
  studies: 4,
  prevalence: 0.5,
  hospitals: 3,
  annotated: 1,
  annotationSpacing: 10,
  test: 0.5,
  confounder: 1,
  grid: { columns: 96, sliceSpacing: 6 },
};

let out: string;
beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), "embolens-phantom-"));
  await makeHospital(out, settings, { threads: 2 });
}, 300_000);
afterAll(() => rm(out, { recursive: true }));

describe("a synthetic hospital on disk", () => {
  test("names in its cohort studies, masks and reports that are there, and leaves nothing half-written", async () => {
    const { cohort } = await readCohort(join(out, "cohort.json"));
    expect(cohort.studies).toHaveLength(4);
    for (const study of cohort.studies) {
      expect(study.id).toBe(study.patient);
      expect(study.id).toMatch(new RegExp(`^${study.hospital}-000[1-4]$`));
      expect((await readdir(join(out, study.series))).length).toBeGreaterThan(30);
      expect((await readFile(join(out, study.report!), "utf8")).length).toBeGreaterThan(200);
      for (const { mask } of study.annotations) if (mask) expect(existsSync(join(out, mask))).toBe(true);
    }
    expect(cohort.studies.filter(({ label }) => label?.value === "present")).toHaveLength(2);
    expect(cohort.studies.filter(({ split }) => split === "test")).toHaveLength(2);
    const everything = await readdir(out, { recursive: true });
    expect(everything.filter((name) => name.includes("partial"))).toEqual([]);
  });

  test("is read back voxel by voxel as it was made, with the mask on its annotated slices only", async () => {
    const { cohort } = await readCohort(join(out, "cohort.json"));
    const study = cohort.studies.find(({ label }) => label?.value === "present")!;
    const plan = planHospital(settings).find(({ name }) => name === study.id)!;
    const made = phantomStudy({
      seed: 21,
      index: plan.index,
      positive: true,
      sign: plan.sign,
      hospital: plan.hospital,
      grid: settings.grid!,
    });
    const folder = join(out, study.series);
    const sources = await Promise.all(
      (await readdir(folder)).map(async (name) => bytes(name, await readFile(join(folder, name)))),
    );
    const { series } = await scanStudy(sources);
    expect((await readFile(join(folder, "IM0001.dcm"))).includes(`LO\x08\0${study.patient}`)).toBe(true);
    const volume = await readVolume(chooseSeries(series)!, { decoder: inlineDecoder(nodeCodecModules) });
    expect(volume.geometry.size).toEqual(made.volume.geometry.size);
    let different = 0;
    for (let voxel = 0; voxel < volume.voxels.length; voxel++) {
      // Padding comes back as the reader's own value for outside.
      if (volume.voxels[voxel] !== made.volume.voxels[voxel] && made.volume.voxels[voxel]! > -1024) different++;
    }
    expect(different).toBe(0);

    const [annotation] = study.annotations;
    const mask = await readMask(bytes("mask.nii.gz", await readFile(join(out, annotation!.mask!))));
    const area = mask.geometry.size[0] * mask.geometry.size[1];
    const filled = Array.from({ length: mask.geometry.size[2] }, (_, slice) =>
      mask.voxels.subarray(slice * area, (slice + 1) * area).some((voxel) => voxel > 0),
    );
    expect(filled.filter(Boolean).length).toBe(annotation!.slices.length);
    expect(filled.filter(Boolean).length).toBeGreaterThan(0);
  });

  test.skipIf(!hasValidator)("has no slice with an error in dciodvfy", async () => {
    for (const study of await readdir(join(out, "dicom"))) {
      const [first] = await readdir(join(out, "dicom", study));
      const command = `${validator} "$1" 2>&1 || true`;
      const said = execFileSync("sh", ["-c", command, "sh", join(out, "dicom", study, first!)], { encoding: "utf8" });
      expect(said.split("\n").filter((line) => line.startsWith("Error"))).toEqual([]);
    }
  });

  test("goes on where it was stopped, and refuses a folder of other settings", async () => {
    const { cohort } = await readCohort(join(out, "cohort.json"));
    const [kept, lost] = cohort.studies;
    const file = (name: string) => join(out, "dicom", name, "IM0001.dcm");
    const before = await Promise.all([kept!, lost!].map(({ id }) => stat(file(id))));
    const content = await readFile(file(lost!.id));
    await rm(join(out, "studies", `${lost!.id}.json`));
    await makeHospital(out, settings, { threads: 1 });
    const after = await Promise.all([kept!, lost!].map(({ id }) => stat(file(id))));
    expect(after[0]!.ino).toBe(before[0]!.ino);
    expect(after[1]!.ino).not.toBe(before[1]!.ino);
    expect(content.equals(await readFile(file(lost!.id)))).toBe(true);
    await expect(makeHospital(out, { ...settings, prevalence: 0.3 })).rejects.toMatchObject({
      code: "option-conflict",
    });
  }, 180_000);
});

test("studies that are asked for alone are those of the whole hospital, in places that were asked for", async () => {
  const chosen: HospitalSettings = { ...settings, largestEmbolus: ["main"] };
  const positive = planHospital(chosen).filter((plan) => plan.positive)[1]!;
  const alone = await mkdtemp(join(tmpdir(), "embolens-phantom-"));
  try {
    const { studies } = await makeHospital(alone, chosen, { only: [positive.index], threads: 1 });
    expect(studies.map(({ name }) => name)).toEqual([positive.name]);
    expect(studies[0]!.emboli[0]!.level).toBe("main");
  } finally {
    await rm(alone, { recursive: true });
  }
}, 120_000);

describe("the plan of a hospital", () => {
  const many = { ...settings, studies: 400, prevalence: 0.3, annotated: 0.5, test: 0.25 };

  test("stops in the middle of a study when told to, leaving nothing half-written", async () => {
    const stopped = await mkdtemp(join(tmpdir(), "embolens-phantom-"));
    try {
      const controller = new AbortController();
      const making = makeHospital(stopped, settings, { threads: 1, signal: controller.signal });
      const refused = expect(making).rejects.toThrow("enough");
      // The first slice of a study is there: its thread is at work.
      const begun = async () =>
        (await readdir(stopped, { recursive: true }).catch(() => [])).some(
          (name) => name.includes(".partial") && name.endsWith(".dcm"),
        );
      while (!(await begun())) await new Promise((resolve) => setTimeout(resolve, 5));
      controller.abort(new Error("enough"));
      await refused;
      const left = await readdir(stopped, { recursive: true });
      expect(left.filter((name) => name.includes("partial"))).toEqual([]);
    } finally {
      await rm(stopped, { recursive: true });
    }
  }, 120_000);

  test("keeps the shares that were asked for", () => {
    const plan = planHospital(many);
    const count = (wanted: (study: (typeof plan)[number]) => boolean) => plan.filter(wanted).length;
    expect(count(({ positive }) => positive)).toBe(120);
    expect(count(({ test: apart }) => apart)).toBe(100);
    expect(count(({ test: apart, positive }) => apart && positive)).toBe(30);
    expect(count(({ annotated }) => annotated)).toBe(200);
    expect(new Set(plan.map(({ name }) => name)).size).toBe(400);
  });

  test("shares no patient, study or hospital with that of another seed, and gives its own the same numbers again", () => {
    const seeds = [1, 2, 11, 21, 12, 111, 0, Number.MAX_SAFE_INTEGER];
    const namesOf = (seed: number) => planHospital({ ...many, hospitals: 26, seed }).map(({ name }) => name);
    const names = seeds.flatMap(namesOf);
    expect(new Set(names).size).toBe(seeds.length * many.studies);
    expect(namesOf(11)).toEqual(namesOf(11));
    // As a Patient ID, a folder's name and an id of the cohort file take it.
    for (const name of names) expect(name).toMatch(/^[A-Z]\d{1,16}-\d{4}$/);
    const uids = seeds.flatMap((seed) =>
      namesOf(seed).flatMap((name) =>
        Object.values(ctSeriesUids({ seed, name })).filter((uid) => typeof uid === "string"),
      ),
    );
    expect(new Set(uids).size).toBe(3 * names.length);
    for (const uid of uids) expect(uid).toMatch(/^2\.25\.(0|[1-9]\d{0,38})$/);
    const hospitals = seeds.flatMap((seed) =>
      Array.from({ length: 26 }, (_, number) => drawHospital(seed, number).name),
    );
    expect(new Set(hospitals).size).toBe(26 * seeds.length);
  });

  test("puts the largest embolus where it was asked for, in the usual proportions, and nowhere in negatives", () => {
    const plan = planHospital({ ...many, studies: 4000, largestEmbolus: ["saddle", "lobar"] });
    expect(plan.filter(({ positive }) => !positive).every(({ burden }) => burden === undefined)).toBe(true);
    const positives = plan.filter(({ positive }) => positive);
    const share = (level: string) => positives.filter(({ burden }) => burden === level).length / positives.length;
    expect(share("saddle") + share("lobar")).toBe(1);
    expect(share("lobar")).toBeCloseTo(0.23 / 0.33, 1);
    expect(planHospital(many).every(({ burden }) => burden === undefined)).toBe(true);
  });

  test("ties leads to the label in annotated studies outside the test set as closely as asked, and nowhere else", () => {
    const share = (confounder: number, annotated: boolean, apart: boolean, positive: boolean) => {
      const plan = planHospital({ ...many, studies: 4000, confounder }).filter(
        (study) => study.annotated === annotated && study.test === apart && study.positive === positive,
      );
      return plan.filter(({ sign }) => sign).length / plan.length;
    };
    expect(share(1, true, false, true)).toBe(1);
    expect(share(1, true, false, false)).toBe(0);
    expect(share(0.8, true, false, true)).toBeGreaterThan(0.85);
    for (const [annotated, apart] of [
      [false, false],
      [true, true],
    ] as const) {
      expect(share(1, annotated, apart, true)).toBeCloseTo(0.5, 0.8);
      expect(share(1, annotated, apart, false)).toBeCloseTo(0.5, 0.8);
    }
    expect(share(0, true, false, true)).toBeCloseTo(0.5, 0.8);
  });
});
