/**
 * The label of a report: what its statements come to.
 *
 *     labelReport("IMPRESSION: Acute segmental PE, right lower lobe.").label    // "present"
 *
 * An addendum overrides the report, a report its preliminary version, the impression the findings
 * (docs/method.md#report-labels): in the part that decides, an embolus that is there outweighs one that may be there,
 * and that one the denial of others. A denial of acute, new or central emboli alone does not unsay an embolus of
 * another sort in the findings. A mention in passing ("called about PE") does not outweigh a denial beside it: the two
 * leave it open.
 */
import type { Certainty } from "./context.ts";
import { isForeign } from "./language.ts";
import { type CompiledLexicon, compileLexicon } from "./lexicon/compile.ts";
import { english } from "./lexicon/english.ts";
import {
  type Acuity,
  type EmbolusLevel,
  type OtherKind,
  otherKinds,
  type Quality,
  type Side,
} from "./lexicon/lexicon.ts";
import { normaliseText, type ReadReport, readStatements, type Statement } from "./statements.ts";

export const reportLabels = ["present", "absent", "uncertain", "not-mentioned"] as const;
export type ReportLabelValue = (typeof reportLabels)[number];

/** One mention and what decided it, in the report's own words. */
export interface Evidence {
  readonly mention: string;
  /** The words that decided; null where the mention stood alone. */
  readonly modifier: string | null;
  readonly sentence: string;
  readonly section: Statement["section"];
  readonly state: Statement["state"];
}

export interface ReportLabel {
  readonly label: ReportLabelValue;
  /** Why the text was not read, so that the label is `not-mentioned`: it is in another language than the lexicon. */
  readonly notRead: "language" | null;
  /** How firm the words are, 0 to 1; a rank, not a measured probability (docs/labels.md). */
  readonly confidence: number;
  readonly certainty: Certainty | null;
  /** The following three are of emboli that are present; null where the label is another. */
  readonly acuity: Acuity | "unspecified" | null;
  /** The most proximal level named. */
  readonly location: EmbolusLevel | "unspecified" | null;
  readonly side: Side | "unspecified" | null;
  readonly subsegmentalOnly: boolean;
  readonly quality: Quality | "not-stated";
  readonly rightHeartStrain: ReportLabelValue;
  /** Emboli of another kind or place that the report states or denies. */
  readonly otherEmboli: readonly {
    readonly kind: OtherKind;
    readonly state: Exclude<ReportLabelValue, "not-mentioned">;
  }[];
  /** An embolus of an earlier examination is said to be gone. */
  readonly resolved: boolean;
  readonly evidence: readonly Evidence[];
}

const levelsByNearness: readonly EmbolusLevel[] = ["saddle", "central", "lobar", "segmental", "subsegmental"];

/** Sections by what outweighs what; sections of one rank are read together. */
const rankOf = ({ section }: Statement): number => {
  if (section === "addendum") return 3;
  if (section === "impression") return 2;
  return section === "preliminary" ? 0 : 1;
};

let compiledEnglish: CompiledLexicon | undefined;

/** Never throws, whatever the text. */
export function labelReport(text: string, lexicon?: CompiledLexicon): ReportLabel {
  if (!lexicon) {
    compiledEnglish ??= compileLexicon(english);
    lexicon = compiledEnglish;
  }
  const plain = normaliseText(text, lexicon);
  const notRead = isForeign(plain, lexicon) ? "language" : null;
  const { statements, quality } = notRead ? unread : readStatements(plain, lexicon);
  const disease = statements.filter(({ kind }) => kind === "pulmonary");
  const verdict = decide(disease);
  const nonDiagnostic = quality === "non-diagnostic" && verdict.label === "not-mentioned";
  const label = nonDiagnostic ? "uncertain" : verdict.label;
  const described = disease.filter(
    (statement) => statement.state === "present" && rankOf(statement) >= Math.min(1, verdict.rank),
  );
  const location = label === "present" ? nearest(described) : null;
  return {
    label,
    notRead,
    confidence: confidenceOf(label, verdict, quality),
    certainty: nonDiagnostic ? "possible" : verdict.certainty,
    acuity:
      label === "present"
        ? together(
            described.flatMap(({ description }) => description.acuity),
            "acute",
            "chronic",
          )
        : null,
    location,
    side:
      label === "present"
        ? location === "saddle"
          ? "both"
          : together(
              described.flatMap(({ description }) => description.sides),
              "left",
              "right",
            )
        : null,
    subsegmentalOnly: location === "subsegmental",
    quality: quality ?? "not-stated",
    rightHeartStrain: decide(statements.filter(({ kind }) => kind === "strain")).label,
    otherEmboli: otherKinds.flatMap((kind) => {
      const { label: state } = decide(statements.filter((statement) => statement.kind === kind));
      return state === "not-mentioned" ? [] : [{ kind, state }];
    }),
    resolved: label === "absent" && disease.some(({ resolved }) => resolved),
    evidence: disease.map(({ mention, modifier, sentence, section, state }) => ({
      mention,
      modifier,
      sentence,
      section,
      state,
    })),
  };
}

