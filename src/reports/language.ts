/**
 * Is a report written in another language than the lexicon's? The rules would read its negations as unknown words and
 * so a denial as an embolus.
 *
 *     isForeign("Geen aanwijzingen voor PE.", english);            // true
 *     isForeign("IMPRESSION: Bilateral PE. RV strain.", english);  // false
 *
 * Foreign words decide; a want of the lexicon's own only in longer texts, as telegraphic reports have few of those.
 */
import type { CompiledLexicon } from "./lexicon/compile.ts";
import type { Token } from "./tokens.ts";

/** Foreign words count more than the lexicon's own, some of which other languages have too ("in", "was", "no"). */
const foreignWeight = 2;
/** Of a text this long, in words, the lexicon knows more than this share; of our English texts at least .6. */
const longText = 10;
const leastKnown = 0.25;

export function isForeign(text: string, lexicon: CompiledLexicon): boolean {
  const words = wordsOf(text);
  let foreign = lexicon.foreignWords.find(words).length;
  let own = 0;
  let known = 0;
  for (const { text: word } of words) {
    if (lexicon.words.notMisspelt.has(word) || lexicon.words.abbreviations.has(word)) known++;
    if (lexicon.ownWords.has(word)) own++;
    else if (!isLatin.test(word) && !lexicon.script.test(word)) foreign++;
  }
  return foreign * foreignWeight > own || (words.length >= longText && known < leastKnown * words.length);
}

const isLatin = /^\p{Script=Latin}/u;
/** At a change of script a new word begins. A single letter of another script is a sign (µ, α). */
const runOfLetters = /\p{Script=Latin}+|(?:(?!\p{Script=Latin})\p{L}){2,}/gu;

const wordsOf = (text: string): Token[] =>
  Array.from(withoutAccents(text.toLowerCase()).matchAll(runOfLetters), ({ 0: word, index }) => ({
    text: word,
    start: index,
    end: index + word.length,
  }));

/** Letters that are no base letter with a mark. */
const plainLetters: Readonly<Record<string, string>> = {
  ø: "o",
  æ: "ae",
  œ: "oe",
  ß: "ss",
  ł: "l",
  ı: "i",
  đ: "d",
};

function withoutAccents(text: string): string {
  if (!/\P{ASCII}/u.test(text)) return text;
  return text
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .replace(/[øæœßłıđ]/g, (letter) => plainLetters[letter] ?? letter);
}
