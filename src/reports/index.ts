/**
 * Labels from report text, by rules: does the report say that pulmonary embolism is present, absent or uncertain, how
 * old, where, on which side, how good the examination was, and which words say so. The rules (ConText: modifiers with
 * direction, scope and terminators) know no language; a lexicon does. Pure text work: runs anywhere.
 *
 *     const { label, confidence, evidence } = labelReport("IMPRESSION: No acute PE. Chronic web, right lower lobe.");
 *     // "present", chronic, right; evidence in the report's own words
 *
 * What it decides how, and how well: docs/labels.md. Source: docs/method.md#report-labels.
 */
export {
  type Agreement,
  comparedAttributes,
  compareLabels,
  type Disagreement,
  type LabelledReport,
  parseTruth,
} from "./agreement.ts";
export { decodeReportText } from "./encoding.ts";
export { type Evidence, labelReport, type ReportLabel, type ReportLabelValue, reportLabels } from "./label.ts";
export { type CompiledLexicon, compileLexicon } from "./lexicon/compile.ts";
export { english } from "./lexicon/english.ts";
export { german } from "./lexicon/german.ts";
export type { Lexicon } from "./lexicon/lexicon.ts";
export { type OwnWords, parseOwnWords, withOwnWords } from "./lexicon/own-words.ts";
export { reviewPage, sampleForReview } from "./review.ts";
export { decidingEvidence, labelTable } from "./table.ts";
