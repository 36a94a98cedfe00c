import { describe, expect, test } from "vitest";
import { labelReport } from "../reports/index.ts";
import { type Cohort, type CohortStudy, withReportLabels } from "./index.ts";

const study = (id: string, more: Partial<CohortStudy> = {}): CohortStudy => ({
  id,
  patient: null,
  hospital: null,
  series: `dicom/${id}`,
  label: null,
  annotations: [],
  split: null,
  ...more,
});
const cohortOf = (...studies: CohortStudy[]): Cohort => ({ name: "test", studies });
const report = (id: string, text: string) => ({ id, ...labelReport(text) });

test("a report's label goes into its study with origin, confidence and the sentence it rests on", () => {
  const { cohort, ...counts } = withReportLabels(
    cohortOf(study("A"), study("B", { studyInstanceUID: "1.2" }), study("C", { report: "reports/77.txt" }), study("D")),
    [report("A", "No evidence of PE."), report("1.2", "Acute PE."), report("77", "No PE."), report("Z", "PE.")],
    { threshold: 0.7 },
  );
  expect(counts).toEqual({ written: 3, keptOut: 0, kept: 0, withoutReport: 1, withoutStudy: 1 });
  expect(cohort.studies.map(({ label }) => label?.value)).toEqual(["absent", "present", "absent", undefined]);
  expect(cohort.studies[0]!.label).toEqual({
    value: "absent",
    origin: "report-rules",
    confidence: 0.94,
    note: "No evidence of PE.",
  });
});

test("the threshold keeps uncertain, silent and unsure reports out, and takes an earlier label of the rules away", () => {
  const before = cohortOf(
    study("U", { label: { value: "present", origin: "report-rules", confidence: 0.9 } }),
    study("L"),
    study("N"),
  );
  const labels = [report("U", "Possible PE in the RLL."), report("L", "Likely PE."), report("N", "Clear lungs.")];
  const strict = withReportLabels(before, labels, { threshold: 0.9 });
  expect(strict).toMatchObject({ written: 0, keptOut: 3 });
  expect(strict.cohort.studies.map(({ label }) => label)).toEqual([null, null, null]);
  expect(withReportLabels(before, labels, { threshold: 0.7 })).toMatchObject({ written: 1, keptOut: 2 });
});

test("persons' labels always stay, a data set's or simulation's unless they are to be replaced", () => {
  const before = cohortOf(
    study("M", { label: { value: "absent", origin: "manual" } }),
    study("S", { label: { value: "absent", origin: "simulation" } }),
  );
  const labels = [report("M", "Acute PE."), report("S", "Acute PE.")];
  const values = (replace: boolean) =>
    withReportLabels(before, labels, { threshold: 0.7, replace }).cohort.studies.map(({ label }) => label?.value);
  expect(values(false)).toEqual(["absent", "absent"]);
  expect(values(true)).toEqual(["absent", "present"]);
});

describe("a report finds its study", () => {
  const hospitals = cohortOf(
    study("1", { report: "reports/hospA/0001.txt" }),
    study("2", { report: "reports/hospB/0001.txt" }),
  );
  const values = (cohort: Cohort, ids: readonly string[], readFrom?: string) => {
    const labels = ids.map((id, at) => report(id, at === 0 ? "Acute PE." : "No PE."));
    const result = withReportLabels(cohort, labels, { threshold: 0.7, readFrom });
    return { values: result.cohort.studies.map(({ label }) => label?.value), withoutStudy: result.withoutStudy };
  };

  test("by the report's path in the folder that was read, above or below the cohort's own folder", () => {
    const both = { values: ["present", "absent"], withoutStudy: 0 };
    expect(values(hospitals, ["hospA/0001", "hospB/0001"], "reports")).toEqual(both);
    expect(values(hospitals, ["hospA/0001", "hospB/0001"])).toEqual(both);
    expect(values(hospitals, ["hospA/0001.txt", "hospB/0001.txt"])).toEqual(both);
    expect(values(hospitals, ["x/reports/hospA/0001", "x/reports/hospB/0001"])).toEqual(both);
    expect(values(cohortOf(study("1", { report: "./0001.txt" })), ["0001"], "")).toEqual({
      values: ["present"],
      withoutStudy: 0,
    });
  });

  test("in one hospital's folder, and not the other hospital's report of that name", () => {
    const first = { values: ["present", undefined], withoutStudy: 0 };
    expect(values(hospitals, ["0001"], "reports/hospA")).toEqual(first);
    expect(values(hospitals, ["hospA/0001"])).toEqual(first);
    expect(values(hospitals, ["hospC/0001"])).toEqual({ values: [undefined, undefined], withoutStudy: 1 });
  });

  test("by the bare name only where one study and one report have it", () => {
    const one = cohortOf(study("1", { report: "reports/hospA/0001.txt" }), study("2"));
    expect(values(one, ["0001"])).toEqual({ values: ["present", undefined], withoutStudy: 0 });
    const bare = cohortOf(study("1", { report: "0001.txt" }));
    expect(values(bare, ["hospA/0001"])).toEqual({ values: ["present"], withoutStudy: 0 });
    expect(values(bare, ["hospA/0001", "hospB/0001"])).toEqual({ values: [undefined], withoutStudy: 2 });
    expect(values(hospitals, ["hospA/0001", "0001"])).toEqual({ values: ["present", undefined], withoutStudy: 1 });
  });

  test("by its id or StudyInstanceUID, and all series of one study share its report", () => {
    const series = cohortOf(
      study("1a", { studyInstanceUID: "1.2", report: "r/1.txt" }),
      study("1b", { studyInstanceUID: "1.2", report: "r/1.txt" }),
    );
    const both = { values: ["present", "present"], withoutStudy: 0 };
    for (const id of ["1.2", "r/1", "1"]) expect(values(series, [id])).toEqual(both);
  });

  test("or is refused where it would reach two studies, or two reports one study", () => {
    const refused = (cohort: Cohort, ids: readonly string[]) =>
      expect(() => values(cohort, ids)).toThrow(expect.objectContaining({ code: "labels-invalid" }));
    refused(hospitals, ["0001"]);
    refused(cohortOf(study("0001"), study("B", { report: "hospB/0001.txt" })), ["0001"]);
    refused(cohortOf(study("1", { report: "x/a/1.txt" }), study("2", { report: "y/a/1.txt" })), ["a/1"]);
    refused(cohortOf(study("1", { report: "a/1.txt" })), ["x/a/1", "y/a/1"]);
  });
});

test("a report in another language takes no label, and an earlier label of the rules away", () => {
  const before = cohortOf(study("A", { label: { value: "present", origin: "report-rules", confidence: 0.94 } }));
  const labels = [report("A", "Kein Nachweis einer PE.")];
  const { cohort, ...counts } = withReportLabels(before, labels, { threshold: 0 });
  expect(counts).toMatchObject({ written: 0, keptOut: 1 });
  expect(cohort.studies[0]!.label).toBeNull();
});

test("two reports of one id are refused", () => {
  const labels = [report("A", "PE."), report("A", "No PE.")];
  expect(() => withReportLabels(cohortOf(study("A")), labels, { threshold: 0.7 })).toThrow(/two reports/);
});
