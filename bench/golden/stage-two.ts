/**
 * Stage II against reference values: what each unit hands on, the logit, the loss and its gradients
 * (docs/method.md#reference-values).
 */
import { RefusedError } from "../../src/errors.ts";
import type { TensorFile } from "../../src/graph/index.ts";
import { Graph, gradients, type Runtime, writeModel } from "../../src/graph/index.ts";
import { Dropout, type StageTwoSettings, stageTwo, studyLoss } from "../../src/model/index.ts";
import { compare, type GroupComparison } from "./compare.ts";
import { numbers, numbersUnder, setting, shapeOf } from "./file.ts";

/** The metadata's names for the recurrent activation: clip(.2 x + .5, 0, 1) and the logistic function. */
const activations: Readonly<Record<string, StageTwoSettings["recurrentActivation"]>> = {
  hard: "hard-sigmoid",
  plain: "sigmoid",
};

function settingsOf(file: TensorFile): StageTwoSettings {
  const name = file.metadata.get("recurrent_activation") ?? "";
  const recurrentActivation = activations[name];
  if (!recurrentActivation) {
    throw new RefusedError(
      "model-invalid",
      `${file.name}: the recurrent activation "${name}" is neither hard nor plain`,
    );
  }
  return {
    filters: setting(file, "filters"),
    units: [...file.entries.keys()].filter((entry) => /^unit\d+$/.test(entry)).length,
    merge: "concatenate",
    recurrentActivation,
    inputDropout: 0,
    recurrentDropout: 0,
    dropoutKind: "channel",
    denseDropout: 0,
    normalisation: { epsilon: setting(file, "bn_eps"), momentum: 0.99 },
  };
}

export async function compareStageTwo(file: TensorFile, runtime: Runtime): Promise<readonly GroupComparison[]> {
  const graph = new Graph({ training: true });
  const x = graph.input("x", shapeOf(file, "x"));
  const labels = graph.input("y", shapeOf(file, "y"));
  const { logits, units } = stageTwo(x, graph, settingsOf(file), new Dropout());
  const loss = studyLoss(logits, labels);
  const weights = await numbersUnder(file, "param.");
  const trained = [...weights.keys()];
  const derivatives = gradients(
    loss,
    trained.map((name) => {
      const parameter = graph.parameters.get(name);
      if (!parameter) throw new RefusedError("tensor-unexpected", `${file.name}: stage II has no parameter "${name}"`);
      return parameter.tensor;
    }),
  );
  const values = { ...Object.fromEntries(units.map((unit, index) => [`unit${index}`, unit])), logit: logits, loss };
  const outputs = new Map([
    ...Object.entries(values),
    ...trained.map((name, index) => [`grad.${name}`, derivatives[index]!] as const),
  ]);
  const program = await runtime.load(writeModel({ outputs, constants: weights }), { purpose: "training" });
  const computed = await program.run({ x: await numbers(file, "x"), y: await numbers(file, "y") });
  await program.release();
  const against = (names: readonly string[]) =>
    Promise.all(names.map(async (name) => compare(name, computed[name] as Float32Array, await numbers(file, name))));
  return [
    { group: "values", comparisons: await against(Object.keys(values)) },
    { group: "gradients", comparisons: await against(trained.map((name) => `grad.${name}`)) },
  ];
}
