/**
 * Where, on which side and how old: the words of a sentence that belong to one of its mentions.
 *
 *     describeMention(mention, mentions, tokens, compileLexicon(english))
 *     // { levels: ["segmental"], sides: ["right"], acuity: ["acute"] }
 */
import type { CompiledLexicon } from "./lexicon/compile.ts";
import type { Acuity, EmbolusLevel, Side } from "./lexicon/lexicon.ts";
import type { Mention } from "./mentions.ts";
import type { PhraseBook } from "./phrases.ts";
import type { Token } from "./tokens.ts";

export interface Description {
  readonly acuity: readonly Acuity[];
  readonly levels: readonly EmbolusLevel[];
  readonly sides: readonly Side[];
}

export function describeMention(
  mention: Mention,
  mentions: readonly Mention[],
  tokens: readonly Token[],
  lexicon: CompiledLexicon,
  answer?: { readonly from: number; readonly to: number },
): Description {
  const window = windowOf(mention, mentions, tokens, lexicon);
  // "PE, which was ruled out in May, is shown today in the right lower lobe": what follows the answer beyond a stop.
  const beyond =
    answer && answer.from >= window.to ? windowOf({ ...mention, ...answer }, [], tokens, lexicon) : undefined;
  const within = <Value>(book: PhraseBook<Value>): Value[] => [
    ...new Set(
      book
        .find(tokens)
        .filter(
          ({ from, to }) =>
            (from >= window.from && to <= window.to) || (beyond && from >= beyond.from && to <= beyond.to),
        )
        .map(({ value }) => value),
    ),
  ];
  const levels = within(lexicon.levels);
  const inVessel = levels.length > 1 && mention.isFinding && liesCentrally(mention, tokens, lexicon);
  return {
    acuity: within(lexicon.acuity),
    levels: inVessel ? levels.filter((level) => level !== "central") : levels,
    sides: within(lexicon.sides),
  };
}

/** "A central filling defect within a segmental artery": central in the vessel, not in the tree. */
function liesCentrally({ from, to }: Mention, tokens: readonly Token[], lexicon: CompiledLexicon): boolean {
  const place = tokens.slice(to, to + 12).findIndex(({ text }) => lexicon.within.has(text));
  if (place < 0) return false;
  const central = lexicon.levels.find(tokens).filter(({ value }) => value === "central");
  return (
    central.length > 0 &&
    central.every((level) => level.to === level.from + 1 && level.from >= from - 3 && level.to <= to + place)
  );
}

/**
 * The words around a mention up to what ends a scope, to the negation of something else, and to its neighbours'
 * own words: of the words between two nouns, those after the last joiner belong to the second.
 */
function windowOf(mention: Mention, mentions: readonly Mention[], tokens: readonly Token[], lexicon: CompiledLexicon) {
  let from = 0;
  let to = tokens.length;
  for (const stop of lexicon.terminators.find(tokens)) {
    if (stop.to <= mention.from) from = Math.max(from, stop.to);
    else if (stop.from >= mention.to) to = Math.min(to, stop.from);
  }
  for (const modifier of lexicon.modifiers.find(tokens)) {
    const { means, reach } = modifier.value;
    if ((means === "negated" || means === "doubtful") && reach === "forward" && modifier.from >= mention.to) {
      to = Math.min(to, modifier.from);
    }
  }
  const neighbours: readonly { readonly from: number; readonly to: number }[] = [
    ...mentions.filter((other) => other !== mention),
    ...lexicon.otherFindings.find(tokens).filter((other) => other.to <= mention.from || other.from >= mention.to),
  ];
  let before = -1;
  let after = tokens.length;
  for (const other of neighbours) {
    if (other.to <= mention.from) before = Math.max(before, other.to);
    else if (other.from >= mention.to) after = Math.min(after, other.from);
  }
  if (before >= 0) from = Math.max(from, ownWordsFrom(before, mention.from, before, tokens, lexicon));
  if (after < tokens.length) to = Math.min(to, ownWordsFrom(mention.to, after, after, tokens, lexicon));
  return { from, to };
}

/** Where, between two nouns, the words of the second begin; `otherwise` where nothing tells. */
function ownWordsFrom(
  low: number,
  high: number,
  otherwise: number,
  tokens: readonly Token[],
  lexicon: CompiledLexicon,
): number {
  for (let at = high - 1; at >= low; at--) {
    const { text } = tokens[at]!;
    if (lexicon.joiners.has(text) || lexicon.dividers.has(text)) return at;
  }
  return otherwise;
}
