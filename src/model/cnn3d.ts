/**
 * The 3D CNN, a peer: the whole scan at once, from the study's label alone.
 *
 *     const { logits } = cnn3d(scanInput(scans), scope, settings, dropout);     // [n, 1, 200, 384, 384] -> [n]
 *
 * An I3D trunk, a ConvLSTM along the body and dense layers, as the paper describes its comparator (section 3.3). The
 * sizes after the trunk were never published; the defaults here are our choice and options.
 */
import { z } from "zod";
import {
  cast,
  denseLayer,
  fanInUniform,
  globalAveragePool,
  multiply,
  relu,
  reshape,
  type Scope,
  split,
  subtract,
  type Tensor,
  transpose,
} from "../graph/index.ts";
import { convLstm, convLstmSchema } from "./conv-lstm.ts";
import type { Dropout } from "./dropout.ts";
import { i3dTrunk } from "./i3d.ts";
import { normalisationSchema } from "./normalisation.ts";

export const cnn3dSettingsSchema = z.strictObject({
  /** Channels after I3D's first convolution (64 there); all others follow in proportion. */
  width: z.int().min(1).max(256),
  normalisation: normalisationSchema,
  /** The ConvLSTM along the body. Unpublished. */
  convLstm: convLstmSchema,
  /** Units of the dense layers before the last one. Unpublished. */
  denseUnits: z.array(z.int().min(1).max(4096)).max(4),
  /** Share of each dense layer's inputs dropped in training. Unpublished. */
  denseDropout: z.number().min(0).max(0.9),
});

export type Cnn3dSettings = z.infer<typeof cnn3dSettingsSchema>;

export interface Cnn3dOutputs {
  /** [n], before the sigmoid. */
  readonly logits: Tensor;
  /** The trunk's last map [n, channels, t, h, w], which a class-activation map weighs. */
  readonly map: Tensor;
}

/** Scans as they are stored (uint8 [n, 1, t, h, w], 0 to 255) as the network takes them: -1 to 1, as I3D was trained. */
export function scanInput(scans: Tensor): Tensor {
  return subtract(multiply(cast(scans, "float32"), 2 / 255), 1);
}

/** @param x [n, 1, t, h, w], -1 to 1; see {@link scanInput} */
export function cnn3d(x: Tensor, scope: Scope, settings: Cnn3dSettings, dropout: Dropout): Cnn3dOutputs {
  const samples = x.shape[0]!;
  const { map } = i3dTrunk(x, scope, settings);
  const sequence = transpose(map, [0, 2, 1, 3, 4]);
  const lstm = scope.scope("conv_lstm");
  const states = convLstm(sequence, lstm, [{ scope: lstm }], settings.convLstm, dropout)[0]!;
  const last = split(states, new Array<number>(states.shape[1]!).fill(1), 1).at(-1)!;
  let y = globalAveragePool(reshape(last, [samples, ...states.shape.slice(2)]));
  settings.denseUnits.forEach((units, index) => {
    y = relu(denseLayer(dropped(y, scope, `dense.${index}`, settings, dropout), scope.scope(`dense.${index}`), units));
  });
  const logits = denseLayer(dropped(y, scope, "fc", settings, dropout), scope.scope("fc"), 1, {
    initial: fanInUniform,
  });
  return { logits: reshape(logits, [samples]), map };
}

function dropped(x: Tensor, scope: Scope, layer: string, settings: Cnn3dSettings, dropout: Dropout): Tensor {
  const mask = dropout.mask(scope.scope(layer), "mask", x.shape, settings.denseDropout);
  return mask === undefined ? x : multiply(x, mask);
}
