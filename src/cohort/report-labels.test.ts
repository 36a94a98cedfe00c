import { expect, test } from "vitest";
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

test("two reports of one id are refused", () => {
  const labels = [report("A", "PE."), report("A", "No PE.")];
  expect(() => withReportLabels(cohortOf(study("A")), labels, { threshold: 0.7 })).toThrow(/two reports/);
});
