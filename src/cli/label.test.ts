import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { formatCohort } from "../cohort/manifest.ts";
import type { LabelResult } from "./label.ts";

const folder = mkdtempSync(join(tmpdir(), "embolens-label-"));
afterAll(() => rmSync(folder, { recursive: true }));

const label = (...argv: string[]) =>
  spawnSync("node", ["--import", "tsx", "src/cli/main.ts", "label", ...argv], { encoding: "utf8" });

const table = join(folder, "reports.csv");
writeFileSync(
  table,
  'accession,report,truth\nA,"INDICATION: PE?\nIMPRESSION: Acute PE, right lower lobe.",1\nB,No PE.,0\nC,PE cannot be excluded.,1\n',
);

test("embolens label prints one JSON document: labels, confidence and evidence, agreement, and what went into the cohort", () => {
  const cohort = join(folder, "cohort.json");
  const studies = ["A", "B", "C"].map((id) => ({
    id,
    patient: null,
    hospital: null,
    series: id,
    label: null,
    annotations: [],
    split: null,
  }));
  writeFileSync(cohort, formatCohort(cohort, { name: "test", studies }));
  const columns = ["--id-column", "accession", "--text-column", "report"];
  const { stdout, stderr, status } = label(table, ...columns, "--evaluate", "truth", "--cohort", cohort, "--json");
  expect(status, stderr).toBe(0);
  const result = JSON.parse(stdout) as LabelResult;
  expect(result.reports.map(({ id, label: found }) => [id, found])).toEqual([
    ["A", "present"],
    ["B", "absent"],
    ["C", "uncertain"],
  ]);
  expect(result.reports[1]).toMatchObject({
    confidence: 0.94,
    evidence: [{ mention: "PE", modifier: "No", sentence: "No PE." }],
  });
  expect(result.agreement).toMatchObject({ sensitivity: { count: 1, of: 2 }, ppv: { count: 1, of: 1 } });
  expect(result.cohort).toMatchObject({ written: 2, keptOut: 1 });
  const written = JSON.parse(readFileSync(cohort, "utf8")) as { studies: { label: { origin: string } | null }[] };
  expect(written.studies.map((study) => study.label?.origin)).toEqual(["report-rules", "report-rules", undefined]);
});

test("embolens label prints a CSV table, and a missing column is refused with exit code 3 and its name", () => {
  const { stdout, status } = label(table, "--id-column", "accession", "--text-column", "report");
  expect(status).toBe(0);
  expect(stdout.split("\n").slice(0, 2)).toEqual([
    "id,label,confidence,certainty,acuity,location,side,subsegmental_only,quality,right_heart_strain,other_emboli,mention,modifier,sentence",
    'A,present,0.97,definite,acute,unspecified,right,,not-stated,not-mentioned,,PE,,"Acute PE, right lower lobe."',
  ]);
  const refused = label(table);
  expect(refused.status).toBe(3);
  expect(refused.stderr).toMatch(/no column "id" \[column-missing\]\n.*--id-column.*accession, report, truth/);
});
