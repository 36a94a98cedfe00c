/**
 * Reports from disk: a table (CSV, TSV, Excel, JSON lines), HL7 v2 messages, FHIR DiagnosticReports, DICOM structured
 * reports, or a folder of text files and any of these messages.
 *
 *     const { reports, notes } = await readReports("reports.csv", { id: "accession", text: ["report"] });
 *     // reports: [{ id: "A1", text: "INDICATION: …" }]; notes: what was left out and why
 *
 * Text files may be in UTF-8, UTF-16 or Windows-1252. Of a folder every .txt file below it is a report, its path without
 * the ending its id; messages carry their own ids.
 */
import { readdir, readFile, stat } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";
import { FailedError, RefusedError } from "../../errors.ts";
import type { OnProgress } from "../../progress.ts";
import { bytes } from "../../volume/index.ts";
import { decodeReportText } from "../encoding.ts";
import { isFhir, readFhir } from "../formats/fhir.ts";
import { isHl7, readHl7 } from "../formats/hl7.ts";
import type { ReadReports, ReportText } from "../formats/source.ts";
import { readStructuredReport } from "../formats/structured-report.ts";
import { idNotes, rowsOfExcel, rowsOfObjects, rowsOfText, type TableColumns, tableReports } from "./tables.ts";

export interface ReadOptions extends TableColumns {
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * @throws FailedError "file-missing", "file-unreadable"; RefusedError "column-missing", "file-corrupt", "empty-input",
 *   "format-unknown"
 */
export async function readReports(path: string, options: ReadOptions = {}): Promise<ReadReports> {
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => unreadable(path, cause));
  const read = found.isDirectory() ? await readFolder(path, options) : await readFileOf(path, options);
  if (read.reports.length === 0) throw new RefusedError("empty-input", `${path}: there is no report`);
  return { reports: read.reports, notes: [...read.notes, ...idNotes(path, read.reports)] };
}

function unreadable(path: string, cause: NodeJS.ErrnoException): never {
  throw cause.code === "ENOENT"
    ? new FailedError("file-missing", `there is no ${path}`, { cause })
    : new FailedError("file-unreadable", `${path} cannot be read: ${cause.message}`, { cause });
}

const readBytes = (path: string): Promise<Uint8Array> =>
  readFile(path).catch((cause: NodeJS.ErrnoException) => unreadable(path, cause));

const tableEndings: ReadonlySet<string> = new Set([".csv", ".tsv", ".psv", ".xlsx", ".jsonl"]);
const messageEndings: ReadonlySet<string> = new Set([".hl7", ".oru", ".msg", ".json", ".ndjson", ".dcm"]);

async function readFolder(folder: string, { truth, onProgress, signal }: ReadOptions): Promise<ReadReports> {
  if (truth !== undefined) {
    throw new RefusedError("column-missing", `${folder} is a folder: it has no column "${truth}"`, {
      hint: "put the reports and their truth into one CSV file",
    });
  }
  const names = (await readdir(folder, { recursive: true }))
    .filter((name) => extname(name).toLowerCase() === ".txt" || messageEndings.has(extname(name).toLowerCase()))
    .sort();
  if (names.length === 0) {
    throw new RefusedError("empty-input", `${folder}: there is no .txt file, and no message (.hl7, .json, .dcm)`, {
      hint: "name a folder of text files or messages, a .csv or a .jsonl file",
    });
  }
  const reports: ReportText[] = [];
  const notes: string[] = [];
  for (const [done, name] of names.entries()) {
    signal?.throwIfAborted();
    const path = join(folder, name);
    const content = await readBytes(path);
    // One message that cannot be read does not keep the others from being labelled.
    const read = await readMessages(path, content, {}).catch((thrown: unknown): ReadReports => {
      if (!(thrown instanceof RefusedError)) throw thrown;
      return { reports: [], notes: [`${thrown.message}: left out`] };
    });
    if (read) {
      reports.push(...read.reports);
      notes.push(...read.notes);
    } else if (extname(name).toLowerCase() === ".txt") {
      const id = relative(folder, path).slice(0, -extname(name).length).split(sep).join("/");
      reports.push({ id, text: decodeReportText(content) });
    } else notes.push(`${path} holds no report: left out`);
    onProgress?.({ label: "reading", done: done + 1, total: names.length, unit: "reports" });
  }
  return { reports, notes };
}

async function readFileOf(path: string, options: ReadOptions): Promise<ReadReports> {
  const ending = extname(path).toLowerCase();
  const content = await readBytes(path);
  const messages = await readMessages(path, content, options);
  if (messages) return messages;
  if (ending === ".xlsx") return tableReports(path, await rowsOfExcel(path, content), options);
  if (tableEndings.has(ending)) return tableReports(path, rowsOfText(path, decodeReportText(content)), options);
  throw new RefusedError(
    "format-unknown",
    `${path}: reports are read from tables (.csv, .tsv, .psv, .xlsx, .jsonl), HL7 v2, FHIR, DICOM SR and folders of .txt`,
  );
}

/** What says by its own bytes what it is; undefined for a table or a plain text. */
async function readMessages(path: string, content: Uint8Array, options: ReadOptions): Promise<ReadReports | undefined> {
  const ending = extname(path).toLowerCase();
  if (ending === ".xlsx") return undefined;
  if (
    ending === ".dcm" ||
    (content[128] === 0x44 && content[129] === 0x49 && content[130] === 0x43 && content[131] === 0x4d)
  ) {
    const report = await readStructuredReport(bytes(path, content));
    return report ? { reports: [report], notes: [] } : undefined;
  }
  if (ending === ".jsonl" || ending === ".ndjson" || ending === ".json") {
    const values = parseJson(path, decodeReportText(content), ending);
    if (isFhir(values)) return readFhir(path, values);
    return tableReports(path, rowsOfObjects(path, values), options);
  }
  if (tableEndings.has(ending)) return undefined;
  const text = decodeReportText(content);
  return isHl7(text) ? readHl7(path, text) : undefined;
}

function parseJson(name: string, text: string, ending: string): unknown[] {
  const plain = text.replace(/^\ufeff/, "");
  if (ending === ".json") {
    try {
      const value: unknown = JSON.parse(plain);
      return Array.isArray(value) ? value : [value];
    } catch (cause) {
      // Resources one a line are often given this ending too.
      if (plain.trim().split("\n").length < 2) throw new RefusedError("file-corrupt", `${name} is not JSON`, { cause });
    }
  }
  const values: unknown[] = [];
  for (const [index, line] of plain.split("\n").entries()) {
    if (line.trim() === "") continue;
    try {
      values.push(JSON.parse(line));
    } catch (cause) {
      throw new RefusedError("file-corrupt", `${name}, line ${index + 1} is not JSON`, { cause });
    }
  }
  return values;
}
