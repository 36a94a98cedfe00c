/**
 * The figures of an evaluation: ROC, precision and recall, reliability, score histograms, free response.
 *
 *     const figure = rocFigure([{ name: "proposed", cases }, { name: "PENet", cases: other }]);
 */
import * as Plot from "@observablehq/plot";
import {
  areaUnderCurve,
  areProbabilities,
  averagePrecision,
  type Cases,
  type FreeResponsePoint,
  precisionRecallCurve,
  reliability,
  rocCurve,
  sortedScores,
} from "../../evaluation/index.ts";
import type { Figure } from "./page.ts";
import { palette, plot } from "./plot.ts";

export interface NamedCases {
  readonly name: string;
  readonly cases: Cases;
}

const decimals = (value: number): string => value.toFixed(3).replace(/^0\./, ".");
/** An axis from 0 to 1. */
const share = {
  domain: [0, 1],
  ticks: 5,
  tickFormat: (value: number) => (value === 0 || value === 1 ? String(value) : value.toFixed(1).slice(1)),
};
const square = { width: 420, height: 400, marginLeft: 46, marginBottom: 42, marginRight: 14 };

/** Names with their figure, in the order of the colours. */
const legend = (names: readonly string[]) => ({
  legend: false as const,
  domain: names,
  range: names.map((_, index) => palette[index % palette.length]!),
});

type Corner = "bottom-right" | "bottom-left" | "top-left" | "top-right";

/** A legend inside the plot, so that it prints and scales with it. */
function key(lines: readonly string[], corner: Corner) {
  const right = corner.endsWith("right");
  const top = corner.startsWith("top");
  return lines.flatMap((line, index) => [
    Plot.text([line], {
      frameAnchor: corner,
      textAnchor: right ? "end" : "start",
      dx: right ? -8 : 8,
      dy: top ? 8 + index * 15 : -8 - (lines.length - 1 - index) * 15,
      fill: palette[index % palette.length]!,
      fontWeight: 600,
      fontSize: 11.5,
    }),
  ]);
}

/** Curves have a point a case; a path needs no more than the eye sees. */
function thinned<T>(points: readonly T[], limit = 600): readonly T[] {
  if (points.length <= limit) return points;
  const step = (points.length - 1) / (limit - 1);
  return Array.from({ length: limit }, (_, index) => points[Math.round(index * step)]!);
}

export function rocFigure(models: readonly NamedCases[], caption = "ROC curves with their area."): Figure {
  const points = models.flatMap(({ name, cases }) => thinned(rocCurve(cases)).map((point) => ({ name, ...point })));
  return {
    caption,
    picture: plot({
      ...square,
      x: { ...share, label: "1 - specificity", labelAnchor: "center", labelArrow: "none" },
      y: { ...share, label: "sensitivity", grid: true, labelArrow: "none" },
      color: legend(models.map(({ name }) => name)),
      marks: [
        Plot.line([0, 1], {
          x: (value) => value,
          y: (value) => value,
          stroke: "currentColor",
          strokeOpacity: 0.3,
          strokeDasharray: "4 3",
        }),
        Plot.line(points, { x: "falsePositiveRate", y: "sensitivity", stroke: "name", z: "name", strokeWidth: 2 }),
        ...key(
          models.map(({ name, cases }) => `${name}  ${decimals(areaUnderCurve(cases).auc)}`),
          "bottom-right",
        ),
      ],
    }),
  };
}

export function precisionRecallFigure(
  models: readonly NamedCases[],
  caption = "Precision and recall with average precision; dashed, the share of positives.",
): Figure {
  const first = models[0]!.cases;
  const prevalence = first.positives / first.labels.length;
  const points = models.flatMap(({ name, cases }) =>
    thinned(precisionRecallCurve(cases)).map((point) => ({ name, ...point })),
  );
  return {
    caption,
    picture: plot({
      ...square,
      x: { ...share, label: "recall (sensitivity)", labelAnchor: "center", labelArrow: "none" },
      y: { ...share, label: "precision (PPV)", grid: true, labelArrow: "none" },
      color: legend(models.map(({ name }) => name)),
      marks: [
        Plot.ruleY([prevalence], { stroke: "currentColor", strokeOpacity: 0.4, strokeDasharray: "4 3" }),
        Plot.line(points, {
          x: "recall",
          y: "precision",
          stroke: "name",
          z: "name",
          strokeWidth: 2,
          curve: "step-before",
        }),
        ...key(
          models.map(({ name, cases }) => `${name}  ${decimals(averagePrecision(cases))}`),
          "bottom-left",
        ),
      ],
    }),
  };
}

