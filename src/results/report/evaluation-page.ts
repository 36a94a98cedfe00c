/**
 * The report page of a model's evaluation: whom it was judged on and whom not, measures, curves, where the model is from.
 *
 *     await writeAtomic("report.html", evaluationPage(evaluation, cases, model));
 */
import type { Split } from "../../cohort/index.ts";
import type { Cases, Proportion, Rates, Summary } from "../../evaluation/index.ts";
import type { LoadedModel } from "../../model/index.ts";
import type { SeenAmong } from "../../training/index.ts";
import { histogramFigure, precisionRecallFigure, reliabilityFigure, rocFigure } from "./figures.ts";
import { leftOutTable, leftOutText } from "./held-out.ts";
import type { Html } from "./html.ts";
import { details, facts, figures, paragraph, reportPage, section, table } from "./page.ts";

export interface ModelEvaluation {
  readonly notice: string;
  readonly model: { readonly name: string; readonly kind: string; readonly preset: string; readonly sha256: string };
  readonly store: string;
  /** Null: of every split. */
  readonly split: Split | null;
  /** Whether the model's file says whom it has seen: in all of its trainings, in some, in none. */
  readonly record: SeenAmong["record"];
  /** Studies that were not judged, because the model has seen their patients. */
  readonly leftOut: SeenAmong["studies"];
  /** What was judged. */
  readonly unit: "studies" | "slabs";
  readonly summary: Summary;
  /** Rates at the thresholds that the model carries. */
  readonly operatingPoints: readonly (Rates & { readonly name: string; readonly chosenOn: string })[];
  /** Positive slabs whose attention peaks on the embolus; null where nothing is outlined or the model isn't stage I. */
  readonly attentionHits: Proportion | null;
  /** Why these figures may flatter the model; null where nothing is known to. */
  readonly caution: string | null;
  readonly report: string;
}

const figure = (value: number | null): string => (value === null ? "-" : value.toFixed(3));
const interval = (ci95: readonly [number, number] | null): string =>
  ci95 === null ? "" : `${figure(ci95[0])} to ${figure(ci95[1])}`;

export function evaluationPage(evaluation: ModelEvaluation, cases: Cases, model: LoadedModel): string {
  const { summary, unit, split, operatingPoints, attentionHits, caution, leftOut } = evaluation;
  const [whole] = summary.models;
  const named = [{ name: model.name, cases }];
  const rate = (rates: Rates, name: "accuracy" | "sensitivity" | "specificity" | "ppv" | "npv") =>
    `${figure(rates[name])}\n${interval(rates.intervals[name])}`;
  const attention: Html[] = attentionHits
    ? [
        paragraph(
          `Attention peaks on the embolus in ${attentionHits.count} of ${attentionHits.of} positive slabs ` +
            `(${figure(attentionHits.value)}, ${interval(attentionHits.ci95)}).`,
        ),
      ]
    : [];
  return reportPage({
    title: `Evaluation of ${model.name}`,
    lead:
      `${whole!.n} ${unit} of ${split === null ? "all splits" : `the split "${split}"`}, ${whole!.positives} with embolism: ` +
      `AUC ${figure(whole!.auc)} (${interval(whole!.ci95)}).${caution === null ? "" : ` ${caution}`}`,
    sections: [
      section(
        "Whom it was judged on",
        paragraph(leftOutText(evaluation)),
        ...(leftOut.length > 0 ? [table(leftOutTable(leftOut))] : []),
      ),
      section(
        "Measures",
        facts([
          [
            whole!.patients < whole!.n ? `AUC, interval by ${whole!.patients} patients` : "AUC, DeLong interval",
            `${figure(whole!.auc)} (${interval(whole!.ci95)})`,
          ],
          ["average precision", figure(whole!.averagePrecision)],
          ["Brier score", figure(whole!.brier)],
          ["expected calibration error", figure(whole!.expectedCalibrationError)],
        ]),
        table({
          caption: "At the thresholds the model carries, chosen when it was trained. Wilson intervals, 95 %.",
          head: ["operating point", "threshold", "sensitivity", "specificity", "PPV", "NPV", "accuracy"],
          rows: operatingPoints.map((point) => [
            `${point.name}\n${point.chosenOn}`,
            figure(point.threshold),
            rate(point, "sensitivity"),
            rate(point, "specificity"),
            rate(point, "ppv"),
            rate(point, "npv"),
            rate(point, "accuracy"),
          ]),
        }),
        ...attention,
      ),
      section(
        "Curves",
        figures([
          rocFigure(named),
          precisionRecallFigure(named),
          reliabilityFigure(named),
          histogramFigure(named[0]!, unit),
        ]),
      ),
      section(
        "Model",
        details("settings and provenance", {
          ...model,
          training: model.training.map(({ seen, ...rest }) => ({ ...rest, seen: seen && "recorded, as hashes" })),
          weights: `${model.weights.size} tensors`,
        }),
      ),
    ],
    provenance: [
      ["model", `${model.kind}, preset ${model.preset}`],
      ["SHA-256", model.sha256],
      ["store", evaluation.store],
    ],
  });
}
