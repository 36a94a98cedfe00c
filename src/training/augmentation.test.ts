import fc from "fast-check";
import { expect, test } from "vitest";
import { Random } from "../random.ts";
import { type Augmentation, type Change, changeOutline, changeStack, drawChange } from "./augmentation.ts";

const none: Augmentation = { flip: 0, rotation: 0, scale: 0, translation: 0, shift: 0 };
const wide: Augmentation = { flip: 0.5, rotation: 45, scale: 0.5, translation: 20, shift: 8 };

test("a drawn change keeps angles and turns: it is a rotation with one scale for both axes, mirrored or not", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 100_000 }), (seed) => {
      const [a, b, c, d] = drawChange(wide, new Random(seed, "test")).map;
      expect(a * b + c * d).toBeCloseTo(0, 12);
      expect(a * c + b * d).toBeCloseTo(0, 12);
      expect(a * a + c * c).toBeCloseTo(b * b + d * d, 12);
      expect(Math.hypot(a, c)).toBeGreaterThanOrEqual(1 / 1.5 - 1e-9);
      expect(Math.hypot(a, c)).toBeLessThanOrEqual(1 / 0.5 + 1e-9);
    }),
  );
});

test("mirrored or not is the sign of the determinant, and as often as asked for", () => {
  const determinant = (flip: number, seed: number) => {
    const [a, b, c, d] = drawChange({ ...wide, flip }, new Random(seed, "test")).map;
    return a * d - b * c;
  };
  for (let seed = 0; seed < 50; seed++) {
    expect(determinant(0, seed)).toBeGreaterThan(0);
    expect(determinant(1, seed)).toBeLessThan(0);
  }
});

test("columns move by e and rows by f, in the slab and in its outline alike", () => {
  const side = 16;
  const stack = new Uint8Array(side * side);
  stack[5 * side + 9] = 200;
  const moved = (map: Change["map"]) => {
    const out = new Uint8ClampedArray(side * side);
    changeStack(stack, 1, side, { map, shift: 0 }, out);
    const outline = changeOutline(
      stack.map((value) => Number(value > 0)),
      side,
      { map, shift: 0 },
    );
    return { at: out.indexOf(200), inOutline: outline[out.indexOf(200)] };
  };
  expect(moved([1, 0, 0, 1, 0, 0])).toEqual({ at: 5 * side + 9, inOutline: 1 });
  // Source column = x + 3: what is at column 9 comes to column 6.
  expect(moved([1, 0, 0, 1, 3, 0])).toEqual({ at: 5 * side + 6, inOutline: 1 });
  expect(moved([1, 0, 0, 1, 0, 3])).toEqual({ at: 2 * side + 9, inOutline: 1 });
});

test("a quarter turn takes a pixel right of the centre below or above it, not beside", () => {
  const side = 17;
  const stack = new Uint8Array(side * side);
  stack[8 * side + 13] = 200;
  const out = new Uint8ClampedArray(side * side);
  changeStack(stack, 1, side, { map: [0, -1, 1, 0, 0, 0], shift: 0 }, out);
  // Source column = -y, so column 13 (x = 5) is read at y = -5: row 3, column 8.
  expect(out.indexOf(200)).toBe(3 * side + 8);
});

test("without settings nothing changes but the border, which is air", () => {
  const side = 8;
  const stack = Uint8Array.from({ length: side * side }, (_, index) => index + 1);
  const out = new Uint8ClampedArray(side * side);
  changeStack(stack, 1, side, drawChange(none, new Random(1, "test")), out);
  expect(out[3 * side + 4]).toBe(3 * side + 5);
});
