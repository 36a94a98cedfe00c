/**
 * How well the slabs or studies of an epoch were told apart.
 *
 *     const tally = new MetricAccumulator();
 *     tally.add({ loss: 0.61, labels: [1, 0], scores: [0.8, 0.3], more: { attentionDice: [0.2] } });
 *     tally.measures();                 // { loss, accuracy, auc, attentionDice }
 */
import { areaUnderCurve, scoredCases } from "../evaluation/index.ts";

/** Accuracy is at a probability of .5; auc is null where only one class was seen. */
export interface Measures {
  readonly loss: number;
  readonly accuracy: number;
  readonly auc: number | null;
  /** Means over the samples they are known for, such as the attention's Dice. */
  readonly [more: string]: number | null;
}

/** What one batch gave. */
export interface BatchMetrics {
  /** Mean loss of the batch. */
  readonly loss: number;
  /** 0 or 1 for each sample. */
  readonly labels: readonly number[];
  /** Probability for each sample. */
  readonly scores: readonly number[];
  /** Further quantities: the value of each sample it is known for. */
  readonly more?: Readonly<Record<string, readonly number[]>>;
}

/** A tally as it is kept in a checkpoint. */
export interface MetricState {
  readonly loss: number;
  readonly labels: readonly number[];
  readonly scores: readonly number[];
  readonly more: Readonly<Record<string, { readonly sum: number; readonly count: number }>>;
}

export class MetricAccumulator {
  #loss = 0;
  readonly labels: number[] = [];
  readonly scores: number[] = [];
  readonly #more = new Map<string, { sum: number; count: number }>();

  constructor(state?: MetricState) {
    if (state === undefined) return;
    this.#loss = state.loss;
    this.labels.push(...state.labels);
    this.scores.push(...state.scores);
    for (const [name, total] of Object.entries(state.more)) this.#more.set(name, { ...total });
  }

  add({ loss, labels, scores, more = {} }: BatchMetrics): void {
    this.#loss += loss * labels.length;
    this.labels.push(...labels);
    this.scores.push(...scores);
    for (const [name, values] of Object.entries(more)) {
      const total = this.#more.get(name) ?? { sum: 0, count: 0 };
      for (const value of values) total.sum += value;
      total.count += values.length;
      this.#more.set(name, total);
    }
  }

  measures(): Measures {
    const more = [...this.#more].map(([name, { sum, count }]) => [name, count === 0 ? null : sum / count] as const);
    return {
      ...Object.fromEntries(more),
      loss: this.#loss / this.labels.length,
      accuracy: accuracy(this.labels, this.scores),
      auc: areaOrNull(this.labels, this.scores),
    };
  }

  state(): MetricState {
    const more = Object.fromEntries([...this.#more].map(([name, total]) => [name, { ...total }]));
    return { loss: this.#loss, labels: [...this.labels], scores: [...this.scores], more };
  }
}

function accuracy(labels: readonly number[], scores: readonly number[]): number {
  const right = labels.filter((label, index) => (scores[index]! >= 0.5 ? 1 : 0) === label).length;
  return right / labels.length;
}

function areaOrNull(labels: readonly number[], scores: readonly number[]): number | null {
  if (!labels.includes(1) || !labels.includes(0)) return null;
  return areaUnderCurve(scoredCases("validation", labels, scores)).auc;
}
