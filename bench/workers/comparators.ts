/**
 * Our side of the peers in `npm run bench -- infer`; see bench/alternate.ts for the protocol.
 *
 *     tsx bench/workers/comparators.ts penet 24 192 2        # network, slices, side, threads
 *     tsx bench/workers/comparators.ts i3d 64 224 2 check    # prints the output's first values instead
 *
 * Weights and input are those of docs/method.md#reference-values, as in bench/peers/torch_comparators.py, so both sides
 * compute the same numbers.
 */
import { createInterface } from "node:readline";
import { freeze, Graph, type Tensor, writeModel } from "../../src/graph/index.ts";
import { createRuntime } from "../../src/graph/node/index.ts";
import { Dropout, i3dTrunk, kerasNormalisation, paperPenet, penet } from "../../src/model/index.ts";
import { proceduralInput, proceduralWeight } from "../golden/comparators.ts";

const [name, ...rest] = process.argv.slice(2);
const [slices, side, threads] = rest.slice(0, 3).map(Number) as [number, number, number];
const started = performance.now();
const graph = new Graph();
const isPenet = name === "penet";
const x = graph.input("x", [1, isPenet ? 1 : 3, slices, side, side]);
const y: Tensor = isPenet
  ? penet(x, graph, paperPenet, new Dropout()).logits
  : i3dTrunk(x, graph, { width: 64, normalisation: kerasNormalisation }).map;
// The peer's list of I3D begins with the two tensors of its classifier.
const first = isPenet ? 0 : 2;
const weights = new Map(
  [...graph.parameters.values()].map(({ name: own, tensor }, index) => [
    own,
    proceduralWeight(own, tensor.shape, index + first),
  ]),
);
const runtime = await createRuntime({ device: "cpu", threads });
const { nchwcBlock, sentinelOutput } = runtime;
const outputs = await freeze(runtime, new Map([["y", y]]), weights);
const program = await runtime.load(
  writeModel({ outputs, nchwcBlock, sentinelOutput, constantWeights: true, externalData: true }),
);
const input = proceduralInput(x.shape);

if (rest[3] === "check") {
  const { y: values } = await program.run({ x: input });
  console.log(Array.from(values!.slice(0, 4), Number).join(" "));
  process.exit();
}
console.log(`ready ${(performance.now() - started) / 1000}`);
for await (const _ of createInterface({ input: process.stdin })) {
  const begun = performance.now();
  await program.run({ x: input });
  console.log((performance.now() - begun) / 1000);
}
