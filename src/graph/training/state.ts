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
  constructor(sizes: ReadonlyMap<string, number>, double: (name: string) => boolean) {
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

  /** @throws RefusedError state-mismatch */
  set(name: string, values: Float32Array): void {
    this.#check(name, values);
    this.current(name).set(values);
  }

  clear(): void {
    for (const values of this.#current.values()) values.fill(0);
  }

  /** Takes over all values, or none when one of them does not fit. @throws RefusedError state-mismatch */
  replace(values: ReadonlyMap<string, Float32Array>): void {
    for (const name of this.#current.keys()) this.#check(name, values.get(name));
    for (const name of values.keys()) {
      if (this.#current.has(name)) continue;
      throw new RefusedError("state-mismatch", `the saved state holds ${name}, which is not trained here`, { hint });
    }
    for (const [name, array] of this.#current) array.set(values.get(name)!);
  }

  #check(name: string, values: Float32Array | undefined): void {
    const expected = this.current(name).length;
    if (values?.length === expected) return;
    const found = values === undefined ? "none" : `${values.length}`;
    throw new RefusedError("state-mismatch", `${name}: the saved state has ${found} of ${expected} values`, { hint });
  }
}
