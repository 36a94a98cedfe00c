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

/** Inside a word these join its parts: "r/o", "p.e.", "doesn't", "q&a", "1.4". */
const isJoint = (code: number) => code === 0x2e || code === 0x2f || code === 0x27 || code === 0x26;
/** Between words these say nothing: - / * _ */
const isSilent = (code: number) => code === 0x2d || code === 0x2f || code === 0x2a || code === 0x5f;

function isWordCode(code: number): boolean {
  if (code < 0x80) return (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39);
  return /[\p{L}\p{N}\p{M}\p{Cs}]/u.test(String.fromCharCode(code));
}

/** @param text the whole report in small letters (see {@link lowerCase}) */
export function tokenise(text: string, start: number, end: number, rules: WordRules): Token[] {
  const tokens: Token[] = [];
  let at = start;
  while (at < end) {
    const code = text.charCodeAt(at);
    if (isWordCode(code)) {
      let to = at + 1;
      while (to < end) {
        const next = text.charCodeAt(to);
        if (isWordCode(next)) to++;
        else if (isJoint(next) && to + 1 < end && isWordCode(text.charCodeAt(to + 1))) to += 2;
        else break;
      }
      // "w/" keeps its stroke.
      if (text.charCodeAt(to) === 0x2f && to < end && rules.abbreviations.has(text.slice(at, to + 1))) to++;
      addWord(tokens, text.slice(at, to), at, rules);
      at = to;
    } else {
      const sign = code === 0x28 || code === 0x2b || code === 0x2d ? signAt(text, at, end, rules) : undefined;
      const symbol = sign ?? text[at]!;
      if (sign !== undefined) add(tokens, symbol, at, rules);
      else if (code === 0x2d && isDash(text, at, end)) tokens.push({ text: "–", start: at, end: at + 1 });
      else if (code > 0x20 && code !== 0xa0 && !isSilent(code)) add(tokens, symbol, at, rules);
      at += symbol.length;
    }
  }
  return tokens;
}

/** A dash between two thoughts stands free on both sides; a hyphen does not, nor does the dash of a range or a list. */
function isDash(text: string, at: number, end: number): boolean {
  const isFree =
    text.charCodeAt(at - 1) === 0x20 && (text.charCodeAt(at + 1) === 0x20 || text.charCodeAt(at + 1) === 0x2d);
  if (!isFree || at + 2 >= end) return false;
  const before = text.charCodeAt(at - 2);
  const after = text.charCodeAt(text.charCodeAt(at + 1) === 0x2d ? at + 3 : at + 2);
  return (isWordCode(before) || before === 0x29 || before === 0x2e) && (isWordCode(after) || after === 0x28);
}

/** "(-)", "-ve", "+ve": signs the lexicon knows as words. */
function signAt(text: string, at: number, end: number, rules: WordRules): string | undefined {
  const sign = text.slice(at, Math.min(end, at + 3));
  const wordGoesOn = sign[0] !== "(" && (isWordCode(text.charCodeAt(at + 3)) || isWordCode(text.charCodeAt(at - 1)));
  return rules.abbreviations.has(sign) && !wordGoesOn ? sign : undefined;
}

function addWord(tokens: Token[], word: string, at: number, rules: WordRules): void {
  if (rules.abbreviations.has(word) || !/['./&]/.test(word) || /^[\d.]+$/.test(word)) {
    add(tokens, word, at, rules);
    return;
  }
  for (const part of word.matchAll(/[^./&]+/g)) add(tokens, part[0], at + part.index, rules);
}

function add(tokens: Token[], word: string, at: number, rules: WordRules): void {
  const written = rules.abbreviations.get(word);
  const end = at + word.length;
  // "Dr. R. Lee" is on no side.
  const isInitial = word.length === 1 && tokens.at(-1)?.text === ".";
  if (written && !isInitial) for (const part of written) tokens.push({ text: part, start: at, end });
  else tokens.push({ text: corrected(word, rules), start: at, end });
}

/** The key word that a mistyped one means; any other word as it is. */
export function corrected(word: string, rules: WordRules): string {
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
