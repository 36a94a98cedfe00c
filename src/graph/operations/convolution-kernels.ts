/**
 * How the three convolution rows become ONNX nodes. bench/NOTES.md has the measurements behind each choice.
 *
 * On a CPU with blocked kernels (see blocked-convolution.ts) the product and its adjoint toward the input use those
 * where the runtime does not choose them itself; elsewhere ONNX's own operations. The adjoint toward the filter is made
 * of matrix products (see filter-derivative.ts).
 */
import type { KernelArguments, KernelWriter } from "../tensor.ts";
import { blockedConv, blockedConvInput } from "./blocked-convolution.ts";
import { filterDerivative } from "./filter-derivative.ts";
import { type ConvAttributes, outputPadding, windowAttributes } from "./window.ts";
import { type Tile, winogradConv, winogradConvFilter, winogradConvInput, winogradTile } from "./winograd.ts";

type Kernel = (call: KernelArguments<ConvAttributes>) => readonly string[];

function tileOfMaps({ block, constantWeights }: KernelWriter, attributes: ConvAttributes): Tile | undefined {
  return block > 0 ? winogradTile(attributes, constantWeights ? "constantMaps" : "maps") : undefined;
}

export const convKernel: Kernel = ({ write, names, attributes }) => {
  const { window, groups } = attributes;
  const tile = tileOfMaps(write, attributes);
  if (tile !== undefined) return [winogradConv(write, names, attributes, tile)];
  const blocked = write.constantWeights ? undefined : blockedConv(write, names[0]!, names[1]!, attributes);
  return [blocked ?? write.node("Conv", names, { ...windowAttributes(window), group: BigInt(groups) })];
};

/** The adjoint toward the input: `names` are dy and the filter. */
export const convInputKernel: Kernel = ({ write, names, attributes }) => {
  const { window, groups, input } = attributes;
  const tile = tileOfMaps(write, attributes);
  if (tile !== undefined) return [winogradConvInput(write, names, attributes, tile)];
  const blocked = write.constantWeights ? undefined : blockedConvInput(write, names[0]!, names[1]!, attributes);
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
export const convFilterKernel: Kernel = ({ write, names, attributes }) => {
  const tile = write.block > 0 ? winogradTile(attributes, "filter") : undefined;
  if (tile !== undefined) return [winogradConvFilter(write, names, attributes, tile)];
  return [filterDerivative(write, names[0]!, names[1]!, attributes)];
};
