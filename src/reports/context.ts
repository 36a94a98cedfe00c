/**
 * What a sentence says of a mention: modifiers with direction, scope and words that end it (ConText: Harkema et al. 2009).
 *
 *     judge(mentions, tokens, english)
 *     // [{ mention, state: "absent", certainty: "definite", modifier: { from: 0, to: 3 } }]
 */
import { describeMention } from "./attributes.ts";
import { endsBefore } from "./clauses.ts";
import type { CompiledLexicon } from "./lexicon/compile.ts";
import type { Meaning, ModifierGroup } from "./lexicon/lexicon.ts";
import type { Mention } from "./mentions.ts";
import type { PhraseMatch } from "./phrases.ts";
import type { Token } from "./tokens.ts";

/** `not-counted`: the question, the past, a fear, an advice; nothing of this examination's answer. */
export type MentionState = "present" | "absent" | "uncertain" | "not-counted";
export type Certainty = "definite" | "probable" | "possible";

export interface Assertion {
  readonly mention: Mention;
  readonly state: MentionState;
  readonly certainty: Certainty;
  /** Gone since an earlier examination. */
  readonly resolved: boolean;
  /** The words that decided; absent for a bare mention. */
  readonly modifier?: { readonly from: number; readonly to: number };
  /** Present, but no words say so: neither a modifier nor a level, a side or an age; or it is only spoken of. */
  readonly inPassing?: true;
}

type Modifier = PhraseMatch<ModifierGroup>;

const forwardReach = 30;
const backwardReach = 12;
/** Lists of mentions share what follows them ("PE and DVT are excluded") when they are this close. */
const listGap = 4;
/** What stands further off describes something else: "acute dyspnea, which the team first thought to be PE". */
const descriptionReach = 4;

/** @param isUnanswered the text stands under no heading, where a bare question is the one that was asked */
export function classifyAssertion(
  mentions: readonly Mention[],
  tokens: readonly Token[],
  lexicon: CompiledLexicon,
  isUnanswered = true,
): Assertion[] {
  if (mentions.length === 0) return [];
  const modifiers = lexicon.modifiers.find(tokens);
  const stops = lexicon.terminators.find(tokens);
  return mentions.map((mention, index) => {
    const reaching = modifiers.filter(
      (modifier) =>
        reaches(modifier, mention, index, mentions, tokens, stops, lexicon) &&
        !isOfAnother(modifier, mention, modifiers, tokens, lexicon),
    );
    const isDescribed = () =>
      describingWords(tokens, lexicon).some((words) => distance(words, mention) <= descriptionReach) &&
      Object.values(describeMention(mention, mentions, tokens, lexicon)).some(({ length }) => length > 0);
    const judgement = decide(mention, reaching, isUnanswered, isDescribed, tokens, lexicon);
    if (judgement.state !== "present" || mention.state) return judgement;
    const inPassing = reaching.some(({ value }) => value.means === "aside") || !(judgement.modifier || isDescribed());
    return inPassing ? { ...judgement, inPassing } : judgement;
  });
}

const doubts: ReadonlySet<Meaning> = new Set(["possible", "question", "suspected"]);

type Range = { readonly from: number; readonly to: number };

function stopBetween(stops: readonly Range[], low: number, high: number): boolean {
  for (const { from } of stops) if (from >= low && from < high) return true;
  return false;
}

/** What an adjective does not reach across: a joiner (but "or"), a preposition. */
function tightBreak(tokens: readonly Token[], low: number, high: number, lexicon: CompiledLexicon): boolean {
  for (let at = low; at < high; at++) {
    const { text } = tokens[at]!;
    if ((lexicon.joiners.has(text) && text !== lexicon.source.or) || lexicon.prepositions.has(text)) return true;
  }
  return false;
}

