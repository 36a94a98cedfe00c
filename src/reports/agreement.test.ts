import { expect, test } from "vitest";
import { compareLabels, labelReport, labelTable, parseTruth } from "./index.ts";

const label = (id: string, text: string) => ({ id, ...labelReport(text) });

test("agreement counts all four labels, gives disease measures with Wilson intervals, and lists disagreements", () => {
  const agreement = compareLabels([
    { truth: "present", label: label("a", "Acute PE.") },
    { truth: "present", label: label("b", "No PE.") },
    { truth: "absent", label: label("c", "No PE.") },
    { truth: "uncertain", label: label("d", "Acute PE.") },
    { truth: "not-mentioned", label: label("e", "Lungs clear.") },
  ]);
  expect(agreement.confusion.present).toEqual({ present: 1, absent: 1, uncertain: 0, "not-mentioned": 0 });
  expect(agreement.sensitivity).toMatchObject({ count: 1, of: 2, value: 0.5 });
  expect(agreement.ppv).toMatchObject({ count: 1, of: 2 });
  expect(agreement.specificity).toMatchObject({ count: 2, of: 3 });
  expect(agreement.npv).toMatchObject({ count: 2, of: 3 });
  expect(agreement.exact).toMatchObject({ count: 3, of: 5 });
  // Wilson for 1 of 2.
  expect(agreement.sensitivity.ci95![0]).toBeCloseTo(0.0945, 4);
  expect(agreement.disagreements.map(({ id, truth, label: found }) => [id, truth, found])).toEqual([
    ["b", "present", "absent"],
    ["d", "uncertain", "present"],
  ]);
});

test("a truth may be written in several ways, and another word is refused with the report's id", () => {
  expect(["1", "Positive", "no", "uncertain"].map((text) => parseTruth("t.csv", "a", text))).toEqual([
    "present",
    "present",
    "absent",
    "uncertain",
  ]);
  expect(() => parseTruth("t.csv", "a", "maybe")).toThrow(/t.csv, report "a": the truth is "maybe"/);
});

test("the table quotes what needs quotation marks and shows the sentence that decided", () => {
  const [, row] = labelTable([label('a"1', 'FINDINGS: PE.\nIMPRESSION: Acute, segmental "PE" in the RLL.')]).split(
    "\n",
  );
  expect(row).toBe(
    '"a""1",present,0.97,definite,acute,segmental,right,,not-stated,not-mentioned,,PE,,"Acute, segmental ""PE"" in the RLL.",',
  );
});

test("attributes are compared where the label is right and the truth names them", () => {
  const { attributes } = compareLabels([
    {
      truth: "present",
      label: label("a", "Acute PE, right lower lobe."),
      attributes: { side: "right", acuity: "chronic" },
    },
    { truth: "present", label: label("b", "No PE."), attributes: { side: "left" } },
    { truth: "absent", label: label("c", "No PE."), attributes: { side: "" } },
  ]);
  expect(attributes.side).toMatchObject({ count: 1, of: 1 });
  expect(attributes.acuity).toMatchObject({ count: 0, of: 1 });
  expect(attributes.location).toBeUndefined();
});
