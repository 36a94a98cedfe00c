/**
 * What a sentence says of a mention: modifiers with direction, scope and words that end it (ConText: Harkema et al. 2009).
 *
 *     judge(mentions, tokens, english)
 *     // [{ mention, state: "absent", certainty: "definite", modifier: { from: 0, to: 3 } }]
 */
import type { CompiledLexicon } from "./lexicon/compile.ts";
import type { Meaning, ModifierGroup } from "./lexicon/lexicon.ts";
import type { Mention } from "./mentions.ts";
import type { PhraseMatch } from "./phrases.ts";
import type { Token } from "./tokens.ts";

/** `not-counted`: the question, the past, a fear, an advice; nothing of this examination's answer. */
export type MentionState = "present" | "absent" | "uncertain" | "not-counted";
export type Certainty = "definite" | "probable" | "possible";

export interface Judged {
  readonly mention: Mention;
  readonly state: MentionState;
  readonly certainty: Certainty;
  /** Gone since an earlier examination. */
  readonly resolved: boolean;
  /** The words that decided; absent for a bare mention. */
  readonly modifier?: { readonly from: number; readonly to: number };
}

type Modifier = PhraseMatch<ModifierGroup>;

const forwardReach = 30;
const backwardReach = 12;
/** Lists of mentions share what follows them ("PE and DVT are excluded") when they are this close. */
const listGap = 4;

/** @param isUnanswered the text stands under no heading, where a bare question is the one that was asked */
export function judge(
  mentions: readonly Mention[],
  tokens: readonly Token[],
  lexicon: CompiledLexicon,
  isUnanswered = true,
): Judged[] {
  if (mentions.length === 0) return [];
  const modifiers = lexicon.modifiers.find(tokens);
  const stops = lexicon.terminators.find(tokens);
  const asksOnly = lexicon.complaints.find(tokens).length > 0;
  return mentions.map((mention, index) => {
    const reaching = modifiers
      .filter((modifier) => reaches(modifier, mention, index, mentions, tokens, stops, lexicon))
      .filter((modifier) => !endsAtComma(modifier, mention, modifiers, tokens, lexicon));
    return decide(mention, reaching, asksOnly, isUnanswered, tokens, lexicon);
  });
}

function reaches(
  { value, from, to }: Modifier,
  mention: Mention,
  index: number,
  mentions: readonly Mention[],
  tokens: readonly Token[],
  stops: readonly { readonly from: number; readonly to: number }[],
  lexicon: CompiledLexicon,
): boolean {
  const stopBetween = (low: number, high: number) => stops.some((stop) => stop.from >= low && stop.from < high);
  const tightBreak = (low: number, high: number) =>
    value.tight === true &&
    tokens
      .slice(low, high)
      .some(({ text }) => (lexicon.joiners.has(text) && text !== lexicon.source.or) || lexicon.prepositions.has(text));
  if (to <= mention.from) {
    if (value.reach === "backward") return false;
    if (mention.from - to > (value.within ?? forwardReach)) return false;
    return !stopBetween(to, mention.from) && !tightBreak(to, mention.from);
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
  if (!elliptic && stopBetween(mention.to, from)) return false;
  if (other === undefined) return true;
  if (mention.isFinding && (value.reach === "interpretation" || value.reach === "both")) return true;
  const between = tokens.slice(mention.to, other.from);
  if (between.some(({ text }) => lexicon.verbs.has(text))) return false;
  // "The defect thought to be an embolus is gone": two names of one thing, when nothing joins them as two.
  return between.length <= listGap || (mention.isFinding && !between.some(({ text }) => lexicon.joiners.has(text)));
}

/** "No effusion, pulmonary emboli are present": a comma ends the denial when its list does not go on with "or". */
function endsAtComma(
  { value, to }: Modifier,
  mention: Mention,
  modifiers: readonly Modifier[],
  tokens: readonly Token[],
  lexicon: CompiledLexicon,
): boolean {
  if (value.means !== "negated" || to > mention.from) return false;
  const between = tokens.slice(to, mention.from).map(({ text }) => text);
  if (between.lastIndexOf(",") < 0 || between.some((text) => lexicon.alternatives.has(text))) return false;
  return modifiers.some(
    (modifier) =>
      modifier.value.means === "affirmed" && modifier.value.reach === "backward" && modifier.from === mention.to,
  );
}

function decide(
  mention: Mention,
  reaching: readonly Modifier[],
  asksOnly: boolean,
  isUnanswered: boolean,
  tokens: readonly Token[],
  lexicon: CompiledLexicon,
): Judged {
  const of = (...means: Meaning[]) => reaching.filter(({ value }) => means.includes(value.means));
  const isBefore = (modifier: Modifier) => modifier.to <= mention.from;
  const as = (state: MentionState, certainty: Certainty, modifier: Modifier | undefined, resolved = false): Judged => ({
    mention,
    state,
    certainty,
    resolved,
    ...(modifier && { modifier: { from: modifier.from, to: modifier.to } }),
  });
  if (mention.state) return as(mention.state, mention.state === "uncertain" ? "possible" : "probable", undefined);

  const [hypothetical] = of("hypothetical");
  const [indication] = of("indication");
  const [historical] = of("historical");
  const [status] = of("status");
  const [negation] = of("negated");
  const [resolution] = of("resolved");
  const answer = of("negated", "resolved").find((modifier) => !isBefore(modifier));
  const [open] = of("not-excluded");

  if (hypothetical) return answer ? as("absent", "definite", answer) : as("not-counted", "definite", hypothetical);
  if (open) return as("uncertain", "possible", open);
  if (historical) {
    if (resolution) return as("absent", "definite", resolution, true);
    return as("not-counted", "definite", historical);
  }
  if (indication) {
    const denied = answer ?? (negation && negation.from >= indication.to ? negation : undefined);
    return denied ? as("absent", "definite", denied) : as("not-counted", "definite", indication);
  }
  const isPartial = status && resolution && distance(status, mention) <= distance(resolution, mention);
  if (resolution && !isPartial) return as("absent", "definite", resolution, true);
  if (negation) return as("absent", "definite", negation, of("previous").length > 0);
  const [doubt] = of("doubtful");
  if (doubt) return as("absent", "probable", doubt);
  const [question] = of("question");
  if (question && (isUnanswered || asksOnly) && !hasPlace(mention, tokens, lexicon)) {
    return as("not-counted", "definite", question);
  }
  const [possible] = of("possible", "question");
  if (possible) {
    if (asksOnly && !hasPlace(mention, tokens, lexicon)) return as("not-counted", "definite", possible);
    return as("uncertain", "possible", possible);
  }
  const [limitation] = of("limitation");
  if (limitation) return as("not-counted", "possible", limitation);
  const [previous] = of("previous");
  const affirmed = of("affirmed").at(-1);
  if (previous && !status) {
    const now = of("affirmed").find((modifier) => !isBefore(modifier));
    return now ? as("present", "definite", now) : as("not-counted", "definite", previous);
  }
  const [probable] = of("probable");
  if (probable) return as("present", "probable", probable);
  return as("present", "definite", status ?? affirmed);
}

const distance = (modifier: Modifier, mention: Mention) =>
  modifier.to <= mention.from ? mention.from - modifier.to : modifier.from - mention.to;

/** Is a place in the lungs named beside the mention itself? */
const hasPlace = (mention: Mention, tokens: readonly Token[], lexicon: CompiledLexicon) =>
  lexicon.sites
    .find(tokens)
    .some(({ value, from, to }) => value === "pulmonary" && (to <= mention.from || from >= mention.to));
