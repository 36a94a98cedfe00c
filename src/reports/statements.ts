/**
 * A report read: each mention of the disease, of other emboli and of the right heart, with what is said of it and where.
 *
 *     const { statements, quality } = readStatements(normaliseText(text, lexicon), lexicon);
 */
import { type Description, describeMention } from "./attributes.ts";
import { type Certainty, classifyAssertion, type MentionState } from "./context.ts";
import { writeOut } from "./dictation.ts";
import { levelText } from "./encoding.ts";
import { readForms } from "./forms.ts";
import type { CompiledLexicon } from "./lexicon/compile.ts";
import type { Quality, SectionKind } from "./lexicon/lexicon.ts";
import { plainLines } from "./markup.ts";
import { type FindMentionsOptions, findMentions, type Mention, standsForSomethingElse } from "./mentions.ts";
import type { PhraseBook } from "./phrases.ts";
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
  /** Named by what is seen, a filling defect or a clot. */
  readonly isFinding: boolean;
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
const qualitySections: ReadonlySet<SectionKind> = new Set(["examination", "technique", "comparison"]);

const longestQuoted = 400;
const undescribed: Description = { acuity: [], levels: [], sides: [] };

/** @param written see {@link normaliseText} */
export function readStatements(written: string, lexicon: CompiledLexicon): ReadReport {
  const lower = lowerCase(written);
  const statements: Statement[] = [];
  let quality: Quality | undefined;
  const sections = splitSections(lower, lexicon);
  let words: readonly Token[] | undefined;
  const holds = (book: PhraseBook<true>): boolean => {
    words ??= tokenise(lower, 0, lower.length, lexicon.words);
    return book.find(words).length > 0;
  };
  const options: FindMentionsOptions = {
    abbreviationIsOther: definesOtherwise(lower, lexicon),
    // Does the report speak of an angiogram or of clots at all? Few sentences ask.
    isAngiography: () => holds(lexicon.angiography),
    isRadiograph: () => holds(lexicon.radiograph),
  };
  for (const section of sections) {
    const answers = !silentSections.has(section.kind);
    if (!answers && !qualitySections.has(section.kind)) continue;
    const mayAnswer = answers || section.kind !== "history";
    for (const [index, span] of splitSentences(lower, written, section, lexicon).entries()) {
      const tokens = tokenise(lower, span.start, span.end, lexicon.words);
      quality = worse(quality, qualityOfSentence(tokens, lexicon));
      if (answers) statements.push(...readSentence(written, span, section, tokens, options, lexicon));
      else if (mayAnswer && index > 0) {
        // "TECHNIQUE: CTPA. Negative for PE.": an answer under a heading that was not ended.
        const read = readSentence(written, span, { ...section, kind: "body" }, tokens, options, lexicon);
        statements.push(...read.filter(isAnswer));
      }
    }
  }
  return { statements, quality };
}

const isAnswer = ({ state, certainty, inPassing }: Statement) =>
  (state === "present" || state === "absent") && certainty === "definite" && !inPassing;

/** The text as lines of plain statements, whatever system, form or dictation it comes from. */
export function normaliseText(text: string, lexicon: CompiledLexicon): string {
  const plain = writeOut(plainLines(text), lexicon)
    .replace(/(?<=[\p{L}\d)])(?:\s*—\s*|\s*-{2,3}\s*)(?=[\p{L}\d(])/gu, " - ")
    .replace(/∅|(?<!\p{L})Ø(?=\s*\p{L})/gu, " no ");
  return readForms(levelText(plain), lexicon);
}

/** "Pericardial effusion (PE)": from then on the abbreviation is that. */
function definesOtherwise(lower: string, lexicon: CompiledLexicon): boolean {
  const { word } = lexicon.source.abbreviatedDisease;
  const at = lower.indexOf(`(${word})`);
  if (at >= 0) {
    return standsForSomethingElse(tokenise(lower, Math.max(0, at - 24), at + word.length + 2, lexicon.words), lexicon);
  }
  // "PE (pleural effusion)"
  const explained = new RegExp(`(?<![\\p{L}])${word} ?\\(([^)\\n]{3,40})\\)`, "u").exec(lower)?.[1];
  if (explained === undefined) return false;
  return standsForSomethingElse(tokenise(explained, 0, explained.length, lexicon.words), lexicon);
}

function readSentence(
  written: string,
  span: Span,
  section: Section,
  tokens: readonly Token[],
  options: FindMentionsOptions,
  lexicon: CompiledLexicon,
): Statement[] {
  const mentions = findMentions(tokens, lexicon, options);
  const ratio = ventricleRatio(tokens, lexicon);
  if (mentions.length === 0 && !ratio) return [];
  const sentence = quote(written, span.start, span.end);
  const words = ({ from, to }: { readonly from: number; readonly to: number }) =>
    quote(written, tokens[from]!.start, tokens[to - 1]!.end);
  const statements: Statement[] = classifyAssertion(mentions, tokens, lexicon, section.kind === "body").map(
    (judged): Statement => {
      const { mention, modifier, state, certainty, resolved, inPassing = false } = judged;
      // Only an embolus that is there has an age and a place.
      const description =
        state === "present" ? describeMention(mention, mentions, tokens, lexicon, modifier) : undescribed;
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
        isFinding: mention.isFinding,
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
  withoutNamedNature(statements);
  if (ratio) {
    statements.push({
      kind: "strain",
      section: section.kind,
      sectionOrder: section.order,
      state: ratio.state,
      certainty: "definite",
      resolved: false,
      isFinding: true,
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

const natures: ReadonlySet<Mention["kind"]> = new Set(["septic", "fat", "cement", "air", "tumour", "amniotic"]);

/** "Filling defect of gas density, typical of air embolism": what is seen is given its name, and is no thrombus. */
function withoutNamedNature(statements: Statement[]): void {
  if (!statements.some(({ kind, state }) => natures.has(kind) && state === "present")) return;
  const isNamed = ({ kind, state, isFinding }: Statement) => kind === "pulmonary" && state === "present" && !isFinding;
  if (statements.some(isNamed)) return;
  for (const [at, statement] of statements.entries()) {
    if (statement.kind === "pulmonary" && statement.isFinding && statement.state === "present") {
      statements[at] = { ...statement, state: "not-counted" };
    }
  }
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
