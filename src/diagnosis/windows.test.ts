import fc from "fast-check";
import { expect, it } from "vitest";
import { windowStarts } from "./index.ts";

it("windows of native slices lie end to end from the first slice on, and the last one holds the last slice", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 1, max: 60 }), (slices, window) => {
      const starts = windowStarts(slices, window, { slices: "native" });
      expect(starts).toEqual(Array.from({ length: Math.ceil(slices / window) }, (_, index) => index * window));
    }),
  );
});

it("windows of resampled slices end with the scan, and none reaches beyond it where it is long enough", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 1, max: 60 }), (slices, window) => {
      const starts = windowStarts(slices, window);
      expect(starts[0]).toBe(0);
      expect(starts.at(-1)).toBe(Math.max(0, slices - window));
      starts.slice(1).forEach((start, index) => {
        expect(start - starts[index]!).toBeLessThanOrEqual(window);
      });
    }),
  );
});
