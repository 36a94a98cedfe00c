/**
 * The scan of a convolutional LSTM and its derivative.
 *
 *     const states = scan(read, recurrence, activation);       // [steps, groups, filters, h, w]
 *
 * A group is one sample in one direction; all advance together. Forward, a step is one convolution and the gates. Backward,
 * only what really depends on the step after stays in the loop: the slopes of all gates are computed for all steps at
 * once before it, and the recurrent kernel's derivative after it, as one product instead of one a step.
 */
import {
  add,
  concat,
  conv,
  convTranspose,
  hardSigmoid,
  multiply,
  reshape,
  sigmoid,
  sign,
  split,
  square,
  subtract,
  sum,
  type Tensor,
  tanh,
  vjp,
  withGradient,
  zerosLike,
} from "../graph/index.ts";

/** Input, forget, cell and output gate, in this order along the channels. */
export const gates = 4;

/** An activation and its slope as a function of its value. */
export interface Activation {
  readonly apply: (x: Tensor) => Tensor;
  readonly slope: (value: Tensor) => Tensor;
}

export const hardSigmoidActivation: Activation = {
  apply: hardSigmoid,
  // 0.2 strictly between 0 and 1, and nothing where it is cut off.
  slope: (value) => multiply(sign(multiply(value, subtract(1, value))), 0.2),
};

export const sigmoidActivation: Activation = {
  apply: sigmoid,
  slope: (value) => multiply(value, subtract(1, value)),
};

/** tanh' as a function of tanh. */
const tanhSlope = (value: Tensor): Tensor => subtract(1, square(value));

/** How a state adds to the gates of the next step: a grouped convolution, perhaps through a mask. */
export interface Recurrence {
  /** [groups 4 filters, filters, 3, 3] */
  readonly kernel: Tensor;
  /** Keras's way of dropping elements: what each gate sees of the state, [groups, 4, filters, h, w]. */
  readonly seen: Tensor | undefined;
}

interface Sizes {
  readonly steps: number;
  readonly groups: number;
  readonly filters: number;
  readonly map: readonly number[];
}

function groupsOf({ seen }: Recurrence, { groups }: Sizes): number {
  return seen === undefined ? groups : groups * gates;
}

/** States [n, groups, filters, h, w] as the convolution takes them: masked, groups side by side. */
function shown(states: Tensor, { seen }: Recurrence, { groups, filters, map }: Sizes): Tensor {
  const samples = states.size / (groups * filters * map[0]! * map[1]!);
  if (seen === undefined) return reshape(states, [samples, groups * filters, ...map]);
  const masked = multiply(reshape(states, [samples, groups, 1, filters, ...map]), seen);
  return reshape(masked, [samples, groups * gates * filters, ...map]);
}

/** What a state [1, groups, filters, h, w] adds to the gates, [1, groups, 4 filters, h, w]. */
function recur(state: Tensor, recurrence: Recurrence, sizes: Sizes): Tensor {
  const { groups, filters, map } = sizes;
  const options = { padding: 1, groups: groupsOf(recurrence, sizes) };
  return reshape(conv(shown(state, recurrence, sizes), recurrence.kernel, options), [
    1,
    groups,
    gates * filters,
    ...map,
  ]);
}

/** The adjoint of `recur`: from the gates' derivative to the state's. */
function recurBack(derivative: Tensor, recurrence: Recurrence, sizes: Sizes): Tensor {
  const { groups, filters, map } = sizes;
  const wide = reshape(derivative, [1, groups * gates * filters, ...map]);
  const options = { padding: 1, groups: groupsOf(recurrence, sizes) };
  const back = convTranspose(wide, recurrence.kernel, options);
  if (recurrence.seen === undefined) return reshape(back, [1, groups, filters, ...map]);
  return sum(multiply(reshape(back, [1, groups, gates, filters, ...map]), recurrence.seen), [2]);
}

/** One tensor an entry of the first axis, which stays with size 1. */
function stepwise(x: Tensor): readonly Tensor[] {
  return split(x, new Array<number>(x.shape[0]!).fill(1), 0);
}

/** What the scan keeps of every step, [steps, groups, ..., h, w]. */
interface Trace {
  /** Input and forget gate, [.., 2 filters, ..]. */
  readonly opening: Tensor;
  readonly output: Tensor;
  readonly candidate: Tensor;
  /** tanh of the memory after each step. */
  readonly shownMemory: Tensor;
  readonly memoryBefore: Tensor;
  /** The states after each step. */
  readonly states: Tensor;
}

