/**
 * Words of a sentence, each with its place in the text, in the one form the lexicon is written in: small letters,
 * abbreviations written out, hyphens opened, mistyped key words put right.
 *
 *     tokenise("R/O PE, pulm. emoblism", 0, 22, english.words)   // rule out pe , pulmonary . embolism
 */

export interface Token {
  readonly text: string;
  /** Offsets into the report; the words of a written-out abbreviation share those of the abbreviation. */
  readonly start: number;
  readonly end: number;
}

export interface WordRules {
  /** What a written form stands for; several words are separated by spaces. Keys are in small letters. */
  readonly abbreviations: ReadonlyMap<string, readonly string[]>;
  /** Words worth recognising when one letter is wrong, missing, added or swapped with its neighbour. */
  readonly spelling: readonly string[];
  /** Words that differ from one of `spelling` by one letter and are right as they are. */
  readonly notMisspelt: ReadonlySet<string>;
}

const shortestCorrected = 6;
/** Beyond this a "word" is noise (base64, a run-together line) and is taken as it is. */
const longestWord = 40;
const correctionsKept = 50_000;

/** Corrected words, by rules: reports repeat their words, so each is looked up once. */
const correctionsByRules = new WeakMap<WordRules, Map<string, string>>();

/** Small letters without moving any offset: the few letters whose small form is longer stay as they are. */
export function lowerCase(text: string): string {
  const lower = text.toLowerCase();
  if (lower.length === text.length) return lower;
  return Array.from(text, (letter) => {
    const small = letter.toLowerCase();
    return small.length === letter.length ? small : letter;
  }).join("");
}

/** @param text the whole report in small letters (see {@link lowerCase}) */
export function tokenise(text: string, start: number, end: number, rules: WordRules): Token[] {
  const tokens: Token[] = [];
  const add = (word: string, at: number) => {
    const written = rules.abbreviations.get(word);
    if (written) for (const part of written) tokens.push({ text: part, start: at, end: at + word.length });
    else tokens.push({ text: corrected(word, rules), start: at, end: at + word.length });
  };
  const sentence = text.slice(start, end);
  for (const match of sentence.matchAll(
    /(?<![\p{L}\p{N}])[+-]ve(?!\p{L})|[\p{L}\p{N}]+(?:['./&][\p{L}\p{N}]+)*\/?|\([+-]\)|[^\s\p{L}\p{N}]/gu,
  )) {
    const [word] = match;
    const at = start + match.index;
    if (word === "-" || word === "/" || word === "*" || word === "_") continue;
    if (rules.abbreviations.has(word) || /^\p{N}+(\.\p{N}+)?$/u.test(word) || word.length === 1) add(word, at);
    else for (const part of word.matchAll(/[^'./&]+(?:'[^'./&]+)*/g)) add(part[0], at + part.index);
  }
  return tokens;
}

function corrected(word: string, rules: WordRules): string {
  if (word.length < shortestCorrected || word.length > longestWord) return word;
  let known = correctionsByRules.get(rules);
  if (!known) {
    known = new Map();
    correctionsByRules.set(rules, known);
  }
  const found = known.get(word);
  if (found !== undefined) return found;
  const right =
    rules.spelling.includes(word) || rules.notMisspelt.has(word)
      ? word
      : (rules.spelling.find((candidate) => isOneSlipAway(word, candidate)) ?? word);
  if (known.size >= correctionsKept) known.clear();
  known.set(word, right);
  return right;
}

/** One letter replaced, missing, added, or two neighbours swapped; the first letter must be right. */
function isOneSlipAway(word: string, intended: string): boolean {
  if (word[0] !== intended[0] || Math.abs(word.length - intended.length) > 1) return false;
  let at = 0;
  while (at < word.length && word[at] === intended[at]) at++;
  const restFrom = (text: string, from: number) => text.slice(from);
  if (word.length < intended.length) return restFrom(word, at) === restFrom(intended, at + 1);
  if (word.length > intended.length) return restFrom(word, at + 1) === restFrom(intended, at);
  const swapped = word[at] === intended[at + 1] && word[at + 1] === intended[at];
  return (
    restFrom(word, at + 1) === restFrom(intended, at + 1) ||
    (swapped && restFrom(word, at + 2) === restFrom(intended, at + 2))
  );
}
