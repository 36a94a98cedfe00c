/**
 * A report in its sections, by the headings of the lexicon.
 *
 *     splitSections("INDICATION: rule out PE\nIMPRESSION: No PE.", english)
 *     // [{ kind: "history", start: 11, … }, { kind: "impression", start: 35, … }]
 *
 * A heading stands at the beginning of a line or a sentence and ends in a colon, or stands alone on its line. What
 * follows belongs to it up to the next heading; a history told on the heading's own line ends with that paragraph's
 * line, so that findings under no heading are not taken for history.
 */
import type { CompiledLexicon } from "./lexicon/compile.ts";
import type { SectionKind } from "./lexicon/lexicon.ts";
import { goesOn } from "./sentences.ts";
import { tokenise } from "./tokens.ts";

export interface Section {
  readonly kind: SectionKind;
  /** Offsets of its text, the heading not included. */
  readonly start: number;
  readonly end: number;
  /** Counts the sections of a document; later addenda override earlier ones. */
  readonly order: number;
}

interface Heading {
  readonly kind: SectionKind;
  readonly at: number;
  readonly textFrom: number;
  readonly alone: boolean;
}

/** Kinds that are told on the heading's line and often followed by text under no heading. */
const oneLineKinds: ReadonlySet<SectionKind> = new Set(["history", "comparison", "technique", "examination"]);
/** A line this long was broken by the editor, not by the author. */
const wrappedLine = 60;
const longestHeading = 48;
const longestTitle = 12;

/** @param text levelled and in small letters */
export function splitSections(text: string, lexicon: CompiledLexicon): Section[] {
  const headings = findHeadings(text, lexicon);
  const sections: Section[] = [];
  const add = (kind: SectionKind, start: number, end: number) => {
    if (text.slice(start, end).trim() !== "") sections.push({ kind, start, end, order: sections.length });
  };
  const title = titleEnd(text, headings[0]?.at ?? text.length, lexicon);
  add("examination", 0, title);
  add("body", title, headings[0]?.at ?? text.length);
  let addendum = false;
  for (const [index, heading] of headings.entries()) {
    const end = headings[index + 1]?.at ?? text.length;
    // An addendum in front that gives its answer itself is followed by the report it amends.
    if (heading.kind === "addendum") addendum = index > 0 || !speaksOfDisease(text, heading.textFrom, end, lexicon);
    else if (heading.kind !== "impression" && heading.kind !== "other") addendum = false;
    const kind =
      heading.kind === "original" ? "body" : heading.kind === "impression" && addendum ? "addendum" : heading.kind;
    if (!oneLineKinds.has(kind)) {
      add(kind, heading.textFrom, end);
      continue;
    }
    const ends = historyEnd(text, heading, end, lexicon);
    add(kind, heading.textFrom, ends);
    add("body", ends, end);
  }
  return sections;
}

const speaksOfDisease = (text: string, from: number, to: number, lexicon: CompiledLexicon): boolean =>
  lexicon.mentions.find(tokenise(text, from, to, lexicon.words)).some(({ value }) => value.kind !== "none");

