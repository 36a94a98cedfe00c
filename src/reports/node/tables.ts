/**
 * Tables of reports: separated text (comma, semicolon, tab, bar), Excel, JSON lines; columns found whatever their case.
 *
 *     tableReports("a.csv", rowsOfText("a.csv", text), { text: ["findings", "impression"] })
 */
import { CsvError, parse } from "csv-parse/sync";
import { z } from "zod";
import { RefusedError } from "../../errors.ts";
import type { ReadReports, ReportText } from "../formats/source.ts";

export interface TableColumns {
  /** Default "id". */
  readonly id?: string | undefined;
  /** Default "text"; of several, each is a part of the report under its own heading. */
  readonly text?: readonly string[] | undefined;
  /** A column of truth to read beside them. */
  readonly truth?: string | undefined;
}

/** A table as its header and its rows, with the number that people count a row by. */
export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly { readonly number: number; readonly cells: readonly unknown[] }[];
}

/** Columns of truth beside the label's, by the names that the table of labels has. */
export const attributeColumns = ["acuity", "location", "side", "quality", "right_heart_strain"] as const;

const namesShown = 10;

/** @throws RefusedError "column-missing", and "file-corrupt" where no row fits the header */
export function tableReports(name: string, { header, rows }: Table, columns: TableColumns): ReadReports {
  const { id = "id", text = ["text"], truth } = columns;
  const at = (column: string, flag: string): number => {
    const exact = header.indexOf(column);
    const found = exact >= 0 ? exact : header.findIndex((title) => title.toLowerCase() === column.toLowerCase());
    if (found >= 0) return found;
    throw new RefusedError("column-missing", `${name}: no column "${column}"`, {
      hint: `name it with ${flag}; there are: ${header.join(", ")}`,
    });
  };
  const idAt = at(id, "--id-column");
  const textAt = text.map((column) => ({ column, index: at(column, "--text-column") }));
  const truthAt = truth === undefined ? undefined : at(truth, "--evaluate");
  const attributesAt = attributeColumns
    .map((column) => ({ column, index: header.findIndex((title) => title.toLowerCase() === column) }))
    .filter(({ index }) => index >= 0);
  const reports: ReportText[] = [];
  const notes: string[] = [];
  for (const { number, cells } of rows) {
    if (cells.length !== header.length) {
      notes.push(`${name}, row ${number}: ${cells.length} cells instead of ${header.length}: skipped`);
      continue;
    }
    const parts = textAt.map(({ column, index }) => ({ column, part: cellText(cells[index]) }));
    reports.push({
      id: cellText(cells[idAt]),
      text:
        parts.length === 1
          ? parts[0]!.part
          : parts
              .filter(({ part }) => part.trim() !== "")
              .map(({ column, part }) => `${column.replace(/_/g, " ").toUpperCase()}:\n${part}`)
              .join("\n"),
      ...(truthAt !== undefined && {
        truth: cellText(cells[truthAt]),
        attributes: Object.fromEntries(attributesAt.map(({ column, index }) => [column, cellText(cells[index])])),
      }),
    });
  }
  if (reports.length === 0 && notes.length > 0) {
    throw new RefusedError("file-corrupt", `${name}: no row has the header's ${header.length} cells`, {
      hint: "texts with line breaks or separators need quotation marks around them",
    });
  }
  return { reports, notes };
}

/** What is wrong with the ids: empty ones, and those that two reports have. */
export function idNotes(name: string, reports: readonly ReportText[]): string[] {
  const places = new Map<string, number>();
  for (const { id } of reports) places.set(id, (places.get(id) ?? 0) + 1);
  const empty = places.get("") ?? 0;
  const doubled = [...places].filter(([id, count]) => id !== "" && count > 1);
  const shown = doubled.slice(0, namesShown).map(([id, count]) => `${id} (${count} times)`);
  const more = doubled.length - shown.length;
  return [
    ...(empty > 0 ? [`${name}: ${empty} reports have an empty id`] : []),
    ...(doubled.length > 0
      ? [`${name}: ids that stand for several reports: ${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`]
      : []),
  ];
}

const cellText = (value: unknown): string => {
  if (value === null || value === undefined) return "";
  if (value instanceof Date) return value.toISOString();
  return typeof value === "object" ? JSON.stringify(value) : String(value);
};

/** The separator that the first line holds most of. */
function separatorOf(text: string): string {
  const [header = ""] = text.split("\n", 1);
  const count = (separator: string) => header.split(separator).length;
  return [",", ";", "\t", "|"].reduce((best, separator) => (count(separator) > count(best) ? separator : best));
}

/** @throws RefusedError "file-corrupt" where a quotation mark is never closed */
export function rowsOfText(name: string, text: string): Table {
  try {
    const [header = [], ...rows] = parse(text, {
      bom: true,
      delimiter: separatorOf(text),
      skip_empty_lines: true,
      relax_column_count: true,
      relax_quotes: true,
    });
    return {
      header: header.map((title) => title.trim()),
      rows: rows.map((cells, index) => ({ number: index + 2, cells })),
    };
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw new RefusedError("file-corrupt", `${name}: ${cause.message}`, {
      cause,
      hint: "texts with line breaks or separators need quotation marks around them",
    });
  }
}

/** The first sheet of an Excel file (.xlsx). @throws RefusedError "file-corrupt" */
export async function rowsOfExcel(name: string, content: Uint8Array): Promise<Table> {
  const { readSheet } = await import("read-excel-file/node");
  const sheet = await readSheet(Buffer.from(content)).catch((cause: unknown) => {
    throw new RefusedError("file-corrupt", `${name} is no Excel file that can be read`, {
      cause,
      hint: "save it as .xlsx or as CSV",
    });
  });
  const [header = [], ...rows] = sheet;
  return {
    header: header.map((title) => cellText(title).trim()),
    rows: rows.map((cells, index) => ({ number: index + 2, cells: header.map((_, at) => cells[at]) })),
  };
}

const lineSchema = z.record(z.string(), z.unknown());

/** A row an object; a key that an object lacks is an empty cell. @throws RefusedError "file-corrupt" */
export function rowsOfObjects(name: string, objects: readonly unknown[]): Table {
  const header = new Set<string>();
  const records = objects.map((value, index) => {
    const row = lineSchema.safeParse(value);
    if (!row.success) throw new RefusedError("file-corrupt", `${name}, line ${index + 1} is not a JSON object`);
    for (const key of Object.keys(row.data)) header.add(key);
    return row.data;
  });
  const titles = [...header];
  return {
    header: titles,
    rows: records.map((record, index) => ({ number: index + 1, cells: titles.map((title) => record[title]) })),
  };
}
