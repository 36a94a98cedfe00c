/**
 * Learning rates over time, as plain functions of the step (0 for the first).
 *
 *     const rate = cosineSchedule({ peak: 1e-2, warmUp: 10_000, total: 600_000 });
 *     await step.run(batch, { learningRate: rate(index) });
 */
import { UsageError } from "../../errors.ts";

export type Schedule = (step: number) => number;

export function constantSchedule(rate: number): Schedule {
  return () => rate;
}

export interface CosineOptions {
  readonly peak: number;
  /** Steps of linear rise from zero. Default 0. */
  readonly warmUp?: number;
  /** The step at which the lowest rate is reached, counted from the start. */
  readonly total: number;
  /** Default 0. */
  readonly lowest?: number;
}

/** Linear rise, then half a cosine down. Loshchilov & Hutter 2017. @throws UsageError option-invalid */
export function cosineSchedule({ peak, warmUp = 0, total, lowest = 0 }: CosineOptions): Schedule {
  if (!(warmUp >= 0 && total > warmUp)) {
    throw new UsageError(
      "option-invalid",
      `a cosine schedule of ${total} steps leaves no room after ${warmUp} of warm-up`,
    );
  }
  return (step) => {
    if (step < warmUp) return (peak * (step + 1)) / warmUp;
    const share = Math.min(1, (step - warmUp) / (total - warmUp));
    return lowest + (peak - lowest) * 0.5 * (1 + Math.cos(Math.PI * share));
  };
}

export interface StepOptions {
  readonly initial: number;
  /** Steps between two drops. */
  readonly every: number;
  /** What the rate is multiplied by at each drop. Default 0.1. */
  readonly factor?: number;
}

/** Constant pieces, each `factor` times the one before. @throws UsageError option-invalid */
export function stepSchedule({ initial, every, factor = 0.1 }: StepOptions): Schedule {
  if (!(every >= 1)) throw new UsageError("option-invalid", `the rate must drop every 1 or more steps, not ${every}`);
  return (step) => initial * factor ** Math.floor(step / every);
}
