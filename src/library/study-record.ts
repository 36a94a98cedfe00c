/**
 * A study's record, study.json, and the copy of it that lies beside: a record that a disk or a hand has damaged is read
 * from the copy, and where both are gone, what readers said is searched for in what is left of the bytes.
 *
 *     await writeRecord(folder, study);
 *     const found = await readRecord(folder);   // { study, isCopy }
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { z } from "zod";
import { writeAtomic } from "../cohort/index.ts";
import {
  type Measurement,
  measurementSchema,
  type Study,
  studySchema,
  type Verdict,
  verdictSchema,
} from "./records.ts";

export const recordFile = { record: "study.json", copy: "study.copy.json" } as const;

/** The copy first: a change that could be written nowhere but there did not happen, since the record is asked first. */
export async function writeRecord(folder: string, study: Study): Promise<void> {
  const text = JSON.stringify(study, null, 2);
  await writeAtomic(join(folder, recordFile.copy), text);
  await writeAtomic(join(folder, recordFile.record), text);
}

/** Undefined where neither the record nor its copy can be read. */
export async function readRecord(
  folder: string,
): Promise<{ readonly study: Study; readonly isCopy: boolean } | undefined> {
  const study = await readStudy(join(folder, recordFile.record));
  if (study) return { study, isCopy: false };
  const copy = await readStudy(join(folder, recordFile.copy));
  return copy && { study: copy, isCopy: true };
}

async function readStudy(path: string): Promise<Study | undefined> {
  try {
    return studySchema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch {
    return undefined;
  }
}

/** What readers said, as far as it can be read in a damaged record. */
export async function salvage(
  folder: string,
): Promise<{ readonly verdicts: Verdict[]; readonly measurements: Measurement[] }> {
  const texts = await Promise.all(
    Object.values(recordFile).map((name) => readFile(join(folder, name), "utf8").catch(() => "")),
  );
  const most = <Item>(name: string, schema: z.ZodType<Item>) =>
    texts.map((text) => itemsOf(text, name, schema)).reduce((a, b) => (b.length > a.length ? b : a));
  return { verdicts: most("verdicts", verdictSchema), measurements: most("measurements", measurementSchema) };
}

/** The whole objects of a list in JSON that may end anywhere. */
function itemsOf<Item>(text: string, name: string, schema: z.ZodType<Item>): Item[] {
  const start = new RegExp(`"${name}"\\s*:\\s*\\[`).exec(text);
  const items: Item[] = [];
  let at = start ? start.index + start[0].length : text.length;
  for (;;) {
    const next = /^[\s,]*\{/.exec(text.slice(at));
    if (!next) return items;
    const open = at + next[0].length - 1;
    let item: ReturnType<typeof schema.safeParse> | undefined;
    // An object ends at the first brace up to which the text is JSON; a brace in a note is passed over.
    for (at = text.indexOf("}", open) + 1; at > 0 && !item; at = item ? at : text.indexOf("}", at) + 1) {
      const value = parsed(text.slice(open, at));
      if (value !== undefined) item = schema.safeParse(value);
      if (item) break;
    }
    if (!item) return items;
    if (item.success) items.push(item.data);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What a study is when it waits for a diagnosis as on its first day. */
export const waitingAfresh = {
  state: "waiting",
  progress: null,
  reason: null,
  tries: 0,
  diagnosed: null,
  diagnosisId: null,
  probability: null,
  decision: null,
} as const satisfies Partial<Study>;
