/** Five steps of a small network on made-up images: the same in Node and in a page. */
import {
  adam,
  batchNorm,
  convLayer,
  crossEntropy,
  denseLayer,
  flatten,
  Graph,
  maxPool,
  mean,
  Random,
  type Runtime,
  relu,
  trainingStep,
} from "../../src/graph/index.ts";

/** The loss of each step. */
export async function trainSmall(runtime: Runtime): Promise<number[]> {
  const graph = new Graph({ training: true, seed: 1 });
  const x = graph.input("x", [4, 2, 8, 8]);
  const seen = relu(batchNorm(convLayer(x, graph.scope("conv"), 4, [3, 3], { padding: 1 }), graph.scope("norm")));
  const logits = denseLayer(flatten(maxPool(seen, [2, 2])), graph.scope("fc"), 2);
  const loss = mean(crossEntropy(logits, graph.input("labels", [4], "int32")));
  const step = await trainingStep(runtime, graph, { loss, optimiser: adam() });
  const numbers = new Random(2, "images");
  const batch = {
    x: Float32Array.from({ length: x.size }, () => numbers.uniform() - 0.5),
    labels: Int32Array.of(0, 1, 1, 0),
  };
  const losses: number[] = [];
  for (let index = 0; index < 5; index++) losses.push((await step.run(batch, { learningRate: 0.01 })).loss);
  await step.release();
  return losses;
}
