/**
 * How the three convolution operations become ONNX nodes. bench/NOTES.md has the measurements behind each choice.
 *
 * On a CPU with blocked kernels (see blocked-convolution.ts) the product and its adjoint toward the input use those
 * where the runtime does not choose them itself; elsewhere ONNX's own operations. The adjoint toward the filter is made
 * of matrix products (see conv-filter-grad.ts).
 */
import type { KernelArguments, KernelWriter } from "../tensor.ts";
import { blockedConv, blockedConvInputGrad } from "./blocked-convolution.ts";
import { convFilterGrad } from "./conv-filter-grad.ts";
import { type ConvAttributes, outputPadding, windowAttributes } from "./window.ts";
import { type Tile, winogradConv, winogradConvFilterGrad, winogradConvInputGrad, winogradTile } from "./winograd.ts";

type Kernel = (call: KernelArguments<ConvAttributes>) => readonly string[];

function tileOfMaps({ nchwcBlock, constantWeights }: KernelWriter, attributes: ConvAttributes): Tile | undefined {
  return nchwcBlock > 0 ? winogradTile(attributes, constantWeights ? "constantMaps" : "maps") : undefined;
}

export const convKernel: Kernel = ({ write, names, attributes }) => {
  const { window, groups } = attributes;
  const tile = tileOfMaps(write, attributes);
  if (tile !== undefined) return [winogradConv(write, names, attributes, tile)];
  const blocked = write.constantWeights ? undefined : blockedConv(write, names[0]!, names[1]!, attributes);
  return [blocked ?? write.node("Conv", names, { ...windowAttributes(window), group: BigInt(groups) })];
};

/** The adjoint toward the input: `names` are dy and the filter. */
export const convInputGradKernel: Kernel = ({ write, names, attributes }) => {
  const { window, groups, input } = attributes;
  const tile = tileOfMaps(write, attributes);
  if (tile !== undefined) return [winogradConvInputGrad(write, names, attributes, tile)];
  const blocked = write.constantWeights ? undefined : blockedConvInputGrad(write, names[0]!, names[1]!, attributes);
  return [
    blocked ??
      write.node("ConvTranspose", names, {
        ...windowAttributes(window),
        group: BigInt(groups),
        output_padding: outputPadding(window, input.slice(2)),
      }),
  ];
};

/** The adjoint toward the filter: `names` are x and dy. */
export const convFilterGradKernel: Kernel = ({ write, names, attributes }) => {
  const tile = write.nchwcBlock > 0 ? winogradTile(attributes, "filter") : undefined;
  if (tile !== undefined) return [winogradConvFilterGrad(write, names, attributes, tile)];
  return [convFilterGrad(write, names[0]!, names[1]!, attributes)];
};
