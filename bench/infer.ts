/**
 * Stage I at work beside PyTorch: `npm run bench -- infer [rounds] [threads]`. See train.ts.
 */
import { availableParallelism } from "node:os";
import { compareWithTorch } from "./train.ts";

const work = { step: "infer-stage-one", size: 384, width: 64 } as const;

export async function bench([rounds, threads]: readonly string[]): Promise<void> {
  await compareWithTorch(
    [
      { title: "stage I, 384 x 384, one slab", work: { ...work, batch: 1 } },
      { title: "stage I, 384 x 384, ten slabs", work: { ...work, batch: 10 } },
    ],
    Number(rounds ?? 15),
    Number(threads ?? availableParallelism()),
  );
}
