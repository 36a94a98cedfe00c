/**
 * Stage I batches: slabs from the store, changed where the recipe says so, with their labels and attention masks.
 *
 *     const batch = await loadSlabs(store, references, changes);
 *     batch.slabs;      // uint8 [n, 5, crop, crop], the network's own 0..255
 */
import type { PreparedStore } from "../cohort/index.ts";
import { attentionGrid } from "../model/index.ts";
import { reduceOutline } from "../volume/index.ts";
import { type Change, changeOutline, changeStack } from "./augmentation.ts";
import type { SlabReference } from "./slabs.ts";

export interface SlabBatch {
  /** [n, slabSlices, crop, crop], 0 to 255. */
  readonly slabs: Uint8Array;
  /** [n], 0 or 1. */
  readonly labels: Int32Array;
  /** [n, g, g], 0 or 1: the outline on the attention grid; zeros for a negative. */
  readonly masks: Uint8Array;
  /** [n], 0 where a positive slab was judged but not outlined, so that its attention can't be held against anything. */
  readonly outlined: Float32Array;
}

/** @param changes one for each slab, or none */
export async function loadSlabs(
  store: PreparedStore,
  references: readonly SlabReference[],
  changes?: readonly Change[],
): Promise<SlabBatch> {
  const { crop, slabSlices } = store.preprocessing;
  const size = slabSlices * crop * crop;
  const cells = attentionGrid(crop) ** 2;
  const count = references.length;
  const slabs = new Uint8ClampedArray(count * size);
  const masks = new Uint8Array(count * cells);
  for (const [index, { study, slice, outline }] of references.entries()) {
    const stack = await store.stageOneSlices(study, slice - (slabSlices - 1) / 2, slabSlices);
    const change = changes?.[index];
    const place = slabs.subarray(index * size, (index + 1) * size);
    if (change === undefined) place.set(stack);
    else changeStack(stack, slabSlices, crop, change, place);
    if (outline === null) continue;
    const drawn = await store.outline(study, outline);
    masks.set(reduceOutline(change === undefined ? drawn : changeOutline(drawn, crop, change), crop), index * cells);
  }
  return {
    slabs: new Uint8Array(slabs.buffer),
    labels: Int32Array.from(references, ({ positive }) => (positive ? 1 : 0)),
    masks,
    outlined: Float32Array.from(references, ({ positive, outline }) => (positive && outline === null ? 0 : 1)),
  };
}
