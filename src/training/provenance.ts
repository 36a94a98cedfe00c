/**
 * What a model file says of its training: data, recipe, seed, what validation gave, where to draw the line, and whom
 * the model has seen.
 *
 *     const provenance = provenanceOf({ store, learners, validators, records, seed, recipe, onProgress });
 *     training: [await provenance(epoch, evaluation)]
 */
import packageJson from "../../package.json" with { type: "json" };
import { type PreparedStore, type StudyRecord, storeHash } from "../cohort/index.ts";
import { chooseOperatingPoint, type OperatingRule, scoredCases } from "../evaluation/index.ts";
import { halfOperatingPoint, type OperatingPoint, type Provenance, type TrainingCohortDigest } from "../model/index.ts";
import type { Evaluation } from "./loop.ts";
import { recordTrainingCohort, type SeenOptions } from "./training-cohort.ts";

const rules: readonly (readonly [string, OperatingRule])[] = [
  ["youden", { rule: "youden" }],
  ["sensitivity-95", { rule: "sensitivity", atLeast: 0.95 }],
];

/**
 * Thresholds chosen on the validation split: the one with the largest sensitivity + specificity, one to rule out with,
 * and the conventional half. Where validation holds one class only, the half alone.
 *
 * @param unit what was scored, plural
 */
export function operatingPoints({ labels, scores }: Evaluation, unit: string): OperatingPoint[] {
  if (!labels.includes(1) || !labels.includes(0)) return [halfOperatingPoint];
  const cases = scoredCases("validation", labels, scores);
  const chosen = rules.map(([name, rule]): OperatingPoint => {
    const { threshold } = chooseOperatingPoint(cases, rule);
    return { name, threshold, chosenOn: `validation split, ${labels.length} ${unit}` };
  });
  return [...chosen, halfOperatingPoint];
}

export interface Trained extends Pick<SeenOptions, "onProgress"> {
  readonly store: PreparedStore;
  /** By id, the studies of the training split and of the validation split that take part. */
  readonly learners: ReadonlySet<string>;
  readonly validators: ReadonlySet<string>;
  readonly records: readonly StudyRecord[];
  readonly seed: number;
  readonly recipe: object;
}

/** What the model file will say of this training, once its best epoch so far is known. */
export function provenanceOf(trained: Trained): (epoch: number, evaluation: Evaluation) => Promise<Provenance> {
  const { store, learners, validators, records, seed, recipe, onProgress } = trained;
  const studies = records.filter(({ id }) => learners.has(id));
  const hash = storeHash(store.preprocessing, records);
  const validated = records.filter(({ id }) => validators.has(id));
  // It takes seconds for thousands of studies, and does not change from epoch to epoch.
  let seen: Promise<TrainingCohortDigest> | undefined;
  const seenOnce = () => {
    seen ??= recordTrainingCohort(hash, { trained: studies, validated }, { onProgress });
    return seen;
  };
  const hospitals = new Set(studies.flatMap(({ hospital }) => (hospital === null ? [] : [hospital])));
  return async (epoch, { measures }) => ({
    program: `embolens ${packageJson.version}`,
    data:
      `${studies.length} studies of the training split` +
      (hospitals.size > 0 ? ` from ${hospitals.size} ${hospitals.size === 1 ? "hospital" : "hospitals"}` : ""),
    studies: studies.length,
    positives: studies.filter(({ label }) => label?.value === "present").length,
    seed,
    settings: { store: hash, bestEpoch: epoch, ...flat(recipe) },
    metrics: Object.fromEntries(
      Object.entries(measures).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
    ),
    seen: await seenOnce(),
  });
}

/** Nested settings under dotted names. */
function flat(settings: object, prefix = ""): Record<string, string | number | boolean | null> {
  return Object.fromEntries(
    Object.entries(settings).flatMap(([name, value]: [string, unknown]) => {
      if (typeof value === "object" && value !== null) return Object.entries(flat(value, `${prefix}${name}.`));
      if (typeof value === "string" || typeof value === "number" || typeof value === "boolean" || value === null) {
        return [[`${prefix}${name}`, value]];
      }
      return [];
    }),
  );
}
