/**
 * A part of a graph whose derivative is written by hand.
 *
 *     const y = withGradient([x], [expensive(x)], ([dy]) => [multiply(dy, cheap(x))])[0];
 *
 * For recurrences: differentiated step by step, a scan of fifty steps becomes fifty small products where its author
 * knows of one large one. The rule is written in operations, so that it can be differentiated again.
 */
import { defineOp, type Tensor } from "../tensor.ts";
import { zerosLike } from "./shape-ops.ts";

/** From the derivative of the loss by each output to that by each input; undefined where there is none. */
export type GradientRule = (dys: readonly Tensor[]) => readonly (Tensor | undefined)[];

const withGradientOp = defineOp<{ readonly count: number; readonly rule: GradientRule }>({
  name: "withGradient",
  signature: (tensors, { count }) => tensors.slice(count).map(({ shape, type }) => ({ shape, type })),
  kernel: ({ names, attributes: { count } }) => names.slice(count),
  // No derivative goes into the outputs as they were computed, so their own operations are left out of it.
  gradient: ({ dys, outputs, inputs, attributes: { count, rule } }) => {
    const derivatives = rule(dys.map((dy, index) => dy ?? zerosLike(outputs[index]!)));
    return inputs.map((_, index) => (index < count ? derivatives[index] : undefined));
  },
});

/** The outputs, whose derivative by the inputs is the rule's. They may depend on nothing else that is differentiated. */
export function withGradient(
  inputs: readonly Tensor[],
  outputs: readonly Tensor[],
  rule: GradientRule,
): readonly Tensor[] {
  return withGradientOp([...inputs, ...outputs], { count: inputs.length, rule });
}
