/**
 * What a sentence speaks of: the disease, a filling defect, another embolus, the right heart.
 *
 *     findMentions(tokens, english)    // [{ kind: "pulmonary", from: 3, to: 5 }]
 *
 * Filling defects and clots are given to the place they lie in, the abbreviation "PE" to what it stands for.
 */
import type { CompiledLexicon } from "./lexicon/compile.ts";
import type { MentionKind, OtherKind, Site } from "./lexicon/lexicon.ts";
import type { PhraseMatch } from "./phrases.ts";
import type { Token } from "./tokens.ts";

export interface Mention {
  /** `pulmonary` is the disease of the question, however it was called. */
  readonly kind: "pulmonary" | "strain" | OtherKind;
  /** Named by what is seen (filling defect, clot), so that an interpretation after it counts. */
  readonly isFinding: boolean;
  readonly state?: "present" | "absent" | "uncertain";
  readonly from: number;
  readonly to: number;
}

/** How far, in words, a place may stand from the clot that lies there. */
const reachOfPlace = 14;

export interface FindMentionsOptions {
  /** The report defines the abbreviation of the disease as something else. */
  readonly abbreviationIsOther?: boolean;
  /** The report is of an examination that shows the pulmonary arteries, so that "vessels normal" is an answer. */
  readonly isAngiography?: () => boolean;
  readonly isRadiograph?: () => boolean;
}

export function findMentions(
  tokens: readonly Token[],
  lexicon: CompiledLexicon,
  { abbreviationIsOther = false, isAngiography = () => true, isRadiograph = () => false }: FindMentionsOptions = {},
): Mention[] {
  const found = lexicon.mentions.find(tokens);
  if (found.length === 0) return [];
  const terminators = lexicon.terminators.find(tokens);
  let sites: readonly PhraseMatch<Site>[] | undefined;
  let otherwise: boolean | undefined;
  const mentions: Mention[] = [];
  for (const { value, from, to } of found) {
    if (value.ofVessels && !isAngiography() && isOfRadiograph({ from, to }, tokens, lexicon, isRadiograph)) continue;
    const isAbbreviation = to === from + 1 && tokens[from]!.text === lexicon.source.abbreviatedDisease.word;
    if (isAbbreviation) {
      otherwise ??= abbreviationIsOther || standsForSomethingElse(tokens, lexicon);
      if (otherwise) continue;
    }
    sites ??= lexicon.sites.find(tokens);
    const clause = clauseAround(from, to, tokens.length, terminators);
    const named =
      isAbbreviation || sites.some((site) => site.value === "pulmonary" && site.from < to && site.to > from);
    const besideDisease = found.some((other) => other.value.kind === "pulmonary");
    const kind = resolve(value.kind, named, besideDisease, { from, to }, clause, sites, tokens, lexicon);
    if (kind === undefined) continue;
    const isFinding = value.kind === "finding" || value.kind === "clot";
    if (kind === "pulmonary" && (isFinding || named) && liesInStump({ from, to }, tokens, lexicon)) continue;
    mentions.push({ kind, isFinding, from, to, ...(value.state && { state: value.state }) });
  }
  return mentions;
}

/** Does the sentence use the disease's abbreviation for an effusion, an examination, a chest wall? */
export function standsForSomethingElse(tokens: readonly Token[], lexicon: CompiledLexicon): boolean {
  return lexicon.otherwise.find(tokens).length > 0 && lexicon.unlessWith.find(tokens).length === 0;
}

const isOfRadiograph = (
  { from, to }: Range,
  tokens: readonly Token[],
  { vesselsOfRadiograph }: CompiledLexicon,
  isRadiograph: () => boolean,
): boolean => isRadiograph() || tokens.slice(from, to).some(({ text }) => vesselsOfRadiograph.has(text));

