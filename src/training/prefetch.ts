/**
 * The next batch is read while the present one computes.
 *
 *     for await (const batch of prefetched(steps, (step) => loadBatch(step))) await trainer.step(batch);
 *
 * A step runs on the engine's own threads and leaves this one idle; reading, decompressing and augmenting fill the
 * gap. One batch ahead is enough, and memory stays at two batches whatever the data set's size.
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
