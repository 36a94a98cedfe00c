/**
 * A lexicon made ready for searching; done once a language.
 *
 *     const ready = compileLexicon(english);
 *     labelReport(text, ready);
 */
import { PhraseBook } from "../phrases.ts";
import type { WordRules } from "../tokens.ts";
import { type CompiledDictation, type CompiledForms, compileDictation, compileForms } from "./layout-words.ts";
import type {
  Acuity,
  EmbolusLevel,
  Lexicon,
  MentionKind,
  ModifierGroup,
  Quality,
  SectionKind,
  Side,
  Site,
} from "./lexicon.ts";

/** What a phrase of a mention says before any modifier is looked at. */
export interface MentionEntry {
  readonly kind: MentionKind;
  /** Decided by the words themselves ("normal CTPA"). */
  readonly state?: "present" | "absent" | "uncertain";
  readonly ofVessels?: boolean;
}

export interface CompiledLexicon {
  readonly source: Lexicon;
  readonly words: WordRules;
  readonly script: RegExp;
  readonly ownEndings: ReadonlySet<string>;
  readonly sharedWords: ReadonlySet<string>;
  readonly titles: ReadonlySet<string>;
  readonly foreignWords: PhraseBook<true>;
  readonly headings: ReadonlyMap<string, SectionKind>;
  readonly stopsInside: ReadonlySet<string>;
  readonly mentions: PhraseBook<MentionEntry>;
  readonly otherwise: PhraseBook<true>;
  readonly unlessWith: PhraseBook<true>;
  readonly sites: PhraseBook<Site>;
  readonly otherFindings: PhraseBook<true>;
  readonly modifiers: PhraseBook<ModifierGroup>;
  readonly terminators: PhraseBook<true>;
  readonly complaints: PhraseBook<true>;
  readonly acuity: PhraseBook<Acuity>;
  readonly levels: PhraseBook<EmbolusLevel>;
  readonly sides: PhraseBook<Side>;
  readonly restrictions: PhraseBook<"acute" | "new" | "proximal">;
  readonly ventricleRatio: PhraseBook<"ratio" | "above" | "below">;
  readonly quality: PhraseBook<{ readonly value: Quality; readonly needsObject: boolean }>;
  readonly qualityOf: PhraseBook<true>;
  readonly qualityNotOf: PhraseBook<true>;
  readonly qualityOfPart: PhraseBook<true>;
  readonly joiners: ReadonlySet<string>;
  readonly alternatives: ReadonlySet<string>;
  readonly dividers: ReadonlySet<string>;
  readonly prepositions: ReadonlySet<string>;
  readonly within: ReadonlySet<string>;
  readonly verbs: ReadonlySet<string>;
  readonly answers: ReadonlySet<string>;
  readonly stumps: PhraseBook<true>;
  readonly nowadays: PhraseBook<true>;
  readonly angiography: PhraseBook<true>;
  readonly radiograph: PhraseBook<true>;
  readonly vesselsOfRadiograph: ReadonlySet<string>;
  readonly questionOrAnswer: ReadonlySet<string>;
  readonly breaksOff: ReadonlySet<string>;
  readonly openers: ReadonlySet<string>;
  readonly predicateNegations: ReadonlySet<string>;
  readonly articles: ReadonlySet<string>;
  /** Alternatives that close a list of what is denied. */
  readonly closers: ReadonlySet<string>;
  readonly dictation: CompiledDictation;
  readonly forms: CompiledForms;
}

const plain = (phrases: readonly string[]) => new PhraseBook(phrases.map((phrase) => [phrase, true as const] as const));

function valued<Value>(rows: readonly { readonly value: Value; readonly phrases: readonly string[] }[]) {
  return new PhraseBook(rows.flatMap(({ value, phrases }) => phrases.map((phrase) => [phrase, value] as const)));
}

