/**
 * Anybody's scores: a CSV file with a row a case, a column of labels, and a column of scores a model.
 *
 *     id,patient,label,ours,theirs
 *     s1,p1,1,0.91,0.40
 *
 * Columns named id, study, patient or split say what they say; every other column beside the label is a model. A gap or a NaN
 * is refused with its case, never skipped: models that are compared must have scored the same cases.
 */
import { readFile } from "node:fs/promises";
import { CsvError, parse } from "csv-parse/sync";
import { FailedError, RefusedError, UsageError } from "../../errors.ts";

export interface ScoreFile {
  readonly name: string;
  readonly ids: readonly string[] | undefined;
  readonly patients: readonly string[] | undefined;
  readonly labels: Uint8Array;
  readonly models: readonly { readonly name: string; readonly scores: Float64Array }[];
}

export interface ScoreColumns {
  /** The column of labels; default "label". */
  readonly label?: string | undefined;
  /** The models to read; default every column that isn't something else. */
  readonly models?: readonly string[] | undefined;
}

const labelValues: Readonly<Record<string, 0 | 1>> = {
  "1": 1,
  "1.0": 1,
  true: 1,
  positive: 1,
  present: 1,
  "0": 0,
  "0.0": 0,
  false: 0,
  negative: 0,
  absent: 0,
};

const otherColumns = ["id", "study", "patient", "split"];

export async function readScores(path: string, columns: ScoreColumns = {}): Promise<ScoreFile> {
  const content = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw cause.code === "ENOENT"
      ? new FailedError("file-missing", `${path}: there is no such file`, { cause })
      : new FailedError("file-unreadable", `${path}: ${cause.message}`, { cause });
  });
  return parseScores(path, content, columns);
}

/** @throws RefusedError `scores-invalid`, `labels-invalid`, `column-missing`, `empty-input`; UsageError `option-invalid` */
export function parseScores(name: string, content: Uint8Array | string, columns: ScoreColumns = {}): ScoreFile {
  const [header, ...rows] = parseRows(name, content);
  if (!header || rows.length === 0) throw new RefusedError("empty-input", `${name}: no row of scores`);
  const line = (at: number) => `${name}, case ${at + 1}`;
  const labelName = columns.label ?? "label";
  const column = (wanted: string): number | undefined => {
    const found = header.indexOf(wanted);
    return found < 0 ? undefined : found;
  };
  const labelColumn = column(labelName);
  if (labelColumn === undefined) {
    throw new RefusedError("column-missing", `${name}: no column "${labelName}"`, {
      hint: `name the column of labels with --label; there are: ${header.join(", ")}`,
    });
  }
  const repeated = header.find((title, index) => header.indexOf(title) !== index);
  if (repeated !== undefined) throw new RefusedError("scores-invalid", `${name}: two columns are called "${repeated}"`);
  const modelNames = columns.models ?? header.filter((title) => title !== labelName && !otherColumns.includes(title));
  if (modelNames.length === 0) {
    throw new RefusedError("column-missing", `${name}: no column of scores beside "${labelName}"`);
  }
  const models = modelNames.map((model) => {
    const index = column(model);
    if (index === undefined) {
      throw new UsageError("option-invalid", `${name}: no column "${model}"`, {
        hint: `there are: ${header.join(", ")}`,
      });
    }
    return { name: model, scores: Float64Array.from(rows, (row, at) => score(row[index]!, model, at)) };
  });
  function score(text: string, model: string, at: number): number {
    const value = text === "" ? Number.NaN : Number(text);
    if (Number.isFinite(value)) return value;
    throw new RefusedError(
      "scores-invalid",
      `${line(at)}: the score of "${model}" is ${text === "" ? "missing" : `"${text}"`}`,
      {
        hint: "every model needs a finite score for every case; name the columns to read with --models",
      },
    );
  }
  const labels = Uint8Array.from(rows, (row, at) => {
    const value = labelValues[row[labelColumn]!.toLowerCase()];
    if (value !== undefined) return value;
    throw new RefusedError("labels-invalid", `${line(at)}: the label is "${row[labelColumn]}"`, {
      hint: "labels are 1 and 0, true and false, positive and negative, or present and absent",
    });
  });
  const texts = (wanted: readonly string[]) => {
    const index = wanted.map(column).find((found) => found !== undefined);
    return index === undefined ? undefined : rows.map((row) => row[index]!);
  };
  return { name, ids: texts(["id", "study"]), patients: texts(["patient"]), labels, models };
}

function parseRows(name: string, content: Uint8Array | string): string[][] {
  try {
    return parse(
      typeof content === "string" ? content : Buffer.from(content.buffer, content.byteOffset, content.length),
      {
        bom: true,
        trim: true,
        skip_empty_lines: true,
      },
    );
  } catch (cause) {
    if (cause instanceof CsvError) throw new RefusedError("scores-invalid", `${name}: ${cause.message}`, { cause });
    throw cause;
  }
}
