/**
 * What a training step remembers: parameters, running statistics, the optimiser's slots, the number of steps.
 *
 *     const saved = step.state();
 *     saved.parameters.get("fc.weight");              // Float32Array
 *     saved.slots.get("first_moment.fc.weight");
 */
import { RefusedError } from "../../errors.ts";

/** A copy of everything that a training step changes. All that is needed to go on bit for bit. */
export interface TrainingState {
  readonly steps: number;
  /** The optimiser's name: slots of another one do not fit. */
  readonly optimiser: string;
  readonly parameters: ReadonlyMap<string, Float32Array>;
  /** `<slot>.<parameter>`, for instance first_moment.conv1.weight. */
  readonly slots: ReadonlyMap<string, Float32Array>;
}

/** Named arrays, those that change in two copies: one that is read and one that is written next. */
export class StateBuffers {
  readonly #current = new Map<string, Float32Array>();
  readonly #spare = new Map<string, Float32Array>();

  /** @param sizes name to number of values @param changes which of them a step writes */
  constructor(sizes: ReadonlyMap<string, number>, changes: (name: string) => boolean) {
    for (const [name, size] of sizes) {
      this.#current.set(name, new Float32Array(size));
      if (changes(name)) this.#spare.set(name, new Float32Array(size));
    }
  }

  get names(): Iterable<string> {
    return this.#current.keys();
  }

  current(name: string): Float32Array {
    return this.#current.get(name)!;
  }

  spare(name: string): Float32Array {
    return this.#spare.get(name)!;
  }

  swap(name: string): void {
    const read = this.current(name);
    this.#current.set(name, this.spare(name));
    this.#spare.set(name, read);
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
    for (const [name, array] of this.#current) array.set(values.get(name)!);
  }

  #check(name: string, values: Float32Array | undefined): void {
    const expected = this.current(name).length;
    if (values?.length === expected) return;
    const found = values === undefined ? "none" : `${values.length}`;
    throw new RefusedError("state-mismatch", `${name}: the saved state has ${found} of ${expected} values`, {
      hint: "restore a state that was saved from the same network and optimiser",
    });
  }
}
