/**
 * Optimisers, as operations of the graph.
 *
 *     trainingStep(runtime, graph, { loss, optimiser: adam() });
 *     trainingStep(runtime, graph, { loss, optimiser: sgd({ momentum: 0.9, dampening: 0.9, weightDecay: 1e-3 }) });
 *
 * What depends only on the learning rate and the number of the step is computed outside, in double precision, and
 * enters as a scalar.
 */
import { UsageError } from "../../errors.ts";
import { add, divide, multiply, square, squareRoot, subtract } from "../operations/elementwise.ts";
import type { Tensor } from "../tensor.ts";

export interface UpdateArguments {
  readonly parameter: Tensor;
  readonly gradient: Tensor;
  /**
   * By the names in `slots`; each has the parameter's shape and starts at zero. A slot's next value is written over
   * the old one, so the old one may be read only on the way to the next, element by element.
   */
  readonly slots: Readonly<Record<string, Tensor>>;
  /** By the names `scalars` returns. */
  readonly scalars: Readonly<Record<string, Tensor>>;
}

export interface Optimiser {
  readonly name: string;
  /** Names of what is remembered for each parameter. */
  readonly slots: readonly string[];
  /** Names of the numbers `scalars` returns. */
  readonly scalarNames: readonly string[];
  /** @param step 1 for the first step */
  scalars(learningRate: number, step: number): Readonly<Record<string, number>>;
  update(call: UpdateArguments): { readonly parameter: Tensor; readonly slots: Readonly<Record<string, Tensor>> };
}

export interface AdamOptions {
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-7 (Keras). */
  readonly epsilon?: number;
}

function requireShare(name: string, value: number): number {
  if (value >= 0 && value < 1) return value;
  throw new UsageError("option-invalid", `${name} must be at least 0 and below 1, not ${value}`);
}

function requireFromZero(name: string, value: number): number {
  if (value >= 0 && Number.isFinite(value)) return value;
  throw new UsageError("option-invalid", `${name} must be a number from 0 on, not ${value}`);
}

/**
 * What Adam keeps of the gradients: decaying sums, which are its two moments divided by 1 - b1 and 1 - b2. The constant
 * factors move into the scalars, where they cost nothing: two passes over all parameters less.
 */
function decayingSums(call: UpdateArguments, beta1: number, beta2: number): { first: Tensor; second: Tensor } {
  const { gradient, slots } = call;
  return {
    first: add(multiply(slots.first_sum!, beta1), gradient),
    second: add(multiply(slots.second_sum!, beta2), square(gradient)),
  };
}

/** rate * m / (sqrt(v) + epsilon), from the sums and scalars. */
function change(first: Tensor, second: Tensor, { rate, epsilon }: UpdateArguments["scalars"]): Tensor {
  return divide(multiply(first, rate!), add(squareRoot(second), epsilon!));
}

/** The scalars of `change` in terms of the sums, for a rate and an epsilon in terms of the moments. */
function scalarsOfSums(rate: number, epsilon: number, beta1: number, beta2: number) {
  const root = Math.sqrt(1 - beta2);
  return { rate: (rate * (1 - beta1)) / root, epsilon: epsilon / root };
}

/**
 * Adam as Keras computes it: p -= lr sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + epsilon). Kingma & Ba 2015, the
 * efficient form before section 2.1.
 */
export function adam(options: AdamOptions = {}): Optimiser {
  const beta1 = requireShare("beta1", options.beta1 ?? 0.9);
  const beta2 = requireShare("beta2", options.beta2 ?? 0.999);
  const epsilon = requireFromZero("epsilon", options.epsilon ?? 1e-7);
  return {
    name: "adam",
    slots: ["first_sum", "second_sum"],
    scalarNames: ["rate", "epsilon"],
    scalars: (learningRate, step) => {
      const rate = (learningRate * Math.sqrt(1 - beta2 ** step)) / (1 - beta1 ** step);
      return scalarsOfSums(rate, epsilon, beta1, beta2);
    },
    update: (call) => {
      const { first, second } = decayingSums(call, beta1, beta2);
      return {
        parameter: subtract(call.parameter, change(first, second, call.scalars)),
        slots: { first_sum: first, second_sum: second },
      };
    },
  };
}

export interface AdamWOptions extends AdamOptions {
  /** The share of each parameter taken away in a step, times the learning rate. Default 0.01. */
  readonly weightDecay?: number;
}

/**
 * Adam with decoupled weight decay as PyTorch computes it: p -= lr decay p, then p -= lr m^ / (sqrt(v^) + epsilon) with
 * bias-corrected moments; epsilon 1e-8 by default. Loshchilov & Hutter 2019.
 */
export function adamW(options: AdamWOptions = {}): Optimiser {
  const beta1 = requireShare("beta1", options.beta1 ?? 0.9);
  const beta2 = requireShare("beta2", options.beta2 ?? 0.999);
  const epsilon = requireFromZero("epsilon", options.epsilon ?? 1e-8);
  const decay = requireFromZero("weightDecay", options.weightDecay ?? 0.01);
  return {
    name: "adamW",
    slots: ["first_sum", "second_sum"],
    scalarNames: ["rate", "epsilon", "kept"],
    scalars: (learningRate, step) => {
      const correction = Math.sqrt(1 - beta2 ** step);
      const rate = (learningRate * correction) / (1 - beta1 ** step);
      return { ...scalarsOfSums(rate, epsilon * correction, beta1, beta2), kept: 1 - learningRate * decay };
    },
    update: (call) => {
      const { first, second } = decayingSums(call, beta1, beta2);
      return {
        parameter: subtract(multiply(call.parameter, call.scalars.kept!), change(first, second, call.scalars)),
        slots: { first_sum: first, second_sum: second },
      };
    },
  };
}

export interface SgdOptions {
  /** Default 0. */
  readonly momentum?: number;
  /** The share of the gradient that the momentum leaves out, from the second step on. Default 0. */
  readonly dampening?: number;
  /** Times the parameter, added to its gradient. Default 0. */
  readonly weightDecay?: number;
}

/** Gradient descent as PyTorch computes it: v = momentum v + (1 - dampening) g, the first v being g; p -= lr v. */
export function sgd(options: SgdOptions = {}): Optimiser {
  const momentum = requireShare("momentum", options.momentum ?? 0);
  const dampening = requireShare("dampening", options.dampening ?? 0);
  const weightDecay = requireFromZero("weightDecay", options.weightDecay ?? 0);
  return {
    name: "sgd",
    slots: momentum === 0 ? [] : ["momentum"],
    scalarNames: ["rate", "share"],
    scalars: (learningRate, step) => ({ rate: learningRate, share: step === 1 ? 1 : 1 - dampening }),
    update: ({ parameter, gradient, slots, scalars }) => {
      const full = weightDecay === 0 ? gradient : add(gradient, multiply(parameter, weightDecay));
      if (momentum === 0) return { parameter: subtract(parameter, multiply(full, scalars.rate!)), slots: {} };
      const velocity = add(multiply(slots.momentum!, momentum), multiply(full, scalars.share!));
      return { parameter: subtract(parameter, multiply(velocity, scalars.rate!)), slots: { momentum: velocity } };
    },
  };
}
