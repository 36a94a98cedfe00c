import { describe, expect, it } from "vitest";
import { Graph } from "../graph.ts";
import { batchNorm, convLayer, groupNorm } from "../layers.ts";
import { constant, type Shape, type Tensor } from "../tensor.ts";
import * as op from "./index.ts";

const graph = new Graph();
let inputs = 0;
const float = (...shape: number[]): Tensor => graph.input(`float${inputs++}`, shape);
const whole = (...shape: number[]): Tensor => graph.input(`whole${inputs++}`, shape, "int32");
const normalisation = { scale: float(3), shift: float(3), epsilon: 1 };

describe("a bias", () => {
  it.each<[string, () => Tensor]>([
    ["one output, eight values", () => op.conv(float(1, 2, 5, 5), float(1, 2, 3, 3), { bias: float(8) })],
    ["four outputs, one value", () => op.conv(float(1, 2, 5, 5), float(4, 2, 3, 3), { bias: float(1) })],
    ["another rank", () => op.conv(float(1, 2, 5, 5), float(4, 2, 3, 3), { bias: float(4, 1) })],
    ["a transposed convolution", () => op.convTranspose(float(1, 2, 5, 5), float(2, 4, 3, 3), { bias: float(2) })],
    ["a dense layer", () => op.dense(float(4, 2), float(1, 2), float(3))],
  ])("that has not one value an output is refused: %s", (_, build) => {
    expect(build).toThrow(expect.objectContaining({ code: "shape-mismatch", exitCode: 2 }));
  });

  it("of a transposed convolution in groups has a value for each output of each group", () => {
    const bias = float(6);
    expect(op.convTranspose(float(1, 4, 5, 5), float(4, 3, 3, 3), { groups: 2, bias }).shape).toEqual([1, 6, 7, 7]);
  });
});

describe("an impossible setting", () => {
  const transposed = (options: op.ConvTransposeOptions) => () =>
    op.convTranspose(float(1, 1, 3, 3), float(1, 1, 2, 2), options);
  it.each<[string, () => unknown]>([
    ["an output padding as large as the stride", transposed({ stride: 2, outputPadding: 2 })],
    ["an output padding without a stride", transposed({ outputPadding: 1 })],
    ["an output padding below zero", transposed({ stride: 2, outputPadding: -1 })],
    ["padding that leaves a negative size", transposed({ stride: 2, padding: 4 })],
    ["padding that leaves nothing", transposed({ padding: 2 })],
    ["groups that do not divide the channels", () => convLayer(float(1, 5, 8, 8), graph, 4, [3, 3], { groups: 2 })],
    ["half a group", () => op.conv(float(1, 4, 5, 5), float(4, 8, 3, 3), { groups: 0.5 })],
    ["pieces of negative size", () => op.split(float(4), [5, -1], 0)],
    ["pieces of broken size", () => op.split(float(4), [1.5, 2.5], 0)],
    ["an axis named twice in a sum", () => op.sum(float(2, 3), [1, -1])],
    ["an axis named twice in a maximum", () => op.max(float(2, 3), [0, 0])],
    ["an axis named twice in a mean", () => op.mean(float(2, 3), [-1, 1])],
    ["a pool padded by its window", () => op.maxPool(float(1, 1, 4, 4), [2, 2], { padding: 2 })],
    ["a mean of padding alone", () => op.averagePool(float(1, 1, 4, 4), [1, 1], { padding: 1, countPadding: false })],
    ["a wide pool's own padding", () => op.maxPool(float(1, 1, 8, 8), [2, 2], { padding: "same", dilation: 3 })],
    ["a pool over four axes", () => op.maxPool(float(1, 2, 4, 4, 4, 4), [2, 2, 2, 2])],
    ["moments without channels", () => op.channelMoments(float(4))],
    ["batch normalisation without channels", () => batchNorm(float(4), graph)],
    ["group normalisation without channels", () => groupNorm(float(4), graph, 2)],
    ["a share of a group", () => op.normaliseGroups(float(1, 3, 2), 1.5, normalisation)],
    ["indices of another shape", () => op.scatterAdd(float(3, 2, 5), constant(new Int32Array(6), [2, 3]), 0, 4)],
    ["indices beyond the last axis", () => op.scatterAdd(float(3), constant(new Int32Array(3)), 1, 4)],
    ["a broken part", () => op.slice(float(4), { 0: [0.5, 2.5] })],
    ["a broken frame", () => op.pad(float(4), { 0: [0.5, 0] })],
    ["a broken size", () => op.resizeBilinear(float(1, 1, 4, 4), [2.5, 3])],
    ["no size", () => op.resizeBilinear(float(1, 1, 4, 4), [0, 3])],
    ["repetitions that are none", () => op.repeat(float(4), 0, 0)],
    ["two negative dimensions", () => op.reshape(float(6), [-2, -3])],
    ["a broken dimension", () => float(2.5, 3)],
    ["a negative dimension", () => float(2, -3)],
  ])("is refused where it is written: %s", (_, build) => {
    expect(build).toThrow(expect.objectContaining({ code: "shape-mismatch", exitCode: 2 }));
  });

  it.each<[string, () => unknown]>([
    ["softmax", () => op.softmax(whole(2, 3))],
    ["logSoftmax", () => op.logSoftmax(whole(2, 3))],
    ["scaleChannels", () => op.scaleChannels(whole(2, 3, 4), float(3), float(3))],
    ["channelMoments", () => op.channelMoments(whole(2, 3, 4))],
    ["convTranspose", () => op.convTranspose(whole(1, 1, 3, 3), float(1, 1, 2, 2))],
    ["conv", () => op.conv(float(1, 1, 3, 3), whole(1, 1, 2, 2))],
    ["scatterAdd", () => op.scatterAdd(float(3), float(3), 0, 4)],
  ])("of another kind of number is refused where it is written: %s", (_, build) => {
    expect(build).toThrow(expect.objectContaining({ code: "type-mismatch", exitCode: 2 }));
  });

  it("takes nothing from a possible one beside it", () => {
    const sizes: readonly [Tensor, Shape][] = [
      [op.convTranspose(float(1, 1, 3, 3), float(1, 1, 2, 2), { stride: 2, outputPadding: 1 }), [1, 1, 7, 7]],
      [op.maxPool(float(1, 1, 4, 4), [3, 3], { padding: 2 }), [1, 1, 6, 6]],
      [op.scatterAdd(float(2, 3), constant(Int32Array.of(0, 1, 1)), -1, 4), [2, 4]],
      [op.scatterAdd(float(2, 3, 5), constant(new Int32Array(6), [2, 3]), 0, 4), [4, 5]],
      [op.sum(float(2, 3), []), [2, 3]],
      [op.split(float(4), [4, 0], 0)[1]!, [0]],
    ];
    for (const [tensor, shape] of sizes) expect(tensor.shape).toEqual(shape);
  });
});
