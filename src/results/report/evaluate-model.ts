/**
 * A model held against the studies of a prepared store whose patients it has not seen: metrics, scores and a report page.
 *
 *     const { summary, leftOut, report } = await evaluateModel({ model, store, out: "evaluation", runtime, seed: 1 });
 *
 * A two-stage model, PENet and the 3D CNN judge studies; stage I alone judges annotated slabs. Thresholds come from the
 * model's file, where training put what validation chose; nothing is chosen here.
 */
import { join } from "node:path";
import { makeFolder, type PreparedStore, type Split, type StudyRecord, writeAtomic } from "../../cohort/index.ts";
import {
  type Cases,
  clusteredProportion,
  type Proportion,
  ratesAt,
  scoredCases,
  summarise,
} from "../../evaluation/index.ts";
import type { Runtime } from "../../graph/index.ts";
import { type LoadedModel, requireKind, researchNotice } from "../../model/index.ts";
import type { OnProgress } from "../../progress.ts";
import { heldOutSlabs, requireSamePreprocessing, scoreSlabs, scoreStudies } from "../../training/index.ts";
import { evaluationPage, type ModelEvaluation } from "./evaluation-page.ts";
import { cautionOf, unseenStudies } from "./held-out.ts";

export interface EvaluationRequest {
  readonly model: LoadedModel;
  readonly store: PreparedStore;
  /** Whose studies; undefined: test, or where the store has no test studies, all. */
  readonly split?: Split | undefined;
  /** Folder of report.html, results.json and scores.csv. */
  readonly out: string;
  readonly runtime: Runtime;
  /** Of the random negative slabs that stage I is tested on. */
  readonly seed: number;
  readonly onProgress?: OnProgress | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Judged {
  readonly unit: "studies" | "slabs";
  readonly ids: readonly string[];
  /** The patient of each, or the study where no patient is known. */
  readonly patients: readonly string[];
  readonly cases: Cases<"test">;
  readonly attentionHits: Proportion | null;
}

/** @throws RefusedError `data-insufficient`, `studies-seen`, `one-class`, `store-mismatch` */
export async function evaluateModel(request: EvaluationRequest): Promise<ModelEvaluation> {
  const { model, store, out } = request;
  requireSamePreprocessing(store, model.preprocessing);
  const { split, record, leftOut, studies } = await unseenStudies(model, await store.studies(), request.split, request);
  const judged = await judge(request, studies);
  const { cases, unit } = judged;
  const evaluation: ModelEvaluation = {
    notice: researchNotice,
    model: { name: model.name, kind: model.kind, preset: model.preset, sha256: model.sha256 },
    ...{ store: store.folder, split, record, leftOut, unit },
    summary: summarise([{ name: model.name, cases }], 0.5),
    operatingPoints: model.operatingPoints.map(({ name, threshold, chosenOn }) => ({
      ...ratesAt(cases, threshold),
      ...{ name, chosenOn },
    })),
    attentionHits: judged.attentionHits,
    caution: cautionOf(split, record),
    report: join(out, "report.html"),
  };
  await makeFolder(out);
  await writeAtomic(join(out, "scores.csv"), scoresCsv(judged));
  await writeAtomic(evaluation.report, evaluationPage(evaluation, cases, model));
  await writeAtomic(join(out, "results.json"), `${JSON.stringify(evaluation, null, 2)}\n`);
  return evaluation;
}

async function judge(request: EvaluationRequest, studies: readonly StudyRecord[]): Promise<Judged> {
  const { model, store, runtime, seed, onProgress, signal } = request;
  if (model.kind === "stage-one") {
    const slabs = heldOutSlabs(studies, null, seed);
    const scores = await scoreSlabs({ store, model, slabs, runtime, onProgress, signal });
    const patientOf = new Map(studies.map((record) => [record.id, record.patient ?? record.id]));
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
