/**
 * Convolution by the CPU's blocked kernels.
 *
 * ONNX Runtime has direct convolution kernels that want channels in blocks (NCHWc, the block 8 or 16 wide) and uses
 * them itself only where the filter is a constant. In training it never is, so the nodes of its own domain
 * com.microsoft.nchwc are written here: x and the filter are reordered, which is cheap, convolved and ordered back.
 * Reached a third more speed than `Conv` and twice that of `ConvTranspose` (bench/NOTES.md).
 *
 * Layouts: x [n, c / b, h, w, b]; filter [k / b, c / b, kh, kw, b of c, b of k], or [k / b, c, kh, kw, b of k] where x
 * has fewer channels than a block and stays as it is.
 */
import { type KernelWriter, numElements } from "../tensor.ts";
import { type ConvAttributes, type Window, windowAttributes } from "./window.ts";

const domain = "com.microsoft.nchwc";

/** [n, block, s] to [n, s, block], `n s block` numbers seen as such: what reordering an input of one block does. */
function interleave(write: KernelWriter, x: string, count: number, block: number, spatial: number): string {
  if (spatial === 1) return x;
  const seen = write.node("Reshape", [x, write.integers([count, block, spatial, 1])]);
  return write.node(`ReorderInput@${domain}`, [seen]);
}

function orderedFilter(write: KernelWriter, filter: string, shape: readonly number[], block: number): string {
  const [outputs, inputs] = [shape[0]!, shape[1]!];
  const window = numElements(shape.slice(2));
  const inner = inputs < block ? filter : interleave(write, filter, (outputs * inputs) / block, block, window);
  const outer = interleave(write, inner, outputs / block, block, inputs * window);
  return write.node("Reshape", [outer, write.integers(shape)]);
}

/** The filter of the adjoint: inputs and outputs exchanged within each group, taps in opposite order; blocked. */
function turnedFilter(
  write: KernelWriter,
  filter: string,
  { filter: shape, groups }: ConvAttributes,
  block: number,
): string {
  const [outputs, inputs] = [shape[0]! / groups, shape[1]!];
  const window = numElements(shape.slice(2));
  const blocks = (groups * outputs * inputs) / (block * block);
  const ordered = orderedFilter(write, filter, shape, block);
  const exchanged = interleave(write, ordered, blocks * window, block, block);
  const tapsApart = write.node("Reshape", [
    exchanged,
    write.integers([groups, outputs / block, inputs / block, window, block * block]),
  ]);
  const backwards = Array.from({ length: window }, (_, tap) => window - 1 - tap);
  const reversed =
    window === 1 ? tapsApart : write.node("Gather", [tapsApart, write.integers(backwards)], { axis: 3n });
  const turned = write.node("Transpose", [reversed], { perm: [0n, 2n, 1n, 3n, 4n] });
  return write.node("Reshape", [turned, write.integers([groups * inputs, outputs, ...shape.slice(2)])]);
}

interface BlockedCall {
  readonly window: Window;
  readonly groups: number;
  /** Channels of x and of the result. */
  readonly inputs: number;
  readonly outputs: number;
}

function fits({ window, groups, inputs, outputs }: BlockedCall, block: number): boolean {
  if (block === 0 || window.kernel.length !== 2 || outputs % block !== 0) return false;
  if (groups === 1) return inputs < block || inputs % block === 0;
  return (inputs / groups) % block === 0 && (outputs / groups) % block === 0;
}

function convolve(write: KernelWriter, x: string, filter: string, call: BlockedCall, block: number): string {
  const ordered = call.inputs < block ? x : write.node(`ReorderInput@${domain}`, [x]);
  const y = write.node(`Conv@${domain}`, [ordered, filter], {
    ...windowAttributes(call.window),
    group: BigInt(call.groups),
  });
  return write.node(`ReorderOutput@${domain}`, [y], { channels: BigInt(call.outputs) });
}

/** The product, or undefined where the blocked kernels do not apply. */
export function blockedConv(
  write: KernelWriter,
  x: string,
  filter: string,
  { window, groups, input, filter: shape }: ConvAttributes,
): string | undefined {
  const block = write.nchwcBlock;
  const call = { window, groups, inputs: input[1]!, outputs: shape[0]! };
  if (!fits(call, block)) return undefined;
  return convolve(write, x, orderedFilter(write, filter, shape, block), call, block);
}

/** The adjoint toward the input where all strides are one: a convolution with the turned filter. */
export function blockedConvInputGrad(
  write: KernelWriter,
  dy: string,
  filter: string,
  attributes: ConvAttributes,
): string | undefined {
  const { window, groups, input, filter: shape } = attributes;
  const reach = window.kernel.map((size, axis) => (size - 1) * window.dilations[axis]!);
  const turned: Window = {
    ...window,
    before: window.before.map((amount, axis) => reach[axis]! - amount),
    after: window.after.map((amount, axis) => reach[axis]! - amount),
  };
  const call = { window: turned, groups, inputs: shape[0]!, outputs: input[1]! };
  const block = write.nchwcBlock;
  const possible =
    window.strides.every((stride) => stride === 1) &&
    [...turned.before, ...turned.after].every((amount) => amount >= 0);
  if (!possible || !fits(call, block) || call.inputs < block) return undefined;
  return convolve(write, dy, turnedFilter(write, filter, attributes, block), call, block);
}
