/**
 * Trains stage I for some steps and tells its largest resident memory, in a process of its own.
 *
 *     node --import tsx test/memory/target.ts store run
 */
import { PreparedStore } from "../../src/cohort/index.ts";
import { createRuntime } from "../../src/graph/node/index.ts";
import { twoStagePresets } from "../../src/model/index.ts";
import { stageOneRecipes, trainStageOne } from "../../src/training/index.ts";

const [store, out] = process.argv.slice(2) as [string, string];
await trainStageOne({
  store: await PreparedStore.open(store),
  out,
  runtime: await createRuntime({ device: "cpu", threads: 2 }),
  seed: 1,
  preset: "tiny",
  network: twoStagePresets.tiny.stageOne,
  recipe: { ...stageOneRecipes.tiny, epochs: Number(process.argv[4]) },
});
console.log(JSON.stringify({ megabytes: process.resourceUsage().maxRSS / 1024 }));
