/**
 * Networks at work beside PyTorch: `npm run bench -- infer [rounds] [threads]`. See train.ts.
 *
 * Stage I with its attention, and its peers at their own size under the weights of
 * docs/method.md#reference-values.
 */
import { availableParallelism } from "node:os";
import { builtWorker } from "./built.ts";
import { type Comparison, compareWithTorch, stepComparison } from "./train.ts";

const work = { step: "infer-stage-one", size: 384, width: 64 } as const;

export async function bench([rounds, threads]: readonly string[]): Promise<void> {
  const count = Number(threads ?? availableParallelism());
  const peer = (title: string, ...told: string[]): Comparison => ({
    title,
    ours: builtWorker("comparators", ...told, String(count)),
    theirs: ["bench/peers/torch_comparators.py", ...told, String(count)],
  });
  await compareWithTorch(
    [
      stepComparison({ title: "stage I, 384 x 384, one slab", work: { ...work, batch: 1 } }, count),
      stepComparison({ title: "stage I, 384 x 384, ten slabs", work: { ...work, batch: 10 } }, count),
      peer("PENet, 24 x 192 x 192", "penet", "24", "192"),
      peer("I3D trunk, 64 x 224 x 224", "i3d", "64", "224"),
    ],
    Number(rounds ?? 15),
    count,
  );
}
