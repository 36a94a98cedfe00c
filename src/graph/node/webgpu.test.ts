import { existsSync } from "node:fs";
import { expect, it } from "vitest";
import {
  adam,
  batchNorm,
  convLayer,
  crossEntropy,
  denseLayer,
  Graph,
  globalAveragePool,
  maxPool,
  mean,
  type Runtime,
  relu,
  trainingStep,
} from "../index.ts";
import { createRuntime } from "./index.ts";

/** A software Vulkan that Debian's chromium brings, and the loader it needs. */
const driver = "/usr/lib/chromium/vk_swiftshader_icd.json";
const loader = ["/usr/lib/x86_64-linux-gnu/libvulkan.so.1", "/usr/lib/aarch64-linux-gnu/libvulkan.so.1"].find(
  existsSync,
);
const available = loader !== undefined && existsSync(driver);
if (!available) console.warn("skipped: training on WebGPU needs libvulkan1 and chromium's software Vulkan");

/** Losses and weights of two steps on noise made from sines. */
async function train(runtime: Runtime): Promise<{ losses: number[]; weights: Map<string, Float32Array> }> {
  const graph = new Graph({ training: true, seed: 3 });
  const x = graph.input("x", [2, 2, 8, 8]);
  const y = graph.input("y", [2], "int32");
  const convolved = convLayer(x, graph.scope("conv"), 4, [3, 3], { padding: 1 });
  const pooled = maxPool(relu(batchNorm(convolved, graph.scope("bn"))), [3, 3], { stride: 2, padding: 1 });
  const features = relu(convLayer(pooled, graph.scope("conv2"), 4, [3, 3], { stride: 2, padding: 1, bias: true }));
  const loss = mean(crossEntropy(denseLayer(globalAveragePool(features), graph.scope("fc"), 2), y));
  const step = await trainingStep(runtime, graph, { loss, optimiser: adam() });
  const losses: number[] = [];
  for (let index = 0; index < 2; index++) {
    const images = Float32Array.from({ length: x.size }, (_, at) => Math.sin(at * (index + 1)));
    losses.push((await step.run({ x: images, y: Int32Array.of(0, 1) }, { learningRate: 1e-2 })).loss);
  }
  const weights = step.weights();
  await step.release();
  return { losses, weights };
}

it.skipIf(!available)("a network trains on WebGPU as it does on the CPU", { timeout: 300_000 }, async () => {
  process.env.VK_DRIVER_FILES ??= driver;
  const onGpu = await train(await createRuntime({ device: "webgpu" }));
  const onCpu = await train(await createRuntime({ device: "cpu", threads: 1 }));
  onCpu.losses.forEach((loss, index) => {
    expect(onGpu.losses[index]).toBeCloseTo(loss, 4);
  });
  for (const [name, values] of onCpu.weights) {
    const largest = Math.max(...values.map(Math.abs));
    values.forEach((value, index) => {
      expect(Math.abs(onGpu.weights.get(name)![index]! - value), name).toBeLessThan(1e-3 * largest + 1e-6);
    });
  }
});
