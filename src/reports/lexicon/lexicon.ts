/**
 * What a language's table holds. The rules know no word of any language: another language is another table.
 *
 *     const german: Lexicon = { language: "de", sections: [{ kind: "impression", headings: ["beurteilung"] }], … };
 *     labelReport(text, compileLexicon(german));
 *
 * Phrases are written as phrases.ts describes, in small letters and with abbreviations written out.
 */

/** Parts of a report. `body` is text under no heading. */
export const sectionKinds = [
  "examination",
  "history",
  "technique",
  "comparison",
  "findings",
  "impression",
  "addendum",
  "preliminary",
  "original",
  "other",
  "body",
] as const;
export type SectionKind = (typeof sectionKinds)[number];

/** Emboli that are no pulmonary thromboembolism, kept apart. */
export const otherKinds = ["septic", "fat", "cement", "air", "tumour", "amniotic", "arterial", "deep-vein"] as const;
export type OtherKind = (typeof otherKinds)[number];

/**
 * What a mention is about. `pulmonary` names the disease; `finding` (a filling defect, a clot) may be somewhere else or
 * something else, which its surroundings decide; `venous` covers lungs and deep veins; `strain` is the right heart;
 * `none` looks like a mention and is not one.
 */
export type MentionKind = "pulmonary" | "finding" | "clot" | "venous" | "strain" | "none" | OtherKind;

/** Where a finding or a clot lies. */
export type Site = "pulmonary" | "deep-vein" | "arterial" | "elsewhere";

/** What a modifier says of the mentions in its reach. */
export const meanings = [
  /** is not there */
  "negated",
  /** is hardly there: unlikely, no definite, an artefact */
  "doubtful",
  /** was there and is gone */
  "resolved",
  /** may or may not be there */
  "possible",
  /** cannot be excluded: stronger than a negation beside it */
  "not-excluded",
  /** could not be looked at: as not excluded, but for the right heart, of which it says nothing */
  "not-assessed",
  /** asks whether it is there: doubt in an answer, the question elsewhere */
  "question",
  /** is suspected: the question where nothing more is said, likely there with a place or in the answer */
  "suspected",
  /** is likely there */
  "probable",
  /** is there */
  "affirmed",
  /** is there as before, more or less: what was known is still present */
  "status",
  /** is what the examination looks for */
  "indication",
  /** may come, is feared, is advised upon */
  "hypothetical",
  /** might have escaped the examination */
  "limitation",
  /** belongs to the patient's past */
  "historical",
  /** was seen before; says nothing of today alone */
  "previous",
  /** is spoken of without an answer: somebody was called about it, something has other causes than it */
  "aside",
  /** is something else: a tumour, a node, flow */
  "nature",
  /** looks like another modifier and is none */
  "nothing",
] as const;
export type Meaning = (typeof meanings)[number];

/** Which mentions a modifier reaches: after it, before it, both; or those after it and, before it, findings and clots only. */
export type Reach = "forward" | "backward" | "both" | "interpretation";

export interface ModifierGroup {
  readonly means: Meaning;
  readonly reach: Reach;
  /** Most words between modifier and mention; default 30 forward, 12 backward. */
  readonly within?: number;
  /** Ends at a comma, at "and", at a preposition: an adjective's reach. */
  readonly tight?: boolean;
  readonly phrases: readonly string[];
}

export type Acuity = "acute" | "chronic" | "both";
export type EmbolusLevel = "saddle" | "central" | "lobar" | "segmental" | "subsegmental";
export type Side = "left" | "right" | "both";
export type Quality = "diagnostic" | "limited" | "non-diagnostic";

export interface Lexicon {
  /** BCP 47 tag. */
  readonly language: string;
  /** The letters it is written in beside Latin ones: a Unicode script's name. */
  readonly script: string;
  /** Letters with marks that are its own. */
  readonly letters: string;
  /** Frequent words of the language, and words of other languages by which a text is known not to be in it; no accents. */
  readonly ownWords: readonly string[];
  /** Endings of its words: a word with one of them, known or not, tells nothing. */
  readonly ownEndings: readonly string[];
  /** Words of the lexicon that other languages write in the same way, which tell nothing. */
  readonly sharedWords: readonly string[];
  /** What stands before a name: names are of all languages. */
  readonly titles: readonly string[];
  readonly foreignWords: readonly string[];
  readonly abbreviations: Readonly<Record<string, string>>;
  readonly spelling: readonly string[];
  readonly notMisspelt: readonly string[];
  /** Words after which a full stop ends no sentence, without the stop. */
  readonly stopsInside: readonly string[];
  readonly sections: readonly { readonly kind: SectionKind; readonly headings: readonly string[] }[];
  /** Headings that need no colon when they begin a sentence (dictation). */
  readonly spokenHeadings: readonly string[];
  /** First words of a line that names the examination. */
  readonly titleBeginnings: readonly string[];
  /** Headings that mean something only when one of `followedBy` comes next ("PE:" before "lungs clear"). */
  readonly physicalExamination: { readonly headings: readonly string[]; readonly followedBy: readonly string[] };

