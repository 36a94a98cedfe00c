import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RefusedError } from "../errors.ts";
import { type CohortStudy, parseCohort, readCohort, refuseLeakage, splitCohort, writeCohort } from "./index.ts";

const study = (id: string, more: Partial<CohortStudy> = {}): CohortStudy => ({
  id,
  patient: `patient of ${id}`,
  hospital: "A",
  series: `dicom/${id}`,
  label: { value: "present", origin: "annotation" },
  annotations: [{ mask: `masks/${id}.nii.gz`, slices: [-200, -190] }],
  split: null,
  ...more,
});
const document = (...studies: unknown[]) => ({ format: "embolens-cohort", version: 1, name: "test", studies });

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "embolens-cohort-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("the cohort file", () => {
  it("comes back as it was written, without a trace of the writing", async () => {
    const cohort = { name: "two", description: "by hand", studies: [study("a"), study("b", { split: "test" })] };
    const file = join(folder, "sub", "cohort.json");
    await writeCohort(file, cohort);
    await writeCohort(file, cohort);
    expect((await readCohort(file)).cohort).toEqual(cohort);
    expect(await readdir(join(folder, "sub"))).toEqual(["cohort.json"]);
    expect((await readFile(file, "utf8")).split("\n").filter((line) => line.includes('"id"'))).toHaveLength(2);
    await writeCohort(file, { name: "none", studies: [] });
    expect((await readCohort(file)).cohort.studies).toEqual([]);
  });

  it.each([
    ["a label of no known value", { label: { value: "maybe", origin: "manual" } }, /study "b": field label\.value/],
    ["a label without origin", { label: { value: "present" } }, /study "b": field label\.origin/],
    ["an unknown field", { lable: null }, /study "b": unknown field "lable"/],
    ["an id that is no folder name", { id: "../b" }, /study "\.\.\/b": field id: may hold/],
    [
      "slices judged without telling how",
      { annotations: [{ mask: null, slices: [1] }] },
      /annotations\[0\]\.positiveSlices/,
    ],
    ["a missing split", { split: undefined }, /study "b": field split/],
    ["an id given twice", { id: "a" }, /study "a": field id: another study/],
  ])("with %s is refused, naming the study and the field", (_what, change, message) => {
    const call = () => parseCohort("c.json", document(study("a"), { ...study("b"), ...change }));
    expect(call).toThrow(RefusedError);
    expect(call).toThrow(message);
  });

  it("of another format, version, or no JSON at all is refused", async () => {
    expect(() => parseCohort("c.json", { ...document(), version: 2 })).toThrow(/c\.json: field version/);
    expect(() => parseCohort("c.json", [])).toThrow(RefusedError);
    await writeFile(join(folder, "broken.json"), "{");
    await expect(readCohort(join(folder, "broken.json"))).rejects.toMatchObject({ code: "cohort-invalid" });
    await expect(readCohort(join(folder, "none.json"))).rejects.toMatchObject({ code: "file-missing" });
  });
});

const labels = fc.constantFrom("present", "absent", "uncertain");
const studies = fc.array(
  fc.record({ patient: fc.option(fc.integer({ min: 0, max: 30 })), label: labels, annotated: fc.boolean() }),
  { minLength: 1, maxLength: 120 },
);

