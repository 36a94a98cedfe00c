import { describe, expect, it } from "vitest";
import { constantSchedule, cosineSchedule, stepSchedule } from "./schedules.ts";

describe("a schedule of the learning rate", () => {
  it("stays where it is when constant", () => {
    const rate = constantSchedule(1e-4);
    expect([0, 1, 1e6].map(rate)).toEqual([1e-4, 1e-4, 1e-4]);
  });

  it("rises in a line to its peak and falls along half a cosine to its lowest", () => {
    const rate = cosineSchedule({ peak: 1, warmUp: 4, total: 12, lowest: 0.2 });
    expect([0, 1, 2, 3].map(rate)).toEqual([0.25, 0.5, 0.75, 1]);
    expect(rate(4)).toBe(1);
    expect(rate(6)).toBeCloseTo(0.2 + 0.8 * 0.5 * (1 + Math.SQRT1_2), 12);
    expect(rate(8)).toBeCloseTo(0.6, 12);
    expect(rate(12)).toBeCloseTo(0.2, 12);
    expect(rate(1000)).toBeCloseTo(0.2, 12);
  });

  it("starts at the peak without warm-up and ends at zero unless told otherwise", () => {
    const rate = cosineSchedule({ peak: 3e-3, total: 10 });
    expect(rate(0)).toBe(3e-3);
    expect(rate(10)).toBeCloseTo(0, 12);
  });

  it("drops by its factor after every so many steps", () => {
    const rate = stepSchedule({ initial: 1, every: 3, factor: 0.5 });
    expect([0, 1, 2, 3, 4, 5, 6].map(rate)).toEqual([1, 1, 1, 0.5, 0.5, 0.5, 0.25]);
    expect(stepSchedule({ initial: 1, every: 1 })(2)).toBeCloseTo(0.01, 12);
  });

  it("is refused when its warm-up leaves no room or it drops more often than every step", () => {
    expect(() => cosineSchedule({ peak: 1, warmUp: 10, total: 10 })).toThrow("leaves no room");
    expect(() => stepSchedule({ initial: 1, every: 0 })).toThrow("every 1 or more steps");
  });
});
