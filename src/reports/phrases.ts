/**
 * The small language in which a lexicon writes phrases, and the search for them in a sentence.
 *
 *     no [significant] change in     a word in brackets may be missing
 *     seen|noted|identified          any of these
 *     visuali*                       any word that begins so
 *     can not {2} exclude            up to two words in between, or full stops of abbreviations
 *     : no $                         $ is the end of a clause: the sentence's end or a punctuation mark
 *     in #year                       #year a year, # any number
 */
import type { Token } from "./tokens.ts";

interface WordElement {
  readonly kind: "word";
  readonly words: ReadonlySet<string>;
  readonly beginnings: readonly string[];
  readonly optional: boolean;
  /** `#` and `#year` among the words. */
  readonly number: boolean;
  readonly year: boolean;
}

type Element = WordElement | { readonly kind: "gap"; readonly most: number } | { readonly kind: "end" };

export interface PhraseMatch<Value> {
  readonly value: Value;
  /** Token range, end excluded. */
  readonly from: number;
  readonly to: number;
}

function parsePhrase(phrase: string): readonly Element[] {
  return phrase.split(" ").map((part): Element => {
    if (part === "$") return { kind: "end" };
    const gap = /^\{(\d+)\}$/.exec(part);
    if (gap) return { kind: "gap", most: Number(gap[1]) };
    const optional = part.startsWith("[") && part.endsWith("]") && part.length > 2;
    const alternatives = (optional ? part.slice(1, -1) : part).split("|");
    const isBeginning = (word: string) => word.endsWith("*") && word.length > 1;
    return {
      kind: "word",
      words: new Set(alternatives.filter((word) => !isBeginning(word))),
      beginnings: alternatives.filter(isBeginning).map((word) => word.slice(0, -1)),
      optional,
      number: alternatives.includes("#"),
      year: alternatives.includes("#year"),
    };
  });
}

const endsClause: ReadonlySet<string> = new Set([".", ",", ";", ":", ")", "!", "?", "–"]);
const isWord = (token: Token) => /^[\p{L}\p{N}]/u.test(token.text);
const isNumber = (token: Token) => /^\d+(\.\d+)?$/.test(token.text);
const isYear = (token: Token) => /^(19|20)\d\d$/.test(token.text);

function matches(element: WordElement, token: Token): boolean {
  if (element.words.has(token.text)) return true;
  for (const beginning of element.beginnings) if (token.text.startsWith(beginning)) return true;
  return (element.number && isNumber(token)) || (element.year && isYear(token));
}

/** Where the longest reading of the phrase from `at` on ends; -1 when it does not fit. */
function longestEnd(elements: readonly Element[], element: number, tokens: readonly Token[], at: number): number {
  const current = elements[element];
  if (current === undefined) return at;
  const token = tokens[at];
  const next = element + 1;
  if (current.kind === "word") {
    const taken = token !== undefined && matches(current, token) ? longestEnd(elements, next, tokens, at + 1) : -1;
    return current.optional ? Math.max(taken, longestEnd(elements, next, tokens, at)) : taken;
  }
  if (current.kind === "end") {
    return token === undefined || endsClause.has(token.text) ? longestEnd(elements, next, tokens, at) : -1;
  }
  let best = longestEnd(elements, next, tokens, at);
  for (let skipped = 1; skipped <= current.most; skipped++) {
    const passed = tokens[at + skipped - 1];
    if (passed === undefined || !(isWord(passed) || passed.text === ".")) break;
    best = Math.max(best, longestEnd(elements, next, tokens, at + skipped));
  }
  return best;
}

interface Entry<Value> {
  readonly elements: readonly Element[];
  readonly value: Value;
  /** Of two phrases over the same words, the one that asks for the end of a clause says more. */
  readonly atEnd: boolean;
}

const beginningLength = 3;
const wordsKept = 20_000;

/** Phrases of a lexicon, ready to be searched for. Before its first word that may not be missing, a phrase has only words. */
export class PhraseBook<Value> {
  readonly #byWord = new Map<string, Entry<Value>[]>();
  readonly #byBeginning = new Map<string, Entry<Value>[]>();
  readonly #entriesByWord = new Map<string, readonly Entry<Value>[] | null>();
  /** Several steps search the sentence at hand: what was found last is kept. */
  #searched: readonly Token[] | undefined;
  #found: readonly PhraseMatch<Value>[] = [];

