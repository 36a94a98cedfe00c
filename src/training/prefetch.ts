/**
 * The next batch is being read from disk while the present one computes.
 *
 *     for await (const batch of prefetched(steps, (step) => loadBatch(step))) await trainer.step(batch);
 *
 * The engine's step holds this thread, so what overlaps with it is waiting for files; decompressing and augmenting come
 * before or after. One batch ahead is enough, and memory stays at two batches whatever the data set's size.
 */
export async function* prefetched<Item, Loaded>(
  items: readonly Item[],
  load: (item: Item) => Promise<Loaded>,
): AsyncGenerator<Loaded> {
  let next = items.length > 0 ? load(items[0]!) : undefined;
  for (let index = 0; next !== undefined; index++) {
    const loaded = await next;
    next = index + 1 < items.length ? load(items[index + 1]!) : undefined;
    // An error of a batch that is no longer wanted must not end the process.
    next?.catch(() => {});
    yield loaded;
  }
}
