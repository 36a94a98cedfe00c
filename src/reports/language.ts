/**
 * Is a report written in another language than the lexicon's? The rules would read its negations as unknown words and
 * so a denial as an embolus.
 *
 *     isForeign("Geen aanwijzingen voor PE.", lexicon);            // true
 *     isForeign("PE wykluczona.", lexicon);                        // true, though no list knows the word
 *     isForeign("IMPRESSION: Bilateral PE. RV strain.", lexicon);  // false
 *
 * Words of other languages decide against words of the lexicon's own, and so do words that look like none of it. What
 * many languages write in the same way ("PE", "bilateral", "in") tells nothing. So a report of shared words alone is read.
 */
import type { CompiledLexicon } from "./lexicon/compile.ts";
import { corrected, type Token } from "./tokens.ts";

/** A listed word of another language outweighs one of the lexicon's own, which may stand in a heading. */
const listedWeight = 2;

/** Where no listed word speaks against it, one word of its own stands for so many strange ones: drugs, devices, towns. */
const strangeNeeded = 2;

export function isForeign(text: string, lexicon: CompiledLexicon): boolean {
  const words = wordsOf(text, lexicon.source.letters);
  const isCapitals = text === text.toUpperCase();
  const listed = lexicon.foreignWords.find(words);
  const isListed = new Set(listed.flatMap(({ from, to }) => words.slice(from, to)));
  let own = 0;
  let strange = 0;
  let namesSomebody = false;
  for (const word of words) {
    if (isListed.has(word)) continue;
    const standing = word.isAccented ? "strange" : standingOf(word.text, lexicon);
    if (standing === "own") own++;
    else if (standing === "strange" && !namesSomebody && (isCapitals || !isAcronym(word))) strange++;
    // "Dr. De La Cruz": what many languages have may stand before the name itself.
    namesSomebody = lexicon.titles.has(word.text) || (namesSomebody && standing === "neither");
  }
  if (listed.length === 0) return strange > own * strangeNeeded;
  return listed.length * listedWeight > own || listed.length + strange > own;
}

/** Whether a word is the lexicon's language's, hardly can be, or tells nothing. */
type Standing = "own" | "strange" | "neither";

const standingsKept = 50_000;
/** Reports repeat their words, so each is looked up once. */
const standings = new WeakMap<CompiledLexicon, Map<string, Standing>>();

function standingOf(word: string, lexicon: CompiledLexicon): Standing {
  let known = standings.get(lexicon);
  if (!known) {
    known = new Map();
    standings.set(lexicon, known);
  }
  const found = known.get(word);
  if (found !== undefined) return found;
  const standing = lookUp(word, lexicon);
  if (known.size >= standingsKept) known.clear();
  known.set(word, standing);
  return standing;
}

const shortestStrange = 4;
/** Before an ending stands so much of a word. */
const shortestStem = 3;
const longestEnding = 8;

function lookUp(word: string, { words, script, sharedWords, ownEndings }: CompiledLexicon): Standing {
  if (!isLatin.test(word)) return script.test(word) ? "neither" : "strange";
  if (word.length === 1 || sharedWords.has(word)) return "neither";
  if (words.notMisspelt.has(word) || words.abbreviations.has(word)) return "own";
  if (word.length < shortestStrange || !hasVowel.test(word)) return "neither";
  // "segmentale", "negativ": what differs in its last letter alone is another language's form rather than a slip.
  const right = corrected(word, words);
  if (right !== word) return word.startsWith(right.slice(0, -1)) ? "strange" : "neither";
  const shortest = Math.max(shortestStem, word.length - longestEnding);
  for (let stem = shortest; stem < word.length; stem++) if (ownEndings.has(word.slice(stem))) return "neither";
  return "strange";
}

/** Without one it is an abbreviation. */
const hasVowel = /[aeiouy]/;
const isLatin = /^\p{Script=Latin}/u;
/** At a change of script a new word begins. A single letter of another script is a sign (µ, α). */
const runOfLetters = /\p{Script=Latin}+|(?:(?!\p{Script=Latin})\p{L}){2,}/gu;

interface Word extends Token {
  readonly written: string;
  readonly isAccented: boolean;
}

const longestAcronym = 5;

/** In capitals among words that aren't: a drug trial, a device, a hospital. */
const isAcronym = ({ written }: Word): boolean => written.length <= longestAcronym && written === written.toUpperCase();

function wordsOf(text: string, letters: string): Word[] {
  const whole = text.normalize("NFKC");
  const isPlain = !/\P{ASCII}/u.test(whole);
  return Array.from(whole.matchAll(runOfLetters), ({ 0: written, index: start }): Word => {
    const plain = isPlain ? written : withoutAccents(written, letters);
    const isAccented = plain !== written && isLatin.test(written);
    return { text: plain.toLowerCase(), start, end: start + written.length, written, isAccented };
  });
}

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

/** @param letters those that stay as they are, as they are the language's own */
const withoutAccents = (word: string, letters: string): string =>
  Array.from(word, (letter) => {
    const small = letter.toLowerCase();
    if (letters.includes(small)) return letter;
    return letter
      .normalize("NFD")
      .replace(/\p{M}/gu, "")
      .replace(/[øæœßłıđ]/iu, (odd) => plainLetters[odd.toLowerCase()] ?? odd);
  }).join("");
