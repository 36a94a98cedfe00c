import { expect, test } from "vitest";
import type { Study } from "../../../src/service/schema.ts";
import { priorsOf } from "./priors.ts";

const study = (id: string, date: string | null, patient = { id: "P1", name: "Doe^Jane" }): Study => ({
  id,
  studyInstanceUID: id,
  seriesInstanceUID: null,
  patient,
  date,
  description: "",
  hospital: "",
  images: 1,
  received: "2026-01-02T03:04:05.000Z",
  state: "done",
  progress: null,
  reason: null,
  diagnosed: null,
  diagnosisId: null,
  tries: 0,
  probability: null,
  decision: null,
  warnings: [],
  verdicts: [],
  annotatedSlices: [],
  annotated: null,
  measurements: [],
});
const ids = (studies: readonly Study[]) => studies.map(({ id }) => id);

test("a study's priors are the same patient's earlier ones, the newest first", () => {
  const now = study("now", "2026-03-01");
  const all = [study("old", "2020-01-01"), now, study("later", "2026-04-01"), study("recent", "2025-12-31")];
  expect(ids(priorsOf(now, all))).toEqual(["recent", "old"]);
});

test("somebody else with the same identifier, or nobody's identifier, gives no prior", () => {
  const now = study("now", "2026-03-01");
  expect(priorsOf(now, [study("a", "2020-01-01", { id: "P1", name: "Smith^Jim" })])).toEqual([]);
  expect(ids(priorsOf(now, [study("a", "2020-01-01", { id: "P1", name: "DOE, Jane" })]))).toEqual(["a"]);
  const nobody = study("now", "2026-03-01", { id: "", name: "" });
  expect(priorsOf(nobody, [study("a", "2020-01-01", { id: "", name: "" })])).toEqual([]);
});
