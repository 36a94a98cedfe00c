import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readReports } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "embolens-reports-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string, content: string | Uint8Array) => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

test("a CSV file is read by its columns, with line breaks in texts, any of three separators, and a mark of UTF-8", async () => {
  const path = file("a.csv", '\ufeffaccession;report\nA1;"IMPRESSION:\nNo PE; clear."\n');
  expect(await readReports(path, { id: "accession", text: "report" })).toEqual([
    { id: "A1", text: "IMPRESSION:\nNo PE; clear." },
  ]);
  const tabs = file("a.tsv", "id\ttext\ttruth\n1\tPE.\tpresent\n");
  expect(await readReports(tabs, { truth: "truth" })).toEqual([{ id: "1", text: "PE.", truth: "present" }]);
});

test("UTF-16 and Windows-1252 tables are read", async () => {
  const path = file("b.csv", Buffer.from("\ufeffid,text\n1,Müller: no PE\n", "utf16le"));
  expect(await readReports(path)).toEqual([{ id: "1", text: "Müller: no PE" }]);
  const latin = file("c.csv", Buffer.from("id,text\n1,M\u00fcller: no PE\n", "latin1"));
  expect(await readReports(latin)).toEqual([{ id: "1", text: "Müller: no PE" }]);
});

test("JSON lines are read, null as an empty text", async () => {
  const path = file("d.jsonl", '{"id":7,"text":"PE"}\n\n{"id":"8","text":null}\n');
  expect(await readReports(path)).toEqual([
    { id: "7", text: "PE" },
    { id: "8", text: "" },
  ]);
});

test("a folder's text files are reports, their paths their ids", async () => {
  const reports = join(folder, "reports");
  mkdirSync(join(reports, "B"), { recursive: true });
  writeFileSync(join(reports, "A1.txt"), "No PE.");
  writeFileSync(join(reports, "B", "2.TXT"), "PE.");
  writeFileSync(join(reports, "notes.md"), "PE.");
  expect(await readReports(reports)).toEqual([
    { id: "A1", text: "No PE." },
    { id: "B/2", text: "PE." },
  ]);
});

test("what cannot be read is refused by name: missing, empty, without the column, torn, of another format", async () => {
  await expect(readReports(join(folder, "none.csv"))).rejects.toMatchObject({ code: "file-missing", exitCode: 1 });
  await expect(readReports(file("e.csv", "id,text\n"))).rejects.toMatchObject({ code: "empty-input" });
  await expect(readReports(file("f.csv", "id,report\n1,PE\n"))).rejects.toMatchObject({
    code: "column-missing",
    hint: "name it with --text-column; there are: id, report",
  });
  await expect(readReports(file("g.csv", 'id,text\n1,"PE\n'))).rejects.toMatchObject({ code: "file-corrupt" });
  await expect(readReports(file("h.jsonl", '{"id":1\n'))).rejects.toMatchObject({ code: "file-corrupt" });
  await expect(readReports(file("i.docx", "PE"))).rejects.toMatchObject({ code: "format-unknown" });
});
