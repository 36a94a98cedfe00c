/**
 * Our side of `npm run bench -- train` and `-- infer`; see bench/alternate.ts for the protocol.
 *
 *     tsx bench/workers/steps.ts '{"step":"train-stage-one","size":384,"batch":4,"width":64,"threads":2}'
 *
 * What is told is `Work` in bench/train.ts.
 */
import { createInterface } from "node:readline";
import { z } from "zod";
import { adam, freeze, Graph, type Shape, trainingStep, type Values, writeModel } from "../../src/graph/index.ts";
import { createRuntime } from "../../src/graph/node/index.ts";
import { Dropout } from "../../src/model/dropout.ts";
import { kerasNormalisation } from "../../src/model/normalisation.ts";
import { paperStageOneLoss, type StageOneSettings, stageOne, stageOneLoss } from "../../src/model/stage-one.ts";
import { type StageTwoSettings, stageTwo, studyLoss } from "../../src/model/stage-two.ts";
import { Random } from "../../src/random.ts";

const work = z.object({
  step: z.enum(["train-stage-one", "train-stage-two", "infer-stage-one"]),
  size: z.int(),
  batch: z.int(),
  width: z.int(),
  filters: z.int().default(0),
  slabs: z.int().default(0),
  threads: z.int(),
});
const { step: name, size, batch, width, filters, slabs, threads } = work.parse(JSON.parse(process.argv[2] ?? "{}"));

const first: StageOneSettings = {
  width,
  outputStrideFrom: "last-stage",
  normalisation: kerasNormalisation,
  attentionScore: "logit",
  hiddenUnits: 0,
};

const second: StageTwoSettings = {
  filters,
  recurrentActivation: "hard-sigmoid",
  inputDropout: 0,
  recurrentDropout: 0,
  dropoutKind: "channel",
  units: 2,
  merge: "concatenate",
  denseDropout: 0,
  normalisation: kerasNormalisation,
};

function random(shape: Shape): Float32Array {
  const numbers = new Random(0, "bench");
  return Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => numbers.uniform());
}

const runtime = await createRuntime({ device: "cpu", threads });

async function build(): Promise<() => Promise<unknown>> {
  if (name === "infer-stage-one") {
    const graph = new Graph({ seed: 1 });
    const x = graph.input("x", [batch, 5, size, size]);
    const { logits, attention } = stageOne(x, graph, first);
    const constants = new Map<string, Values>([...graph.parameters.values()].map((own) => [own.name, own.draw()]));
    const outputs = new Map([
      ["logits", logits],
      ["attention", attention],
    ]);
    const frozen = await freeze(runtime, outputs, constants);
    const { nchwcBlock, sentinelOutput } = runtime;
    const program = await runtime.load(
      writeModel({ outputs: frozen, nchwcBlock, sentinelOutput, constantWeights: true, externalData: true }),
    );
    const values = random(x.shape);
    return () => program.run({ x: values });
  }
  const graph = new Graph({ training: true, seed: 1 });
  if (name === "train-stage-one") {
    const grid = size / 16;
    const x = graph.input("x", [batch, 5, size, size]);
    const labels = graph.input("labels", [batch], "int32");
    const masks = graph.input("masks", [batch, grid, grid]);
    const { loss } = stageOneLoss(stageOne(x, graph, first), { labels, masks }, paperStageOneLoss);
    const step = await trainingStep(runtime, graph, { loss, optimiser: adam() });
    const feeds = {
      x: random(x.shape),
      labels: Int32Array.from({ length: batch }, (_, index) => index % 2),
      masks: Float32Array.from({ length: masks.size }, (_, at) => {
        const [sample, row, column] = [Math.floor(at / grid ** 2), Math.floor(at / grid) % grid, at % grid];
        return sample % 2 === 1 && row < grid / 2 && column < grid / 2 ? 1 : 0;
      }),
    };
    return () => step.run(feeds, { learningRate: 1e-4 });
  }
  const x = graph.input("features", [batch, slabs, width, size, size]);
  const labels = graph.input("labels", [batch]);
  const loss = studyLoss(stageTwo(x, graph, second, new Dropout()).logits, labels);
  const step = await trainingStep(runtime, graph, { loss, optimiser: adam() });
  const feeds = { features: random(x.shape), labels: Float32Array.from({ length: batch }, (_, index) => index % 2) };
  return () => step.run(feeds, { learningRate: 1e-4 });
}

const begun = performance.now();
const step = await build();
console.log(`ready ${(performance.now() - begun) / 1000}`);
for await (const _ of createInterface({ input: process.stdin })) {
  const started = performance.now();
  await step();
  console.log((performance.now() - started) / 1000);
}
