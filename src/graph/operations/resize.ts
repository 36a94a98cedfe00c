/**
 * Bilinear resizing.
 *
 *     resizeBilinear(mask, [24, 24]);      // [n, c, 384, 384] -> [n, c, 24, 24]
 *
 * Interpolating along an axis is a product with a sparse matrix, so two products do it and their derivative is known.
 * Positions follow the pixel centres (half-pixel, as PyTorch with align_corners=False and ONNX by default).
 */
import { UsageError } from "../../errors.ts";
import { constant, formatShape, type Tensor } from "../tensor.ts";
import { matmul, swapLast } from "./linear.ts";

/** [to, from]: row i holds the weights of the old positions in new position i. */
function interpolation(from: number, to: number): Tensor {
  const weights = new Float32Array(to * from);
  for (let index = 0; index < to; index++) {
    const position = Math.min(Math.max(((index + 0.5) * from) / to - 0.5, 0), from - 1);
    const low = Math.floor(position);
    const high = Math.min(low + 1, from - 1);
    weights[index * from + low]! += 1 - (position - low);
    weights[index * from + high]! += position - low;
  }
  return constant(weights, [to, from]);
}

/** @param x [n, c, h, w] @param size the new [h, w] */
export function resizeBilinear(x: Tensor, size: readonly [number, number]): Tensor {
  if (x.rank !== 4 || !size.every((side) => Number.isInteger(side) && side >= 1)) {
    throw new UsageError("shape-mismatch", `resizeBilinear: ${formatShape(x.shape)} to ${formatShape(size)}`);
  }
  const [height, width] = [x.shape[2]!, x.shape[3]!];
  const rows = height === size[0] ? x : matmul(interpolation(height, size[0]), x);
  return width === size[1] ? rows : matmul(rows, swapLast(interpolation(width, size[1])));
}
