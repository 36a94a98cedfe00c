/**
 * Convolutional LSTMs over the same sequence, all directions side by side.
 *
 *     const [ascending, descending] = convLstm(x, scope, [{ scope: up }, { scope: down, reversed: true }], settings, dropout);
 *
 * Shi et al. 2015, "Convolutional LSTM network"; the cell is Keras's ConvLSTM2D
 * (docs/method.md#stage-ii), gates in the order i, f, c, o:
 *
 *     i, f, o = rho(Wx * x + b + Uh * h);  c' = f c + i tanh(Wx * x + b + Uh * h);  h' = o tanh(c')
 *
 * What reads the input does not depend on the state, so one convolution does it for all steps and directions. The scan
 * itself is one grouped convolution a step, a group for each direction and sample. A mask that drops whole channels is
 * multiplied into the kernels, which are small, instead of into the maps.
 */
import { z } from "zod";
import {
  add,
  concat,
  conv,
  expand,
  fromValues,
  glorotUniform,
  multiply,
  orthogonal,
  reshape,
  type Scope,
  split,
  type Tensor,
  transpose,
} from "../graph/index.ts";
import { gates, hardSigmoidActivation, type Recurrence, scan, sigmoidActivation } from "./conv-lstm-scan.ts";
import type { Dropout } from "./dropout.ts";

export const convLstmSchema = z.strictObject({
  /** Channels of the state, and of what comes out. */
  filters: z.int().min(1).max(1024),
  /** rho: clip(.2 x + .5, 0, 1) as in Keras 2, or the logistic function. */
  recurrentActivation: z.enum(["hard-sigmoid", "sigmoid"]),
  /** Share of the input dropped in training. */
  inputDropout: z.number().min(0).max(0.9),
  /** Share of the state dropped in training. */
  recurrentDropout: z.number().min(0).max(0.9),
  /** What is dropped: whole channels (the paper) or single elements (Keras); either way the same ones at each step. */
  dropoutKind: z.enum(["channel", "element"]),
});

export type ConvLstmSettings = z.infer<typeof convLstmSchema>;

export interface ConvLstmDirection {
  /** Holds `kernel` [4 filters, in, 3, 3], `recurrent_kernel` [4 filters, filters, 3, 3] and `bias` [4 filters]. */
  readonly scope: Scope;
  /** From the last step to the first. */
  readonly reversed?: boolean;
}

const window = [3, 3] as const;

/** Sizes every part of the computation refers to. */
interface Sizes {
  readonly samples: number;
  readonly steps: number;
  readonly channels: number;
  readonly map: readonly [number, number];
  readonly directions: number;
  readonly filters: number;
}

/** [n, steps, ...] to the same with its steps in the opposite order. */
function reversedSteps(x: Tensor): Tensor {
  const steps = split(x, new Array<number>(x.shape[1]!).fill(1), 1);
  return concat(steps.toReversed(), 1);
}

/** Multiplies kernels [directions 4 filters, in, 3, 3] by a mask [directions 4, in] of whole channels. */
function maskedKernel(kernel: Tensor, mask: Tensor): Tensor {
  const [outputs, inputs] = [kernel.shape[0]!, kernel.shape[1]!];
  const rows = mask.shape[0]!;
  const apart = reshape(kernel, [rows, outputs / rows, inputs, ...window]);
  return reshape(multiply(apart, reshape(mask, [rows, 1, inputs, 1, 1])), kernel.shape);
}

/** One slice an entry of the first axis, without that axis. */
function each(x: Tensor): readonly Tensor[] {
  const rest = x.shape.slice(1);
  return split(x, new Array<number>(x.shape[0]!).fill(1), 0).map((piece) => reshape(piece, rest));
}

/** What the input adds to the gates at every step: [n, steps, directions 4 filters, h, w]. */
function inputGates(x: Tensor, kernel: Tensor, bias: Tensor, mask: Tensor | undefined, sizes: Sizes): Tensor {
  const { samples, steps, channels, map } = sizes;
  const gatesShape = [samples, steps, kernel.shape[0]!, ...map];
  if (mask === undefined) {
    return reshape(conv(reshape(x, [samples * steps, channels, ...map]), kernel, { padding: 1, bias }), gatesShape);
  }
  if (mask.rank === 3) {
    const kernels = each(mask).map((own) => maskedKernel(kernel, own));
    const read = each(x).map((sequence, sample) => conv(sequence, kernels[sample]!, { padding: 1, bias }));
    return reshape(concat(read, 0), gatesShape);
  }
  // Every gate reads the input through its own mask of elements.
  const rows = mask.shape[1]!;
  const kernels = split(kernel, new Array<number>(rows).fill(kernel.shape[0]! / rows), 0);
  const masks = split(mask, new Array<number>(rows).fill(1), 1);
  const read = kernels.map((own, row) => {
    const seen = reshape(multiply(x, masks[row]!), [samples * steps, channels, ...map]);
    return conv(seen, own, { padding: 1 });
  });
  const joined = add(concat(read, 1), reshape(bias, [bias.size, 1, 1]));
  return reshape(joined, gatesShape);
}

