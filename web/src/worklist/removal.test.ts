import { expect, test } from "vitest";
import { removalQuestion } from "./removal.ts";

const verdict = {
  slab: null,
  verdict: "confirmed",
  note: "",
  at: "2026-01-02T03:04:05.000Z",
  diagnosisId: null,
} as const;

const of = { patient: { name: "Doe, Jane", id: "P7" }, date: "2026-01-02" };

test("the question before a study is removed names the patient and the readers' work that goes with it", () => {
  expect(removalQuestion({ ...of, annotatedSlices: [], verdicts: [], measurements: [] })).toBe(
    "Remove the study of Doe, Jane, P7, 2026-01-02 and its diagnosis from the reading room?",
  );
  expect(removalQuestion({ ...of, annotatedSlices: [4], verdicts: [], measurements: [] })).toMatch(
    /Lost with it: an annotation of 1 slice\.$/,
  );
  const verdicts = ["Dr One", "Dr Two", "Dr One"].map((reader) => ({ ...verdict, reader }));
  expect(removalQuestion({ ...of, annotatedSlices: [4, 5], verdicts, measurements: [] })).toMatch(
    /an annotation of 2 slices and 3 verdicts \(Dr One, Dr Two\)\.$/,
  );
  const measurement = {
    id: "a",
    seriesInstanceUID: "1",
    plane: "axial",
    kind: "probe",
    hu: 40,
    at: verdict.at,
  } as const;
  const points: [[number, number, number]] = [[0, 0, 0]];
  expect(
    removalQuestion({
      ...of,
      annotatedSlices: [],
      verdicts: [],
      measurements: [{ ...measurement, points, reader: "Dr One" }],
    }),
  ).toMatch(/Lost with it: 1 measurement \(Dr One\)\.$/);
});
