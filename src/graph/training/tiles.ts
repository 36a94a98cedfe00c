/**
 * Large parameters in pieces, as the optimiser takes them.
 *
 *     tilesOf("fc.weight", 200_000, 131_072);     // fc.weight[0] of 131,072 values and fc.weight[1] of the rest
 *
 * An update is ten passes or so over a parameter, its slots and its gradient. Whole, each pass fetches them from memory
 * again; piece by piece they stay in a core's cache from the first pass to the last. Pieces are seen in the same memory
 * as the whole, so nothing is copied.
 */

/** A part of named values, under a name of its own. */
export interface ParameterTile {
  readonly name: string;
  readonly start: number;
  readonly length: number;
}

/** Values a piece: with slots, gradient and what lies between they fill some three megabytes. */
export const cachedValues = 131_072;

/** The pieces of `size` values; the whole under its own name where it is no longer than `longest`. */
export function tilesOf(name: string, size: number, longest: number): readonly ParameterTile[] {
  if (size <= longest) return [{ name, start: 0, length: size }];
  return Array.from({ length: Math.ceil(size / longest) }, (_, index) => {
    const start = index * longest;
    return { name: `${name}[${index}]`, start, length: Math.min(longest, size - start) };
  });
}

const views = new WeakMap<Float32Array, Map<number, Float32Array>>();

/** The piece of the values, sharing their memory; the same array each time it is asked for. */
export function tileView(values: Float32Array, { start, length }: ParameterTile): Float32Array {
  if (length === values.length) return values;
  const known = views.get(values) ?? new Map<number, Float32Array>();
  const view = known.get(start) ?? values.subarray(start, start + length);
  views.set(values, known.set(start, view));
  return view;
}
