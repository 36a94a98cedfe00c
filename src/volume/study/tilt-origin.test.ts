import { expect, test } from "vitest";
import type { Slice } from "./series.ts";
import { buildStack } from "./stack.ts";

/** Slices of an upright plane whose corner moves by so many millimetres a slice, as a tilted gantry's do. */
const sheared = (across: number, down: number): Slice[] =>
  Array.from(
    { length: 6 },
    (_, slice) =>
      ({
        object: { pixels: { columns: 64, rows: 64 } },
        frame: {
          position: [10 + across * slice, 20 + down * slice, 5 * slice],
          orientation: [
            [1, 0, 0],
            [0, 1, 0],
          ],
          pixelSpacing: [2, 2],
          slope: 1,
          intercept: -1024,
        },
      }) as unknown as Slice,
  );

test("a sheared stack begins as far before its first slice's corner as the slices move back, and no further", () => {
  const at = (across: number, down: number) => {
    const stack = buildStack(sheared(across, down), "series").stack!;
    // Adding zero makes a negative zero a positive one.
    const positive = (values: readonly number[]) => values.map((value) => value + 0);
    return { ...stack, origin: positive(stack.origin), margin: positive(stack.margin) };
  };
  // Toward larger x and y: the first slice's corner is the stack's.
  expect(at(1, 0)).toMatchObject({ origin: [10, 20, 0], margin: [0, 0], columns: 67, rows: 64 });
  expect(at(0, 1)).toMatchObject({ origin: [10, 20, 0], margin: [0, 0], columns: 64, rows: 67 });
  // Toward smaller ones: five slices of 1 mm are 2.5 pixels, so 3 pixels of margin.
  expect(at(-1, 0)).toMatchObject({ origin: [4, 20, 0], margin: [3, 0], columns: 67, rows: 64 });
  expect(at(0, -1)).toMatchObject({ origin: [10, 14, 0], margin: [0, 3], columns: 64, rows: 67 });
});
