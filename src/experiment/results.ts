/**
 * What the experiment finds, as `results.json` holds it, and the files of scores it rests on.
 *
 *     const results = findingsOf(slabs, patients, arms);
 *     results.claims.filter(({ holds }) => !holds);
 */
import { z } from "zod";
import {
  type Cases,
  chooseOperatingPoint,
  type FreeResponsePoint,
  type Proportion,
  type Summary,
  scoredCases,
  summarise,
} from "../evaluation/index.ts";
import { type Arm, type AttentionArm, armNames, attentionArms, attentionNames } from "./arms.ts";
import type { ExperimentSettings } from "./settings.ts";

const part = z.enum(["validation", "test"]);
export type Part = z.infer<typeof part>;

/** An annotated slab and what both stage I networks say of it. */
export const slabScoreSchema = z.strictObject({
  part,
  study: z.string(),
  slice: z.int(),
  label: z.literal([0, 1]),
  scores: z.strictObject({ with: z.number(), without: z.number() }),
});
export type SlabScoreRow = z.infer<typeof slabScoreSchema>;

/** A study and what every arm says of it. */
export const patientScoreSchema = z.strictObject({
  part,
  study: z.string(),
  label: z.literal([0, 1]),
  scores: z.record(z.string(), z.number()),
});
export type PatientScore = z.infer<typeof patientScoreSchema>;

/** The rows of one part as cases, scored by one column; slabs of one study belong together. */
export function casesOf<P extends Part, Row extends Pick<SlabScoreRow, "part" | "study" | "label">>(
  rows: readonly Row[],
  wanted: P,
  name: string,
  score: (row: Row) => number,
): Cases<P> {
  const chosen = rows.filter((row) => row.part === wanted);
  return scoredCases(
    wanted,
    chosen.map(({ label }) => label),
    chosen.map(score),
    name,
    chosen.map(({ study }) => study),
  );
}

/** One thing the paper says, held against this run. */
export interface Claim {
  readonly claim: string;
  /** True when the first of the two is better with p < .05 in the paired DeLong test, slabs of a study taken together. */
  readonly holds: boolean;
  readonly difference: number;
  readonly ci95: readonly [number, number] | null;
  readonly p: number | null;
}

/** What attention is measured by. Serialised into `results.json`. */
export interface Localisation {
  /** Positive test slabs whose attention peak lies on an embolus. */
  readonly slabHits: Readonly<Record<AttentionArm, Proportion>>;
  /** The share of places in the body at which a peak would count as a hit: what pointing blindly reaches. */
  readonly chance: number;
  /** Test studies with embolism whose strongest attention over the whole scan lies on an embolus. */
  readonly studyHits: Readonly<Record<AttentionArm, Proportion>>;
  readonly freeResponse: Readonly<Record<AttentionArm, readonly FreeResponsePoint[]>>;
  /** How far a peak may lie from the nearest voxel of an embolus, millimetres. */
  readonly tolerance: number;
}

/** One group of the hospital, counted. */
export interface GroupCount {
  readonly group: string;
  readonly studies: number;
  readonly positives: number;
  /** Slices with an outlined embolus. */
  readonly slices: number;
  /** Share of studies with the background sign. */
  readonly sign: { readonly positive: number; readonly negative: number };
}

/** A quantity over the epochs of some runs. */
export interface Course {
  readonly title: string;
  readonly metric: string;
  readonly series: readonly { readonly name: string; readonly values: readonly number[] }[];
}

/** What `results.json` holds. */
export interface ExperimentResults extends ExperimentFindings {
  readonly notice: string;
  readonly version: string;
  readonly command: string;
  /** Day of the last step. */
  readonly made: string;
  readonly settings: ExperimentSettings;
  readonly hospital: readonly GroupCount[];
  readonly localisation: Localisation;
  readonly courses: readonly Course[];
  /** Seconds each step took. */
  readonly seconds: Readonly<Record<string, number>>;
  /** What a reader of the figures should know. */
  readonly notes: readonly string[];
}

export interface ExperimentFindings {
  readonly slabs: { readonly validation: Summary; readonly test: Summary };
  readonly patients: Summary;
  readonly claims: readonly Claim[];
}

export function slabFindings(slabs: readonly SlabScoreRow[]): ExperimentFindings["slabs"] {
  const models = (wanted: Part) =>
    attentionArms.map((arm) => ({
      name: attentionNames[arm],
      cases: casesOf(slabs, wanted, attentionNames[arm], ({ scores }) => scores[arm]),
    }));
  return { validation: summarise(models("validation")), test: summarise(models("test")) };
}

/** Table 1. Operating points come from the validation studies that every arm of the table has scored. */
export function patientFindings(patients: readonly PatientScore[], present: readonly Arm[]): Summary {
  return summarise(
    present.map((arm) => {
      const validation = casesOf(patients, "validation", armNames[arm], ({ scores }) => scores[arm]!);
      return {
        name: armNames[arm],
        cases: casesOf(patients, "test", armNames[arm], ({ scores }) => scores[arm]!),
        operatingPoints: [
          chooseOperatingPoint(validation, { rule: "youden" }),
          chooseOperatingPoint(validation, { rule: "sensitivity", atLeast: 0.95 }),
        ],
      };
    }),
  );
}

export function findingsOf(
  slabs: readonly SlabScoreRow[],
  patients: readonly PatientScore[],
  present: readonly Arm[],
): ExperimentFindings {
  const slab = slabFindings(slabs);
  const patient = patientFindings(patients, present);
  const against = (other: Arm, claim: string) => claimOf(claim, patient, armNames.proposed, armNames[other]);
  return {
    slabs: slab,
    patients: patient,
    claims: [
      claimOf(
        "Attention training makes slabs better told apart",
        slab.test,
        attentionNames.with,
        attentionNames.without,
      ),
      against("no-attention", "Attention training makes studies better told apart"),
      against("annotated-only", "Label-only studies add to the annotated ones"),
      against("mean", "Stage II is better than the mean of slab scores"),
      against("max", "Stage II is better than the maximum of slab scores"),
    ],
  };
}

function claimOf(claim: string, { comparisons }: Summary, better: string, worse: string): Claim {
  const there = comparisons.find(({ a, b }) => a === better && b === worse);
  const back = comparisons.find(({ a, b }) => a === worse && b === better);
  const found = there ?? back!;
  const sign = there ? 1 : -1;
  const ci95 = found.ci95 && ([sign * found.ci95[0], sign * found.ci95[1]].sort((a, b) => a - b) as [number, number]);
  const difference = sign * found.difference;
  return { claim, holds: difference > 0 && found.p !== null && found.p < 0.05, difference, ci95, p: found.p };
}

export interface ScoreRow {
  readonly id: string;
  /** Whose cases belong together. */
  readonly patient: string;
  readonly label: 0 | 1;
  readonly scores: Readonly<Record<string, number>>;
}

/** Rows as CSV that `embolens roc` reads. @param columns of scores */
export function scoresCsv(rows: readonly ScoreRow[], columns: readonly string[]): string {
  const lines = rows.map(({ id, patient, label, scores }) =>
    [id, patient, label, ...columns.map((column) => scores[column]!)].join(","),
  );
  return `${[["id", "patient", "label", ...columns].join(","), ...lines].join("\n")}\n`;
}
