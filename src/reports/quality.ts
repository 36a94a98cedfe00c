/**
 * What a sentence says of the examination's quality for this question, and of the ratio of the ventricles.
 *
 *     qualityOfSentence(tokens, english)   // "limited" for "Limited by motion; no central embolus."
 */
import type { CompiledLexicon } from "./lexicon/compile.ts";
import type { Quality } from "./lexicon/lexicon.ts";
import type { Token } from "./tokens.ts";

const order: readonly Quality[] = ["non-diagnostic", "limited", "diagnostic"];

/** The worse of two statements stands. */
export function worse(a: Quality | undefined, b: Quality | undefined): Quality | undefined {
  return order.find((quality) => quality === a || quality === b);
}

export function qualityOfSentence(tokens: readonly Token[], lexicon: CompiledLexicon): Quality | undefined {
  let found: Quality | undefined;
  const matches = lexicon.quality.find(tokens);
  if (matches.length === 0) return undefined;
  const otherOrgan = lexicon.qualityNotOf.find(tokens).length > 0;
  const ofQuestion = lexicon.qualityOf.find(tokens).length > 0;
  const negations = lexicon.modifiers
    .find(tokens)
    .filter(({ value }) => value.means === "negated" && value.reach === "forward");
  for (const { value, from } of matches) {
    const negated = negations.some(({ to }) => to <= from && from - to <= 1);
    if (negated && value.value === "limited") continue;
    if (value.needsObject && (otherOrgan || !ofQuestion)) continue;
    // "Strain of the right heart cannot be assessed": of another organ, and no word of the pulmonary arteries.
    const isOfOther = otherOrgan && !lexicon.angiography.find(tokens).length && !isOfVessels(tokens, lexicon);
    if (value.value === "non-diagnostic" && isOfOther) continue;
    const quality =
      value.value === "diagnostic" && negated
        ? "limited"
        : value.value === "non-diagnostic" && lexicon.qualityOfPart.find(tokens).length > 0
          ? "limited"
          : value.value;
    found = worse(found, quality);
  }
  return found;
}

const isOfVessels = (tokens: readonly Token[], lexicon: CompiledLexicon): boolean =>
  lexicon.sites.find(tokens).some(({ value }) => value === "pulmonary");

/** A ratio of right to left ventricle of 1 or more is strain (docs/method.md#rsna-labels); undefined without one. */
export function ventricleRatio(
  tokens: readonly Token[],
  lexicon: CompiledLexicon,
): { readonly state: "present" | "absent"; readonly from: number; readonly to: number } | undefined {
  const matches = lexicon.ventricleRatio.find(tokens);
  const ratio = matches.find(({ value }) => value === "ratio");
  if (!ratio) return undefined;
  const said = matches.find(({ value, from }) => value !== "ratio" && from >= ratio.to && from - ratio.to <= 5);
  if (said) return { state: said.value === "above" ? "present" : "absent", from: ratio.from, to: said.to };
  for (let at = ratio.to; at < Math.min(tokens.length, ratio.to + 7); at++) {
    const number = Number(tokens[at]!.text);
    if (/^\d/.test(tokens[at]!.text) && number > 0 && number < 10) {
      return { state: number >= 1 ? "present" : "absent", from: ratio.from, to: at + 1 };
    }
  }
  return undefined;
}