/** Every word the table itself uses is right as it is. */
function wordsOf(table: unknown): string[] {
  if (typeof table === "string") return table.split(/[^\p{L}]+/u);
  return typeof table === "object" && table !== null ? Object.values(table).flatMap(wordsOf) : [];
}

/** @throws Error when the table holds a phrase that cannot be searched for: a defect of the table */
export function compileLexicon(source: Lexicon): CompiledLexicon {
  const { ventricleRatio, foreignWords, sharedWords, ownEndings, titles, ...ofTheLanguage } = source;
  return {
    source,
    words: {
      abbreviations: new Map(Object.entries(source.abbreviations).map(([word, full]) => [word, full.split(" ")])),
      spelling: source.spelling,
      notMisspelt: new Set([...source.notMisspelt, ...wordsOf(ofTheLanguage)]),
    },
    script: new RegExp(`^\\p{Script=${source.script}}`, "u"),
    ownEndings: new Set(ownEndings),
    sharedWords: new Set(sharedWords),
    titles: new Set(titles),
    foreignWords: plain(foreignWords),
    headings: new Map(source.sections.flatMap(({ kind, headings }) => headings.map((heading) => [heading, kind]))),
    stopsInside: new Set(source.stopsInside),
    mentions: new PhraseBook<MentionEntry>([
      ...source.mentions.flatMap(({ kind, phrases }) => phrases.map((phrase) => [phrase, { kind }] as const)),
      ...source.statements.flatMap(({ kind, state, ofVessels = false, phrases }) =>
        phrases.map((phrase) => [phrase, { kind, state, ofVessels }] as const),
      ),
    ]),
    otherwise: plain(source.abbreviatedDisease.otherwiseBy),
    unlessWith: plain(source.abbreviatedDisease.unlessWith),
    sites: new PhraseBook(
      source.sites.flatMap(({ site, phrases }) => phrases.map((phrase) => [phrase, site] as const)),
    ),
    otherFindings: plain(source.otherFindings),
    modifiers: new PhraseBook(
      source.modifiers.flatMap((group) => group.phrases.map((phrase) => [phrase, group] as const)),
    ),
    terminators: plain(source.terminators),
    complaints: plain(source.complaints),
    acuity: valued(source.acuity),
    levels: valued(source.levels),
    sides: valued(source.sides),
    restrictions: new PhraseBook(
      source.restrictions.flatMap(({ to, phrases }) => phrases.map((phrase) => [phrase, to] as const)),
    ),
    ventricleRatio: new PhraseBook([
      ...ventricleRatio.phrases.map((phrase) => [phrase, "ratio" as const] as const),
      ...ventricleRatio.above.map((phrase) => [phrase, "above" as const] as const),
      ...ventricleRatio.below.map((phrase) => [phrase, "below" as const] as const),
    ]),
    quality: new PhraseBook(source.quality.flatMap((row) => row.phrases.map((phrase) => [phrase, row] as const))),
    qualityOf: plain(source.qualityOf),
    qualityNotOf: plain(source.qualityNotOf),
    qualityOfPart: plain(source.qualityOfPart),
    joiners: new Set(source.joiners),
    alternatives: new Set(source.alternatives),
    dividers: new Set(source.dividers),
    prepositions: new Set(source.prepositions),
    within: new Set(source.within),
    verbs: new Set(source.verbs),
    answers: new Set(source.answers),
    stumps: plain(source.stumps),
    nowadays: plain(source.nowadays),
    angiography: plain(source.angiography),
    radiograph: plain(source.radiograph),
    vesselsOfRadiograph: new Set(source.vesselsOfRadiograph),
    questionOrAnswer: new Set(source.questionOrAnswer),
    breaksOff: new Set(source.breaksOff),
    openers: new Set(source.openers),
    predicateNegations: new Set(source.predicateNegations),
    articles: new Set(source.articles),
    closers: new Set(source.alternatives.filter((word) => word !== source.and)),
    dictation: compileDictation(source.dictation),
    forms: compileForms(source.forms),
  };
}
