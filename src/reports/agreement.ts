/**
 * How well labels agree with a truth somebody gave: the confusion of the four labels, and of the disease the measures
 * the field publishes, each with its Wilson interval.
 *
 *     const { sensitivity, ppv, disagreements } = compareLabels([{ truth: "absent", label }]);
 */
import { RefusedError } from "../errors.ts";
import { type Proportion, proportion } from "../evaluation/index.ts";
import { type ReportLabel, type ReportLabelValue, reportLabels } from "./label.ts";

export interface LabelledReport extends ReportLabel {
  readonly id: string;
}

export interface Disagreement {
  readonly id: string;
  readonly truth: ReportLabelValue;
  readonly label: ReportLabelValue;
  /** The mentions that counted, or those that did not when none did. */
  readonly evidence: ReportLabel["evidence"];
}

export interface Agreement {
  readonly reports: number;
  /** confusion[truth][label]: how many. */
  readonly confusion: Readonly<Record<ReportLabelValue, Readonly<Record<ReportLabelValue, number>>>>;
  /** All four labels right. */
  readonly exact: Proportion;
  /** Disease: `present` against every other label. */
  readonly sensitivity: Proportion;
  readonly specificity: Proportion;
  readonly ppv: Proportion;
  readonly npv: Proportion;
  readonly disagreements: readonly Disagreement[];
  /** Of reports whose label is right and whose truth names the attribute: how many have it right. */
  readonly attributes: Readonly<Partial<Record<ComparedAttribute, Proportion>>>;
}

/** Attributes by the names that the table of labels has. */
export const comparedAttributes = ["acuity", "location", "side", "quality", "right_heart_strain"] as const;
export type ComparedAttribute = (typeof comparedAttributes)[number];

const attributeOf: Readonly<Record<ComparedAttribute, (label: LabelledReport) => string | null>> = {
  acuity: ({ acuity }) => acuity,
  location: ({ location }) => location,
  side: ({ side }) => side,
  quality: ({ quality }) => quality,
  right_heart_strain: ({ rightHeartStrain }) => rightHeartStrain,
};

export interface ComparedPair {
  readonly truth: ReportLabelValue;
  readonly label: LabelledReport;
  /** What somebody says of the attributes; an empty one is not compared. */
  readonly attributes?: Readonly<Record<string, string>> | undefined;
}

function compareAttributes(pairs: readonly ComparedPair[]): Agreement["attributes"] {
  const compared: Partial<Record<ComparedAttribute, Proportion>> = {};
  for (const name of comparedAttributes) {
    const judged = pairs.flatMap(({ truth, label, attributes }) => {
      const said = attributes?.[name]?.trim().toLowerCase() ?? "";
      return said !== "" && truth === label.label ? [said === (attributeOf[name](label) ?? "")] : [];
    });
    if (judged.length > 0) compared[name] = proportion(judged.filter(Boolean).length, judged.length);
  }
  return compared;
}

const truthWords: Readonly<Record<string, ReportLabelValue>> = {
  present: "present",
  positive: "present",
  yes: "present",
  true: "present",
  "1": "present",
  absent: "absent",
  negative: "absent",
  no: "absent",
  false: "absent",
  "0": "absent",
  uncertain: "uncertain",
  indeterminate: "uncertain",
  "not-mentioned": "not-mentioned",
};

/** @throws RefusedError "labels-invalid" naming the report */
export function parseTruth(source: string, id: string, text: string): ReportLabelValue {
  const truth = truthWords[text.trim().toLowerCase()];
  if (truth) return truth;
  throw new RefusedError("labels-invalid", `${source}, report "${id}": the truth is "${text}"`, {
    hint: `use ${reportLabels.join(", ")}, or 1 and 0`,
  });
}

/** @throws RefusedError "empty-input" without any report */
export function compareLabels(pairs: readonly ComparedPair[]): Agreement {
  if (pairs.length === 0) throw new RefusedError("empty-input", "there is no report to compare");
  const row = () => ({ present: 0, absent: 0, uncertain: 0, "not-mentioned": 0 });
  const confusion = { present: row(), absent: row(), uncertain: row(), "not-mentioned": row() };
  for (const { truth, label } of pairs) confusion[truth][label.label]++;
  const sum = (keep: (truth: ReportLabelValue, label: ReportLabelValue) => boolean) =>
    reportLabels.reduce(
      (total, truth) =>
        total + reportLabels.reduce((part, label) => part + (keep(truth, label) ? confusion[truth][label] : 0), 0),
      0,
    );
  const truePositives = confusion.present.present;
  const falsePositives = sum((truth, label) => truth !== "present" && label === "present");
  const falseNegatives = sum((truth, label) => truth === "present" && label !== "present");
  const trueNegatives = sum((truth, label) => truth !== "present" && label !== "present");
  return {
    reports: pairs.length,
    confusion,
    exact: proportion(
      sum((truth, label) => truth === label),
      pairs.length,
    ),
    sensitivity: proportion(truePositives, truePositives + falseNegatives),
    specificity: proportion(trueNegatives, trueNegatives + falsePositives),
    ppv: proportion(truePositives, truePositives + falsePositives),
    npv: proportion(trueNegatives, trueNegatives + falseNegatives),
    attributes: compareAttributes(pairs),
    disagreements: pairs
      .filter(({ truth, label }) => truth !== label.label)
      .map(({ truth, label }) => {
        const counted = label.evidence.filter(({ state }) => state !== "not-counted");
        return { id: label.id, truth, label: label.label, evidence: counted.length > 0 ? counted : label.evidence };
      }),
  };
}
