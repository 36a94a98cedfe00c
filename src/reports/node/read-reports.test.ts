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
  expect((await readReports(path, { id: "accession", text: ["report"] })).reports).toEqual([
    { id: "A1", text: "IMPRESSION:\nNo PE; clear." },
  ]);
  const tabs = file("a.tsv", "id\ttext\ttruth\n1\tPE.\tpresent\n");
  expect((await readReports(tabs, { truth: "truth" })).reports).toEqual([
    { id: "1", text: "PE.", truth: "present", attributes: {} },
  ]);
});

test("UTF-16 and Windows-1252 tables are read", async () => {
  const path = file("b.csv", Buffer.from("\ufeffid,text\n1,Müller: no PE\n", "utf16le"));
  expect((await readReports(path)).reports).toEqual([{ id: "1", text: "Müller: no PE" }]);
  const latin = file("c.csv", Buffer.from("id,text\n1,M\u00fcller: no PE\n", "latin1"));
  expect((await readReports(latin)).reports).toEqual([{ id: "1", text: "Müller: no PE" }]);
});

test("JSON lines are read, null as an empty text", async () => {
  const path = file("d.jsonl", '{"id":7,"text":"PE"}\n\n{"id":"8","text":null}\n');
  expect((await readReports(path)).reports).toEqual([
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
  expect((await readReports(reports)).reports).toEqual([
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

const at = (name: string) => readReports(join(folder, name));

test("separated by bars, in columns of any case, with several text columns each under its heading", async () => {
  const path = file("bars.csv", "ID|Findings|IMPRESSION\n1|Clot in the right lower lobe artery.|PE.\n");
  const { reports, notes } = await readReports(path, { text: ["findings", "impression"] });
  expect(reports).toEqual([{ id: "1", text: "FINDINGS:\nClot in the right lower lobe artery.\nIMPRESSION:\nPE." }]);
  expect(notes).toEqual([]);
});

test("a ragged row is skipped by its number, and empty and doubled ids are named", async () => {
  const path = file("ragged.csv", 'id,text\n1,PE.\n2,no PE,oops\n,PE.\n1,5" catheter\n');
  const { reports, notes } = await readReports(path);
  expect(reports.map(({ id }) => id)).toEqual(["1", "", "1"]);
  expect(notes).toEqual([
    `${path}, row 3: 3 cells instead of 2: skipped`,
    `${path}: 1 reports have an empty id`,
    `${path}: ids that stand for several reports: 1 (2 times)`,
  ]);
});

test("HL7 v2 messages, several in a file, give one report an order, with their escapes, repetitions and parts", async () => {
  const messages = [
    "MSH|^~\\&|RIS|H|X|H|20250101||ORU^R01|M1|P|2.5.1\rPID|1||P1\rOBR|1|PL1|ACC1|CTPA\rOBX|1|TX|1^&GDT||Clot in the right lower lobe artery.~RV not dilated.||||||F\rOBX|2|TX|1^&IMP||Acute PE\\.br\\lobar||||||F",
    "MSH|^~\\&|RIS|H|X|H|20250101||ORU^R01|M2|P|2.5.1\rOBR|1||ACC2|CTPA\rOBX|1|FT|X||No PE.||||||F\rOBX|2|FT|X||PE.||||||D\rOBR|2||ACC3|CT\rOBX|1|ED|X||^text^plain^Base64^UEUu||||||F",
  ];
  file("oru.hl7", `\u000b${messages.join("\u001c\r\u000b")}\u001c\r`);
  expect((await at("oru.hl7")).reports).toEqual([
    {
      id: "ACC1",
      text: "FINDINGS:\nClot in the right lower lobe artery.\nRV not dilated.\nIMPRESSION:\nAcute PE\\.br\\lobar",
    },
    { id: "ACC2", text: "No PE." },
    { id: "ACC3", text: "PE." },
  ]);
});

test("FHIR DiagnosticReports are read from a bundle, alone and one a line; withdrawn ones are named", async () => {
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const report = (id: string, more: object) => ({ resourceType: "DiagnosticReport", id, status: "final", ...more });
  const withText = report("a", {
    identifier: [{ value: "ACC1" }],
    presentedForm: [
      { contentType: "text/plain", data: base64("FINDINGS: Clot.") },
      { contentType: "application/pdf", data: "AA==" },
    ],
    conclusion: "PE.",
  });
  const narrative = report("b", { text: { div: "<div>No PE.</div>" } });
  const wrong = report("c", { status: "entered-in-error", conclusion: "PE." });
  const entry = [withText, narrative, wrong].map((resource) => ({ resource }));
  file("bundle.json", JSON.stringify({ resourceType: "Bundle", type: "collection", entry }));
  file("lines.ndjson", [withText, narrative].map((resource) => JSON.stringify(resource)).join("\n"));
  const expected = [
    { id: "ACC1", text: "FINDINGS: Clot.\nIMPRESSION:\nPE." },
    { id: "b", text: "<div>No PE.</div>" },
  ];
  const bundle = await at("bundle.json");
  expect(bundle.reports).toEqual(expected);
  expect(bundle.notes.map((note) => note.replace(/^.*: /, ""))).toEqual([
    'an attachment (application/pdf) of the report "ACC1" is no text and was left out',
    'the report "c" is entered-in-error and was left out',
  ]);
  expect((await at("lines.ndjson")).reports).toEqual(expected);
});

test("the text of a DICOM structured report is read, concept names as headings", async () => {
  const { default: dcmjs } = await import("dcmjs");
  const { DicomMetaDictionary, DicomDict } = dcmjs.data;
  const code = (meaning: string) => [{ CodeValue: "1", CodingSchemeDesignator: "99T", CodeMeaning: meaning }];
  const content = (name: string, value: string) => ({
    RelationshipType: "CONTAINS",
    ValueType: "TEXT",
    ConceptNameCodeSequence: code(name),
    TextValue: value,
  });
  const sop = "1.2.840.10008.5.1.4.1.1.88.11";
  const dict = new DicomDict({
    "00020002": { vr: "UI", Value: [sop] },
    "00020003": { vr: "UI", Value: ["1.2.3.4"] },
    "00020010": { vr: "UI", Value: ["1.2.840.10008.1.2.1"] },
  });
  dict.dict = DicomMetaDictionary.denaturalizeDataset({
    _meta: {},
    SOPClassUID: sop,
    SOPInstanceUID: "1.2.3.4",
    AccessionNumber: "ACC9",
    Modality: "SR",
    ValueType: "CONTAINER",
    ContentSequence: [content("Findings", "Segmental embolus, right lower lobe."), content("Impression", "Acute PE.")],
  });
  file("sr.dcm", new Uint8Array(dict.write()));
  expect((await at("sr.dcm")).reports).toEqual([
    { id: "ACC9", text: "FINDINGS:\nSegmental embolus, right lower lobe.\nIMPRESSION:\nAcute PE." },
  ]);
});

test("an Excel sheet is a table", async () => {
  const { zipSync, strToU8 } = await import("fflate");
  const row = (number: number, cells: readonly string[]) =>
    `<row r="${number}">${cells.map((cell, index) => `<c r="${"AB"[index]}${number}" t="inlineStr"><is><t>${cell}</t></is></c>`).join("")}</row>`;
  const xml = (body: string) => strToU8(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>${body}`);
  const main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
  const relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
  const packageRelations = "http://schemas.openxmlformats.org/package/2006/relationships";
  file(
    "book.xlsx",
    zipSync({
      "[Content_Types].xml": xml(
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/></Types>',
      ),
      "_rels/.rels": xml(
        `<Relationships xmlns="${packageRelations}"><Relationship Id="rId1" Type="${relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
      ),
      "xl/workbook.xml": xml(
        `<workbook xmlns="${main}" xmlns:r="${relations}"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>`,
      ),
      "xl/_rels/workbook.xml.rels": xml(
        `<Relationships xmlns="${packageRelations}"><Relationship Id="rId1" Type="${relations}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
      ),
      "xl/worksheets/sheet1.xml": xml(
        `<worksheet xmlns="${main}"><sheetData>${row(1, ["Id", "Text"])}${row(2, ["A", "No PE."])}</sheetData></worksheet>`,
      ),
    }),
  );
  expect((await at("book.xlsx")).reports).toEqual([{ id: "A", text: "No PE." }]);
  await expect(readReports(file("torn.xlsx", "no zip"))).rejects.toMatchObject({ code: "file-corrupt" });
});