const unread: ReadReport = { statements: [], quality: undefined };

interface Verdict {
  readonly label: ReportLabelValue;
  readonly certainty: Certainty | null;
  readonly rank: number;
  readonly restricted: boolean;
  /** Another part of the report says otherwise. */
  readonly contradicted: boolean;
  /** It rests on mentions in passing, against a denial in another part. */
  readonly weak: boolean;
}

const nothing: Verdict = {
  label: "not-mentioned",
  certainty: null,
  rank: -1,
  restricted: false,
  contradicted: false,
  weak: false,
};

function decide(statements: readonly Statement[]): Verdict {
  const counted = statements.filter(({ state }) => state !== "not-counted");
  if (counted.length === 0) return nothing;
  const top = counted.reduce((highest, statement) => Math.max(highest, rankOf(statement)), 0);
  let deciding = counted.filter((statement) => rankOf(statement) === top);
  if (top === 3) {
    const last = deciding.reduce((latest, { sectionOrder }) => Math.max(latest, sectionOrder), 0);
    deciding = deciding.filter(({ sectionOrder }) => sectionOrder === last);
  }
  const strongest = strongestOf(deciding);
  const below = counted.filter((statement) => rankOf(statement) < top && rankOf(statement) >= 1);
  if (strongest.state === "absent" && top === 2) {
    const denials = deciding.filter(({ state }) => state === "absent");
    const unsaid = below.find(
      (statement) => statement.state === "present" && denials.every((denial) => !covers(denial, statement)),
    );
    if (unsaid) return { ...nothing, label: "present", certainty: unsaid.certainty, rank: 1, contradicted: true };
  }
  const present = deciding.filter(({ state }) => state === "present");
  const onlyInPassing = present.length > 0 && present.every(({ kind, inPassing }) => kind === "pulmonary" && inPassing);
  const denied = (denial: Statement) => denial.deniesAll && present.every((statement) => covers(denial, statement));
  if (onlyInPassing && deciding.some(denied)) {
    return { ...nothing, label: "uncertain", certainty: "possible", rank: top, contradicted: true };
  }
  return {
    label: strongest.state === "not-counted" ? "not-mentioned" : strongest.state,
    certainty: strongest.certainty,
    rank: top,
    restricted:
      strongest.state === "absent" &&
      counted.filter(({ state }) => state === "absent").every(({ restriction }) => restriction === "proximal"),
    contradicted: top < 3 && below.some(({ state }) => state !== strongest.state && state !== "uncertain"),
    weak: top < 3 && onlyInPassing && below.some(denied),
  };
}

/** Does a denial unsay an embolus that is said elsewhere? */
function covers({ restriction, resolved }: Statement, { description }: Statement): boolean {
  if (resolved) return true;
  switch (restriction) {
    case undefined:
      return true;
    case "acute":
      return !(description.acuity.includes("chronic") && !description.acuity.includes("acute"));
    case "new":
      return false;
    case "proximal":
      return !description.levels.includes("segmental") && !description.levels.includes("subsegmental");
  }
}

function strongestOf(statements: readonly Statement[]): Statement {
  const strength = ({ state, certainty }: Statement) =>
    state === "present"
      ? certainty === "definite"
        ? 5
        : 4
      : state === "uncertain"
        ? 3
        : certainty === "definite"
          ? 2
          : 1;
  return statements.reduce((best, statement) => (strength(statement) > strength(best) ? statement : best));
}

function nearest(statements: readonly Statement[]): EmbolusLevel | "unspecified" {
  const levels = new Set(statements.flatMap(({ description }) => description.levels));
  return levelsByNearness.find((level) => levels.has(level)) ?? "unspecified";
}

function together<A extends string, B extends string>(
  values: readonly (A | B | "both")[],
  first: A,
  second: B,
): A | B | "both" | "unspecified" {
  if (values.includes("both") || (values.includes(first) && values.includes(second))) return "both";
  if (values.includes(first)) return first;
  return values.includes(second) ? second : "unspecified";
}

function confidenceOf(label: ReportLabelValue, verdict: Verdict, quality: Quality | undefined): number {
  if (label === "not-mentioned") return 0;
  if (label === "uncertain") return 0.5;
  let confidence = verdict.certainty === "definite" ? 0.97 : 0.8;
  if (verdict.rank < 2) confidence -= 0.03;
  if (verdict.contradicted) confidence -= verdict.weak ? 0.3 : 0.15;
  if (label === "absent" && verdict.restricted) confidence -= 0.15;
  if (label === "absent" && quality === "limited") confidence -= 0.1;
  if (label === "absent" && quality === "non-diagnostic") confidence -= 0.3;
  return Math.round(Math.max(confidence, 0.5) * 100) / 100;
}
