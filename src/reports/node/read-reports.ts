/**
 * Reports from disk: a table (CSV, TSV, JSON lines), or a folder of text files.
 *
 *     const reports = await readReports("reports.csv", { id: "accession", text: "report" });
 *     // [{ id: "A1", text: "INDICATION: …" }]
 *
 * Files may be in UTF-8, UTF-16 or Windows-1252. Of a folder every .txt file below it is a report, its path without
 * the ending its id.
 */
import { readdir, readFile, stat } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";
import { CsvError, parse } from "csv-parse/sync";
import { z } from "zod";
import { FailedError, RefusedError } from "../../errors.ts";
import type { OnProgress } from "../../progress.ts";
import { decodeReportText } from "../encoding.ts";

export interface ReportText {
  readonly id: string;
  readonly text: string;
  /** The cell of the truth column, where one was asked for. */
  readonly truth?: string;
}

export interface ReportColumns {
  /** Default "id". */
  readonly id?: string | undefined;
  /** Default "text". */
  readonly text?: string | undefined;
  /** A column of truth to read beside them. */
  readonly truth?: string | undefined;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * @throws FailedError "file-missing", "file-unreadable"; RefusedError "column-missing", "file-corrupt", "empty-input",
 *   "format-unknown"
 */
export async function readReports(path: string, columns: ReportColumns = {}): Promise<ReportText[]> {
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => unreadable(path, cause));
  const reports = found.isDirectory() ? await readFolder(path, columns) : await readTable(path, columns);
  if (reports.length === 0) throw new RefusedError("empty-input", `${path}: there is no report`);
  return reports;
}

function unreadable(path: string, cause: NodeJS.ErrnoException): never {
  throw cause.code === "ENOENT"
    ? new FailedError("file-missing", `there is no ${path}`, { cause })
    : new FailedError("file-unreadable", `${path} cannot be read: ${cause.message}`, { cause });
}

async function readText(path: string): Promise<string> {
  return decodeReportText(await readFile(path).catch((cause: NodeJS.ErrnoException) => unreadable(path, cause)));
}

async function readFolder(folder: string, { truth, onProgress, signal }: ReportColumns): Promise<ReportText[]> {
  if (truth !== undefined) {
    throw new RefusedError("column-missing", `${folder} is a folder: it has no column "${truth}"`, {
      hint: "put the reports and their truth into one CSV file",
    });
  }
  const names = (await readdir(folder, { recursive: true }))
    .filter((name) => extname(name).toLowerCase() === ".txt")
    .sort();
  if (names.length === 0) {
    throw new RefusedError("empty-input", `${folder}: there is no .txt file`, {
      hint: "name a folder of text files, a .csv or a .jsonl file",
    });
  }
  const reports: ReportText[] = [];
  for (const [done, name] of names.entries()) {
    signal?.throwIfAborted();
    const path = join(folder, name);
    const id = relative(folder, path).slice(0, -extname(name).length).split(sep).join("/");
    reports.push({ id, text: await readText(path) });
    onProgress?.({ label: "reading", done: done + 1, total: names.length, unit: "reports" });
  }
  return reports;
}

const readers: Readonly<Record<string, (name: string, text: string) => Record<string, unknown>[]>> = {
  ".csv": parseTable,
  ".tsv": parseTable,
  ".jsonl": parseLines,
  ".ndjson": parseLines,
};

async function readTable(path: string, columns: ReportColumns): Promise<ReportText[]> {
  const read = readers[extname(path).toLowerCase()];
  if (!read) {
    throw new RefusedError("format-unknown", `${path}: reports are read from .csv, .tsv, .jsonl and folders of .txt`);
  }
  const { id = "id", text = "text", truth } = columns;
  return read(path, await readText(path)).map((row, index): ReportText => {
    const cell = (column: string, flag: string): string => {
      const value = row[column];
      if (value === undefined) {
        throw new RefusedError("column-missing", `${path}, row ${index + 1}: no column "${column}"`, {
          hint: `name it with ${flag}; there are: ${Object.keys(row).join(", ")}`,
        });
      }
      return value === null ? "" : typeof value === "string" ? value : JSON.stringify(value);
    };
    return {
      id: cell(id, "--id-column"),
      text: cell(text, "--text-column"),
      ...(truth !== undefined && { truth: cell(truth, "--evaluate") }),
    };
  });
}

/** The separator that the first line holds most of. */
function separatorOf(text: string): string {
  const [header = ""] = text.split("\n", 1);
  const count = (separator: string) => header.split(separator).length;
  return [",", ";", "\t"].reduce((best, separator) => (count(separator) > count(best) ? separator : best));
}

function parseTable(name: string, text: string): Record<string, unknown>[] {
  try {
    return parse(text, {
      bom: true,
      columns: (header: string[]) => header.map((title) => title.trim()),
      delimiter: separatorOf(text),
      skip_empty_lines: true,
    });
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw new RefusedError("file-corrupt", `${name}: ${cause.message}`, {
      cause,
      hint: "texts with line breaks or separators need quotation marks around them",
    });
  }
}

const lineSchema = z.record(z.string(), z.unknown());

function parseLines(name: string, text: string): Record<string, unknown>[] {
  const rows: Record<string, unknown>[] = [];
  for (const [index, line] of text
    .replace(/^\ufeff/, "")
    .split("\n")
    .entries()) {
    if (line.trim() === "") continue;
    let parsed: unknown;
    try {
      parsed = JSON.parse(line);
    } catch (cause) {
      throw new RefusedError("file-corrupt", `${name}, line ${index + 1} is not JSON`, { cause });
    }
    const row = lineSchema.safeParse(parsed);
    if (!row.success) throw new RefusedError("file-corrupt", `${name}, line ${index + 1} is not a JSON object`);
    rows.push(row.data);
  }
  return rows;
}
