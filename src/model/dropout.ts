/**
 * Dropout whose masks come from outside the graph, so that the same seed drops the same units on every device and in
 * a resumed run.
 *
 *     const dropout = new Dropout();
 *     const mask = dropout.mask(scope, "dropout", [n, 6912], 0.5);          // an input of the graph, or undefined
 *     const inputs = drawMasks(dropout.requests, new Random(seed, "dropout", step));
 */
import { numElements, type Scope, type Shape, type Tensor } from "../graph/index.ts";
import type { Random } from "../random.ts";

/** An input of a training graph that must be filled with a fresh mask at every step. */
export interface MaskRequest {
  /** The input's full name. */
  readonly name: string;
  readonly shape: Shape;
  /** The share of entries that are 0; from 0 to 1. */
  readonly rate: number;
  /** The value of the others. */
  readonly kept: number;
}

/** Collects the masks a network asks for while its graph is built. */
export class Dropout {
  readonly #requests: MaskRequest[] = [];

  get requests(): readonly MaskRequest[] {
    return this.#requests;
  }

  /**
   * A mask of 0 and 1 / (1 - rate), which leaves the expected value as it was (inverted scaling).
   * @returns an input of the graph; undefined where nothing is dropped: at rate 0 and outside training
   */
  mask(scope: Scope, name: string, shape: Shape, rate: number): Tensor | undefined {
    return this.#request(scope, name, shape, rate, 1 / (1 - rate));
  }

  /** A mask of 0 and 1: what is skipped as a whole and not made up for (stochastic depth). */
  survival(scope: Scope, name: string, shape: Shape, rate: number): Tensor | undefined {
    return this.#request(scope, name, shape, rate, 1);
  }

  #request(scope: Scope, name: string, shape: Shape, rate: number, kept: number): Tensor | undefined {
    if (!scope.training || rate === 0) return undefined;
    const mask = scope.input(name, shape);
    if (mask.producer.kind === "input") this.#requests.push({ name: mask.producer.name, shape, rate, kept });
    return mask;
  }
}

/** Fresh masks for one step. */
export function drawMasks(requests: readonly MaskRequest[], random: Random): Record<string, Float32Array> {
  return Object.fromEntries(
    requests.map(({ name, shape, rate, kept }) => [
      name,
      Float32Array.from({ length: numElements(shape) }, () => (random.chance(rate) ? 0 : kept)),
    ]),
  );
}
