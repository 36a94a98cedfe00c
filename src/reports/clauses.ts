/**
 * How far a denial reaches in its sentence: to what it governs, not to what the sentence asserts after it.
 *
 *     "No effusion, consolidation or embolus."              a list: all three are denied
 *     "No effusion, embolus in the left lower lobe."        a comma, then a statement of its own
 *     "The heart is not enlarged and a clot fills …"        "not" denies its own predicate
 *     "No fracture - embolus on the right."                 a dash ends it
 *
 * A list goes on as long as its members are bare nouns or an "or" closes it; a member that has a place, a number, an
 * article, a size or a verb of its own is a statement (NegEx and ConText know terms that end a scope: Chapman et al. 2001,
 * Harkema et al. 2009; the reading of lists is ours).
 */
import type { CompiledLexicon } from "./lexicon/compile.ts";
import type { ModifierGroup } from "./lexicon/lexicon.ts";
import type { PhraseMatch } from "./phrases.ts";
import type { Token } from "./tokens.ts";

type Range = { readonly from: number; readonly to: number };
type Modifier = PhraseMatch<ModifierGroup>;

const dash = "–";

/** @returns whether the denial before the mention ends between the two */
export function endsBefore(
  denial: Modifier,
  mention: Range,
  modifiers: readonly Modifier[],
  tokens: readonly Token[],
  lexicon: CompiledLexicon,
): boolean {
  const last = tokens[denial.to - 1]!.text;
  const between = (test: (text: string) => boolean, from = denial.to, to = mention.from): number => {
    for (let at = to - 1; at >= from; at--) if (test(tokens[at]!.text)) return at;
    return -1;
  };
  if (between((text) => text === dash) >= 0) return true;
  const isBoundary = (text: string) => text === "," || text === lexicon.source.and;
  const boundary = between(isBoundary);
  const opens = (at: number) => {
    const text = tokens[at]?.text ?? "";
    return lexicon.openers.has(text);
  };
  if (boundary < 0) return runsInto(denial, mention, tokens, lexicon);
  // "Not enlarged, …", "not dilated and …": the denied predicate ends with its clause.
  if (lexicon.predicateNegations.has(last) && !lexicon.articles.has(tokens[denial.to]?.text ?? "")) {
    return !isAlternative(tokens, boundary, lexicon);
  }
  if (isAlternative(tokens, boundary, lexicon)) return false;
  // "No large, central embolus": nothing has been named yet.
  if (!namesSomething(denial.to, boundary, tokens, lexicon)) return false;
  const segmentEnd = endOfSegment(mention.to, tokens, lexicon);
  const own = modifiers.some(
    ({ value, from, to }) =>
      from > boundary &&
      to <= segmentEnd &&
      ((to <= mention.from && (value.means === "affirmed" || value.means === "status" || value.means === "probable")) ||
        (from >= mention.to && value.means === "affirmed" && value.reach === "backward")),
  );
  if (own) return true;
  const alternatives = (from: number, to: number) =>
    tokens.slice(from, to).some(({ text }) => lexicon.closers.has(text));
  // An "or" behind the last comma, or behind the mention, closes the list of what is denied.
  if (alternatives(boundary, mention.from)) return false;
  const closesLater = listGoesOn(mention.to, tokens, lexicon);
  if (closesLater) return false;
  if (opens(boundary + 1)) return true;
  return hasPlaceOfItsOwn(boundary + 1, mention, segmentEnd, tokens, lexicon);
}

const isAlternative = (tokens: readonly Token[], boundary: number, { closers }: CompiledLexicon) =>
  closers.has(tokens[boundary + 1]?.text ?? "");

/** Is there a noun among the words, rather than adjectives of the mention to come? */
function namesSomething(from: number, to: number, tokens: readonly Token[], lexicon: CompiledLexicon): boolean {
  const adjectives = new Set<number>();
  for (const book of [lexicon.acuity, lexicon.levels, lexicon.restrictions, lexicon.sides]) {
    for (const match of book.find(tokens)) for (let at = match.from; at < match.to; at++) adjectives.add(at);
  }
  for (let at = from; at < to; at++) {
    const { text } = tokens[at]!;
    if (!adjectives.has(at) && text !== "," && !lexicon.joiners.has(text) && !lexicon.openers.has(text)) return true;
  }
  return false;
}

function endOfSegment(from: number, tokens: readonly Token[], lexicon: CompiledLexicon): number {
  for (let at = from; at < tokens.length; at++) {
    const { text } = tokens[at]!;
    if (text === "," || text === ";" || text === "." || text === dash || text === lexicon.source.and) return at;
  }
  return tokens.length;
}

/** "…, embolus, or nodule", "…, embolus or nodule": bare members up to the joiner that closes the list. */
function listGoesOn(from: number, tokens: readonly Token[], lexicon: CompiledLexicon): boolean {
  for (let at = from; at < tokens.length; at++) {
    const { text } = tokens[at]!;
    if (lexicon.closers.has(text)) return true;
    if (lexicon.prepositions.has(text) || lexicon.verbs.has(text) || text === ";" || text === "." || text === dash)
      return false;
  }
  return false;
}

function hasPlaceOfItsOwn(
  from: number,
  mention: Range,
  to: number,
  tokens: readonly Token[],
  lexicon: CompiledLexicon,
): boolean {
  const inside = ({ from: low, to: high }: Range) => low >= from && high <= to;
  if (lexicon.sides.find(tokens).some(inside)) return true;
  const place = lexicon.sites.find(tokens).find((site) => inside(site) && site.from >= mention.to);
  if (place === undefined) return false;
  return (
    tokens.slice(mention.to, place.from).some(({ text }) => lexicon.prepositions.has(text)) &&
    !tokens.slice(mention.to, place.from).some(({ text }) => lexicon.dividers.has(text))
  );
}

/** "No effusion large emboli": where no mark divides them, an opener behind another finding begins a new statement. */
function runsInto(denial: Modifier, mention: Range, tokens: readonly Token[], lexicon: CompiledLexicon): boolean {
  for (const finding of lexicon.otherFindings.find(tokens)) {
    if (finding.from < denial.to || finding.to >= mention.from) continue;
    const next = tokens[finding.to]!.text;
    if (lexicon.openers.has(next) && !lexicon.articles.has(next)) return true;
  }
  return false;
}
