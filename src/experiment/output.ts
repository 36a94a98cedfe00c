/**
 * What a finished experiment leaves: results.json, the scores as CSV, and the report with its pictures.
 *
 *     const { report } = await writeExperiment(findings);
 */
import { join } from "node:path";
import { makeFolder, writeAtomic } from "../cohort/index.ts";
import type { Model } from "../model/index.ts";
import { readModelFile, writeModelFile } from "../model/node/index.ts";
import { arms, attentionArms } from "./arms.ts";
import { type PictureSource, pairedPictures, studyPictures } from "./pictures.ts";
import { experimentReport } from "./report.ts";
import { type ExperimentResults, type PatientScore, scoresCsv } from "./results.ts";
import type { ScoredSlab } from "./scoring.ts";

export interface ExperimentFindings extends PictureSource {
  readonly out: string;
  readonly results: ExperimentResults;
  readonly slabs: readonly ScoredSlab[];
  readonly patients: readonly PatientScore[];
  /** The file of the proposed arm's model. */
  readonly trained: string;
}

export interface ExperimentFiles {
  readonly results: ExperimentResults;
  readonly report: string;
  /** The proposed arm's model, under a name that says where it comes from. */
  readonly model: string;
}

export async function writeExperiment(findings: ExperimentFindings): Promise<ExperimentFiles> {
  const { out, results, slabs, patients } = findings;
  const scores = join(out, "scores");
  await makeFolder(scores);
  for (const part of ["validation", "test"] as const) {
    const studies = patients.filter((patient) => patient.part === part);
    const rows = studies.map(({ study, label, scores }) => ({ id: study, patient: study, label, scores }));
    await writeAtomic(
      join(scores, `studies-${part}.csv`),
      scoresCsv(
        rows,
        arms.filter((arm) => arm in (rows[0]?.scores ?? {})),
      ),
    );
    const some = slabs.filter((slab) => slab.part === part);
    const slabRows = some.map(({ study, slice, label, scores }) => ({
      ...{ id: `${study}/${slice}`, patient: study, label, scores },
    }));
    await writeAtomic(join(scores, `slabs-${part}.csv`), scoresCsv(slabRows, attentionArms));
  }
  const model = join(out, "model.safetensors");
  await writeModelFile(model, await named(findings));
  const pairs = await pairedPictures(findings, slabs);
  const studies = await studyPictures(findings);
  const report = join(out, "report.html");
  await writeAtomic(report, experimentReport({ results, slabs, patients, pairs, studies }));
  await writeAtomic(join(out, "results.json"), `${JSON.stringify(results, null, 2)}\n`);
  return { results, report, model };
}

/** The trained model, saying that nobody it learned from exists. */
async function named({ trained, results }: ExperimentFindings): Promise<Model> {
  const model = await readModelFile(trained);
  return {
    ...model,
    name: `synthetic hospital, ${results.settings.size}, seed ${results.settings.seed}`,
    training: model.training.map((one) => ({ ...one, data: `${one.data}, all of simulated patients` })),
  };
}