/** Observed against said, a dot a bin with its Wilson interval. Only for models whose scores are probabilities. */
export function reliabilityFigure(models: readonly NamedCases[], binCount = 8): Figure {
  const bins = models.flatMap(({ name, cases }) =>
    reliability(cases, binCount).bins.flatMap(({ meanProbability, observed }) =>
      meanProbability === null || observed.ci95 === null
        ? []
        : [{ name, said: meanProbability, seen: observed.value, low: observed.ci95[0], high: observed.ci95[1] }],
    ),
  );
  return {
    caption: "Reliability: the share of positives among cases given a probability, with 95 % Wilson intervals.",
    picture: plot({
      ...square,
      x: { ...share, label: "probability said", labelAnchor: "center", labelArrow: "none" },
      y: { ...share, label: "share of positives", grid: true, labelArrow: "none" },
      color: legend(models.map(({ name }) => name)),
      marks: [
        Plot.line([0, 1], {
          x: (value) => value,
          y: (value) => value,
          stroke: "currentColor",
          strokeOpacity: 0.3,
          strokeDasharray: "4 3",
        }),
        Plot.ruleX(bins, { x: "said", y1: "low", y2: "high", stroke: "name", strokeOpacity: 0.5 }),
        Plot.line(bins, { x: "said", y: "seen", stroke: "name", z: "name" }),
        Plot.dot(bins, { x: "said", y: "seen", fill: "name", r: 3.5 }),
        ...key(
          models.map(({ name, cases }) => `${name}  ECE ${decimals(reliability(cases, binCount).expectedError)}`),
          "top-left",
        ),
      ],
    }),
  };
}

/** How far positives and negatives lie apart. @param unit what is counted, plural */
export function histogramFigure({ name, cases }: NamedCases, unit = "studies"): Figure {
  const binCount = 25;
  const least = cases.scores.reduce((a, b) => Math.min(a, b));
  const most = cases.scores.reduce((a, b) => Math.max(a, b));
  const [low, high] = areProbabilities(cases) ? [0, 1] : [least, most > least ? most : least + 1];
  const step = (high - low) / binCount;
  const bars = ([0, 1] as const).flatMap((label) => {
    const counts = new Uint32Array(binCount);
    for (const score of sortedScores(cases, label)) counts[Math.min(binCount - 1, Math.floor((score - low) / step))]!++;
    return Array.from(counts, (count, bin) => ({
      truth: label ? "positive" : "negative",
      from: low + bin * step,
      to: low + (bin + 1) * step,
      count,
    }));
  });
  return {
    caption: `Scores of ${name}, by truth.`,
    picture: plot({
      width: 420,
      height: 260,
      marginLeft: 46,
      marginBottom: 42,
      x: { label: "score", labelAnchor: "center", labelArrow: "none" },
      // Room above the bars for the key.
      y: { label: unit, grid: true, labelArrow: "none", insetTop: 36 },
      color: { legend: false, domain: ["negative", "positive"], range: [palette[0]!, palette[1]!] },
      marks: [
        Plot.rect(bars, { x1: "from", x2: "to", y1: 0, y2: "count", fill: "truth", fillOpacity: 0.65, inset: 0.5 }),
        Plot.ruleY([0]),
        ...key(["negative", "positive"], "top-right"),
      ],
    }),
  };
}

/** Emboli found against false marks a study; the axis is logarithmic, as free-response curves are read. */
export function freeResponseFigure(
  models: readonly { readonly name: string; readonly curve: readonly FreeResponsePoint[] }[],
): Figure {
  const least = 1 / 16;
  const points = models.flatMap(({ name, curve }) =>
    thinned(curve.filter(({ falseMarksPerStudy }) => falseMarksPerStudy >= least)).map((point) => ({ name, ...point })),
  );
  return {
    caption: "Free response: the share of emboli hit against false marks a study.",
    picture: plot({
      ...square,
      x: {
        type: "log",
        label: "false marks a study",
        labelAnchor: "center",
        labelArrow: "none",
        ticks: [0.125, 0.25, 0.5, 1, 2, 4, 8],
        tickFormat: (value: number) => String(value),
        domain: [least, 8.5],
        clamp: true,
      },
      y: { ...share, label: "share of emboli hit", grid: true, labelArrow: "none" },
      color: legend(models.map(({ name }) => name)),
      marks: [
        Plot.line(points, { x: "falseMarksPerStudy", y: "sensitivity", stroke: "name", z: "name", strokeWidth: 2 }),
        ...key(
          models.map(({ name }) => name),
          "top-left",
        ),
      ],
    }),
  };
}
