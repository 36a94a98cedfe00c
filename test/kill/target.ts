/**
 * What is killed: prepares the toy cohort, trains on the toy store or diagnoses the toy chests, in a process of its own.
 *
 *     node --import tsx test/kill/target.ts prepare cohort.json store
 *     node --import tsx test/kill/target.ts train store run
 *     node --import tsx test/kill/target.ts diagnose folder results
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { PreparedStore, prepareCohort } from "../../src/cohort/index.ts";
import { loadDetector } from "../../src/diagnosis/index.ts";
import { createRuntime } from "../../src/graph/node/index.ts";
import { twoStagePresets } from "../../src/model/index.ts";
import { readModelFile } from "../../src/model/node/index.ts";
import { demonstrationModel, diagnoseStudies } from "../../src/results/index.ts";
import { stageOneRecipes, trainStageOne } from "../../src/training/index.ts";
import { tinyPreprocessing } from "../../src/volume/index.ts";
import { nodeDecoder } from "../../src/volume/node/index.ts";

const [work, from, out] = process.argv.slice(2) as [string, string, string];

if (work === "prepare") {
  await prepareCohort({ cohort: from, out, preprocessing: tinyPreprocessing, seed: 1, workers: 2 });
} else if (work === "diagnose") {
  const runtime = await createRuntime({ device: "cpu", threads: 2 });
  const detector = await loadDetector(await readModelFile(await demonstrationModel()), runtime);
  const chests = (await readdir(from)).filter((name) => name.startsWith("ct-")).sort();
  const paths = chests.map((name) => join(from, name));
  for await (const outcome of diagnoseStudies(paths, { detector, decoder: nodeDecoder(1), out })) {
    if ("code" in outcome) throw new Error(outcome.message);
  }
} else {
  await trainStageOne({
    store: await PreparedStore.open(from),
    out,
    runtime: await createRuntime({ device: "cpu", threads: 2 }),
    seed: 1,
    preset: "tiny",
    network: twoStagePresets.tiny.stageOne,
    recipe: { ...stageOneRecipes.tiny, epochs: 8 },
    // Several checkpoints in every epoch.
    checkpointMinutes: 0.001,
  });
}
