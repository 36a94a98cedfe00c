/**
 * What is wrong with a reading room's folder and not with any one call: said on the terminal, on the page and by
 * `/api/health` for as long as it holds.
 *
 *     problems.add({ code: "study-rebuilt", study: id, message: "…" });
 *     problems.remove("cohort-damaged");
 */
import type { Problem } from "./records.ts";

export class Problems {
  readonly #problems = new Map<string, Problem>();
  readonly #listeners = new Set<(problem: Problem) => void>();

  list(): Problem[] {
    return [...this.#problems.values()];
  }

  /** Told once, however often it is met again. */
  add(problem: Problem): void {
    const key = `${problem.code} ${problem.study}`;
    const isNew = this.#problems.get(key)?.message !== problem.message;
    this.#problems.set(key, problem);
    if (isNew) for (const listener of this.#listeners) listener(problem);
  }

  remove(code: Problem["code"], study: string | null = null): void {
    this.#problems.delete(`${code} ${study}`);
  }

  /** Calls `listener` with every problem that is met from now on. */
  onAdd(listener: (problem: Problem) => void): void {
    this.#listeners.add(listener);
  }
}
