import fc from "fast-check";
import { expect, it } from "vitest";
import { fromHalf, toHalf } from "./float16.ts";

const roundTrip = (values: readonly number[]) => {
  const back = new Float32Array(values.length);
  fromHalf(toHalf(Float32Array.from(values)), back);
  return [...back];
};

it("keeps every float16 exactly, the smallest and the largest included", () => {
  const values = [0, 1, -1, 0.5, 65504, -65504, 2 ** -24, 2 ** -14, 1 + 2 ** -10, Infinity, -Infinity];
  expect(roundTrip(values)).toEqual(values);
  expect(roundTrip([NaN])[0]).toBeNaN();
});

it("rounds to the nearest float16, ties to even, and overflows to infinity", () => {
  expect(roundTrip([1 + 2 ** -11, 1 + 3 * 2 ** -11, 65519, 65520, 2 ** -25, 3 * 2 ** -25])).toEqual([
    1,
    1 + 2 ** -9,
    65504,
    Infinity,
    0,
    2 ** -23,
  ]);
  fc.assert(
    fc.property(fc.float({ min: -65000, max: 65000, noNaN: true }), (value) => {
      const [half] = roundTrip([value]);
      expect(Math.abs(half! - value)).toBeLessThanOrEqual(Math.max(Math.abs(value) * 2 ** -11, 2 ** -25));
    }),
  );
});
