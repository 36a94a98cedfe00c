/**
 * The peers against reference values of their own code: outputs in evaluation mode under weights given by a formula
 * (docs/method.md#reference-values).
 */
import type { TensorFile } from "../../src/graph/index.ts";
import { Graph, numElements, type Runtime, type Shape, type Tensor, writeModel } from "../../src/graph/index.ts";
import { Dropout, i3dTrunk, paperPenet, penet } from "../../src/model/index.ts";
import { type Comparison, compare, type GroupComparison } from "./compare.ts";
import { numbers } from "./file.ts";

/** State tensor j of the peer's list, element i: a sine, scaled by what the tensor is. */
export function proceduralWeight(name: string, shape: Shape, j: number): Float32Array {
  const fanIn = numElements(shape.slice(1));
  const isScale = name.endsWith("weight") || name.endsWith("running_var");
  return Float32Array.from({ length: numElements(shape) }, (_, i) => {
    const s = Math.sin(0.37 * i + 1.7 * j);
    if (shape.length > 1) return Math.sqrt(2 / fanIn) * s;
    return isScale ? 1 + 0.1 * s : 0.1 * s;
  });
}

/** cos(.013 i) + .3 sin((.00071 i i) mod 2 pi) */
export function proceduralInput(shape: Shape): Float32Array {
  return Float32Array.from(
    { length: numElements(shape) },
    (_, i) => Math.cos(0.013 * i) + 0.3 * Math.sin((0.00071 * i * i) % (2 * Math.PI)),
  );
}

interface Peer {
  readonly graph: Graph;
  readonly input: Shape;
  /** By the names in the file, without ".stats" and the like. */
  readonly outputs: ReadonlyMap<string, Tensor>;
  /** Where the network's own parameters begin in the peer's list. */
  readonly firstState: number;
}

function penetPeer(): Peer {
  const input = [1, 1, 24, 96, 96];
  const graph = new Graph();
  const { logits, stages } = penet(graph.input("x", input), graph, paperPenet, new Dropout());
  const outputs = new Map([["penet.logit", logits], ...stages.map((map, at) => [`penet.stage${at}`, map] as const)]);
  return { graph, input, outputs, firstState: 0 };
}

function i3dPeer(): Peer {
  const input = [1, 3, 16, 64, 64];
  const graph = new Graph();
  const normalisation = { epsilon: 1e-3, momentum: 0.99 };
  const { layers } = i3dTrunk(graph.input("x", input), graph, { width: 64, normalisation });
  const outputs = new Map([...layers].map(([name, map]) => [`i3d.${name}`, map] as const));
  // The list begins with the two tensors of the classifier that this trunk does without.
  return { graph, input, outputs, firstState: 2 };
}

/** Mean, standard deviation, largest magnitude. */
function statistics(values: Float32Array): number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return [mean, Math.sqrt(variance), values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)];
}

async function comparePeer(file: TensorFile, runtime: Runtime, peer: Peer): Promise<readonly Comparison[]> {
  const named = [...peer.outputs].filter(([name]) => [name, `${name}.stats`].some((entry) => file.entries.has(entry)));
  const constants = new Map(
    [...peer.graph.parameters.values()].map(({ name, tensor }, index) => [
      name,
      proceduralWeight(name, tensor.shape, index + peer.firstState),
    ]),
  );
  const program = await runtime.load(writeModel({ outputs: new Map(named), constants }));
  const computed = await program.run({ x: proceduralInput(peer.input) });
  await program.release();
  const comparisons: Comparison[] = [];
  for (const [name, tensor] of named) {
    const values = computed[name] as Float32Array;
    const made: readonly (readonly [string, ArrayLike<number>])[] = [
      [name, values],
      [`${name}.stats`, statistics(values)],
      [`${name}.head`, values.subarray(0, 64)],
      [`${name}.shape`, tensor.shape],
    ];
    for (const [entry, actual] of made) {
      if (file.entries.has(entry)) comparisons.push(compare(entry, actual, await numbers(file, entry)));
    }
  }
  return comparisons;
}

export async function compareComparators(file: TensorFile, runtime: Runtime): Promise<readonly GroupComparison[]> {
  const peers = [penetPeer, i3dPeer];
  const comparisons: Comparison[] = [];
  for (const peer of peers) comparisons.push(...(await comparePeer(file, runtime, peer())));
  const unseen = [...file.entries.keys()].filter((name) => !comparisons.some((comparison) => comparison.name === name));
  return [
    {
      group: "values",
      comparisons: [...comparisons, ...unseen.map((name) => ({ name, error: Number.POSITIVE_INFINITY }))],
    },
  ];
}
