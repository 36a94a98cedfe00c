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
        const settings = { seed, validationShare: 0.2 };
        const split = splitCohort(cohort, settings);
        refuseLeakage("c.json", split);
        expect(split.studies.every(({ split }) => split === "train" || split === "validation")).toBe(true);
        const reversed = splitCohort({ ...cohort, studies: [...cohort.studies].reverse() }, settings);
        expect([...reversed.studies].reverse()).toEqual(split.studies);
      }),
      { numRuns: 60 },
    );
  });

  it("puts a fifth of each label into validation, and leaves given splits alone", () => {
    const cohort = {
      name: "c",
      studies: Array.from({ length: 200 }, (_, index) =>
        study(`s${index}`, {
          label: { value: index < 50 ? "present" : "absent", origin: "manual" },
          annotations: [],
          split: index >= 150 ? "test" : null,
        }),
      ),
    };
    const split = splitCohort(cohort, { seed: 3, validationShare: 0.2 }).studies;
    const count = (value: string, part: string) =>
      split.filter((one) => one.label?.value === value && one.split === part).length;
    expect([count("present", "validation"), count("absent", "validation")]).toEqual([10, 20]);
    expect(split.filter((one) => one.split === "test")).toHaveLength(50);
    const other = splitCohort(cohort, { seed: 4, validationShare: 0.2 }).studies;
    expect(other).not.toEqual(split);
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
    expect(() => refuse({ series: "x" }, { series: "x" })).toThrow(/the same series/);
    expect(() => refuse({ patient: "p" }, { patient: "p", hospital: "B" })).not.toThrow();
    expect(() => refuse({ patient: null }, { patient: null })).not.toThrow();
  });
});
