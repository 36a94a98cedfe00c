/**
 * Making synthetic studies and writing them as DICOM: `npm run bench -- phantom`.
 *
 *     npm run bench -- phantom --studies 6
 *
 * One thread, in memory. The first study of a process also works out what all patients share, so it stands apart. There
 * is no peer: no other program makes such studies. Processor time is given beside wall time, as it suffers less when
 * other programs run.
 */
import { parseArgs } from "node:util";
import { phantomStudy } from "../src/phantom/index.ts";
import { ctSeries } from "../src/volume/dicom-write/index.ts";

const grids = [
  { columns: 512, sliceSpacing: 2.1 },
  { columns: 256, sliceSpacing: 3.3 },
] as const;

interface Timing {
  readonly wall: number;
  readonly processor: number;
}

function timed<T>(work: () => T): { readonly result: T; readonly timing: Timing } {
  const [started, usedBefore] = [performance.now(), process.cpuUsage()];
  const result = work();
  const used = process.cpuUsage(usedBefore);
  const timing = { wall: (performance.now() - started) / 1000, processor: (used.user + used.system) / 1e6 };
  return { result, timing };
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;
const seconds = (timings: readonly Timing[]): string =>
  `${median(timings.map(({ wall }) => wall)).toFixed(2)} s wall, ${median(timings.map(({ processor }) => processor)).toFixed(2)} s processor`;

export async function bench(argv: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...argv], options: { studies: { type: "string", default: "6" } } });
  const studies = Number(values.studies);
  for (const grid of grids) {
    const timings: Timing[] = [];
    let size = "";
    let written: Timing[] = [];
    for (let index = 0; index <= studies; index++) {
      const { result, timing } = timed(() => phantomStudy({ seed: 1, index, positive: true, hospital: 0, grid }));
      size = result.volume.geometry.size.join(" x ");
      timings.push(timing);
      written = [...written, timed(() => ctSeries(result.volume, { seed: 1, name: `S${index}` })).timing];
    }
    console.log(
      `${size} (last of ${studies}): first ${seconds(timings.slice(0, 1))}; then ${seconds(timings.slice(1))}`,
    );
    console.log(`  as DICOM in memory: ${seconds(written)}`);
  }
}