function scanForward(read: Tensor, recurrence: Recurrence, { apply }: Activation, sizes: Sizes): Trace {
  const { filters } = sizes;
  const [opening, output, candidate, shownMemory, memories, states]: Tensor[][] = [[], [], [], [], [], []];
  for (const incoming of stepwise(read)) {
    const state = states!.at(-1);
    // The state starts at zero: the first step has nothing to recall and nothing to forget.
    const total = state === undefined ? incoming : add(incoming, recur(state, recurrence, sizes));
    const [inputForget, cell, out] = split(total, [2 * filters, filters, filters], 2) as [Tensor, Tensor, Tensor];
    const open = apply(inputForget);
    const [inputGate, forgetGate] = split(open, [filters, filters], 2) as [Tensor, Tensor];
    const fresh = tanh(cell);
    const before = memories!.at(-1);
    const added = multiply(inputGate, fresh);
    const memory = before === undefined ? added : add(multiply(forgetGate, before), added);
    opening!.push(open);
    output!.push(apply(out));
    candidate!.push(fresh);
    memories!.push(memory);
    shownMemory!.push(tanh(memory));
    states!.push(multiply(output!.at(-1)!, shownMemory!.at(-1)!));
  }
  return {
    opening: concat(opening!, 0),
    output: concat(output!, 0),
    candidate: concat(candidate!, 0),
    shownMemory: concat(shownMemory!, 0),
    memoryBefore: concat([zerosLike(memories![0]!), ...memories!.slice(0, -1)], 0),
    states: concat(states!, 0),
  };
}

/** The gates' derivative at every step, [steps, groups, 4 filters, h, w], from that of the states. */
function scanBackward(
  dStates: Tensor,
  trace: Trace,
  recurrence: Recurrence,
  { slope }: Activation,
  sizes: Sizes,
): Tensor {
  const { steps, groups, filters, map } = sizes;
  const { opening, output, candidate, shownMemory, memoryBefore } = trace;
  const [inputGate, forgetGate] = split(opening, [filters, filters], 2) as [Tensor, Tensor];
  const [inputGateSlope, forgetGateSlope] = split(slope(opening), [filters, filters], 2) as [Tensor, Tensor];
  const byMemory = concat(
    [
      multiply(candidate, inputGateSlope),
      multiply(memoryBefore, forgetGateSlope),
      multiply(inputGate, tanhSlope(candidate)),
    ],
    2,
  );
  const parts = {
    dState: stepwise(dStates),
    memorySlope: stepwise(multiply(output, tanhSlope(shownMemory))),
    forgetGate: stepwise(forgetGate),
    byMemory: stepwise(reshape(byMemory, [steps, groups, 3, filters, ...map])),
    byState: stepwise(multiply(shownMemory, slope(output))),
  };
  const derivatives: Tensor[] = [];
  let carried: Tensor | undefined;
  for (let step = steps - 1; step >= 0; step--) {
    const after = derivatives.at(-1);
    const dState =
      after === undefined ? parts.dState[step]! : add(parts.dState[step]!, recurBack(after, recurrence, sizes));
    const shownPart = multiply(dState, parts.memorySlope[step]!);
    const dMemory = carried === undefined ? shownPart : add(shownPart, carried);
    carried = multiply(dMemory, parts.forgetGate[step]!);
    const throughMemory = multiply(reshape(dMemory, [1, groups, 1, filters, ...map]), parts.byMemory[step]!);
    const throughOutput = multiply(dState, parts.byState[step]!);
    derivatives.push(concat([reshape(throughMemory, [1, groups, 3 * filters, ...map]), throughOutput], 2));
  }
  return concat(derivatives.toReversed(), 0);
}

/** The recurrent kernel's derivative: every state with the gates of the step after it, in one product. */
function kernelDerivative(states: Tensor, dRead: Tensor, recurrence: Recurrence, sizes: Sizes): Tensor | undefined {
  const { steps, groups, filters, map } = sizes;
  if (steps === 1) return undefined;
  const before = split(states, [steps - 1, 1], 0)[0]!;
  const after = reshape(split(dRead, [1, steps - 1], 0)[1]!, [steps - 1, groups * gates * filters, ...map]);
  const options = { padding: 1, groups: groupsOf(recurrence, sizes) };
  // The states and derivatives depend on the kernel too; under a second name, only this product does.
  const kernel = withGradient([recurrence.kernel], [recurrence.kernel], (dys) => dys)[0]!;
  const added = conv(shown(before, recurrence, sizes), kernel, options);
  return vjp(added, after, [kernel])[0];
}

/**
 * @param read what the input adds to the gates, [steps, groups, 4 filters, h, w], gates in the order i, f, c, o
 * @returns the states after every step, [steps, groups, filters, h, w]
 */
export function scan(read: Tensor, recurrence: Recurrence, activation: Activation): Tensor {
  const [steps, groups, channels, ...map] = read.shape as readonly [number, number, number, ...number[]];
  const sizes: Sizes = { steps, groups, filters: channels / gates, map };
  const trace = scanForward(read, recurrence, activation, sizes);
  return withGradient([read, recurrence.kernel], [trace.states], ([dStates]) => {
    const dRead = scanBackward(dStates!, trace, recurrence, activation, sizes);
    return [dRead, kernelDerivative(trace.states, dRead, recurrence, sizes)];
  })[0]!;
}