/** A clot in the stump of a tied artery grew there. The stump is named in the same part of the sentence, a colon notwithstanding. */
function liesInStump(mention: Range, tokens: readonly Token[], lexicon: CompiledLexicon): boolean {
  return lexicon.stumps.find(tokens).some((stump) => {
    const [from, to] = stump.to <= mention.from ? [stump.to, mention.from] : [mention.to, stump.from];
    return !lexicon.terminators
      .find(tokens)
      .some((end) => end.from >= from && end.to <= to && tokens[end.from]!.text !== ":");
  });
}

interface Range {
  readonly from: number;
  readonly to: number;
}

function clauseAround(from: number, to: number, length: number, terminators: readonly Range[]): Range {
  let start = 0;
  let end = length;
  for (const terminator of terminators) {
    if (terminator.to <= from) start = terminator.to;
    else if (terminator.from >= to) {
      end = terminator.from;
      break;
    }
  }
  return { from: start, to: end };
}

function resolve(
  kind: MentionKind,
  named: boolean,
  besideDisease: boolean,
  mention: Range,
  clause: Range,
  sites: readonly PhraseMatch<Site>[],
  tokens: readonly Token[],
  lexicon: CompiledLexicon,
): Mention["kind"] | undefined {
  switch (kind) {
    case "none":
      return undefined;
    case "strain":
    case "septic":
    case "fat":
    case "cement":
    case "air":
    case "tumour":
    case "amniotic":
    case "arterial":
    case "deep-vein":
      return kind;
    case "venous":
      return "pulmonary";
    case "pulmonary": {
      if (named) return "pulmonary";
      const site = placeOf(mention, clause, sites, tokens, lexicon, "named only");
      return site === "arterial" ? "arterial" : "pulmonary";
    }
    case "finding":
    case "clot": {
      if (named) return "pulmonary";
      const site = placeOf(mention, clause, sites, tokens, lexicon);
      if (site === "pulmonary") return "pulmonary";
      if (site === "deep-vein") return "deep-vein";
      // In a report of this examination a filling defect without a place is one of the pulmonary arteries, and so is
      // a clot when the sentence names the disease.
      return site === undefined && (kind === "finding" || besideDisease) ? "pulmonary" : undefined;
    }
  }
}

/** The place after a preposition, else (not for what names itself) the nearest before, else the nearest after. */
function placeOf(
  mention: Range,
  clause: Range,
  sites: readonly PhraseMatch<Site>[],
  tokens: readonly Token[],
  { joiners, prepositions }: CompiledLexicon,
  where: "anywhere" | "named only" = "anywhere",
): Site | undefined {
  const before = sites.filter(
    ({ from, to }) => to <= mention.from && from >= clause.from && mention.from - to <= reachOfPlace,
  );
  const after = sites.filter(
    ({ from, to }) => from >= mention.to && to <= clause.to && from - mention.to <= reachOfPlace,
  );
  for (let at = mention.to; at < Math.min(clause.to, mention.to + 6); at++) {
    const { text } = tokens[at]!;
    if (joiners.has(text)) break;
    if (prepositions.has(text)) {
      const site = after.find(({ from }) => from > at);
      if (site) return site.value;
    }
  }
  if (where === "named only") {
    const close = before.at(-1);
    const joined = close && tokens.slice(close.to, mention.from).some(({ text }) => joiners.has(text));
    return close && !joined && mention.from - close.to <= 2 ? close.value : undefined;
  }
  // "The main artery is enlarged but without thrombus": the place may stand in the clause before.
  const earlier = sites.filter(({ to }) => to <= clause.from && mention.from - to <= reachOfPlace);
  const later = sites.find(({ from }) => from >= clause.to && from - mention.to <= reachOfPlace);
  // "Aortic root not dilated, bulky thrombus filling the left main artery": a comma parts it from the place before.
  const close = before.at(-1);
  const parted = close && tokens.slice(close.to, mention.from).some(({ text }) => text === "," || text === "–");
  const unparted =
    after[0] && !tokens.slice(mention.to, after[0].from).some(({ text }) => text === "," || text === "–");
  if (parted && unparted) return after[0]?.value;
  return (close ?? after[0] ?? earlier.at(-1) ?? later)?.value;
}
