/**
 * Reports from HL7 v2 messages (ORU^R01): one message or many, with or without batch and MLLP frames.
 *
 *     isHl7(text) && readHl7("batch.hl7", text)    // { reports: [{ id: "ACC-1", text: "IMPRESSION:\nNo PE." }], notes: [] }
 *
 * HL7 v2.5.1: segments 2.4, escapes 2.7; a report is an OBR with the OBX of type TX, FT, ST or ED that follow it. Its id is
 * the filler's order number (OBR-3), else the placer's (OBR-2), else the message's control id (MSH-10).
 */
import { decodeReportText } from "../encoding.ts";
import { decodeBase64 } from "./base64.ts";
import type { ReadReports, ReportText } from "./source.ts";

/** The frame that MLLP puts around a message, and the mark of UTF-8. */
const frames = ["\u000b", "\u001c", "\ufeff"];
const withoutFrames = (text: string) => frames.reduce((plain, frame) => plain.replaceAll(frame, "\r"), text);

/** Batch and file headers may stand before the first message. */
export const isHl7 = (text: string): boolean => /^\s*(?:MSH|FHS|BHS)[|^~\\&#]/.test(withoutFrames(text.slice(0, 16)));

/** What the suffix of OBX-3 (HL7 7.2.4) and the usual LOINC names say of a part of the report. */
const partHeadings: readonly (readonly [RegExp, string])[] = [
  [/&IMP\b|impression|conclusion|19005-8/i, "IMPRESSION"],
  [/&ADT\b|addend/i, "ADDENDUM"],
  [/&GDT\b|finding|observation|description|18782-3|59776-5/i, "FINDINGS"],
  [/history|indication|reason|11329-0|18785-6/i, "INDICATION"],
  [/technique|procedure|55111-9/i, "TECHNIQUE"],
  [/comparison|18834-2/i, "COMPARISON"],
  [/recommend|&REC\b/i, "RECOMMENDATION"],
];

const textTypes: ReadonlySet<string> = new Set(["TX", "FT", "ST", "ED", "RP", ""]);
/** Deleted, and posted in error. */
const withdrawn: ReadonlySet<string> = new Set(["D", "W", "X"]);

interface Open {
  id: string;
  part: string | undefined;
  lines: string[];
}

export function readHl7(name: string, text: string): ReadReports {
  const reports: ReportText[] = [];
  const notes: string[] = [];
  let separator = "|";
  let component = "^";
  let repetition = "~";
  let control = "";
  let number = 0;
  let open: Open | undefined;
  const close = () => {
    if (open && open.lines.length > 0) reports.push({ id: open.id, text: open.lines.join("\n") });
    else if (open) notes.push(`${name}, message ${number}: no text in the report "${open.id}"`);
    open = undefined;
  };
  for (const segment of withoutFrames(text).split(/[\r\n]+/)) {
    const kind = segment.slice(0, 3);
    if (kind === "MSH") {
      close();
      number++;
      separator = segment[3] ?? "|";
      component = segment[4] ?? "^";
      repetition = segment[5] ?? "~";
      const fields = segment.split(separator);
      control = fields[9] ?? "";
      const [type] = (fields[8] ?? "").split(component);
      if (type !== "ORU" && type !== "MDM" && type !== "")
        notes.push(`${name}, message ${number}: ${type} holds no report`);
      continue;
    }
    const fields = segment.split(separator);
    const first = (field: number) => (fields[field] ?? "").split(component)[0]?.trim() ?? "";
    if (kind === "OBR" || kind === "TXA") {
      close();
      const id = kind === "OBR" ? first(3) || first(2) || control : first(12) || control;
      open = { id, part: undefined, lines: [] };
    } else if (kind === "OBX") {
      open ??= { id: control, part: undefined, lines: [] };
      const type = fields[2] ?? "";
      if (!textTypes.has(type) || withdrawn.has(fields[11] ?? "")) continue;
      const value = fields.slice(5, 6)[0] ?? "";
      const read = type === "ED" ? embedded(value, component) : value.split(repetition).join("\n");
      if (read === undefined) {
        notes.push(`${name}, message ${number}: an attachment that is no text was left out`);
        continue;
      }
      const part = partHeadings.find(([pattern]) => pattern.test(fields[3] ?? ""))?.[1];
      if (part !== undefined && part !== open.part) open.lines.push(`${part}:`);
      open.part = part;
      open.lines.push(read);
    }
  }
  close();
  return { reports, notes };
}

/** ED: source, type, subtype, encoding, data. */
function embedded(value: string, component: string): string | undefined {
  const [, type = "", subtype = "", encoding = "", ...data] = value.split(component);
  if (!/text|^$/i.test(type) && !/plain|html|rtf|text/i.test(subtype)) return undefined;
  const content = data.join(component);
  if (!/base64/i.test(encoding)) return content;
  const bytes = decodeBase64(content);
  return bytes && decodeReportText(bytes);
}
