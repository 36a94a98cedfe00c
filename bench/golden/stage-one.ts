/**
 * Stage I against reference values: outputs, gradients of the loss, running statistics after one batch, three steps of
 * Adam (docs/method.md#reference-values).
 */
import type { TensorFile } from "../../src/graph/index.ts";
import { adam, Graph, gradients, type Runtime, trainingStep, writeModel } from "../../src/graph/index.ts";
import { type StageOneSettings, stageOne, stageOneLoss } from "../../src/model/index.ts";
import { compare, type GroupComparison } from "./compare.ts";
import { numbers, numbersUnder, setting, shapeOf } from "./file.ts";

const steps = 3;

export async function compareStageOne(file: TensorFile, runtime: Runtime): Promise<readonly GroupComparison[]> {
  const settings: StageOneSettings = {
    width: setting(file, "width"),
    outputStrideFrom: "last-stage",
    normalisation: { epsilon: setting(file, "bn_eps"), momentum: setting(file, "bn_momentum") },
    attentionScore: "logit",
    hiddenUnits: 0,
  };
  const graph = new Graph({ training: true });
  const x = graph.input("x", shapeOf(file, "x"));
  const labels = graph.input("y", shapeOf(file, "y"), "int32");
  const masks = graph.input("mask", shapeOf(file, "mask"));
  const outputs = stageOne(x, graph, settings);
  const { loss, crossEntropy, similarity } = stageOneLoss(
    outputs,
    { labels, masks },
    { attentionWeight: setting(file, "lambda"), smooth: setting(file, "smooth") },
  );
  const parameters = await numbersUnder(file, "param.");
  const weights = new Map(
    [...graph.parameters.values()].map(({ name, draw }) => [name, parameters.get(name) ?? draw()]),
  );
  const batch = {
    x: await numbers(file, "x"),
    y: Int32Array.from(await numbers(file, "y")),
    mask: await numbers(file, "mask"),
  };

  const trained = [...parameters.keys()];
  const derivatives = gradients(
    loss,
    trained.map((name) => graph.parameters.get(name)!.tensor),
  );
  const values = {
    logits: outputs.logits,
    attention: outputs.attention,
    cross_entropy: crossEntropy,
    cdc: similarity,
    loss,
  };
  const program = await runtime.load(
    writeModel({
      outputs: new Map([
        ...Object.entries(values),
        ...trained.map((name, index) => [`grad.${name}`, derivatives[index]!] as const),
        ...[...graph.updates].map(([name, update]) => [`running.${name}`, update] as const),
      ]),
      constants: weights,
    }),
    { purpose: "training" },
  );
  const computed = await program.run(batch);
  await program.release();

  const against = async (prefix: string) =>
    Promise.all(
      [...file.entries.keys()]
        .filter((name) => name.startsWith(prefix))
        .map(async (name) => compare(name, computed[name] as Float32Array, await numbers(file, name))),
    );
  const groups: GroupComparison[] = [
    {
      group: "values",
      comparisons: await Promise.all(
        Object.keys(values).map(async (name) =>
          compare(name, computed[name] as Float32Array, await numbers(file, name)),
        ),
      ),
    },
    { group: "gradients", comparisons: await against("grad.") },
    { group: "running statistics", comparisons: await against("running.") },
  ];

  const step = await trainingStep(runtime, graph, {
    loss,
    optimiser: adam({ epsilon: setting(file, "adam_eps") }),
    weights,
  });
  const losses: number[] = [];
  for (let index = 0; index < steps; index++) {
    losses.push((await step.run(batch, { learningRate: setting(file, "lr") })).loss);
  }
  const after = step.weights();
  await step.release();
  const reference = await numbersUnder(file, "after3.");
  groups.push({
    group: "after three Adam steps",
    comparisons: [
      compare("adam_losses", losses, await numbers(file, "adam_losses")),
      ...[...reference].map(([name, expected]) => compare(`after3.${name}`, after.get(name)!, expected)),
    ],
  });
  return groups;
}
