/**
 * What a training step remembers: parameters, running statistics, the optimiser's slots, the number of steps.
 *
 *     const saved = step.state();
 *     saved.parameters.get("fc.weight");              // Float32Array
 *     saved.slots.get("first_sum.fc.weight");
 */
import { RefusedError } from "../../errors.ts";

/** A copy of everything that a training step changes. All that is needed to go on bit for bit. */
export interface TrainingState {
  readonly steps: number;
  /** The optimiser's name: slots of another one do not fit. */
  readonly optimiser: string;
  readonly parameters: ReadonlyMap<string, Float32Array>;
  /** `<slot>.<parameter>`, for instance first_sum.conv1.weight. */
  readonly slots: ReadonlyMap<string, Float32Array>;
}

const hint = "restore a state that was saved from the same network and optimiser";

/** Named arrays; those asked for in two copies have one that is read and one that is written next. */
export class StateBuffers {
  readonly #current = new Map<string, Float32Array>();
  readonly #spare = new Map<string, Float32Array>();

  /** @param sizes name to number of values @param double which of them need a second copy to be written to */
  constructor(sizes: ReadonlyMap<string, number>, double: (name: string) => boolean = () => false) {
    for (const [name, size] of sizes) {
      this.#current.set(name, new Float32Array(size));
      if (double(name)) this.#spare.set(name, new Float32Array(size));
    }
  }

  get names(): Iterable<string> {
    return this.#current.keys();
  }

  current(name: string): Float32Array {
    return this.#current.get(name)!;
  }

  /** Where the next value is written: the second copy, or the only one. */
  next(name: string): Float32Array {
    return this.#spare.get(name) ?? this.current(name);
  }

  /** Makes what was written current. */
  swap(name: string): void {
    const written = this.#spare.get(name);
    if (written === undefined) return;
    this.#spare.set(name, this.current(name));
    this.#current.set(name, written);
  }

  clear(): void {
    for (const values of this.#current.values()) values.fill(0);
  }

  /** Copies of the values, of all names or of some. */
  copy(names: Iterable<string> = this.#current.keys()): Map<string, Float32Array> {
    return new Map(Array.from(names, (name) => [name, this.current(name).slice()]));
  }

  /** Writes values over the current ones. They must fit. */
  set(values: Iterable<readonly [string, Float32Array]>): void {
    for (const [name, array] of values) this.current(name).set(array);
  }

  /** @throws RefusedError state-mismatch unless there are values for every name, as many as it has, and no others */
  requireFit(values: ReadonlyMap<string, Float32Array>): void {
    for (const [name, { length }] of this.#current) {
      const found = values.get(name)?.length;
      if (found === length) continue;
      const message = `${name}: the saved state has ${found ?? "none"} of ${length} values`;
      throw new RefusedError("state-mismatch", message, { hint });
    }
    for (const name of values.keys()) {
      if (this.#current.has(name)) continue;
      throw new RefusedError("state-mismatch", `the saved state holds ${name}, which is not trained here`, { hint });
    }
  }
}