function reaches(
  { value, from, to }: Modifier,
  mention: Mention,
  index: number,
  mentions: readonly Mention[],
  tokens: readonly Token[],
  stops: readonly Range[],
  lexicon: CompiledLexicon,
): boolean {
  // "Right ventricle possibly enlarged": within the words of the mention itself.
  if (from >= mention.from && to <= mention.to) return mention.kind === "strain";
  if (to <= mention.from) {
    if (value.reach === "backward") return false;
    if (mention.from - to > (value.within ?? forwardReach)) return false;
    if (stopBetween(stops, to, mention.from)) return false;
    return !value.tight || !tightBreak(tokens, to, mention.from, lexicon);
  }
  if (from < mention.to) return false;
  if (value.reach === "forward") return false;
  if (value.reach === "interpretation" && !mention.isFinding) return false;
  if (from - mention.to > (value.within ?? backwardReach)) return false;
  const other = mentions.slice(index + 1).find((next) => next.from < from);
  // "Embolus is unlikely but not excluded": what cannot be excluded is still the embolus.
  // So it is with what directly follows the stop: "was considered but is not seen".
  const elliptic =
    other === undefined &&
    (value.means === "not-excluded" ||
      stops.some(
        (stop) => stop.to === from && stop.from >= mention.to && (to - from > 1 || tokens[stop.from]!.text === ":"),
      ));
  // "PE, which the angiogram of May had ruled out, is demonstrated today": the verb behind the clause put in.
  const isBehindInsertion =
    tokens[from - 1]?.text === "," &&
    stops.some((stop) => stop.from >= mention.to && stop.to < from && tokens[stop.from - 1]?.text === ",");
  if (!elliptic && !isBehindInsertion && stopBetween(stops, mention.to, from)) return false;
  if (other === undefined) return true;
  if (mention.isFinding && (value.reach === "interpretation" || value.reach === "both")) return true;
  const between = tokens.slice(mention.to, other.from);
  if (between.some(({ text }) => lexicon.verbs.has(text))) return false;
  // "The defect thought to be an embolus is gone": two names of one thing, when nothing joins them as two.
  return between.length <= listGap || (mention.isFinding && !between.some(({ text }) => lexicon.joiners.has(text)));
}

const endsWithItsClause: ReadonlySet<Meaning> = new Set(["negated", "doubtful", "resolved"]);

/** Does a denial before the mention end before it (clauses.ts), or one behind it belong to another noun? */
function isOfAnother(
  modifier: Modifier,
  mention: Mention,
  modifiers: readonly Modifier[],
  tokens: readonly Token[],
  lexicon: CompiledLexicon,
): boolean {
  const { value, from, to } = modifier;
  if (!endsWithItsClause.has(value.means)) return false;
  const findings = lexicon.otherFindings.find(tokens);
  if (to <= mention.from) {
    // "Pneumonia resolved, segmental embolus on the right": the noun before it, and the clause ends.
    const isOfNoun = value.reach === "both" && findings.some((finding) => finding.to === from);
    if (isOfNoun && tokens.slice(to, mention.from).some(({ text }) => text === "," || text === "–")) return true;
    return endsBefore(modifier, mention, modifiers, tokens, lexicon);
  }
  // "Emboli in the left upper lobe, resolved pericardial effusion": an adjective of the noun behind it.
  return (
    value.reach === "both" &&
    tokens.slice(mention.to, from).some(({ text }) => text === "," || text === "–" || text === lexicon.source.and) &&
    findings.some((finding) => finding.from >= to && finding.from - to <= 2)
  );
}

/**
 * One answer from the modifiers that reach a mention. The order is the rule: a fear outweighs all but an answer after
 * it; what cannot be excluded outweighs a denial beside it; the past and the question come before denial, denial
 * before what is only spoken of, that before doubt, doubt before likelihood.
 */
