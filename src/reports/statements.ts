/**
 * A report read: each mention of the disease, of other emboli and of the right heart, with what is said of it and where.
 *
 *     const { statements, quality } = readStatements(text, compileLexicon(english));
 */
import { type Description, describeMention } from "./attributes.ts";
import { type Certainty, classifyAssertion, type MentionState } from "./context.ts";
import { levelText } from "./encoding.ts";
import type { CompiledLexicon } from "./lexicon/compile.ts";
import type { Quality, SectionKind } from "./lexicon/lexicon.ts";
import { findMentions, type Mention, standsForSomethingElse } from "./mentions.ts";
import { qualityOfSentence, ventricleRatio, worse } from "./quality.ts";
import { type Section, splitSections } from "./sections.ts";
import { type Span, splitSentences } from "./sentences.ts";
import { lowerCase, type Token, tokenise } from "./tokens.ts";

export interface Statement {
  readonly kind: Mention["kind"];
  readonly section: SectionKind;
  /** Counts the sections of the report. */
  readonly sectionOrder: number;
  readonly state: MentionState;
  readonly certainty: Certainty;
  readonly resolved: boolean;
  /** Present, but no words say so (context.ts). */
  readonly inPassing: boolean;
  /** Absent without any doubt, and not only on one side, at some levels, of old or new ones. */
  readonly deniesAll: boolean;
  /** For an absent one: only emboli of this sort are denied. */
  readonly restriction: "acute" | "new" | "proximal" | undefined;
  readonly description: Description;
  /** As written in the report. */
  readonly mention: string;
  readonly modifier: string | null;
  readonly sentence: string;
}

export interface ReadReport {
  readonly statements: readonly Statement[];
  readonly quality: Quality | undefined;
}

/** Sections whose words are no answer of this examination. */
const silentSections: ReadonlySet<SectionKind> = new Set([
  "examination",
  "history",
  "technique",
  "comparison",
  "other",
]);

/** Silent sections that may still tell how good the examination was. */
const qualitySections: ReadonlySet<SectionKind> = new Set(["examination", "technique"]);

const longestQuoted = 400;
const undescribed: Description = { acuity: [], levels: [], sides: [] };

export function readStatements(text: string, lexicon: CompiledLexicon): ReadReport {
  const written = levelText(text);
  const lower = lowerCase(written);
  const statements: Statement[] = [];
  let quality: Quality | undefined;
  const sections = splitSections(lower, lexicon);
  const abbreviationIsOther = definesOtherwise(lower, lexicon);
  for (const section of sections) {
    const answers = !silentSections.has(section.kind);
    if (!answers && !qualitySections.has(section.kind)) continue;
    for (const span of splitSentences(lower, written, section, lexicon)) {
      const tokens = tokenise(lower, span.start, span.end, lexicon.words);
      quality = worse(quality, qualityOfSentence(tokens, lexicon));
      if (answers) statements.push(...readSentence(written, span, section, tokens, abbreviationIsOther, lexicon));
    }
  }
  return { statements, quality };
}

/** "Pericardial effusion (PE)": from then on the abbreviation is that. */
function definesOtherwise(lower: string, lexicon: CompiledLexicon): boolean {
  const { word } = lexicon.source.abbreviatedDisease;
  const at = lower.indexOf(`(${word})`);
  if (at < 0) return false;
  const tokens = tokenise(lower, Math.max(0, at - 24), at + word.length + 2, lexicon.words);
  return standsForSomethingElse(tokens, lexicon);
}

function readSentence(
  written: string,
  span: Span,
  section: Section,
  tokens: readonly Token[],
  abbreviationIsOther: boolean,
  lexicon: CompiledLexicon,
): Statement[] {
  const mentions = findMentions(tokens, lexicon, abbreviationIsOther);
  const ratio = ventricleRatio(tokens, lexicon);
  if (mentions.length === 0 && !ratio) return [];
  const sentence = quote(written, span.start, span.end);
  const words = ({ from, to }: { readonly from: number; readonly to: number }) =>
    quote(written, tokens[from]!.start, tokens[to - 1]!.end);
  const statements: Statement[] = classifyAssertion(mentions, tokens, lexicon, section.kind === "body").map(
    (judged): Statement => {
      const { mention, modifier, state, certainty, resolved, inPassing = false } = judged;
      // Only an embolus that is there has an age and a place.
      const description = state === "present" ? describeMention(mention, mentions, tokens, lexicon) : undescribed;
      const restriction =
        state === "absent" && !resolved ? restrictionOf(mention, modifier, tokens, lexicon) : undefined;
      const isFirm = state === "absent" && certainty === "definite" && (!restriction || restriction === "acute");
      // Written out: with a spread in front, so many fields make the object a slow one (bench label: 1.4 times the time).
      return {
        kind: mention.kind,
        section: section.kind,
        sectionOrder: section.order,
        state,
        certainty,
        resolved,
        inPassing,
        deniesAll: isFirm && leavesNoneOpen(describeMention(mention, mentions, tokens, lexicon)),
        description,
        restriction,
        mention: words(mention),
        modifier: modifier ? words(modifier) : null,
        sentence,
      };
    },
  );
  if (ratio) {
    statements.push({
      kind: "strain",
      section: section.kind,
      sectionOrder: section.order,
      state: ratio.state,
      certainty: "definite",
      resolved: false,
      inPassing: false,
      deniesAll: false,
      description: undescribed,
      restriction: undefined,
      mention: words(ratio),
      modifier: null,
      sentence,
    });
  }
  return statements;
}

/** What stands between the negation and what it denies. */
function restrictionOf(
  mention: Mention,
  modifier: { readonly from: number; readonly to: number } | undefined,
  tokens: readonly Token[],
  lexicon: CompiledLexicon,
): Statement["restriction"] {
  const from = modifier && modifier.to <= mention.from ? modifier.from : mention.from;
  const found = lexicon.restrictions
    .find(tokens)
    .filter((match) => match.from >= from && match.to <= mention.to)
    .map(({ value }) => value);
  // "No acute or chronic", "no new or residual", "no central or subsegmental" leave nothing open.
  const whole = lexicon.acuity
    .find(tokens)
    .some(({ value, from: at }) => value !== "acute" && at >= from && at < mention.to);
  const peripheral = lexicon.levels
    .find(tokens)
    .some(({ value, from: at }) => value === "subsegmental" && at >= from && at < mention.to);
  if (found.includes("acute") && !whole) return "acute";
  if (found.includes("new") && !whole) return "new";
  return found.includes("proximal") && !peripheral ? "proximal" : undefined;
}

/** "No filling defect in the main arteries" leaves the smaller ones open. */
const leavesNoneOpen = ({ levels, sides }: Description) =>
  (sides.length === 0 || sides.includes("both")) &&
  (levels.length === 0 || levels.includes("subsegmental") || levels.includes("segmental"));

function quote(text: string, start: number, end: number): string {
  const quoted = text
    .slice(start, Math.min(end, start + longestQuoted))
    .replace(/\s+/g, " ")
    .trim();
  return end - start > longestQuoted ? `${quoted}…` : quoted;
}
