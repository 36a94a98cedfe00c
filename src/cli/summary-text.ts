/** The table people read where machines get the summary's JSON: `embolens roc` and `embolens evaluate` share it. */
import type { ChosenOperatingPoint, ModelSummary, Rates, Summary } from "../evaluation/index.ts";

export const figure = (value: number | null): string =>
  value === null ? "-" : value.toFixed(3).replace(/^(-?)0\./, "$1.");
const interval = (ci95: readonly [number, number] | null): string =>
  ci95 === null ? "-" : `${figure(ci95[0])} to ${figure(ci95[1])}`;
export const pValue = (p: number | null): string => (p === null ? "-" : p < 1e-4 ? "<.0001" : figure(p).padEnd(4, "0"));

export const ruleText = (rule: ChosenOperatingPoint["rule"]): string =>
  rule.rule === "youden" ? "Youden" : `sensitivity >= ${figure(rule.atLeast)}`;

/** Columns as wide as their widest cell; the first left-aligned, the others right-aligned. */
export function textTable(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

const rateCells = (rates: Rates): string[] => [
  figure(rates.accuracy),
  figure(rates.sensitivity),
  figure(rates.specificity),
  figure(rates.ppv),
  figure(rates.npv),
];

export function summaryText(
  summary: Summary & {
    readonly patientBootstrap?: Readonly<Record<string, { readonly ci95: readonly [number, number] }>>;
  },
): string {
  const { models, comparisons, patientBootstrap } = summary;
  const first = models[0]!;
  const blocks = [
    `${first.n} cases${first.patients < first.n ? ` of ${first.patients} patients` : ""}, ${first.positives} positive; rates at ${first.threshold}`,
    textTable([
      ["model", "AUC", "95 % CI", "AP", "Brier", "accuracy", "sensitivity", "specificity", "PPV", "NPV"],
      ...models.map((model: ModelSummary) => [
        model.name,
        figure(model.auc),
        interval(model.ci95),
        figure(model.averagePrecision),
        figure(model.brier),
        ...rateCells(model),
      ]),
    ]),
  ];
  if (patientBootstrap) {
    blocks.push(
      [
        "Patients have several cases, which all intervals and tests take into account. By resampling patients, for comparison:",
        textTable(Object.entries(patientBootstrap).map(([name, { ci95 }]) => [name, interval(ci95)])),
      ].join("\n"),
    );
  }
  const points = models.flatMap(({ name, operatingPoints }) =>
    operatingPoints.map((point) => [name, ruleText(point.rule), point.threshold.toPrecision(4), ...rateCells(point)]),
  );
  if (points.length > 0) {
    blocks.push(
      textTable([
        ["model", "chosen on validation", "threshold", "accuracy", "sensitivity", "specificity", "PPV", "NPV"],
        ...points,
      ]),
    );
  }
  if (comparisons.length > 0) {
    blocks.push(
      textTable([
        ["paired DeLong test", "difference", "95 % CI", "z", "p"],
        ...comparisons.map(({ a, b, difference, ci95, z, p }) => [
          `${a} - ${b}`,
          figure(difference),
          interval(ci95),
          z === null ? "-" : z.toFixed(2),
          pValue(p),
        ]),
      ]),
    );
  }
  return blocks.join("\n\n");
}