  constructor(rows: Iterable<readonly [phrase: string, value: Value]>) {
    for (const [phrase, value] of rows) {
      const elements = parsePhrase(phrase);
      const first = elements.findIndex((element) => element.kind !== "word" || !element.optional);
      if (elements[first]?.kind !== "word") throw new Error(`the lexicon's phrase "${phrase}" must begin with a word`);
      if (elements.some((element, at) => element.kind === "gap" && elements.slice(at + 1).every(isLoose))) {
        throw new Error(`a gap in the lexicon's phrase "${phrase}" must be followed by a word that may not be missing`);
      }
      for (const element of elements.slice(0, first + 1)) {
        this.#index(element, phrase, { elements, value, atEnd: elements.at(-1)?.kind === "end" });
      }
    }
  }

  #index(element: Element, phrase: string, entry: Entry<Value>): void {
    if (element.kind !== "word") return;
    for (const word of element.words) append(this.#byWord, word, entry);
    for (const beginning of element.beginnings) {
      if (beginning.length < beginningLength) throw new Error(`a beginning in "${phrase}" is too short`);
      append(this.#byBeginning, beginning.slice(0, beginningLength), entry);
    }
  }

  /** Longest first, never two over the same word; in the order of the sentence. */
  find(tokens: readonly Token[]): readonly PhraseMatch<Value>[] {
    if (this.#searched !== tokens) {
      this.#found = this.#search(tokens);
      this.#searched = tokens;
    }
    return this.#found;
  }

  #search(tokens: readonly Token[]): PhraseMatch<Value>[] {
    const candidates: PhraseMatch<Value>[] = [];
    for (let from = 0; from < tokens.length; from++) {
      const entries = this.#entriesFor(tokens[from]!);
      if (entries === undefined) continue;
      let best: Entry<Value> | undefined;
      let bestTo = from;
      for (const entry of entries) {
        const to = longestEnd(entry.elements, 0, tokens, from);
        if (to < bestTo || to === from || (to === bestTo && (best?.atEnd || !entry.atEnd))) continue;
        best = entry;
        bestTo = to;
      }
      if (best) candidates.push({ value: best.value, from, to: bestTo });
    }
    return withoutOverlap(candidates);
  }

  /** The phrases a word may begin; looked up once a word, as reports repeat their words. */
  #entriesFor(token: Token): readonly Entry<Value>[] | undefined {
    const { text } = token;
    const known = this.#entriesByWord.get(text);
    if (known !== undefined) return known ?? undefined;
    const entries = [
      ...(this.#byWord.get(text) ?? []),
      ...(this.#byBeginning.get(text.slice(0, beginningLength)) ?? []),
      ...(isNumber(token) ? [...(this.#byWord.get("#") ?? []), ...(this.#byWord.get("#year") ?? [])] : []),
    ];
    if (this.#entriesByWord.size >= wordsKept) this.#entriesByWord.clear();
    this.#entriesByWord.set(text, entries.length > 0 ? entries : null);
    return entries.length > 0 ? entries : undefined;
  }
}

/** With nothing fixed after a gap, the gap would swallow what the phrase is about. */
const isLoose = (element: Element) => element.kind !== "word" || element.optional;

function append<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

function withoutOverlap<Value>(candidates: PhraseMatch<Value>[]): PhraseMatch<Value>[] {
  if (candidates.length < 2) return candidates;
  const kept: PhraseMatch<Value>[] = [];
  const taken = new Set<number>();
  for (const match of [...candidates].sort((a, b) => b.to - b.from - (a.to - a.from) || a.from - b.from)) {
    let free = true;
    for (let at = match.from; at < match.to && free; at++) free = !taken.has(at);
    if (!free) continue;
    for (let at = match.from; at < match.to; at++) taken.add(at);
    kept.push(match);
  }
  return kept.sort((a, b) => a.from - b.from);
}
