/**
 * The audit log: who did what, when and from where, one JSON line each, only ever added to. Each line carries the digest
 * of the one before it, so that a line that was changed, taken out or put in shows.
 *
 *     const audit = await AuditLog.open("reading-room/audit.jsonl");
 *     await audit.add({ who: "Dr One", role: "reader", from: "10.0.0.7", action: "opened", study: id, request: "req-4" });
 *     await verifyAudit("reading-room/audit.jsonl");   // { lines: 1, head: "5f…", problem: null }
 *
 * Whoever can write the file can also cut its end off, or write all of it again: the head that is printed has to be noted
 * elsewhere, which the server's own log does line by line.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { createInterface } from "node:readline";
import { z } from "zod";
import { FailedError } from "../errors.ts";

const entrySchema = z.object({
  who: z.string().nullable(),
  role: z.string().nullable(),
  from: z.string(),
  action: z.string(),
  study: z.string().nullable(),
  request: z.string(),
});
/** `who` is null for the single user of this computer, or where nobody was let in. */
export type AuditEntry = z.infer<typeof entrySchema>;

const lineSchema = entrySchema.extend({
  number: z.int(),
  at: z.iso.datetime(),
  previous: z.string(),
  hash: z.string(),
});

export const firstLink = "0".repeat(64);
/** The action of the line after one that a killed server left half-written; its `study` is the half line's digest. */
const afterHalfLine = "log continued after a half-written line";

const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

export interface AuditVerification {
  readonly lines: number;
  /** Digest of the last line: what to note elsewhere. */
  readonly head: string;
  /** Where the chain breaks first, as a sentence; null where it holds. */
  readonly problem: string | null;
}

export class AuditLog {
  readonly #file: FileHandle;
  #number: number;
  #previous: string;
  #turn: Promise<unknown> = Promise.resolve();
  /** Whether the last line could be written. */
  isWritten = true;

  private constructor(file: FileHandle, { lines, head }: AuditVerification) {
    this.#file = file;
    this.#number = lines;
    this.#previous = head;
  }

  /** @throws FailedError file-unwritable */
  static async open(path: string): Promise<AuditLog> {
    try {
      const file = await open(path, "a", 0o600);
      const { last, half } = await read(path);
      const log = new AuditLog(file, { lines: last?.number ?? 0, head: last?.hash ?? firstLink, problem: null });
      if (half !== undefined) {
        await file.appendFile("\n");
        const nobody = { who: null, role: null, from: "", request: "" };
        await log.add({ ...nobody, action: afterHalfLine, study: digest(half) });
      }
      return log;
    } catch (cause) {
      throw new FailedError("file-unwritable", `${path}: the audit log can’t be written`, { cause });
    }
  }

  /** @returns the digest of the line, once it is on the disk */
  add(entry: AuditEntry): Promise<string> {
    const added = this.#turn.then(async () => {
      const line = { number: this.#number + 1, at: new Date().toISOString(), ...entry, previous: this.#previous };
      const hash = digest(JSON.stringify(line));
      this.isWritten = false;
      await this.#file.appendFile(`${JSON.stringify({ ...line, hash })}\n`);
      await this.#file.datasync();
      this.isWritten = true;
      this.#number = line.number;
      this.#previous = hash;
      return hash;
    });
    this.#turn = added.catch(() => {});
    return added;
  }

  async close(): Promise<void> {
    await this.#turn;
    await this.#file.close();
  }
}

/** Follows the chain from the first line to the last. */
export async function verifyAudit(path: string): Promise<AuditVerification> {
  const { last, half, problem } = await read(path);
  return {
    lines: last?.number ?? 0,
    head: last?.hash ?? firstLink,
    problem: problem ?? (half === undefined ? null : "the last line is half-written"),
  };
}

interface Chain {
  readonly last: z.infer<typeof lineSchema> | undefined;
  /** What stands after the last whole line. */
  readonly half: string | undefined;
  readonly problem: string | undefined;
}

async function read(path: string): Promise<Chain> {
  let last: Chain["last"];
  let half: string | undefined;
  let problem: string | undefined;
  let at = 0;
  for await (const text of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
    at++;
    const line = parseLine(text);
    if (!line) {
      if (half !== undefined) problem ??= `line ${at} is no line of the log`;
      half = text;
      continue;
    }
    if (half !== undefined && !(line.action === afterHalfLine && line.study === digest(half))) {
      problem ??= `line ${at - 1} is no line of the log`;
    }
    half = undefined;
    const { hash, ...content } = line;
    if (digest(JSON.stringify(content)) !== hash) problem ??= `line ${at} was changed after it was written`;
    if (line.previous !== (last?.hash ?? firstLink) || line.number !== (last?.number ?? 0) + 1) {
      problem ??= `line ${at} does not follow the line before it: one was taken out, put in or moved`;
    }
    last = line;
  }
  return { last, half, problem };
}

function parseLine(text: string): z.infer<typeof lineSchema> | undefined {
  try {
    const raw: unknown = JSON.parse(text);
    // The very fields in the order in which they were written: the digest is of the text.
    lineSchema.strict().parse(raw);
    return raw as z.infer<typeof lineSchema>;
  } catch {
    return undefined;
  }
}
