/**
 * Stage I at work beside PyTorch: `npm run bench -- infer [rounds]`. See train.ts.
 */
import { compareWithTorch } from "./train.ts";

export async function bench([rounds]: readonly string[]): Promise<void> {
  await compareWithTorch(
    [
      { title: "stage I, 384 x 384, one slab", name: "infer-stage-one", size: 384, batch: 1 },
      { title: "stage I, 384 x 384, ten slabs", name: "infer-stage-one", size: 384, batch: 10 },
    ],
    Number(rounds ?? 15),
  );
}
