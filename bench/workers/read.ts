/**
 * Our side of `npm run bench -- read`: the compiled program, as users run it. See bench/alternate.ts for the protocol.
 *
 *     tsx bench/workers/read.ts volume FOLDER      # each step reads the folder's series into a volume
 *     tsx bench/workers/read.ts slabs FOLDER       # each step finds the lungs and cuts 50 slabs from it
 */
import { createInterface } from "node:readline";
import type * as VolumeRoom from "../../src/volume/index.ts";
import type * as VolumeOnNode from "../../src/volume/node/index.ts";

const built = (file: string) => new URL(`../../dist/src/volume/${file}`, import.meta.url).href;
const room: typeof VolumeRoom = await import(built("index.js"));
const node: typeof VolumeOnNode = await import(built("node/index.js"));

const [what, folder] = process.argv.slice(2) as [string, string];

/** From a folder's name to a volume, threads started and stopped. */
async function read() {
  const decoder = node.nodeDecoder();
  const study = await room.scanStudy(await node.openPaths([folder]));
  const volume = await room.readVolume(room.chooseSeries(study.series)!, { decoder });
  await decoder.close();
  return volume;
}

async function stepOf(): Promise<() => unknown> {
  if (what !== "slabs") return read;
  const volume = await read();
  return () => room.scanSlabs(volume, room.findLungs(volume).range, room.paperPreprocessing);
}

const begun = performance.now();
const step = await stepOf();
console.log(`ready ${(performance.now() - begun) / 1000}`);
for await (const _ of createInterface({ input: process.stdin })) {
  const started = performance.now();
  await step();
  console.log((performance.now() - started) / 1000);
}
