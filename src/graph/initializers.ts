/**
 * How a parameter starts. An initial value is a function, so weights that a file replaces are never drawn.
 *
 *     graph.parameter("conv1.weight", [64, 5, 7, 7], { initial: kaimingNormal });
 *
 * Every parameter draws from its own stream, named after it: adding one does not change another.
 */
import type { Random } from "../random.ts";
import { numElements, type Shape } from "./tensor.ts";

/** Row-major float32 values of the shape. */
export type Initializer = (shape: Shape, random: Random) => Float32Array;

export function filledWith(value: number): Initializer {
  return (shape) => new Float32Array(numElements(shape)).fill(value);
}

export const zeros: Initializer = filledWith(0);
export const ones: Initializer = filledWith(1);

/** Values known beforehand, for instance the gates of a bias. */
export function fromValues(values: readonly number[] | Float32Array): Initializer {
  return () => Float32Array.from(values);
}

function draw(shape: Shape, next: () => number): Float32Array {
  const values = new Float32Array(numElements(shape));
  // A loop takes half the time of Float32Array.from, and there may be eleven million values.
  for (let at = 0; at < values.length; at++) values[at] = next();
  return values;
}

/** Inputs and outputs of one unit of [out, in, ...window]. */
function fans(shape: Shape): { fanIn: number; fanOut: number } {
  const window = numElements(shape.slice(2));
  return { fanIn: (shape[1] ?? 1) * window, fanOut: shape[0]! * window };
}

/** Normal with variance 2 / fan-out: torchvision's ResNets. He et al. 2015. */
export const kaimingNormal: Initializer = (shape, random) => {
  const deviation = Math.sqrt(2 / fans(shape).fanOut);
  return normal(deviation)(shape, random);
};

/** Uniform within sqrt(6 / (fan-in + fan-out)): Keras's default. Glorot & Bengio 2010. */
export const glorotUniform: Initializer = (shape, random) => {
  const { fanIn, fanOut } = fans(shape);
  const limit = Math.sqrt(6 / (fanIn + fanOut));
  return draw(shape, () => random.uniform(-limit, limit));
};

/** Uniform within 1 / sqrt(fan-in): PyTorch's default for dense layers and convolutions. */
export const fanInUniform: Initializer = (shape, random) => {
  const limit = 1 / Math.sqrt(fans(shape).fanIn);
  return draw(shape, () => random.uniform(-limit, limit));
};

export function normal(deviation: number): Initializer {
  return (shape, random) => {
    const values = new Float32Array(numElements(shape));
    random.fillNormal(values, deviation);
    return values;
  };
}

/**
 * Rows (or columns, where there are fewer) orthonormal, the shape seen as a matrix [first, rest]: Keras's start of
 * recurrent kernels. Saxe et al. 2013. Modified Gram-Schmidt on normal draws, twice for orthogonality to rounding.
 */
export const orthogonal: Initializer = (shape, random) => {
  const rows = shape[0]!;
  const columns = numElements(shape) / rows;
  const [count, length] = [Math.min(rows, columns), Math.max(rows, columns)];
  const vectors = Array.from({ length: count }, () => Float64Array.from({ length }, () => random.normal()));
  // Plain loops: with a closure an element, a recurrent kernel of stage II took three seconds.
  vectors.forEach((vector, index) => {
    for (let pass = 0; pass < 2; pass++) {
      for (let other = 0; other < index; other++) {
        const earlier = vectors[other]!;
        const share = dot(vector, earlier);
        for (let at = 0; at < length; at++) vector[at]! -= share * earlier[at]!;
      }
      const norm = Math.sqrt(dot(vector, vector));
      for (let at = 0; at < length; at++) vector[at]! /= norm;
    }
  });
  const values = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      values[row * columns + column] = rows <= columns ? vectors[row]![column]! : vectors[column]![row]!;
    }
  }
  return values;
};

function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let at = 0; at < a.length; at++) total += a[at]! * b[at]!;
  return total;
}
