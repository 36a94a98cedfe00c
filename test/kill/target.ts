/**
 * What is killed: prepares the toy cohort or trains on the toy store, in a process of its own.
 *
 *     node --import tsx test/kill/target.ts prepare cohort.json store
 *     node --import tsx test/kill/target.ts train store run
 */
import { PreparedStore, prepareCohort } from "../../src/cohort/index.ts";
import { createRuntime } from "../../src/graph/node/index.ts";
import { twoStagePresets } from "../../src/model/index.ts";
import { stageOneRecipes, trainStageOne } from "../../src/training/index.ts";
import { tinyPreprocessing } from "../../src/volume/index.ts";

const [work, from, out] = process.argv.slice(2) as [string, string, string];

if (work === "prepare") {
  await prepareCohort({ cohort: from, out, preprocessing: tinyPreprocessing, seed: 1, workers: 2 });
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
