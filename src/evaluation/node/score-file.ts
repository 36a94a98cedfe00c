/**
 * Anybody's scores: a CSV file with a row a case, a column of labels, and a column of scores a model.
 *
 *     id,patient,label,ours,theirs
 *     s1,p1,1,0.91,0.40
 *
 * Columns named id, study, patient or split say what they say; every other column beside the label is a model. A gap or a NaN
 * is refused with its case, never skipped: models that are compared must have scored the same cases.
 *
 *     const test = ofSplit(file, "test");      // where a column tells splits apart
 */
import { readFile } from "node:fs/promises";
import { CsvError, parse } from "csv-parse/sync";
import { FailedError, RefusedError, UsageError } from "../../errors.ts";

export interface ScoreFile {
  readonly name: string;
  readonly ids: readonly string[] | undefined;
  readonly patients: readonly string[] | undefined;
  readonly splits: readonly string[] | undefined;
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
  return { name, ids: texts(["id", "study"]), patients: texts(["patient"]), splits: texts(["split"]), labels, models };
}

/** The rows of one split. @throws RefusedError `empty-input` where there is none */
export function ofSplit(file: ScoreFile, split: string): ScoreFile {
  const { splits = [] } = file;
  const rows = [...splits.keys()].filter((row) => splits[row] === split);
  if (rows.length === 0) {
    throw new RefusedError("empty-input", `${file.name}: no row of the split "${split}"`, {
      hint: `name another with --split; there are: ${[...new Set(splits)].join(", ")}`,
    });
  }
  const of = <T>(values: readonly T[] | undefined) => values && rows.map((row) => values[row]!);
  return {
    ...{ name: file.name, ids: of(file.ids), patients: of(file.patients), splits: of(file.splits) },
    labels: Uint8Array.from(rows, (row) => file.labels[row]!),
    models: file.models.map(({ name, scores }) => ({ name, scores: Float64Array.from(rows, (row) => scores[row]!) })),
  };
}

/**
 * Refuses to choose on the cases that are reported on.
 *
 * @throws RefusedError `split-leakage` when both are the same file, or hold the same patient or the same scored case
 */
export function requireDisjoint(chosenOn: ScoreFile, reported: ScoreFile): void {
  const refuse = (what: string) => {
    throw new RefusedError("split-leakage", `${chosenOn.name}: ${what}`, {
      hint: "choose operating points on cases that are not reported on",
    });
  };
  if (chosenOn.name === reported.name && chosenOn.splits === undefined) refuse("is the file that is reported on");
  // An id alone may be a row number; with its label and scores it is the case.
  const cases = ({ ids, labels, models }: ScoreFile) =>
    ids?.map((id, row) => [id, labels[row], ...models.map(({ scores }) => scores[row])].join("\u0000"));
  const shared = (one: readonly string[] = [], other: readonly string[] = []) => {
    const known = new Set(other);
    return [...new Set(one)].filter((each) => known.has(each));
  };
  const [patient, ...patients] = shared(chosenOn.patients, reported.patients);
  if (patient !== undefined) {
    refuse(`${1 + patients.length} of its patients are among those of ${reported.name}, for instance ${patient}`);
  }
  const [known, ...others] = shared(cases(chosenOn), cases(reported));
  if (known !== undefined) {
    refuse(
      `${1 + others.length} of its cases are among those of ${reported.name}, for instance ${known.split("\u0000")[0]}`,
    );
  }
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
