/**
 * A training step beside PyTorch's: `npm run bench -- train [rounds]`.
 *
 * Same network, loss, optimiser, batch and threads; steps alternate. Needs python3 with torch on the path as
 * /usr/bin/python3 (or PYTHON).
 */
import { availableParallelism } from "node:os";
import { alternate } from "./alternate.ts";

interface Case {
  readonly title: string;
  readonly name: "train-stage-one" | "train-stage-two" | "infer-stage-one";
  readonly size: number;
  readonly batch: number;
}

const cases: readonly Case[] = [
  { title: "stage I, 384 x 384, batch 4", name: "train-stage-one", size: 384, batch: 4 },
  { title: "stage I, 128 x 128, batch 8", name: "train-stage-one", size: 128, batch: 8 },
  { title: "stage II, 50 x 24 x 24 x 512, batch 1", name: "train-stage-two", size: 24, batch: 1 },
  { title: "stage II, 50 x 6 x 6 x 512, batch 4", name: "train-stage-two", size: 6, batch: 4 },
];

const column = (text: string, width = 12): string => text.padStart(width);

/** Runs the cases and prints one line each. */
export async function compareWithTorch(chosen: readonly Case[], rounds: number): Promise<void> {
  const threads = availableParallelism();
  console.log(`${threads} threads, ${rounds} alternating steps after 3 of warm-up; medians`);
  console.log(
    "case".padEnd(40) +
      ["embolens s", "PyTorch s", "ratio", "compile s", "MiB", "PyTorch MiB"].map((title) => column(title)).join(""),
  );
  for (const { title, name, size, batch } of chosen) {
    const numbers = [name, `${size}`, `${batch}`, `${threads}`];
    const [ours, theirs] = await alternate(
      [
        [process.execPath, "--import", "tsx", "bench/workers/steps.ts", ...numbers],
        [process.env.PYTHON ?? "/usr/bin/python3", "bench/peers/torch_steps.py", ...numbers],
      ],
      { warmUp: 3, rounds },
    );
    const figures = [
      ours!.median.toFixed(3),
      theirs!.median.toFixed(3),
      (ours!.median / theirs!.median).toFixed(2),
      ours!.ready.toFixed(2),
      ours!.peak.toFixed(0),
      theirs!.peak.toFixed(0),
    ];
    console.log(title.padEnd(40) + figures.map((figure) => column(figure)).join(""));
  }
}

export async function bench([rounds]: readonly string[]): Promise<void> {
  await compareWithTorch(cases, Number(rounds ?? 7));
}
