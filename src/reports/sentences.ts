/**
 * Sentences of a section: by full stops that end one, by the lines of a list, by blank lines.
 *
 *     splitSentences("Seen by Dr. Lee. 1. No PE.", 0, 26, english)   // "Seen by Dr. Lee." and "No PE."
 *
 * A line that the editor broke is joined with the next one; a line that its author ended is a sentence.
 */
import type { CompiledLexicon } from "./lexicon/compile.ts";

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A line at least this long was broken by the editor when the next one goes on in small letters or mid-sentence. */
const wrappedLine = 55;
/** Longer stretches without an end are no sentences; they are cut, so that time stays proportional to length. */
const longestSentence = 800;

/** @param lower the report in small letters; @param original the same as written, for capitals */
export function splitSentences(lower: string, original: string, section: Span, lexicon: CompiledLexicon): Span[] {
  const spans: Span[] = [];
  let start = section.start;
  const cut = (end: number, next: number) => {
    pushTrimmed(spans, lower, start, end);
    start = next;
  };
  for (let at = section.start; at < section.end; at++) {
    const letter = lower[at];
    if (letter === "\n") {
      if (endsSentence(lower, original, start, at, section.end, lexicon)) cut(at, at + 1);
    } else if ((letter === "." || letter === "!" || letter === "?") && isStop(lower, start, at, section.end, lexicon)) {
      cut(at + 1, at + 1);
    } else if (at - start >= longestSentence && letter === " ") cut(at, at + 1);
  }
  cut(section.end, section.end);
  return spans;
}

function isStop(lower: string, start: number, at: number, end: number, lexicon: CompiledLexicon): boolean {
  const next = at + 1 < end ? lower[at + 1]! : " ";
  if (!/[\s"')]/.test(next)) return false;
  if (lower[at] === "?") {
    // "? PE in lingula" asks before, "PE?" after: only the latter ends a sentence.
    const answer = /^\s{1,3}(\p{L}+)/u.exec(lower.slice(at + 1, Math.min(end, at + 16)))?.[1] ?? "";
    return /[\p{L}\p{N})]/u.test(lower[at - 1] ?? " ") && !lexicon.answers.has(answer);
  }
  if (lower[at] === "!") return true;
  const word = /[\p{L}\p{N}.]*$/u.exec(lower.slice(Math.max(start, at - 24), at))?.[0] ?? "";
  if (lexicon.stopsInside.has(word)) return false;
  // A number at the start of a sentence is its number in a list.
  if (/^\d{1,2}$/.test(word) && lower.slice(start, at - word.length).trim() === "") return true;
  // An initial: "R. Patel".
  return !(word.length === 1 && /\p{L}/u.test(word));
}

/** Does the line that ends at `at` end its sentence? */
function endsSentence(
  lower: string,
  original: string,
  start: number,
  at: number,
  end: number,
  lexicon: CompiledLexicon,
): boolean {
  const rest = original.slice(at + 1, Math.min(end, at + 60));
  if (/^\s*(\n|$)/.test(rest)) return true;
  if (/^\s*(?:[-*>#]|\(?\d{1,2}[.):]|\(?[a-h]\))\s*/.test(rest)) return true;
  const lineStart = Math.max(start, lower.lastIndexOf("\n", at - 1) + 1);
  const line = lower.slice(lineStart, at).trimEnd();
  if (goesOn(line, lexicon)) return false;
  if (/^\s*\p{Ll}/u.test(rest) && line.length >= wrappedLine / 2) return false;
  return line.length < wrappedLine || /[.:;]$/.test(line);
}

/** Does a line break off in the middle of a sentence: at a comma, an article, a preposition, "and"? */
export function goesOn(line: string, lexicon: CompiledLexicon): boolean {
  if (/[,(]$/.test(line)) return true;
  const [, mark = "", word = ""] = /([:?]?)\s*([\p{L}'/]+)$/u.exec(line) ?? [];
  return mark === "" && lexicon.breaksOff.has(word);
}

function pushTrimmed(spans: Span[], text: string, from: number, to: number): void {
  let start = from;
  let end = to;
  while (start < end && /\s/.test(text[start]!)) start++;
  while (end > start && /\s/.test(text[end - 1]!)) end--;
  // The number or dash of a list item is no part of its sentence.
  const mark = /^(?:\(?\d{1,2}[.)]\s+|\(?\d{1,2}\)\s*|[-*>#]+\s+)/.exec(text.slice(start, Math.min(end, start + 12)));
  if (mark && start + mark[0].length < end) start += mark[0].length;
  if (end > start && /[\p{L}\p{N}]/u.test(text.slice(start, end))) spans.push({ start, end });
}
