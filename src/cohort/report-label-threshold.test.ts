import { expect, test } from "vitest";
import { labelReport } from "../reports/index.ts";
import { withReportLabels } from "./index.ts";

test("a report whose confidence is the threshold itself is written, one a little below is not", () => {
  const label = { id: "A", ...labelReport("No evidence of PE.") };
  const study = {
    id: "A",
    patient: null,
    hospital: null,
    series: "dicom/A",
    label: null,
    annotations: [],
    split: null,
  };
  const at = (threshold: number) =>
    withReportLabels({ name: "test", studies: [study] }, [label], { threshold }).written;
  expect(at(label.confidence)).toBe(1);
  expect(at(label.confidence + 1e-9)).toBe(0);
});