function findHeadings(text: string, lexicon: CompiledLexicon): Heading[] {
  const headings: Heading[] = [];
  const { spokenHeadings, physicalExamination } = lexicon.source;
  // The beginning of a line or sentence, a few words, and a colon, the line's end, or a space for spoken headings.
  for (const match of text.matchAll(
    /(^|\n|[.;!?]\s|\s{2})([ \t*#=_>-]{0,12})([\p{L}][\p{L}/ ()&]{0,60}?)\s{0,3}(:|-{2,4}|(?=\n|$))/gu,
  )) {
    const [, before = "", marks = "", rawName = "", colon = ""] = match;
    const name = rawName
      .replace(/\(.*?\)/g, " ")
      .replace(/ +/g, " ")
      .trim();
    if (name.length > longestHeading) continue;
    const at = match.index + before.length;
    const textFrom = match.index + match[0].length;
    const onNewLine = at === 0 || text[at - 1] === "\n" || before.includes("\n");
    if (colon === "" && !onNewLine) continue;
    if (physicalExamination.headings.includes(name)) {
      const next = text.slice(textFrom, textFrom + longestHeading).match(/\p{L}+/gu) ?? [];
      if (next.slice(0, 3).some((word) => physicalExamination.followedBy.includes(word)))
        headings.push({ kind: "other", at, textFrom, alone: false });
      continue;
    }
    const inner = /\((.*?)\)/.exec(rawName)?.[1]?.trim();
    const kind = (inner === undefined ? undefined : lexicon.headings.get(inner)) ?? headingKind(name, lexicon);
    if (kind === undefined) continue;
    const lineEnd = text.indexOf("\n", textFrom);
    const alone = text.slice(textFrom, lineEnd < 0 ? text.length : lineEnd).trim() === "";
    headings.push({ kind, at: at + marks.length, textFrom, alone });
  }
  const taken = new Set(headings.map(({ at }) => at));
  // "ADDENDUM BY DR. LEE 1/2/2021 09:40:" carries names and dates up to its colon or the line's end.
  for (const match of text.matchAll(
    /(?:^|\n)([ \t*#=_>-]{0,12})(\p{L}[\p{L} ]{2,30})\b[^\n]{0,80}?(?::(?=\s|$)|(?=\n|$))/gu,
  )) {
    const kind = signedKind(match[2] ?? "", lexicon);
    const at = match.index + match[0].length - match[0].trimStart().length + (match[1] ?? "").trim().length;
    if (kind === undefined || taken.has(at)) continue;
    taken.add(at);
    headings.push({ kind, at, textFrom: match.index + match[0].length, alone: false });
  }
  for (const spoken of spokenHeadings) {
    for (const match of text.matchAll(
      new RegExp(
        `(?:[.;]\\s{1,4}|\\n\\s{0,8})(${spoken})\\s{1,4}(?!of|is|was|are|were|as|and|above|below|remain)(?=\\p{L})`,
        "gu",
      ),
    )) {
      const kind = lexicon.headings.get(spoken);
      const at = match.index + match[0].indexOf(spoken);
      if (kind && !taken.has(at)) {
        headings.push({ kind, at, textFrom: match.index + match[0].length, alone: false });
      }
    }
  }
  headings.sort((a, b) => a.at - b.at);
  // "DIAGNOSIS" before the findings is the referrer's; after them, or as a title, the answer.
  return headings.map((heading, index) => {
    const name = text
      .slice(heading.at, heading.textFrom)
      .replace(/[^\p{L}]+/gu, " ")
      .trim();
    const answers =
      headings.slice(index + 1).every(({ kind }) => kind !== "findings" && kind !== "impression") &&
      (heading.alone || index > 0 || text.slice(0, heading.at).trim() !== "");
    const isAsked = lexicon.questionOrAnswer.has(name) && !answers;
    return isAsked ? { ...heading, kind: "history" } : heading;
  });
}

/** "impression", "final impression", "addendum by dr x", "1. findings": the heading itself or how it begins. */
function headingKind(name: string, lexicon: CompiledLexicon): SectionKind | undefined {
  const exact = lexicon.headings.get(name);
  if (exact) return exact;
  const [first = ""] = name.split(" ");
  const kind = lexicon.headings.get(first);
  return kind === "addendum" || kind === "preliminary" ? kind : undefined;
}

/** The kind of a heading that goes on with who wrote it and when. */
function signedKind(beginning: string, lexicon: CompiledLexicon): SectionKind | undefined {
  const words = beginning.trim().split(" ");
  for (let count = Math.min(4, words.length); count > 0; count--) {
    const kind = lexicon.headings.get(words.slice(0, count).join(" "));
    if (kind === "addendum" || kind === "original" || kind === "preliminary") return kind;
  }
  return undefined;
}

/** A one-line section ends with a blank line, or with a line that its author ended. */
function historyEnd(text: string, heading: Heading, limit: number, lexicon: CompiledLexicon): number {
  let lineStart = heading.alone ? Math.min(limit, text.indexOf("\n", heading.textFrom) + 1 || limit) : heading.textFrom;
  for (;;) {
    const lineEnd = text.indexOf("\n", lineStart);
    if (lineEnd < 0 || lineEnd >= limit) return limit;
    const line = text.slice(lineStart, lineEnd).trim();
    const blankNext = /^\s*\n/.test(text.slice(lineEnd + 1, lineEnd + 80));
    const isWhole = blankNext || (!heading.alone && line.length < wrappedLine && !goesOn(line, lexicon));
    if (line !== "" && isWhole) return lineEnd;
    lineStart = lineEnd + 1;
  }
}

/** Where a title ("CT CHEST PE") without a heading ends: 0 when the text begins otherwise. */
function titleEnd(text: string, limit: number, lexicon: CompiledLexicon): number {
  let end = 0;
  for (;;) {
    const rest = text.slice(end, limit);
    const [line = ""] = /^\s*[^\n]*/.exec(rest) ?? [];
    const words = line.trim().split(/\s+/);
    const isTitle =
      lexicon.source.titleBeginnings.includes(words[0] ?? "") &&
      words.length <= longestTitle &&
      !/[.]\s*$/.test(line) &&
      end + line.length < text.trimEnd().length &&
      !words.some((word) => lexicon.verbs.has(word) || word.startsWith("negative") || word.startsWith("positive"));
    if (!isTitle || line.trim() === "") return end;
    end += line.length;
  }
}
