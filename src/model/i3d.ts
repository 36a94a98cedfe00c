/**
 * The inflated Inception trunk of I3D: [n, 3, t, h, w] -> [n, 1024, t / 8, h / 32, w / 32].
 *
 *     const { map } = i3dTrunk(x, scope, { width: 64, normalisation: kerasNormalisation });
 *
 * Carreira & Zisserman 2017, "Quo vadis, action recognition?", figure 3, with SAME padding throughout;
 * docs/method.md#3d-cnn. Names are those of the common PyTorch checkpoints, so that weights trained on Kinetics load.
 */
import {
  batchNorm,
  concat,
  conv,
  convLayer,
  kaimingNormal,
  maxPool,
  relu,
  type Scope,
  sum,
  type Tensor,
} from "../graph/index.ts";
import type { NormalisationSettings } from "./normalisation.ts";

export interface I3dSettings {
  /** Channels after the first convolution, 64 in I3D; all others follow in proportion. */
  readonly width: number;
  readonly normalisation: NormalisationSettings;
}

/** Channels of a mixed block: 1^3 | 1^3 then 3^3 | 1^3 then 3^3 | max-pool then 1^3. */
type Mixed = readonly [number, readonly [number, number], readonly [number, number], number];

const mixed: Readonly<Record<string, Mixed>> = {
  Mixed_3b: [64, [96, 128], [16, 32], 32],
  Mixed_3c: [128, [128, 192], [32, 96], 64],
  Mixed_4b: [192, [96, 208], [16, 48], 64],
  Mixed_4c: [160, [112, 224], [24, 64], 64],
  Mixed_4d: [128, [128, 256], [24, 64], 64],
  Mixed_4e: [112, [144, 288], [32, 64], 64],
  Mixed_4f: [256, [160, 320], [32, 128], 128],
  Mixed_5b: [256, [160, 320], [32, 128], 128],
  Mixed_5c: [384, [192, 384], [48, 128], 128],
};

/** I3D's first convolution. */
const fullWidth = 64;

/** A count of I3D's channels at another width, never none. */
const scaled = (channels: number, { width }: I3dSettings): number =>
  Math.max(1, Math.round((channels * width) / fullWidth));

/** Convolution without bias, batch norm, ReLU. */
function unit(x: Tensor, scope: Scope, channels: number, size: number, stride: number, settings: I3dSettings): Tensor {
  const options = { stride, padding: "same" } as const;
  const y = convLayer(x, scope.scope("conv3d"), scaled(channels, settings), [size, size, size], options);
  return relu(batchNorm(y, scope.scope("bn"), settings.normalisation));
}

/** The colours that I3D's first filters were made for. */
const colours = 3;

/** The first unit. One channel stands for all three: through the filters' sum it costs a third. */
function stem(x: Tensor, scope: Scope, settings: I3dSettings): Tensor {
  if (x.shape[1] !== 1) return unit(x, scope, fullWidth, 7, 2, settings);
  const shape = [scaled(fullWidth, settings), colours, 7, 7, 7];
  const weight = scope.parameter("conv3d.weight", shape, { initial: kaimingNormal });
  const y = conv(x, sum(weight, [1], { keep: true }), { stride: 2, padding: "same" });
  return relu(batchNorm(y, scope.scope("bn"), settings.normalisation));
}

function mixedBlock(x: Tensor, scope: Scope, [b0, b1, b2, b3]: Mixed, settings: I3dSettings): Tensor {
  const step = (input: Tensor, name: string, channels: number, size: number): Tensor =>
    unit(input, scope.scope(name), channels, size, 1, settings);
  const pooled = maxPool(x, [3, 3, 3], { padding: "same" });
  return concat(
    [
      step(x, "b0", b0, 1),
      step(step(x, "b1a", b1[0], 1), "b1b", b1[1], 3),
      step(step(x, "b2a", b2[0], 1), "b2b", b2[1], 3),
      step(pooled, "b3b", b3, 1),
    ],
    1,
  );
}

export interface I3dOutputs {
  /** The last map. */
  readonly map: Tensor;
  /** What every layer computes, under the names the paper's figure and the checkpoints share. */
  readonly layers: ReadonlyMap<string, Tensor>;
}

/** @param x [n, 3, t, h, w], or [n, 1, t, h, w] where all colours are the same */
export function i3dTrunk(x: Tensor, scope: Scope, settings: I3dSettings): I3dOutputs {
  const layers = new Map<string, Tensor>();
  let map = x;
  const keep = (name: string, next: (name: string) => Tensor): void => {
    map = next(name);
    layers.set(name, map);
  };
  const convolve = (channels: number, size: number, stride: number) => (name: string) =>
    unit(map, scope.scope(name), channels, size, stride, settings);
  const pool = (size: readonly number[], stride: readonly number[]) => () =>
    maxPool(map, size, { stride, padding: "same" });
  const mix = (name: string) => mixedBlock(map, scope.scope(name), mixed[name]!, settings);
  keep("Conv3d_1a_7x7", (name) => stem(map, scope.scope(name), settings));
  keep("MaxPool3d_2a_3x3", pool([1, 3, 3], [1, 2, 2]));
  keep("Conv3d_2b_1x1", convolve(64, 1, 1));
  keep("Conv3d_2c_3x3", convolve(192, 3, 1));
  keep("MaxPool3d_3a_3x3", pool([1, 3, 3], [1, 2, 2]));
  for (const name of ["Mixed_3b", "Mixed_3c"]) keep(name, mix);
  keep("MaxPool3d_4a_3x3", pool([3, 3, 3], [2, 2, 2]));
  for (const name of ["Mixed_4b", "Mixed_4c", "Mixed_4d", "Mixed_4e", "Mixed_4f"]) keep(name, mix);
  keep("MaxPool3d_5a_2x2", pool([2, 2, 2], [2, 2, 2]));
  for (const name of ["Mixed_5b", "Mixed_5c"]) keep(name, mix);
  return { map, layers };
}
