/**
 * Marks that were spoken, and headings in a text that has no marks at all.
 *
 *     writeOut("Impression colon no embolism period", english)            // "Impression: no embolism."
 *     writeOut("indication dyspnea findings clot impression pe", english) // "indication: dyspnea\nfindings: clot\n…"
 */
import type { CompiledLexicon } from "./lexicon/compile.ts";

/** Spoken marks are taken for marks in a text with so many of them and none written. */
const leastSpoken = 2;
const leastHeadings = 2;
const longestRunOn = 6000;

export function writeOut(text: string, lexicon: CompiledLexicon): string {
  const { bracketed, spoken, marks } = lexicon.dictation;
  let written = text;
  bracketed.lastIndex = 0;
  if (bracketed.test(written))
    written = written
      .replace(bracketed, (_, name: string) => marks.get(name.toLowerCase()) ?? "")
      .replace(/\n\s*(?=[:.,])/g, "");
  if (!/[:;]/.test(written) && !/[.](?:\s|$)/.test(written) && (written.match(spoken)?.length ?? 0) >= leastSpoken) {
    written = written.replace(spoken, (name) => marks.get(name.trim().toLowerCase().replace(/\s+/g, " ")) ?? "");
  }
  if (!/[:;\n]|[.?!](?:\s|$)/.test(written.trim()) && written.length < longestRunOn) {
    const { runOn } = lexicon.dictation;
    const headings = written.match(runOn)?.length ?? 0;
    if (headings >= leastHeadings) {
      written = written.replace(runOn, (_, before: string, name: string) => `${before}\n${name}: `);
      written = written.replace(lexicon.dictation.newSubject, (whole, before: string, word: string) =>
        goesOn(before.toLowerCase(), lexicon) ? whole : `${before}. ${word}`,
      );
    }
  }
  return written;
}

/** Does a statement go on after this word: a preposition, an article, an adjective of size or side? */
const goesOn = (word: string, { prepositions, joiners, openers }: CompiledLexicon): boolean =>
  prepositions.has(word) || joiners.has(word) || openers.has(word);