function decide(
  mention: Mention,
  reaching: readonly Modifier[],
  isUnanswered: boolean,
  isDescribed: () => boolean,
  tokens: readonly Token[],
  lexicon: CompiledLexicon,
): Assertion {
  if (mention.state) return judged(mention, mention.state, mention.state === "uncertain" ? "possible" : "probable");
  if (reaching.length === 0) return judged(mention, "present", "definite");
  const first: Partial<Record<Meaning, Modifier>> = {};
  for (const modifier of reaching) first[modifier.value.means] ??= modifier;
  const after = (...means: Meaning[]) =>
    reaching.find((modifier) => modifier.from >= mention.to && means.includes(modifier.value.means));
  const { hypothetical, historical, indication, status, resolved, negated, doubtful, limitation, previous } = first;
  const { probable, aside, nature } = first;
  const answer = after("negated", "resolved");

  if (hypothetical) return answer ? absent(mention, answer) : notCounted(mention, hypothetical);
  const unassessed = first["not-assessed"];
  if (unassessed && mention.kind === "strain") return notCounted(mention, unassessed);
  const open = first["not-excluded"] ?? unassessed;
  if (open) return judged(mention, "uncertain", "possible", open);
  if (historical && !(status && historical.from >= mention.to))
    return resolved ? absent(mention, resolved, true) : notCounted(mention, historical);
  if (indication) {
    const denied = answer ?? (negated && negated.from >= indication.to ? negated : undefined);
    return denied ? absent(mention, denied) : notCounted(mention, indication);
  }
  const isPartial = status && resolved && distance(status, mention) <= distance(resolved, mention);
  if (resolved && !isPartial) return absent(mention, resolved, true);
  if (negated) {
    // "Not visible in May, are now evident": the later word is today's.
    const now = reaching.find(
      ({ value, from, to }) =>
        value.means === "affirmed" &&
        from >= negated.to &&
        from >= mention.to &&
        lexicon.nowadays.find(tokens).some((word) => word.from >= from - 1 && word.to <= to + 1),
    );
    return now ? judged(mention, "present", "definite", now) : absent(mention, negated, previous !== undefined);
  }
  if (doubtful) return judged(mention, "absent", "probable", doubtful);
  if (aside) {
    // "Called about the persistent PE", "regarding PE: positive", "about the left lower lobe PE": more than the question.
    const affirmed = reaching.some(
      ({ value, from, to }) =>
        value.means === "affirmed" && (to <= mention.from || (from === mention.to && aside.to <= mention.from)),
    );
    const isKnown = status || probable || affirmed || after("possible");
    if (!isKnown && !isDescribed()) return notCounted(mention, aside);
  }
  const possible = reaching.find(({ value }) => doubts.has(value.means));
  const { suspected } = first;
  if (
    suspected &&
    possible === suspected &&
    !isUnanswered &&
    isDescribed() &&
    lexicon.complaints.find(tokens).length === 0
  ) {
    return judged(mention, "present", "probable", suspected);
  }
  if (possible) {
    const asksOnly = ((first.question ?? suspected) && isUnanswered) || lexicon.complaints.find(tokens).length > 0;
    if (asksOnly && !hasPlace(mention, tokens, lexicon)) return notCounted(mention, possible);
    return judged(mention, "uncertain", "possible", possible);
  }
  if (nature && (mention.isFinding || nature.to <= mention.from)) return judged(mention, "absent", "probable", nature);
  if (limitation) return notCounted(mention, limitation);
  if (previous && !status) {
    const now = after("affirmed");
    return now ? judged(mention, "present", "definite", now) : notCounted(mention, previous);
  }
  if (probable) return judged(mention, "present", "probable", probable);
  return judged(mention, "present", "definite", status ?? reaching.findLast(({ value }) => value.means === "affirmed"));
}

function judged(
  mention: Mention,
  state: MentionState,
  certainty: Certainty,
  modifier?: Modifier,
  resolved = false,
): Assertion {
  const words = modifier && { modifier: { from: modifier.from, to: modifier.to } };
  return { mention, state, certainty, resolved, ...words };
}

const absent = (mention: Mention, modifier: Modifier, resolved = false) =>
  judged(mention, "absent", "definite", modifier, resolved);

const notCounted = (mention: Mention, modifier: Modifier) => judged(mention, "not-counted", "definite", modifier);

const distance = (words: Range, mention: Mention) =>
  words.to <= mention.from ? mention.from - words.to : words.from - mention.to;

const describingWords = (tokens: readonly Token[], { acuity, levels, sides }: CompiledLexicon): Range[] =>
  [acuity, levels, sides].flatMap((book): readonly Range[] => book.find(tokens));

/** Is a place in the lungs named beside the mention itself? */
const hasPlace = (mention: Mention, tokens: readonly Token[], lexicon: CompiledLexicon) =>
  lexicon.sites
    .find(tokens)
    .some(({ value, from, to }) => value === "pulmonary" && (to <= mention.from || from >= mention.to));
