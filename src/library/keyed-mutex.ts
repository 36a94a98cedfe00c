/**
 * Work on the same thing follows one another; work on different things goes on side by side.
 *
 *     const mutex = new KeyedMutex();
 *     await Promise.all([mutex.runExclusive("study 1", first), mutex.runExclusive("study 1", second)]);   // first, then second
 */
export class KeyedMutex {
  readonly #last = new Map<string, Promise<void>>();

  /** Does the work once all that was to be done on `thing` before is over, however that ended. */
  runExclusive<Result>(thing: string, work: () => Promise<Result>): Promise<Result> {
    const result = (this.#last.get(thing) ?? Promise.resolve()).then(work);
    const over = result.then(
      () => {},
      () => {},
    );
    this.#last.set(thing, over);
    void over.then(() => {
      if (this.#last.get(thing) === over) this.#last.delete(thing);
    });
    return result;
  }
}
