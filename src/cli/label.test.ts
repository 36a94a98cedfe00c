import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
    "id,label,confidence,certainty,acuity,location,side,subsegmental_only,quality,right_heart_strain,other_emboli,mention,modifier,sentence,not_read",
    'A,present,0.97,definite,acute,unspecified,right,,not-stated,not-mentioned,,PE,,"Acute PE, right lower lobe.",',
  ]);
  const refused = label(table);
  expect(refused.status).toBe(3);
  expect(refused.stderr).toMatch(/no column "id" \[column-missing\]\n.*--id-column.*accession, report, truth/);
});

test("embolens label --cohort matches the reports of a tree by their paths, and refuses a name that two studies share", () => {
  const hospital = join(folder, "hospital");
  const cohort = join(hospital, "cohort.json");
  for (const [name, text] of [
    ["hospA", "IMPRESSION: Acute PE."],
    ["hospB", "IMPRESSION: No PE."],
  ] as const) {
    mkdirSync(join(hospital, "reports", name), { recursive: true });
    writeFileSync(join(hospital, "reports", name, "0001.txt"), text);
  }
  const studies = ["hospA", "hospB"].map((id) => ({
    id,
    patient: null,
    hospital: null,
    series: id,
    report: `reports/${id}/0001.txt`,
    label: null,
    annotations: [],
    split: null,
  }));
  const start = () => writeFileSync(cohort, formatCohort(cohort, { name: "test", studies }));
  const values = () =>
    (JSON.parse(readFileSync(cohort, "utf8")) as { studies: { label: { value: string } | null }[] }).studies.map(
      (study) => study.label?.value,
    );
  start();
  const tree = label(join(hospital, "reports"), "--cohort", cohort);
  expect(tree.status, tree.stderr).toBe(0);
  expect(values()).toEqual(["present", "absent"]);
  start();
  expect(label(join(hospital, "reports", "hospB"), "--cohort", cohort).status).toBe(0);
  expect(values()).toEqual([undefined, "absent"]);
  const bare = join(folder, "bare.csv");
  writeFileSync(bare, "id,text\n0001,Acute PE.\n");
  const refused = label(bare, "--cohort", cohort);
  expect(refused.status).toBe(3);
  expect(refused.stderr).toMatch(/"0001" names two studies, "hospA" and "hospB" \[labels-invalid\]/);
});

test("embolens label counts the reports that are not in English on stderr, by their ids, and gives them no label", () => {
  const mixed = join(folder, "mixed.csv");
  writeFileSync(mixed, "id,text\nA,Geen aanwijzingen voor PE.\nB,No PE.\nC,PE wykluczona.\n");
  const { stdout, stderr, status } = label(mixed, "--json");
  expect(status).toBe(0);
  const result = JSON.parse(stdout) as LabelResult;
  expect(result.notRead).toEqual({ language: 2 });
  expect(result.reports.map(({ label: found, notRead }) => [found, notRead])).toEqual([
    ["not-mentioned", "language"],
    ["absent", null],
    ["not-mentioned", "language"],
  ]);
  expect(stderr).toContain("not read, as they are not in English: 2 of 3 reports, which get no label: A, C\n");
  const table = join(folder, "mixed-labels.csv");
  expect(label(mixed, "--out", table).stdout).toBe(
    `${table}: 3 reports, 0 present, 1 absent, 0 uncertain, 0 not-mentioned, 2 not read, as they are not in English\n`,
  );
});
