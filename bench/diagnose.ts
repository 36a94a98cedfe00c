/**
 * One study of 300 x 512 x 512 through the `paper` preset with random weights, beside the same nets in PyTorch.
 *
 *     npm run bench -- diagnose [--threads 2] [--rounds 3]
 *
 * Ours does all of it: lungs, 50 slabs of 384 x 384 x 5, stage I with attention, stage II, attention on the CT. PyTorch
 * gets its slabs ready-made and runs the two nets, once one slab and once five slabs at a time. The three take turns.
 */
import { parseArgs } from "node:util";
import { alternate } from "./alternate.ts";
import { build, builtWorker } from "./built.ts";

export async function bench(argv: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...argv],
    options: { threads: { type: "string", default: "2" }, rounds: { type: "string", default: "3" } },
  });
  const { threads } = values;
  const torch = (batch: string) => ["/usr/bin/python3", "bench/peers/torch_diagnose.py", threads, batch];
  const names = [
    "Embolens, whole diagnosis",
    "PyTorch, nets only, 1 slab a batch",
    "PyTorch, nets only, 5 slabs a batch",
  ];
  build();
  const measured = await alternate([builtWorker("diagnose", threads), torch("1"), torch("5")], {
    warmUp: 1,
    rounds: Number(values.rounds),
  });
  console.log(`\n${"".padEnd(38)} median s      least s     most s    ready s   peak MiB`);
  measured.forEach(({ median, seconds, ready, peak }, index) => {
    const figures = [median, Math.min(...seconds), Math.max(...seconds), ready].map((value) => value.toFixed(2));
    console.log(
      `${names[index]!.padEnd(38)} ${figures.map((text) => text.padStart(8)).join("   ")}   ${peak.toFixed(0).padStart(8)}`,
    );
  });
}
