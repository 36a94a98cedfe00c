/**
 * Batches for the 3-D networks: stacks of slices as the store holds them, changed where the recipe says so.
 *
 *     const read = ({ study, first }: WindowSample) => store.stageOneSlices(study, first, 24);
 *     const windows = await loadStacks(store, samples, augmentation, random, read);
 */
import type { PreparedStore } from "../cohort/index.ts";
import type { Random } from "../random.ts";
import { type Augmentation, changeStack, drawChange } from "./augmentation.ts";

/** @returns [samples, 1, slices, crop, crop], 0 to 255 */
export async function loadStacks<Sample>(
  store: PreparedStore,
  samples: readonly Sample[],
  augmentation: Augmentation | null | undefined,
  random: Random | undefined,
  read: (sample: Sample) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  const { crop } = store.preprocessing;
  let batch = new Uint8ClampedArray();
  for (const [index, sample] of samples.entries()) {
    const stack = await read(sample);
    if (index === 0) batch = new Uint8ClampedArray(samples.length * stack.length);
    const place = batch.subarray(index * stack.length, (index + 1) * stack.length);
    if (random && augmentation) {
      changeStack(stack, stack.length / (crop * crop), crop, drawChange(augmentation, random), place);
    } else {
      place.set(stack);
    }
  }
  return new Uint8Array(batch.buffer);
}
