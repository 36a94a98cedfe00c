/**
 * Fields of forms and answered questions as statements; what was never filled in is left out.
 *
 *     readForms("PE: [none seen]", english)             // "PE: none seen"
 *     readForms("PE: Yes\nSide: left", english)         // "PE present, left"
 *     readForms("PE: [present / absent]", english)      // ""
 *     readForms("Acute PE ( ) yes (x) no", english)     // "Acute PE: no"
 */
import type { CompiledLexicon } from "./lexicon/compile.ts";
import { lowerCase, tokenise } from "./tokens.ts";

const longestLabel = 60;
const boxes = /\[ {0,4}\]|\( {0,4}\)|\[[xX*✓✔]\]|\([xX✓✔]\)|[\u2610-\u2612]|(?<![\p{L}])\bo\b(?=\s\p{L})/u;

export function readForms(text: string, lexicon: CompiledLexicon): string {
  const lines = joinStacked(splitFields(text), lexicon);
  const out: string[] = [];
  let open = -1;
  for (const raw of lines) {
    if (raw.trim() === "") {
      out.push(raw);
      open = -1;
      continue;
    }
    const line = readLine(raw, lexicon);
    if (line === undefined) continue;
    const field = fieldOf(line);
    const describes =
      field && lexicon.forms.describing.test(field.label) && field.value !== "" && !namesDisease(field.label, lexicon);
    if (describes && open >= 0) {
      out[open] = `${out[open]!.replace(/[.\s]+$/, "")}, ${field.value}`;
      continue;
    }
    out.push(line);
    if (isPositive(line, lexicon)) open = out.length - 1;
    else if (!field) open = -1;
  }
  return out.join("\n");
}

const isPositive = (line: string, lexicon: CompiledLexicon): boolean =>
  line.length < 200 && lexicon.forms.stated.test(line) && namesDisease(line, lexicon);

/** "PE: Y | Side: right", "PE: present; Side: left": a field a line. */
function splitFields(text: string): string[] {
  return text.split("\n").flatMap((line) => {
    const fields = line.match(/[^|;:]{1,60}:[^|;]*/g);
    if (!fields || fields.length < 2 || !/[|;]/.test(line) || /\[[^\]]*\||<[^>]*\||\{[^}]*\|/.test(line)) return [line];
    const parts = line.split(/\s*[|;]\s*/);
    return parts.every((part) => part.includes(":") || part.trim() === "") ? parts : [line];
  });
}

/** A label on one line, its answer on the next. */
function joinStacked(lines: readonly string[], lexicon: CompiledLexicon): string[] {
  const out: string[] = [];
  for (const line of lines) {
    const before = out.at(-1);
    if (
      before !== undefined &&
      before.length <= longestLabel &&
      /\p{L}:?\s*$/u.test(before) &&
      lexicon.forms.answerLine.test(line) &&
      (namesDisease(before, lexicon) || lexicon.forms.describing.test(before))
    ) {
      out[out.length - 1] = `${before.replace(/[:\s]+$/, "")}: ${line.trim()}`;
    } else out.push(line);
  }
  return out;
}

interface Field {
  readonly label: string;
  readonly value: string;
}

