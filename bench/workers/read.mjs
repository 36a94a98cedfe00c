/**
 * Our side of `npm run bench -- read`: the compiled program, as users run it. See bench/alternate.ts for the protocol.
 *
 *     node bench/workers/read.mjs volume FOLDER      # each step reads the folder's series into a volume
 *     node bench/workers/read.mjs slabs FOLDER       # each step finds the lungs and cuts 50 slabs from it
 *
 * Plain JavaScript, so that no loader's memory is measured with it.
 */
import { createInterface } from "node:readline";

const built = (file) => new URL(`../../dist/src/volume/${file}`, import.meta.url).href;
/** @type {import("../../src/volume/index.ts")} */
const room = await import(built("index.js"));
/** @type {import("../../src/volume/node/index.ts")} */
const node = await import(built("node/index.js"));

const [what, folder] = process.argv.slice(2);

/** From a folder's name to a volume, threads started and stopped. */
async function read() {
  const decoder = node.nodeDecoder();
  const study = await room.scanStudy(await node.openPaths([folder]), { decoder });
  const volume = await room.readVolume(room.chooseSeries(study.series), { decoder });
  await decoder.close();
  return volume;
}

async function makeStep() {
  if (what !== "slabs") return read;
  const volume = await read();
  return () => room.scanSlabs(volume, room.findLungs(volume).range, room.paperPreprocessing);
}

const begun = performance.now();
const step = await makeStep();
console.log(`ready ${(performance.now() - begun) / 1000}`);
for await (const _ of createInterface({ input: process.stdin })) {
  const started = performance.now();
  await step();
  console.log((performance.now() - started) / 1000);
}
