/**
 * ResNet18's convolutions, under torchvision's names, with an output stride of 16 instead of 32.
 *
 *     const features = resnet18Features(x, scope, settings);   // [n, 5, 384, 384] -> [n, 512, 24, 24]
 *
 * He et al. 2016, "Deep residual learning for image recognition", table 1; the stride is docs/method.md#stage-i.
 */
import { z } from "zod";
import { add, batchNorm, convLayer, maxPool, relu, type Scope, type Tensor } from "../graph/index.ts";
import { normalisationSchema } from "./normalisation.ts";

export const resnet18Schema = z.strictObject({
  /** Channels of the first stage; each later one has twice as many as the one before. ResNet18: 64. */
  width: z.int().min(1).max(256),
  /**
   * What gives a standard ResNet18 an output stride of 16: the last stage walks in single steps, or the max-pool is
   * left out. The paper says only that 384 becomes 24.
   */
  outputStrideFrom: z.enum(["last-stage", "no-max-pool"]),
  normalisation: normalisationSchema,
});

export type ResNet18Settings = z.infer<typeof resnet18Schema>;

/** Pixels of the input to one of the feature map, along each side. */
export const resnet18Stride = 16;

/** How many channels the last feature map has. */
export const resnet18Channels = ({ width }: ResNet18Settings): number => 8 * width;

/** Two 3 x 3 convolutions beside a shortcut. */
function basicBlock(x: Tensor, scope: Scope, channels: number, stride: number, settings: ResNet18Settings): Tensor {
  const { normalisation } = settings;
  let y = convLayer(x, scope.scope("conv1"), channels, [3, 3], { stride, padding: 1 });
  y = relu(batchNorm(y, scope.scope("bn1"), normalisation));
  y = convLayer(y, scope.scope("conv2"), channels, [3, 3], { padding: 1 });
  y = batchNorm(y, scope.scope("bn2"), normalisation);
  return relu(add(y, shortcut(x, scope.scope("downsample"), channels, stride, settings)));
}

/** The input itself, or a 1 x 1 convolution of it where size or channels change. */
function shortcut(x: Tensor, scope: Scope, channels: number, stride: number, settings: ResNet18Settings): Tensor {
  if (stride === 1 && x.shape[1] === channels) return x;
  const y = convLayer(x, scope.scope("0"), channels, [1, 1], { stride });
  return batchNorm(y, scope.scope("1"), settings.normalisation);
}

/** The last feature map, after its activation. @param x [n, channels, h, w] @returns [n, 8 width, h / 16, w / 16] */
export function resnet18Features(x: Tensor, scope: Scope, settings: ResNet18Settings): Tensor {
  const lastStageSteps = settings.outputStrideFrom === "last-stage";
  let y = convLayer(x, scope.scope("conv1"), settings.width, [7, 7], { stride: 2, padding: 3 });
  y = batchNorm(y, scope.scope("bn1"), settings.normalisation);
  // The largest of the activated values is the activated largest value, of which there are a quarter as many.
  if (lastStageSteps) y = maxPool(y, [3, 3], { stride: 2, padding: 1 });
  y = relu(y);
  const strides = [1, 2, 2, lastStageSteps ? 1 : 2];
  strides.forEach((stride, stage) => {
    const channels = settings.width * 2 ** stage;
    y = basicBlock(y, scope.scope(`layer${stage + 1}.0`), channels, stride, settings);
    y = basicBlock(y, scope.scope(`layer${stage + 1}.1`), channels, 1, settings);
  });
  return y;
}
