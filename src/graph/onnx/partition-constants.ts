/**
 * Takes apart what a model computes at each run and what it need compute only once, because it depends on constants
 * alone.
 *
 *     const { now, once, results } = partitionConstantSubgraph(nodes, constants, ["logits"], [], worthPreparing);
 *
 * Only results somebody named as large are taken out: small ones are left to the runtime, which folds them itself.
 */
import type { Shape } from "../tensor.ts";
import type { Constant, Node } from "./messages.ts";

export interface ConstantPartition {
  /** The nodes of every run, which read `results` as inputs. */
  readonly now: readonly Node[];
  /** The nodes that compute `results`. */
  readonly once: readonly Node[];
  readonly results: ReadonlyMap<string, Shape>;
}

/** The nodes that the named results need, in their order; what `given` names is there already. */
function neededFor(
  names: Iterable<string>,
  nodes: readonly Node[],
  given: { has(name: string): boolean },
): readonly Node[] {
  const needed = new Set(names);
  const kept = nodes.toReversed().filter(({ inputs, outputs }) => {
    if (!outputs.some((name) => needed.has(name) && !given.has(name))) return false;
    for (const input of inputs) needed.add(input);
    return true;
  });
  return kept.toReversed();
}

/**
 * @param nodes in an order in which each comes after what it reads
 * @param outputs results that the model hands out at each run
 * @param shared results that both parts compute for themselves
 */
export function partitionConstantSubgraph(
  nodes: readonly Node[],
  constants: readonly Constant[],
  outputs: readonly string[],
  shared: readonly string[],
  worthPreparing: ReadonlyMap<string, Shape>,
): ConstantPartition {
  const fixed = new Set(constants.map(({ name }) => name));
  for (const node of nodes) {
    if (node.inputs.every((name) => name === "" || fixed.has(name))) for (const name of node.outputs) fixed.add(name);
  }
  const results = new Map([...worthPreparing].filter(([name]) => fixed.has(name) && !outputs.includes(name)));
  return {
    results,
    once: neededFor([...results.keys(), ...shared], nodes, new Set()),
    now: neededFor([...outputs, ...shared], nodes, results),
  };
}
