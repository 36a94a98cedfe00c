/**
 * A training step beside PyTorch's: `npm run bench -- train [rounds] [threads] [part of a title]`.
 *
 * Same network, loss, optimiser, batch and threads; steps alternate. On a machine that others use, one thread and the
 * ratio of processor seconds tell most. Needs python3 with torch as /usr/bin/python3 (or PYTHON).
 */
import { availableParallelism } from "node:os";
import { alternate } from "./alternate.ts";
import { build, builtWorker } from "./built.ts";

/** What both workers are told, as JSON: which step, and its sizes. */
interface Work {
  readonly step: "train-stage-one" | "train-stage-two" | "infer-stage-one";
  /** Pixels along a side; of the feature map for stage II. */
  readonly size: number;
  readonly batch: number;
  /** Channels of the first convolution; for stage II those of the features. */
  readonly width: number;
  /** Filters of each ConvLSTM and slabs a study, for stage II. */
  readonly filters?: number;
  readonly slabs?: number;
}

interface Case {
  readonly title: string;
  readonly work: Work;
}

/** The same work on both sides: what each worker is started with. */
export interface Comparison {
  readonly title: string;
  readonly ours: readonly string[];
  readonly theirs: readonly string[];
}

export const stepComparison = ({ title, work }: Case, threads: number): Comparison => {
  const told = JSON.stringify({ ...work, threads });
  return { title, ours: builtWorker("steps", told), theirs: ["bench/peers/torch_steps.py", told] };
};

const paperStageTwo = { step: "train-stage-two", width: 512, filters: 96, slabs: 50 } as const;

const cases: readonly Case[] = [
  { title: "stage I, 384 x 384, batch 4", work: { step: "train-stage-one", size: 384, batch: 4, width: 64 } },
  { title: "stage I, 128 x 128, batch 8", work: { step: "train-stage-one", size: 128, batch: 8, width: 64 } },
  { title: "stage II, 50 x 24 x 24 x 512, batch 1", work: { ...paperStageTwo, size: 24, batch: 1 } },
  { title: "stage II, 50 x 6 x 6 x 512, batch 4", work: { ...paperStageTwo, size: 6, batch: 4 } },
  { title: "small stage I, 192 x 192, batch 16", work: { step: "train-stage-one", size: 192, batch: 16, width: 16 } },
  {
    title: "small stage II, 25 x 12 x 12 x 128, batch 8",
    work: { step: "train-stage-two", size: 12, batch: 8, width: 128, filters: 16, slabs: 25 },
  },
];

const column = (text: string): string => text.padStart(15);
const columns = [
  "embolens s",
  "PyTorch s",
  "ratio",
  "CPU s",
  "PyTorch CPU s",
  "ratio",
  "compile s",
  "MiB",
  "PyTorch MiB",
];

/** Runs the comparisons and prints one line each. */
export async function compareWithTorch(
  comparisons: readonly Comparison[],
  rounds: number,
  threads: number,
): Promise<void> {
  build();
  console.log(`${threads} threads, ${rounds} alternating steps after 3 of warm-up; medians, processor seconds means`);
  console.log("case".padEnd(44) + columns.map(column).join(""));
  for (const { title, ours: own, theirs: peers } of comparisons) {
    const [ours, theirs] = await alternate([own, [process.env.PYTHON ?? "/usr/bin/python3", ...peers]], {
      warmUp: 3,
      rounds,
    });
    const figures = [
      ours!.median.toFixed(3),
      theirs!.median.toFixed(3),
      (ours!.median / theirs!.median).toFixed(2),
      ours!.cpu.toFixed(3),
      theirs!.cpu.toFixed(3),
      (ours!.cpu / theirs!.cpu).toFixed(2),
      ours!.ready.toFixed(2),
      ours!.peak.toFixed(0),
      theirs!.peak.toFixed(0),
    ];
    console.log(title.padEnd(44) + figures.map(column).join(""));
  }
}

export async function bench([rounds, threads, part = ""]: readonly string[]): Promise<void> {
  const chosen = cases.filter(({ title }) => title.includes(part));
  const count = Number(threads ?? availableParallelism());
  await compareWithTorch(
    chosen.map((one) => stepComparison(one, count)),
    Number(rounds ?? 7),
    count,
  );
}