/** From [n, steps, directions ...] to [steps, directions n, 4 filters, h, w], reversed directions back to front. */
function scanOrder(read: Tensor, directions: readonly ConvLstmDirection[], sizes: Sizes): Tensor {
  const { samples, steps, filters, map } = sizes;
  const apart = split(read, new Array<number>(directions.length).fill(gates * filters), 2);
  const ordered = apart.map((own, index) => {
    const turned = directions[index]!.reversed ? reversedSteps(own) : own;
    return transpose(turned, [1, 0, 2, 3, 4]);
  });
  return reshape(concat(ordered, 1), [steps, directions.length * samples, gates * filters, ...map]);
}

/** How a state adds to the gates: every direction's kernel for every sample, through its mask. */
function recurrenceOf(kernels: readonly Tensor[], mask: Tensor | undefined, sizes: Sizes): Recurrence {
  const { samples, filters, directions } = sizes;
  const groups = directions * samples;
  const stacked = concat(
    kernels.map((kernel) => reshape(kernel, [1, 1, gates * filters, filters, ...window])),
    0,
  );
  const kernel = reshape(expand(stacked, [directions, samples, ...stacked.shape.slice(2)]), [
    groups * gates * filters,
    filters,
    ...window,
  ]);
  if (mask === undefined) return { kernel, seen: undefined };
  if (mask.rank > 3) return { kernel, seen: mask };
  return { kernel: maskedKernel(kernel, reshape(mask, [groups * gates, filters])), seen: undefined };
}

/** Mask inputs: [n, directions 4, in] for whole channels; with the map's own axes for single elements. */
function inputMask(scope: Scope, settings: ConvLstmSettings, dropout: Dropout, sizes: Sizes): Tensor | undefined {
  const { samples, directions, channels, map } = sizes;
  const shape = [samples, directions * gates, channels, ...(settings.dropoutKind === "element" ? map : [])];
  return dropout.mask(scope, "input_mask", shape, settings.inputDropout);
}

/** [directions n, 4, filters], with the map's own axes for single elements. */
function stateMask(scope: Scope, settings: ConvLstmSettings, dropout: Dropout, sizes: Sizes): Tensor | undefined {
  const { samples, directions, filters, map } = sizes;
  const shape = [directions * samples, gates, filters, ...(settings.dropoutKind === "element" ? map : [])];
  return dropout.mask(scope, "recurrent_mask", shape, settings.recurrentDropout);
}

/**
 * @param x [n, steps, in, h, w]
 * @param scope where the masks of dropout get their names
 * @returns the states after every step, one tensor a direction, [n, steps, filters, h, w], in the order of `x`
 */
export function convLstm(
  x: Tensor,
  scope: Scope,
  directions: readonly ConvLstmDirection[],
  settings: ConvLstmSettings,
  dropout: Dropout,
): readonly Tensor[] {
  const [samples, steps, channels, height, width] = x.shape as readonly [number, number, number, number, number];
  const { filters } = settings;
  const sizes: Sizes = { samples, steps, channels, map: [height, width], directions: directions.length, filters };
  const forgetStartsOpen = Float32Array.from({ length: gates * filters }, (_, at) =>
    Math.floor(at / filters) === 1 ? 1 : 0,
  );
  const weights = directions.map(({ scope: own }) => ({
    kernel: own.parameter("kernel", [gates * filters, channels, ...window], { initial: glorotUniform }),
    recurrent: own.parameter("recurrent_kernel", [gates * filters, filters, ...window], { initial: orthogonal }),
    bias: own.parameter("bias", [gates * filters], { initial: fromValues(forgetStartsOpen) }),
  }));
  const kernel = concat(
    weights.map((own) => own.kernel),
    0,
  );
  const bias = concat(
    weights.map((own) => own.bias),
    0,
  );
  const read = inputGates(x, kernel, bias, inputMask(scope, settings, dropout, sizes), sizes);
  const recurrence = recurrenceOf(
    weights.map((own) => own.recurrent),
    stateMask(scope, settings, dropout, sizes),
    sizes,
  );
  const activation = settings.recurrentActivation === "hard-sigmoid" ? hardSigmoidActivation : sigmoidActivation;
  const states = scan(scanOrder(read, directions, sizes), recurrence, activation);
  const scanned = reshape(states, [steps, directions.length, samples, filters, height, width]);
  return split(scanned, new Array<number>(directions.length).fill(1), 1).map((own, index) => {
    const sequence = transpose(reshape(own, [steps, samples, filters, height, width]), [1, 0, 2, 3, 4]);
    return directions[index]!.reversed ? reversedSteps(sequence) : sequence;
  });
}