describe("the split", () => {
  it("keeps every patient whole, is repeatable, and does not depend on the order of studies", () => {
    fc.assert(
      fc.property(studies, fc.integer({ min: 0, max: 1e6 }), (specs, seed) => {
        const cohort = {
          name: "c",
          studies: specs.map(({ patient, label, annotated }, index) =>
            study(`s${index}`, {
              patient: patient === null ? null : `p${patient}`,
              label: { value: label, origin: "manual" },
              ...(annotated ? {} : { annotations: [] }),
            }),
          ),
        };
        const settings = { seed, validationShare: 0.2, testShare: 0 };
        const split = splitCohort(cohort, settings);
        refuseLeakage("c.json", split);
        expect(split.studies.every(({ split }) => split === "train" || split === "validation")).toBe(true);
        const reversed = splitCohort({ ...cohort, studies: [...cohort.studies].reverse() }, settings);
        expect([...reversed.studies].reverse()).toEqual(split.studies);
      }),
      { numRuns: 60 },
    );
  });

  const shares = { validationShare: 0.2, testShare: 0 };
  const many = (count: number, more: (index: number) => Partial<CohortStudy> = () => ({})): CohortStudy[] =>
    Array.from({ length: count }, (_, index) =>
      study(`s${index}`, {
        label: { value: index % 4 === 0 ? "present" : "absent", origin: "manual" },
        annotations: [],
        ...more(index),
      }),
    );
  const splitsOf = (studies: readonly CohortStudy[], settings: Parameters<typeof splitCohort>[1]) =>
    new Map(splitCohort({ name: "c", studies: [...studies] }, settings).studies.map(({ id, split }) => [id, split]));

  it("puts about a fifth of each label into validation, and leaves given splits alone", () => {
    const studies = many(2000, (index) => ({ split: index >= 1600 ? "test" : null }));
    const split = splitCohort({ name: "c", studies }, { seed: 3, ...shares }).studies;
    const share = (value: string) => {
      const labelled = split.filter((one, index) => one.label?.value === value && index < 1600);
      return labelled.filter((one) => one.split === "validation").length / labelled.length;
    };
    // Three standard deviations of 400 and of 1200 draws.
    expect(Math.abs(share("present") - 0.2)).toBeLessThan(0.06);
    expect(Math.abs(share("absent") - 0.2)).toBeLessThan(0.035);
    expect(split.filter((one) => one.split === "test")).toHaveLength(400);
    expect(splitsOf(studies, { seed: 4, ...shares })).not.toEqual(splitsOf(studies, { seed: 3, ...shares }));
  });

  it("gives a patient the same side whatever else the cohort holds and however its labels change", () => {
    for (let seed = 1; seed <= 10; seed++) {
      const settings = { seed, ...shares };
      const whole = splitsOf(many(300), settings);
      const fewer = splitsOf(
        many(300).filter((_, index) => index % 3 !== 0),
        settings,
      );
      for (const [id, split] of fewer) expect(split).toBe(whole.get(id));
      const labelledAnew = many(300, (index) => ({
        label: index % 5 === 0 ? null : { value: index % 2 === 0 ? "present" : "absent", origin: "report-rules" },
        annotations: index % 7 === 0 ? [{ mask: "m", slices: "all" }] : [],
      }));
      expect(splitsOf(labelledAnew, settings)).toEqual(whole);
      // Under another name, but the same patient.
      const renamed = many(300, (index) => ({ id: `other-${index}`, patient: `patient of s${index}` }));
      expect([...splitsOf(renamed, settings).values()]).toEqual([...whole.values()]);
    }
  });

  it("gives validation one of each class, and training one, where a stratum has two or more", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 8 }), fc.integer({ min: 0, max: 1e6 }), (count, seed) => {
        const studies = ["present", "absent"].flatMap((value) =>
          Array.from({ length: count }, (_, index) =>
            study(`${value}-${index}`, { label: { value: value as "present", origin: "manual" } }),
          ),
        );
        const both = splitCohort({ name: "c", studies }, { seed, ...shares }).studies;
        const three = splitCohort({ name: "c", studies }, { seed, validationShare: 0.2, testShare: 0.2 }).studies;
        for (const value of ["present", "absent"]) {
          const parts = (split: typeof both) =>
            new Set(split.flatMap((s) => (s.label?.value === value ? [s.split] : [])));
          expect(parts(both)).toEqual(new Set(["train", "validation"]));
          expect([...parts(three)]).toEqual(expect.arrayContaining(["train", "validation"]));
          if (count > 2) expect(parts(three).size).toBe(3);
        }
      }),
    );
  });

  it("sets a share of the patients apart for testing when asked to, and leaves validation as it was", () => {
    const without = splitsOf(many(1000), { seed: 5, ...shares });
    const apart = splitsOf(many(1000), { seed: 5, validationShare: 0.2, testShare: 0.3 });
    const tested = [...apart].filter(([, split]) => split === "test");
    expect(Math.abs(tested.length / 1000 - 0.3)).toBeLessThan(0.045);
    for (const [id] of tested) expect(without.get(id)).toBe("train");
    for (const [id, split] of apart) if (split !== "test") expect(split).toBe(without.get(id));
  });

  it("keeps studies together that are one DICOM study or one series, though no patient is known", () => {
    const studies = many(60, (index) => ({
      patient: null,
      ...(index < 30
        ? { studyInstanceUID: `1.${index >> 1}` }
        : { series: `${"./".repeat(index % 2)}ct-${index >> 1}` }),
    }));
    const split = splitCohort({ name: "c", studies }, { seed: 1, validationShare: 0.5, testShare: 0 });
    expect(() => refuseLeakage("c.json", split)).not.toThrow();
    expect(new Set(split.studies.map((one) => one.split)).size).toBe(2);
  });

  it("refuses a patient, a study or a series that stands in two splits, by name", () => {
    const refuse = (a: Partial<CohortStudy>, b: Partial<CohortStudy>) =>
      refuseLeakage("c.json", {
        name: "c",
        studies: [study("a", { split: "train", ...a }), study("b", { split: "test", ...b })],
      });
    expect(() => refuse({ patient: "p" }, { patient: "p" })).toThrow(
      /"a" \(train\) and "b" \(test\) are the same patient/,
    );
    expect(() => refuse({ studyInstanceUID: "1.2" }, { studyInstanceUID: "1.2" })).toThrow(/the same study/);
    expect(() => refuse({ series: "x" }, { series: "./x" })).toThrow(/the same series/);
    expect(() => refuse({ patient: "p" }, { patient: "p", hospital: "B" })).not.toThrow();
    const inOneFolder = [
      { series: "x", studyInstanceUID: "1.2" },
      { series: "x", studyInstanceUID: "1.3" },
    ] as const;
    expect(() => refuse(...inOneFolder)).not.toThrow();
    expect(() => refuse({ patient: null }, { patient: null })).not.toThrow();
  });
});