function fieldOf(line: string): Field | undefined {
  const found = /^\s*(?:[-*>#]+\s+)?([^:]{1,60}):\s*(.*)$/.exec(line);
  return found ? { label: found[1]!.trim(), value: found[2]!.trim() } : undefined;
}

/** The line as a statement; undefined when nobody filled it in. */
function readLine(raw: string, lexicon: CompiledLexicon): string | undefined {
  const { forms } = lexicon;
  let line = raw;
  if (isUnfilled(line, lexicon)) return undefined;
  const hadBoxes = boxes.test(line);
  if (hadBoxes) {
    const read = readBoxes(line);
    if (read === undefined) return undefined;
    line = read;
  }
  if (line.length <= 400 || hadBoxes) {
    line = line
      .replace(/\s*\.{4,}\s*(?=[\p{L}\d[{<("])/u, ": ")
      .replace(/^(\s*[^:=]{2,60}?)\s*={1,2}\s*(?=[\p{L}"[{<(])/u, "$1: ")
      .replace(
        /([:]\s*)(?:\[([^\][]{1,300})\]|\{([^{}]{1,300})\}|<([^<>]{1,300})>|"([^"]{1,300})")/g,
        (_, colon: string, a, b, c, d) => `${colon}${a ?? b ?? c ?? d}`,
      )
      .replace(
        /^(\s*[^:[\]{}<>]{2,60}?)\s+-{1,2}\s+(?:\[([^\][]{1,80})\]|\{([^{}]{1,80})\}|<([^<>]{1,80})>)\s*$/,
        (_, label: string, a, b, c) => `${label}: ${a ?? b ?? c}`,
      );
    const dashed = /^(\s*[^:]{2,60}?)\s+-{1,2}\s+(.*)$/.exec(line);
    if (dashed && forms.answerLine.test(dashed[2]!) && namesDisease(dashed[1]!, lexicon))
      line = `${dashed[1]}: ${dashed[2]}`;
  }
  line = answerQuestions(line, lexicon);
  const field = fieldOf(line);
  if (!field) return line;
  if (
    forms.notAssessed.test(field.value) &&
    (namesDisease(field.label, lexicon) || lexicon.forms.describing.test(field.label))
  )
    return undefined;
  if (/^(?:[._*#?\s]{2,}|[\s\-–—_]+)$/.test(field.value)) return undefined;
  if (!namesDisease(field.label, lexicon)) return line;
  const affirmed = forms.affirmed.exec(field.value);
  if (affirmed) {
    const rest = field.value.slice(affirmed[0].length).replace(/^[\s,;:.-]+/, "");
    return `${field.label} ${forms.presentWord}${rest === "" ? "" : `, ${rest}`}`;
  }
  if (forms.describedValue.test(field.value)) return `${field.label}, ${field.value}`;
  return line;
}

function isUnfilled(line: string, lexicon: CompiledLexicon): boolean {
  const { forms } = lexicon;
  if (forms.instruction.test(line)) return true;
  if (forms.choice.test(line)) return true;
  if (/[[{<(][^\]}>)]{0,80}\*{2,}|\*{3}\s*(?:mm|cm|\.|\]|$)|:\s*\*{3}|\p{Ll}\s+\*{3}(?=\s+\p{Ll})/u.test(line))
    return true;
  if (
    /<[^<>|\n]{1,40}\|[^<>\n]{1,80}>|\{[^{}|\n]{1,60}\|[^{}\n]{1,120}\}|\[[^[\]|\n]{1,60}\|[^[\]\n]{1,120}\]/.test(line)
  )
    return true;
  for (const match of line.matchAll(/[[{<(]([^\][{}<>()\n]{3,160})[\]}>)]/g)) {
    const options = match[1]!.split("/").map((option) => option.trim());
    if (
      options.length > 1 &&
      options.some((option) => forms.choiceWord.test(option)) &&
      options.every((option) => /^\D*$/.test(option))
    )
      return true;
  }
  const bracketed = line.match(/\[[^\][\n]{1,200}\]/g) ?? [];
  return bracketed.length > 1 && bracketed.some((part) => forms.optionalWord.test(part) || /[.]\]$/.test(part));
}

/** The ticked choices of a form; undefined where none of several is ticked, or nothing stands beside an empty box. */
function readBoxes(line: string): string | undefined {
  const mark = /\[ {0,4}\]|\( {0,4}\)|\[[xX*✓✔]\]|\([xX✓✔]\)|[\u2610-\u2612]/gu;
  const found = [...line.matchAll(mark)];
  if (found.length === 0) return line;
  const isTicked = (box: string) => /[xX*✓✔\u2611\u2612]/u.test(box);
  const label = line.slice(0, found[0]!.index).trim();
  const chosen: string[] = [];
  const trailing = /\p{L}\s*$/u.test(label) === false || label === "" || true;
  for (const [at, box] of found.entries()) {
    const option = line
      .slice(box.index + box[0].length, found[at + 1]?.index ?? line.length)
      .replace(/^[\s,;/|]+|[\s,;/|]+$/g, "");
    if (isTicked(box[0]) && option !== "") chosen.push(option);
  }
  if (chosen.length === 0) return found.some((box) => isTicked(box[0])) && trailing ? label : undefined;
  const plain = label.replace(/[:?\s-]+$/, "");
  return plain === "" ? chosen.join(", ") : `${plain}: ${chosen.join(", ")}`;
}

/** "Is there a PE? Yes, on the left." as what it says. */
function answerQuestions(line: string, lexicon: CompiledLexicon): string {
  if (!line.includes("?")) return line;
  return line.replace(lexicon.forms.answered, (whole, question: string, answer: string) => {
    const asked = question.replace(lexicon.forms.questionLabel, "");
    if (!namesDisease(asked, lexicon)) return whole;
    const start = question.length > asked.length || /^\s/.test(question) ? "\n" : "";
    return lexicon.forms.affirmed.test(answer)
      ? `${start}${asked.replace(/^\s*\?/, "")} ${lexicon.forms.presentWord}, `
      : `${start}${asked.replace(/^\s*\?/, "")}: ${lexicon.forms.absentWord}. `;
  });
}

function namesDisease(text: string, lexicon: CompiledLexicon): boolean {
  if (text.length > 200) return false;
  const lower = lowerCase(text);
  return lexicon.mentions
    .find(tokenise(lower, 0, lower.length, lexicon.words))
    .some(({ value }) => value.kind !== "none");
}