  readonly mentions: readonly { readonly kind: MentionKind; readonly phrases: readonly string[] }[];
  /** Spoken marks (`full stop = .`), words that begin a new statement in a text without marks, and its headings. */
  readonly dictation: {
    readonly marks: Readonly<Record<string, string>>;
    readonly headings: readonly string[];
    readonly newSubjects: readonly string[];
  };
  /** Words of forms; plain words without the language of phrases. */
  readonly forms: {
    readonly affirmed: readonly string[];
    readonly denied: readonly string[];
    readonly notAssessed: readonly string[];
    /** Labels of fields that describe the embolus of the field before. */
    readonly describing: readonly string[];
    /** What the options of an unfilled choice consist of. */
    readonly options: readonly string[];
    /** What tells whoever fills in the form what to do. */
    readonly instructions: readonly string[];
    /** Labels before a question and before its answer. */
    readonly questionLabels: readonly string[];
    readonly answerLabels: readonly string[];
    readonly present: string;
    readonly absent: string;
  };
  /** What a clot lies in when it grew there: it is no embolus. */
  readonly stumps: readonly string[];
  /** By which a text is known to be about the pulmonary vessels in contrast, so that "vessels normal" is an answer. */
  readonly angiography: readonly string[];
  /** By which, else, it is known to be a radiograph's, on which normal vessels answer nothing; and what they are called there. */
  readonly radiograph: readonly string[];
  readonly vesselsOfRadiograph: readonly string[];
  /** Words after which a line was broken in the middle of a sentence. */
  readonly breaksOff: readonly string[];
  /** Headings that are the question before the findings and the answer after them. */
  readonly questionOrAnswer: readonly string[];
  /** Words by which an answer is of today, after one of the past. */
  readonly nowadays: readonly string[];
  /** Words that begin a statement of its own behind a comma: articles, numbers, sizes. */
  readonly openers: readonly string[];
  /** Whole statements whose words decide by themselves. */
  readonly statements: readonly {
    readonly kind: MentionKind;
    readonly state: "present" | "absent" | "uncertain";
    /** Of vessels alone: an answer only where the text is about an angiogram. */
    readonly ofVessels?: boolean;
    readonly phrases: readonly string[];
  }[];
  /** The abbreviation of the disease, and the words by which it stands for something else. */
  readonly abbreviatedDisease: {
    readonly word: string;
    readonly otherwiseBy: readonly string[];
    readonly unlessWith: readonly string[];
  };
  readonly sites: readonly { readonly site: Site; readonly phrases: readonly string[] }[];
  /** Findings that words of side and level may belong to instead. */
  readonly otherFindings: readonly string[];

  readonly modifiers: readonly ModifierGroup[];
  /** Words that answer a question mark before them. */
  readonly answers: readonly string[];
  readonly terminators: readonly string[];
  /** Words that join members of a list. */
  readonly joiners: readonly string[];
  /** The joiner that lets an adjective reach on: "possible acute or chronic embolus". */
  readonly or: string;
  /** The joiner that may begin another statement. */
  readonly and: string;
  /** Words that deny the predicate behind them ("not enlarged"), unless an article follows. */
  readonly predicateNegations: readonly string[];
  readonly articles: readonly string[];
  /** Joiners that carry a denial on through a list. */
  readonly alternatives: readonly string[];
  /** Words after which a sentence turns to its next noun, beside the joiners. */
  readonly dividers: readonly string[];
  readonly prepositions: readonly string[];
  /** Prepositions of lying inside a vessel. */
  readonly within: readonly string[];
  readonly verbs: readonly string[];
  /** Words of the patient's complaint: a doubtful mention beside them is the question, not the answer. */
  readonly complaints: readonly string[];

  readonly acuity: readonly { readonly value: Acuity; readonly phrases: readonly string[] }[];
  readonly levels: readonly { readonly value: EmbolusLevel; readonly phrases: readonly string[] }[];
  readonly sides: readonly { readonly value: Side; readonly phrases: readonly string[] }[];
  /** Negations of these alone ("no central embolus", "no acute embolism") leave the rest open. */
  readonly restrictions: readonly { readonly to: "acute" | "new" | "proximal"; readonly phrases: readonly string[] }[];
  readonly ventricleRatio: {
    readonly phrases: readonly string[];
    readonly above: readonly string[];
    readonly below: readonly string[];
  };
  readonly quality: readonly {
    readonly value: Quality;
    /** Needs a word of the question (`qualityOf`) in the sentence and none of another organ (`qualityNotOf`). */
    readonly needsObject: boolean;
    readonly phrases: readonly string[];
  }[];
  readonly qualityOf: readonly string[];
  readonly qualityNotOf: readonly string[];
  /** Beside "non-diagnostic": only a part is, so the examination is limited. */
  readonly qualityOfPart: readonly string[];
}

/** A table's cell: phrases separated by " / " or a new line. */
export function list(cell: string): readonly string[] {
  return cell
    .split(/\n| \/ /)
    .map((phrase) => phrase.trim())
    .filter((phrase) => phrase !== "");
}

/** A cell of pairs: `r/o = rule out / w/o = without`. */
export function pairs(cell: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    list(cell).map((pair): [string, string] => {
      const at = pair.indexOf(" = ");
      return [pair.slice(0, at), pair.slice(at + 3)];
    }),
  );
}
