/**
 * Our side of `npm run bench -- diagnose`: from a volume with its lungs to the diagnosis, with the `paper` preset and
 * random weights; see bench/alternate.ts for the protocol. Phases go to stderr at the end as one JSON line.
 *
 *     tsx bench/workers/diagnose.ts 2        # threads
 */
import { createInterface } from "node:readline";
import { diagnose, loadDetector } from "../../src/diagnosis/index.ts";
import { createRuntime } from "../../src/graph/node/index.ts";
import { halfOperatingPoint, initialWeights, modelDescriptionSchema, twoStagePresets } from "../../src/model/index.ts";
import { findLungs, resampleSlices } from "../../src/volume/index.ts";
import { makeChest } from "../../test/chest.ts";

const [threads] = process.argv.slice(2).map(Number) as [number];

const begun = performance.now();
const runtime = await createRuntime({ device: "cpu", threads });
const description = modelDescriptionSchema.parse({
  kind: "two-stage",
  format: 1,
  name: "random weights",
  preset: "paper",
  operatingPoints: [halfOperatingPoint],
  training: [],
  notice: "Research use, not a medical device.",
  ...twoStagePresets.paper,
});
const detector = await loadDetector(
  { ...description, weights: initialWeights(description, 1), sha256: "0".repeat(64) },
  runtime,
);
const thick = makeChest({ spacing: [0.75, 0.75, 10], size: [512, 512, 31], blood: 350 });
const volume = resampleSlices(thick, { spacing: 1 });
console.log(`ready ${(performance.now() - begun) / 1000}`);

let last: Readonly<Record<string, number>> = {};
for await (const _ of createInterface({ input: process.stdin })) {
  const started = performance.now();
  const lungs = findLungs(volume);
  const seconds = { reading: 0, lungs: (performance.now() - started) / 1000 };
  const chest = { series: { studyInstanceUid: "", seriesInstanceUid: "" }, volume, lungs, seconds };
  last = (await diagnose(chest, detector)).document.seconds;
  console.log((performance.now() - started) / 1000);
}
console.error(JSON.stringify(last));
