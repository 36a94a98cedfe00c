/**
 * A model held against the studies of a prepared store: metrics, scores and a report page.
 *
 *     const { summary, report } = await evaluateModel({ model, store, split: "test", out: "evaluation", runtime });
 *
 * A two-stage model, PENet and the 3D CNN judge studies; stage I alone judges annotated slabs. Thresholds come from the
 * model's file, where training put what validation chose; nothing is chosen here.
 */
import { join } from "node:path";
import { makeFolder, type PreparedStore, type Split, type StudyRecord, writeBeside } from "../../cohort/index.ts";
import { RefusedError } from "../../errors.ts";
import {
  type Cases,
  clusteredProportion,
  type Proportion,
  type Rates,
  ratesAt,
  type Summary,
  scoredCases,
  summarise,
} from "../../evaluation/index.ts";
import type { Runtime } from "../../graph/index.ts";
import { type LoadedModel, requireKind, researchNotice } from "../../model/index.ts";
import type { OnProgress } from "../../progress.ts";
import { heldOutSlabs, scoreSlabs, scoreStudies } from "../../training/index.ts";
import { histogramFigure, precisionRecallFigure, reliabilityFigure, rocFigure } from "./figures.ts";
import type { Html } from "./html.ts";
import { details, facts, figures, paragraph, reportPage, section, table } from "./page.ts";

export interface EvaluationRequest {
  readonly model: LoadedModel;
  readonly store: PreparedStore;
  readonly split: Split;
  /** Folder of report.html, results.json and scores.csv. */
  readonly out: string;
  readonly runtime: Runtime;
  /** Of the random negative slabs that stage I is tested on. */
  readonly seed: number;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ModelEvaluation {
  readonly notice: string;
  readonly model: { readonly name: string; readonly kind: string; readonly preset: string; readonly sha256: string };
  readonly store: string;
  readonly split: Split;
  /** What was judged. */
  readonly unit: "studies" | "slabs";
  readonly summary: Summary;
  /** Rates at the thresholds that the model carries. */
  readonly operatingPoints: readonly (Rates & { readonly name: string; readonly chosenOn: string })[];
  /** Positive slabs whose attention peaks on the embolus; null where nothing is outlined or the model isn't stage I. */
  readonly attentionHits: Proportion | null;
  /** Why these figures flatter the model; null on test studies. */
  readonly caution: string | null;
  readonly report: string;
}

interface Judged {
  readonly unit: "studies" | "slabs";
  readonly ids: readonly string[];
  /** The patient of each, or the study where no patient is known. */
  readonly patients: readonly string[];
  readonly cases: Cases<"test">;
  readonly attentionHits: Proportion | null;
}

/** @throws RefusedError `data-insufficient`, `one-class`, `store-mismatch` */
export async function evaluateModel(request: EvaluationRequest): Promise<ModelEvaluation> {
  const { model, store, split, out } = request;
  const judged = await judge(request);
  const { cases, unit } = judged;
  const evaluation: ModelEvaluation = {
    notice: researchNotice,
    model: { name: model.name, kind: model.kind, preset: model.preset, sha256: model.sha256 },
    ...{ store: store.folder, split, unit },
    summary: summarise([{ name: model.name, cases }], 0.5),
    operatingPoints: model.operatingPoints.map(({ name, threshold, chosenOn }) => ({
      ...ratesAt(cases, threshold),
      ...{ name, chosenOn },
    })),
    attentionHits: judged.attentionHits,
    caution: cautionOf(split),
    report: join(out, "report.html"),
  };
  await makeFolder(out);
  await writeBeside(join(out, "scores.csv"), scoresCsv(judged));
  await writeBeside(evaluation.report, evaluationPage(evaluation, cases, model));
  await writeBeside(join(out, "results.json"), `${JSON.stringify(evaluation, null, 2)}\n`);
  return evaluation;
}

async function judge(request: EvaluationRequest): Promise<Judged> {
  const { model, store, split, runtime, seed, onProgress, signal } = request;
  const records = await store.studies();
  if (model.kind === "stage-one") {
    const slabs = heldOutSlabs(records, split, seed);
    const scores = await scoreSlabs({ store, model, slabs, runtime, onProgress, signal });
    const patientOf = new Map(records.map((record) => [record.id, record.patient ?? record.id]));
    const patients = slabs.map(({ study }) => patientOf.get(study)!);
    const outlined = scores.flatMap(({ slab, hit }, index) =>
      slab.positive && hit !== null ? [{ hit, patient: patients[index]! }] : [],
    );
    return {
      unit: "slabs",
      ids: slabs.map(({ study, slice }) => `${study}/${slice}`),
      patients,
      cases: scoredCases(
        "test",
        slabs.map(({ positive }) => positive),
        scores.map(({ probability }) => probability),
        model.name,
        patients,
      ),
      attentionHits:
        outlined.length > 0
          ? clusteredProportion(
              outlined.map(({ hit }) => hit),
              outlined.map(({ patient }) => patient),
            )
          : null,
    };
  }
  const studies = labelled(records, split);
  const whole = requireKind(model, "two-stage", "penet", "cnn3d");
  const scores = await scoreStudies({ store, model: whole, records: studies, runtime, onProgress, signal });
  const patients = studies.map(({ id, patient }) => patient ?? id);
  return {
    unit: "studies",
    ids: scores.map(({ id }) => id),
    patients,
    cases: scoredCases(
      "test",
      studies.map(({ label }) => label?.value === "present"),
      scores.map(({ probability }) => probability),
      whole.name,
      patients,
    ),
    attentionHits: null,
  };
}

/** Readable by `embolens roc`, which needs the patients for its intervals. */
function scoresCsv({ ids, patients, cases }: Judged): string {
  const cell = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const rows = ids.map((id, index) =>
    [cell(id), cell(patients[index]!), cases.labels[index], cases.scores[index]].join(","),
  );
  return `${["id,patient,label,probability", ...rows].join("\n")}\n`;
}

function labelled(records: readonly StudyRecord[], split: Split): StudyRecord[] {
  const studies = records.filter(
    (record) => record.split === split && (record.label?.value === "present" || record.label?.value === "absent"),
  );
  if (studies.length > 0) return studies;
  throw new RefusedError("data-insufficient", `no study of the split "${split}" is labelled present or absent`, {
    hint: "name another split with --split",
  });
}

const figure = (value: number | null): string => (value === null ? "-" : value.toFixed(3));
const interval = (ci95: readonly [number, number] | null): string =>
  ci95 === null ? "" : `${figure(ci95[0])} to ${figure(ci95[1])}`;

/** What a reader of figures on other studies than test ones must know. */
function cautionOf(split: Split): string | null {
  switch (split) {
    case "test":
      return null;
    case "validation":
      return "Epoch and thresholds were chosen on validation studies: test studies would come out lower.";
    case "train":
      return "The model was trained on these studies: they say nothing of others.";
  }
}

function evaluationPage(evaluation: ModelEvaluation, cases: Cases, model: LoadedModel): string {
  const { summary, unit, split, operatingPoints, attentionHits, caution } = evaluation;
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
      `${whole!.n} ${unit} of the split "${split}", ${whole!.positives} with embolism: ` +
      `AUC ${figure(whole!.auc)} (${interval(whole!.ci95)}).${caution === null ? "" : ` ${caution}`}`,
    sections: [
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
      section("Model", details("settings and provenance", { ...model, weights: `${model.weights.size} tensors` })),
    ],
    provenance: [
      ["model", `${model.kind}, preset ${model.preset}`],
      ["SHA-256", model.sha256],
      ["store", evaluation.store],
    ],
  });
}
